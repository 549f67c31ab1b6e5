/* internal.h - what the files that make a plan share. */
#ifndef PLANNER_PLAN_INTERNAL_H
#define PLANNER_PLAN_INTERNAL_H

#include "parser/value/pool.h"
#include "planner/plan/plan.h"

/* What is there; several may share an address. */
struct found {
	const struct object *object;
	size_t place;
	size_t next; /* with the same address, from 1 on; 0: none */
	size_t node; /* that claimed it, or that deletes it */
	bool claimed;
};

/*
 * What one place holds. `units` leads to the last object of each group, and
 * the planner's `unit_next` on from there, so that what is needed is found in
 * one step, one member or all of them. All values count from 1.
 */
struct found_index {
	struct map addresses; /* instance.client["0"] */
	struct map units;     /* instance.client -> place in unit_heads */
	struct map foreign;   /* "instance NAME" and "instance ID" */
};

struct planner {
	struct arena *mem;
	const struct config *c;
	struct plan_session *s;
	const struct plan_options *how;
	struct diags *diags;
	struct plan *plan;
	struct found *found;
	size_t nr_found;
	struct found_index *places; /* one for each place */
	struct map moves;           /* from -> config_move */
	size_t *unit_heads, *unit_next;
	size_t nr_units;
	struct graph_edges edges;
	struct arena tmp;        /* for what ends with the planning */
	struct value_pool *pool; /* of what is kept */

	/* What is wanted is compared here, and kept only if it changes. */
	struct arena trial;
	size_t nr_tried;
};

/* found.c */
void plan_index_found(struct planner *p);

/*
 * What node `node` could claim by its address, or NULL. Its digest decides
 * between several.
 */
const struct object *plan_found(struct planner *p, size_t node);

/* That, or what it is to take over; before the node is resolved. */
const struct object *plan_future(struct planner *p, size_t node);

/*
 * Find the object that node `node` is now, its `have`; nobody else gets it
 * then.
 */
void plan_claim(struct planner *p, size_t node);

/* Where what is or was at `address` belongs: `moved:` may say so. */
const char *plan_moved(struct planner *p, const char *address);

/* Is `kind` in a provider's list of kinds, which may be NULL? */
bool plan_lists(const char *const *list, const char *kind);

/* want.c: nodes of wants and groups, each after what it needs. */
void plan_wants(struct planner *p);
void plan_checks(struct planner *p); /* after them */

/* gone.c: nodes of what is to be deleted, from node `first` on. */
void plan_deletions(struct planner *p, size_t first);

/* select.c */
void plan_select(struct planner *p);
bool plan_matches_any(const char *const *patterns, size_t n,
                      const char *address);
void plan_report_unmatched(struct planner *p, const char *option,
                           const char *const *patterns, size_t n);

#endif
