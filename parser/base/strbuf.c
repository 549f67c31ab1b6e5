/* strbuf.c - one malloc() block that doubles. */
#include "parser/base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/arena.h"

enum { FIRST_SIZE = 64 };

static void reserve(struct strbuf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : FIRST_SIZE;

	if (more < SIZE_MAX / 2 - b->len) {
		while (cap < b->len + more + 1)
			cap *= 2;
		if (cap != b->cap)
			b->s = realloc(b->s, cap);
	} else {
		b->s = NULL;
	}
	if (!b->s)
		arena_no_memory();
	b->cap = cap;
}

void strbuf_addn(struct strbuf *b, const char *s, size_t len)
{
	reserve(b, len);
	if (len)
		memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const char *s)
{
	strbuf_addn(b, s, strlen(s));
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_addn(b, &c, 1);
}

void strbuf_fill(struct strbuf *b, char c, size_t times)
{
	reserve(b, times);
	memset(b->s + b->len, c, times);
	b->len += times;
	b->s[b->len] = '\0';
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len <= 0)
		return;
	reserve(b, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}

void strbuf_fini(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){0};
}
