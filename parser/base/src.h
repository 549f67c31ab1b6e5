/*
 * src.h - the text of a user's file, by line.
 *
 * Lines end with LF, CR LF, CR, or one of the Unicode line ends that YAML 1.1
 * knows (NEL, LS, PS), because libyaml counts them.
 */
#ifndef PARSER_BASE_SRC_H
#define PARSER_BASE_SRC_H

#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

struct src_file {
	const char *name; /* as shown to the user */
	const char *text;
	size_t len;
	size_t skipped;         /* bytes of the file before `text`: a BOM */
	const uint32_t *starts; /* byte offset of each line */
	uint32_t nr_lines;
};

/* A place of some width. `len` counts code points; 0 is shown as 1. */
struct src_span {
	struct src_pos pos;
	uint32_t len;
};

/* `name` and `text`, which is smaller than 4 GiB, are borrowed. */
struct src_file *src_new(struct arena *mem, const char *name, const char *text,
                         size_t len);

/* Where byte `offset` is. */
struct src_pos src_locate(const struct src_file *f, size_t offset);

/* The byte at line and column; the end of the line when it is shorter. */
size_t src_offset(const struct src_file *f, uint32_t line, uint32_t col);

/* Line `line` without its end; its length in bytes goes to `len`. */
const char *src_line(const struct src_file *f, uint32_t line, size_t *len);

#endif
