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
#include "planner/diff/diff.h"

struct plan;
struct plan_node;
struct value;

enum { APPLY_PARALLELISM = 8, APPLY_MOST_PARALLEL = 256 };

enum apply_state {
	APPLY_WAITING, /* not tried: something it needs failed, or canceled */
	APPLY_RUNNING,
	APPLY_DONE,
	APPLY_UNCHANGED, /* it was already as it shall be */
	APPLY_FAILED,
};

/* Called by one thread at a time. All may be NULL; `ms` since it started. */
struct apply_events {
	void *ctx;
	void (*started)(void *ctx, const struct plan_node *n);
	void (*said)(void *ctx, const struct plan_node *n, const char *text,
	             int64_t ms);
	/* The same, of what makes it take longer than it should. */
	void (*troubled)(void *ctx, const struct plan_node *n, const char *text,
	                 int64_t ms);
	void (*finished)(void *ctx, const struct plan_node *n,
	                 enum apply_state state, int64_t ms,
	                 const struct err *e);
};

struct apply_options {
	/* Changes at the same time; 0: APPLY_PARALLELISM. */
	unsigned parallelism;
	const struct apply_events *events; /* NULL: nobody listens */

	/*
	 * True once nothing new may be begun. Any thread may ask, and once
	 * true it must stay so. NULL: never.
	 */
	bool (*canceled)(void *ctx);
	void *ctx;
};

struct apply_result {
	enum apply_state *states;    /* of each node of the plan */
	const struct value **values; /* of each node, in expressions */
	size_t done, unchanged, failed, waiting; /* changes */
	size_t counts[DIFF_DELETE + 1];          /* those done, by action */
	bool canceled;
};

/* Everything in `out` is allocated from `mem`. */
void apply_run(struct arena *mem, const struct plan *p,
               const struct apply_options *how, struct apply_result *out);

#endif
