/* object.h - copies of objects, for lists that are as small as they can be. */
#ifndef PROVIDERS_OBJECT_H
#define PROVIDERS_OBJECT_H

#include "parser/value/pool.h"
#include "providers/provider.h"

/*
 * A copy that needs nothing `o` did: all of it in `mem`, or its texts and
 * values where `pool` keeps them, which stores what is equal once.
 */
struct object object_copy(struct arena *mem, struct value_pool *pool,
                          const struct object *o);

/*
 * The objects that were listed, in `mem` and pooled. What they were read with
 * may be freed then: it is many times as large.
 */
struct object_set object_set_copy(struct arena *mem,
                                  const struct object_set *set);

#endif
