/* internal.h - what the forms of a plan have in common. */
#ifndef PLANNER_SHOW_INTERNAL_H
#define PLANNER_SHOW_INTERNAL_H

#include "parser/base/strbuf.h"
#include "planner/plan/plan.h"
#include "planner/show/show.h"

struct schema_attr;

/* "-/+": how an action looks. */
const char *show_symbol(const struct plan_node *n);

/* "will be created". */
const char *show_verb(const struct plan_node *n);

/* "config changed; drifted: its process is gone": why it is done. */
void show_add_reasons(struct strbuf *b, const struct plan *p,
                      const struct plan_node *n);

/* Why something is deleted: a value of Terraform's action_reason. */
const char *show_delete_reason(const struct plan *p, const struct plan_node *n);

/* The row of `path`'s attribute, or NULL. */
const struct schema_attr *show_row(const struct plan_node *n, const char *path);

/*
 * `v` as it would be written in the file, on one line; NULL is "(none)". More
 * than `most` bytes are cut, with dots; 0: never.
 */
void show_add_value(struct strbuf *b, const struct schema_attr *row,
                    const struct value *v, size_t most);

/* Null, or nothing in it. */
bool show_is_nothing(const struct value *v);

/* Is there anything to show at this node? */
bool show_is_change(const struct plan_node *n);

/* "3 changes are left out by --target and --exclude"; empty: none is. */
const char *show_left_out(struct arena *mem, const struct plan *p);

#endif
