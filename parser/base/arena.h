/*
 * arena.h - memory that is freed all at once.
 *
 * One arena owns one tree: the parsed config, or the plan. Pointers inside a
 * tree never own anything, so nothing in a tree has a free function, and a
 * node may point at any other node of the same arena or of a longer-lived one.
 *
 * Running out of memory ends the process (exit 3), so callers never check.
 * Built with -DARENA_DEBUG every object is its own malloc(), which lets ASan
 * see an overrun between neighbours.
 *
 * An arena belongs to one thread at a time.
 */
#ifndef PARSER_BASE_ARENA_H
#define PARSER_BASE_ARENA_H

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>

#include "parser/base/attr.h"

struct arena_block;

/* Zero-initialise to use: `struct arena a = {0};` */
struct arena {
	struct arena_block *newest;
};

/* What callers may do that got no memory in another way: it ends the process.
 */
_Noreturn void arena_no_memory(void);

/* Zeroed memory of `size` bytes; `align` is a power of two. */
void *arena_alloc(struct arena *a, size_t size, size_t align);

/* The same for `n` objects of `size` bytes; n * size may not overflow. */
void *arena_calloc(struct arena *a, size_t n, size_t size, size_t align);

/*
 * A larger copy of the array `old` of `n` objects, with room for `new_n`; the
 * rest is zero. The old copy stays where it is until arena_free(), so growing
 * by doubling costs at most twice the memory.
 */
void *arena_grow(struct arena *a, const void *old, size_t n, size_t new_n,
                 size_t size, size_t align);

/* Copies, NUL-terminated. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0);

/*
 * The strings up to a NULL as one: for what is done for every object, since
 * printf() takes many times as long.
 */
char *arena_concat(struct arena *a, const char *first, ...)
	__attribute__((sentinel));

/* What `from` handed out now belongs to `into`; `from` is empty. */
void arena_join(struct arena *into, struct arena *from);

/* Frees everything the arena ever handed out; the arena may be used again. */
void arena_free(struct arena *a);

/* The same, and what was in it is overwritten first: for secrets. */
void arena_wipe(struct arena *a);

#define ARENA_NEW(a, T) ((T *)arena_alloc((a), sizeof(T), alignof(T)))
#define ARENA_ARRAY(a, T, n)                                                   \
	((T *)arena_calloc((a), (n), sizeof(T), alignof(T)))

/* Make room for one more in `v`, a T array of `n` used of `cap` slots. */
#define ARENA_RESERVE(a, T, v, n, cap)                                         \
	do {                                                                   \
		if ((n) == (cap)) {                                            \
			size_t new_cap_ = (cap) ? 2 * (cap) : 8;               \
			(v) = (T *)arena_grow((a), (v), (n), new_cap_,         \
			                      sizeof(T), alignof(T));          \
			(cap) = new_cap_;                                      \
		}                                                              \
	} while (0)

#endif
