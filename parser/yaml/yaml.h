/*
 * yaml.h - the bytes of a file become a tree in which every node knows where
 * it was written.
 *
 * What YAML allows and a configuration does not need is refused with its
 * place: duplicate keys, keys that are no text, merge keys, several documents,
 * tabs as indentation, anything but UTF-8. No scalar gets a type here: what a
 * plain "NO" is, only the field that holds it can say (parser/schema).
 *
 * An alias is the anchored node itself, so the tree may share parts; it never
 * goes round.
 */
#ifndef PARSER_YAML_YAML_H
#define PARSER_YAML_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/diag.h"
#include "parser/base/src.h"

enum {
	YAML_MAX_BYTES = 32 * 1024 * 1024,
	YAML_MAX_DEPTH = 64,
	YAML_MAX_NODES = 5 * 1000 * 1000,
	YAML_MAX_ALIASED = 1000 * 1000, /* nodes that aliases stand for */
};

enum yaml_kind { YAML_IS_SCALAR, YAML_IS_LIST, YAML_IS_MAP };

/* How a scalar was written. */
enum yaml_style { YAML_PLAIN, YAML_QUOTED, YAML_BLOCK };

struct strbuf;
struct yaml_pair;

/* A stack has a million of them: they are kept small. */
struct yaml_node {
	enum yaml_kind kind : 8;
	enum yaml_style style : 8;
	bool flow : 1;      /* a list or map in [] or {} */
	bool tagged : 1;    /* see yaml_tag() */
	uint32_t line, col; /* of its first character: see yaml_at() */

	/* Behind a scalar, or behind what begins a list or map. */
	uint32_t end_line, end_col;
	const struct src_file *file; /* NULL: written nowhere */
	union {
		struct {
			const char *s; /* NUL-terminated */
			uint32_t len;
		} scalar;
		struct {
			const struct yaml_node *const *v;
			uint32_t n;
		} list;
		struct {
			const struct yaml_pair *v; /* keys are unique */
			uint32_t n;
		} map;
	};
};

struct yaml_pair {
	const struct yaml_node *key; /* a scalar */
	const struct yaml_node *value;
};

/*
 * Read the document in `f`. An empty file is an empty map. Mistakes go to `d`;
 * false when there is no tree.
 */
bool yaml_parse(struct arena *mem, const struct src_file *f, struct diags *d,
                const struct yaml_node **root);

/*
 * Read the file at `path`, shown as `name`, and parse it. Its text stays in
 * `mem`, and `d` shows snippets of it.
 */
bool yaml_load(struct arena *mem, const char *path, const char *name,
               struct diags *d, const struct yaml_node **root);

/*
 * The same document laid out as we like it: indented by two, one blank after
 * ":", "-" and ",", comments kept. It means the same: that is checked by its
 * events. Done twice it changes nothing more. False: see `d`.
 */
bool yaml_format(struct arena *mem, const struct src_file *f, struct diags *d,
                 const char **out, size_t *len);

/* May `s` stand in a file as it is? Line feeds may, other line ends not. */
bool yaml_is_printable(const char *s);

/* `s` (UTF-8) in double quotes, on one line. */
void yaml_add_quoted(struct strbuf *out, const char *s);

/* Where `n` was written: its first line. */
struct src_span yaml_at(const struct yaml_node *n);

/* "!append", or NULL. */
const char *yaml_tag(const struct yaml_node *n);

/* The value under `key`, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* True for a value that was left out: `key:` and nothing after it. */
bool yaml_is_empty(const struct yaml_node *n);

/* "a list", "a map", "text": what `n` is, for messages. */
const char *yaml_says(const struct yaml_node *n);

/*
 * Where byte `offset` of a scalar's text was written. Quotes, escapes, folded
 * lines and indentation are accounted for.
 */
struct src_pos yaml_locate(const struct yaml_node *scalar, size_t offset);

#endif
