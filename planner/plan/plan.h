/*
 * plan.h - what would have to be done, as data.
 *
 * A plan has one node for each wanted object, for each for_each group, and for
 * each object to delete, in this order; most nodes need nothing. `graph` says
 * what comes before what: an object after what it needs, and a deletion after
 * everything that used the object. Deletions that wait for no other change
 * come before everything that is created, so that a port or a name is free
 * again.
 */
#ifndef PLANNER_PLAN_PLAN_H
#define PLANNER_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "parser/config/config.h"
#include "planner/diff/diff.h"
#include "planner/graph/graph.h"
#include "planner/plan/session.h"

struct plan_node {
	const struct config_want *want; /* NULL: a group, or a deletion */
	size_t place;                   /* index in the session */
	struct desired desired;         /* of a want */
	const struct object *have;      /* NULL: there is none */
	struct diff diff;
	const struct value *known; /* what resolve() said */
	const struct value *value; /* in expressions; NULL: not known */
	bool waits;                /* desired.spec has unknown parts */
};

struct plan {
	const struct config *config;
	struct plan_session *session;
	struct plan_node *nodes;
	size_t n;
	struct graph graph;
	const size_t *order;
	size_t counts[DIFF_DELETE + 1]; /* of nodes by action, no groups */
};

/*
 * Compare the config with what plan_list() found. With `destroy`, nothing is
 * wanted. False: see `d`.
 */
bool plan_make(struct arena *mem, const struct config *c,
               struct plan_session *s, bool destroy, struct diags *d,
               struct plan *out);

/* Is there anything to do? */
bool plan_is_empty(const struct plan *p);

/* "instance.broker": of a node that is no group. */
const char *plan_address(const struct plan_node *n);
const char *plan_kind(const struct plan_node *n);

/*
 * A want's value in expressions: what was known before, and what only the
 * world can tell, from `attrs` (NULL: unknown).
 */
const struct value *plan_value(struct arena *mem,
                               const struct provider_ops *ops, const char *kind,
                               const struct value *known,
                               const struct value *attrs);

/* The value of group `node`: {key: value of the member}. */
const struct value *plan_group_value(
	struct arena *mem, const struct config *c, size_t node,
	const struct value *(*value_at_node)(const void *ctx, size_t node),
	const void *ctx);

/* For people; `color` adds escapes for a terminal. */
void plan_print(FILE *out, const struct plan *p, bool color);

/* One JSON object: changes, counts, outputs left out. */
void plan_print_json(FILE *out, const struct plan *p);

/* "1 to create, 2 to delete"; empty when there is nothing to do. */
const char *plan_summary(struct arena *mem, const struct plan *p);

#endif
