/*
 * events.h - an apply as lines of JSON on stdout, one object a line.
 *
 * The keys are those of Terraform's machine-readable UI (its documentation,
 * "Machine-Readable UI", version 1.2 of the format), so that programs which
 * read that one read ours: every line has "@level", "@message", "@timestamp"
 * and "type". The types: version, planned_change, change_summary, apply_start,
 * apply_progress, apply_complete, apply_errored, diagnostic, outputs. Ours
 * alone is apply_skipped, for what was not tried.
 */
#ifndef CMD_UI_EVENTS_H
#define CMD_UI_EVENTS_H

#include <stdint.h>

#include "planner/apply/apply.h"
#include "planner/plan/plan.h"

void events_version(void);

/* A planned_change for each change, then the summary. */
void events_plan(const struct plan *p, bool destroy);

void events_started(const struct plan_node *n);
void events_said(const struct plan_node *n, const char *text, int64_t ms);
void events_troubled(const struct plan_node *n, const char *text, int64_t ms);
void events_finished(const struct plan_node *n, enum apply_state state,
                     int64_t ms, const struct err *e);

/* What was done, in the end. */
void events_summary(const struct apply_result *r, bool destroy);

/* `all` is a map of values by name; tainted ones are sensitive. */
void events_outputs(const struct value *all);

#endif
