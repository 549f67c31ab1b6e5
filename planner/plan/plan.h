/*
 * plan.h - what would have to be done, as data.
 *
 * A plan has one node for each wanted object, for each for_each group, and for
 * each object to delete, in this order; most nodes need nothing. `graph` says
 * what comes before what: an object after what it needs, and a deletion after
 * everything that used the object. Deletions that wait for no other change
 * come before everything that is created, so that a port or a name is free
 * again.
 *
 * A replacement is a deletion and then a creation at one node, or, where the
 * provider lets two objects have one address for a while (`create_first`),
 * only the creation: the old object then has a deletion of its own, which comes
 * after all that used it was brought to the new one.
 *
 * Members of a for_each group that change do so a few at a time: the graph has
 * edges between them. One that fails keeps the others from being tried.
 */
#ifndef PLANNER_PLAN_PLAN_H
#define PLANNER_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/config/config.h"
#include "planner/diff/diff.h"
#include "planner/graph/graph.h"
#include "planner/plan/session.h"

/*
 * What is asked for. A pattern is compared with a whole address
 * (instance.web["a"]) or with that of its group (instance.web); * stands for
 * any text and ? for one character.
 */
struct plan_options {
	bool destroy; /* nothing is wanted */
	/* Only these, and what must come before them. None: everything. */
	const char *const *targets;
	size_t nr_targets;
	/* Not these, nor what comes after a change of them. */
	const char *const *excludes;
	size_t nr_excludes;
	/* These shall be made anew. */
	const char *const *replaces;
	size_t nr_replaces;
};

struct plan_node {
	const struct config_want *want; /* NULL: a group, or a deletion */
	size_t place;                   /* index in the session */
	struct desired desired;    /* of a want; spec: see plan_node_spec() */
	const struct object *have; /* NULL: there is none */
	struct diff diff;
	const struct value *known; /* what resolve() said */
	const struct value *value; /* in expressions; NULL: not known */
	bool waits;                /* desired.spec has unknown parts */
	bool forced;               /* --replace */
	bool create_first;         /* of a replacement */
	bool left_out;             /* by --target or --exclude: diff is none */
	/* A deletion of what this node replaces, create_first. */
	const struct plan_node *successor;
};

struct plan {
	const struct config *config;
	const struct plan_options *how;
	struct plan_session *session;
	struct plan_node *nodes;
	size_t n;
	struct graph graph;
	const size_t *order;
	/* Of nodes by action; no groups, and a replacement counts once. */
	size_t counts[DIFF_DELETE + 1];
	size_t nr_left_out; /* changes that were not asked for */
	/* Of config->checks: as config_assert(). NULL when all is destroyed. */
	const int *checks;
};

/*
 * Compare the config with what plan_list() found. `how` is borrowed. False:
 * see `d`.
 */
bool plan_make(struct arena *mem, const struct config *c,
               struct plan_session *s, const struct plan_options *how,
               struct diags *d, struct plan *out);

/* Is there anything to do? */
bool plan_is_empty(const struct plan *p);

/* Something is to be done at this node, which is no group. */
bool plan_is_change(const struct plan_node *n);

/* "instance.broker": of a node that is no group. */
const char *plan_address(const struct plan_node *n);
const char *plan_kind(const struct plan_node *n);

/* Does `address` match `pattern`? See struct plan_options. */
bool plan_matches(const char *pattern, const char *address);

/*
 * The body that a want shall have, as config_spec() makes it; what the file
 * says to ignore stays as it is in `n->have`. NULL: see `d`.
 */
const struct value *plan_spec(struct arena *mem, const struct config *c,
                              const struct plan_node *n,
                              const struct config_world *world,
                              struct diags *d);

/*
 * The body of a want's node as it was planned. Of what needs no change it is
 * not kept, and made again here.
 */
const struct value *plan_node_spec(struct arena *mem, const struct plan *p,
                                   const struct plan_node *n);

/*
 * What is to be done at a want's node, with its body and what resolve() said
 * as they are now known.
 */
struct diff plan_diff(struct arena *mem, const struct plan_session *s,
                      const struct plan_node *n, const struct desired *desired,
                      const struct value *known);

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

/*
 * What `want` may use of group `node`: `whole`, its value, when it needs the
 * group; else a map of only those members that it needs.
 */
const struct value *plan_group_part(
	struct arena *mem, const struct config *c,
	const struct config_want *want, size_t node, const struct value *whole,
	const struct value *(*value_at_node)(const void *ctx, size_t node),
	const void *ctx);

/* "1 to create, 2 to delete"; empty when there is nothing to do. */
const char *plan_summary(struct arena *mem, const struct plan *p);

/* "create": the word for an action. */
const char *plan_action_name(enum diff_action action);

#endif
