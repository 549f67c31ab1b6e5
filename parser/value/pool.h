/*
 * pool.h - copies of values in which what is equal is there only once.
 *
 * Objects of a stack look alike: they boot the same image, have the same tags
 * and open the same ports. A pool remembers what it copied lately, a bounded
 * number of small values, and uses it again. So what it gives is as small as
 * the objects are different, and it never compares more than two values for
 * each one it copies.
 */
#ifndef PARSER_VALUE_POOL_H
#define PARSER_VALUE_POOL_H

#include "parser/value/value.h"

enum { VALUE_POOL_RECENT = 4096 }; /* a power of two */

/* Zero-initialise with `mem`. It owns nothing: the copies live in `mem`. */
struct value_pool {
	struct arena *mem;
	const struct value *values[VALUE_POOL_RECENT]; /* by hash */
	const char *texts[VALUE_POOL_RECENT];
};

/* A copy that needs nothing `v` did, written nowhere (NO_POS). */
const struct value *value_pool_copy(struct value_pool *p,
                                    const struct value *v);

/* A copy of `s`, which may be NULL. */
const char *value_pool_text(struct value_pool *p, const char *s);

#endif
