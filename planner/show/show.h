/*
 * show.h - a plan, for people and for programs.
 *
 * Nothing here decides anything, and no secret is ever shown. What stands in
 * files or in the world may be hostile: each form escapes it in its own way.
 */
#ifndef PLANNER_SHOW_SHOW_H
#define PLANNER_SHOW_SHOW_H

#include <stdbool.h>
#include <stdio.h>

struct plan;
struct strbuf;

/* For a terminal; `color` adds escapes. */
void show_text(FILE *out, const struct plan *p, bool color);

/* Only what the world changed. */
void show_drift(FILE *out, const struct plan *p, bool color);

/* Has the world changed anything? */
bool show_has_drift(const struct plan *p);

/*
 * For programs: one object with the key names of `terraform show -json` of a
 * plan, format 1.2. What is different: secrets are "(sensitive)", `reasons`
 * and `provider` are there too, and there is no configuration or prior state.
 */
void show_json(FILE *out, const struct plan *p);

/*
 * A comment for a pull request, at most 65,535 bytes. Its first line is a
 * comment that names stack and site, by which a program finds what it wrote
 * before.
 */
void show_markdown(struct strbuf *out, const struct plan *p);

/* One page that needs nothing but itself. */
void show_html(struct strbuf *out, const struct plan *p);

#endif
