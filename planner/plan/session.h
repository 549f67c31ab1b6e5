/* session.h - the providers of a stack, open, and what they hold. */
#ifndef PLANNER_PLAN_SESSION_H
#define PLANNER_PLAN_SESSION_H

#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/diag.h"
#include "providers/provider.h"

struct config;
struct map;

/* One provider of the file. */
struct plan_place {
	const char *name;
	const struct provider_ops *ops;
	struct provider *provider;
	struct object_set objects; /* of the last plan_list() */
};

struct plan_session {
	struct plan_place *places; /* as in config->providers */
	size_t nr_places;
	struct owner owner;

	/* Digests that images must have, by address; NULL: none. */
	const struct map *pins;

	/*
	 * Addresses of objects that the last apply left there; NULL: not known.
	 * One that is wanted and not there was deleted by somebody else.
	 */
	const struct map *were;

	/*
	 * What objects would tell if they were there, for tests: a map of
	 * attributes by address. NULL: none.
	 */
	const struct value *mocks;
};

/* The type called `name`, or NULL. */
const struct provider_ops *plan_find_ops(const char *type);

/* Open every provider; false: see `d`, and nothing is open. */
bool plan_session_open(struct arena *mem, const struct config *c,
                       struct diags *d, struct plan_session *out);
void plan_session_close(struct plan_session *s);

/* Ask the world: all providers at the same time, each by a thread. */
NODISCARD struct err *plan_list(struct arena *mem, struct plan_session *s);

#endif
