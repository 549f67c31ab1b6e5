/* arena.c - blocks that double in size, each filled from front to back. */
#include "parser/base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *older;
	size_t used, size; /* bytes of data[] */
	alignas(max_align_t) unsigned char data[];
};

enum {
	FIRST_BLOCK = 16 * 1024,
	LARGEST_BLOCK = 4 * 1024 * 1024,
	EXIT_NO_MEMORY = 3,
};

void arena_no_memory(void)
{
	fputs("miso: out of memory\n", stderr);
	exit(EXIT_NO_MEMORY);
}

static struct arena_block *push_block(struct arena *a, size_t size)
{
	struct arena_block *b = NULL;

	if (size <= SIZE_MAX - sizeof(*b))
		b = calloc(1, sizeof(*b) + size);
	if (!b)
		arena_no_memory();
	b->older = a->newest;
	b->size = size;
	a->newest = b;
	return b;
}

#ifdef ARENA_DEBUG

void *arena_alloc(struct arena *a, size_t size, size_t align)
{
	struct arena_block *b = push_block(a, size + align);
	size_t skip = -(uintptr_t)b->data & (align - 1);

	/* End flush with the block, so that ASan sees the first byte over. */
	if (size % align == 0 && align <= alignof(max_align_t)) {
		b = realloc(b, sizeof(*b) + size);
		a->newest = b;
		skip = 0;
	}
	b->used = b->size;
	return b->data + skip;
}

#else

static size_t next_size(const struct arena_block *b)
{
	if (!b)
		return FIRST_BLOCK;
	return b->size >= LARGEST_BLOCK ? LARGEST_BLOCK : 2 * b->size;
}

void *arena_alloc(struct arena *a, size_t size, size_t align)
{
	struct arena_block *b = a->newest;
	size_t skip = b ? -(uintptr_t)(b->data + b->used) & (align - 1) : 0;
	size_t want = next_size(b);

	if (size > SIZE_MAX - align)
		arena_no_memory();
	if (!b || b->size - b->used < skip || b->size - b->used - skip < size) {
		b = push_block(a, want > size + align ? want : size + align);
		skip = -(uintptr_t)b->data & (align - 1);
	}
	b->used += skip + size;
	return b->data + b->used - size;
}

#endif

void *arena_calloc(struct arena *a, size_t n, size_t size, size_t align)
{
	if (size && n > SIZE_MAX / size)
		arena_no_memory();
	return arena_alloc(a, n * size, align);
}

void *arena_grow(struct arena *a, const void *old, size_t n, size_t new_n,
                 size_t size, size_t align)
{
	void *copy = arena_calloc(a, new_n, size, align);

	if (n)
		memcpy(copy, old, n * size);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1, 1);

	memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char *text;
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len < 0)
		arena_no_memory();
	text = arena_alloc(a, (size_t)len + 1, 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}

char *arena_concat(struct arena *a, const char *first, ...)
{
	size_t len = 0;
	char *text, *end;
	va_list ap;

	va_start(ap, first);
	for (const char *s = first; s; s = va_arg(ap, const char *))
		len += strlen(s);
	va_end(ap);
	text = end = arena_alloc(a, len + 1, 1);
	va_start(ap, first);
	for (const char *s = first; s; s = va_arg(ap, const char *))
		end = stpcpy(end, s);
	va_end(ap);
	return text;
}

/* The newest block of `into` stays the one that is filled. */
void arena_join(struct arena *into, struct arena *from)
{
	struct arena_block **end = &into->newest;

	while (*end)
		end = &(*end)->older;
	*end = from->newest;
	from->newest = NULL;
}

void arena_wipe(struct arena *a)
{
	for (struct arena_block *b = a->newest; b; b = b->older)
		explicit_bzero(b->data, b->used);
	arena_free(a);
}

void arena_free(struct arena *a)
{
	while (a->newest) {
		struct arena_block *b = a->newest;

		a->newest = b->older;
		free(b);
	}
}
