/*
 * strbuf.h - a string that grows.
 *
 * `s` is always NUL-terminated once something was added, and may be NULL
 * before. Running out of memory ends the process, as in arena.h.
 */
#ifndef PARSER_BASE_STRBUF_H
#define PARSER_BASE_STRBUF_H

#include <stddef.h>

#include "parser/base/attr.h"

/* Zero-initialise to use. */
struct strbuf {
	char *s;
	size_t len, cap; /* bytes, without the NUL */
};

void strbuf_add(struct strbuf *b, const char *s);
void strbuf_addn(struct strbuf *b, const char *s, size_t len);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_fill(struct strbuf *b, char c, size_t times);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) PRINTF(2, 3);

/* Free it; it is empty then, and may be used again. */
void strbuf_fini(struct strbuf *b);

#endif
