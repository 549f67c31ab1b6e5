/* text.c - see text.h. */
#include "kernel/fs/text.h"

#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum { FIRST_SIZE = 256 };

/* Room for n more bytes. */
static bool reserve(struct text *t, size_t n)
{
	size_t size = t->size ? t->size : FIRST_SIZE;
	char *bytes;

	if (n <= t->size - t->len)
		return true;
	while (size < t->len + n)
		size *= 2;
	bytes = mem_alloc(size);
	if (!bytes) {
		t->failed = true;
		return false;
	}
	if (t->len > 0)
		memcpy(bytes, t->bytes, t->len);
	mem_free(t->bytes);
	t->bytes = bytes;
	t->size = size;
	return true;
}

void text_write(struct text *t, const void *bytes, size_t n)
{
	if (t->failed || !reserve(t, n))
		return;
	memcpy(t->bytes + t->len, bytes, n);
	t->len += n;
}

void text_printf(struct text *t, const char *fmt, ...)
{
	size_t n;
	va_list ap, again;

	if (t->failed)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = str_vprintf(NULL, 0, fmt, ap);
	if (reserve(t, n + 1)) /* and the zero behind, which is not kept */
		t->len += str_vprintf(t->bytes + t->len, n + 1, fmt, again);
	va_end(again);
	va_end(ap);
}

void text_fini(struct text *t)
{
	mem_free(t->bytes);
	*t = (struct text){0};
}
