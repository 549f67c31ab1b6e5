/*
 * apply.h - doing what a plan says.
 *
 * Nodes run in the plan's order, those that do not wait for each other at the
 * same time. After a failure everything that does not need the failed object
 * still runs; a second apply finishes the job. Expressions that waited for
 * something only the world can tell are evaluated right before their object is
 * touched, and when it turns out that nothing changed, nothing is done.
 *
 * The caller holds the plan's locks.
 */
#ifndef PLANNER_APPLY_APPLY_H
#define PLANNER_APPLY_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

struct plan;
struct plan_node;
struct value;

enum { APPLY_THREADS = 8 };

enum apply_state {
	APPLY_WAITING, /* not tried: something it needs failed, or canceled */
	APPLY_RUNNING,
	APPLY_DONE,
	APPLY_UNCHANGED, /* it was already as it shall be */
	APPLY_FAILED,
};

/* Called by one thread at a time. All may be NULL. */
struct apply_events {
	void *ctx;
	void (*started)(void *ctx, const struct plan_node *n);
	void (*said)(void *ctx, const struct plan_node *n, const char *text);
	void (*finished)(void *ctx, const struct plan_node *n,
	                 enum apply_state state, int64_t ms,
	                 const struct err *e);
	/* True once the user wants out: nothing new is begun then. */
	bool (*canceled)(void *ctx);
};

struct apply_result {
	enum apply_state *states;    /* of each node of the plan */
	const struct value **values; /* of each node, in expressions */
	size_t done, unchanged, failed, waiting; /* changes */
	bool canceled;
};

/* Everything in `out` is allocated from `mem`. */
void apply_run(struct arena *mem, const struct plan *p,
               const struct apply_events *events, struct apply_result *out);

#endif
