/*
 * progress.h - showing an apply while it runs.
 *
 * On a terminal each running change has a line with the seconds it takes, drawn
 * anew ten times a second; otherwise there is a line when a change begins and
 * one when it ends: both on stderr. With JSON, lines of events on stdout.
 */
#ifndef CMD_UI_PROGRESS_H
#define CMD_UI_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "planner/apply/apply.h"

/* One way to show it. What apply calls gets the view as its context. */
struct progress_view {
	struct apply_events events;
	/* Clears what is on the terminal, and frees the view. */
	void (*end)(struct progress_view *v);
};

/* Picks one of the three below. */
struct progress_view *progress_start(bool json);

struct progress_view *progress_plain(FILE *out);
struct progress_view *progress_json(void);

/* `out` is a terminal. NULL when no thread that draws can be started. */
struct progress_view *progress_terminal(FILE *out);

/* Said once when the user wants out. */
extern const char progress_stopping[];

/* "creating", "created": what is done to `n`, and what was. */
const char *progress_doing(const struct plan_node *n);
const char *progress_done(const struct plan_node *n);

/* "instance.a: created in 0.1s" and so on, with the error's lines. */
struct strbuf;
void progress_result(struct strbuf *out, const struct plan_node *n,
                     enum apply_state state, int64_t ms, const struct err *e);

/* Memory for a view; without any the process ends (exit 3). */
void *progress_alloc(size_t size);

#endif
