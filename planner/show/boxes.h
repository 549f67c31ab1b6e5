/*
 * boxes.h - a stack as a graph to be drawn: one box for each block of the file
 * (a for_each is one box), and one for each block that is to be deleted.
 */
#ifndef PLANNER_SHOW_BOXES_H
#define PLANNER_SHOW_BOXES_H

#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/strbuf.h"
#include "planner/diff/diff.h"
#include "planner/graph/graph.h"

struct config;
struct plan;

struct show_box {
	const char *address; /* instance.web */
	size_t members;      /* of a for_each; 0: it has none */
	size_t counts[DIFF_DELETE + 1];
	enum diff_action action; /* the gravest of its members' */
};

struct show_boxes {
	struct show_box *v;
	size_t n;
	struct graph_edges edges; /* from what is needed to what needs it */
};

/* `p` may be NULL: nothing is known of changes then. */
struct show_boxes show_boxes_of(struct arena *mem, const struct config *c,
                                const struct plan *p);

/* Only boxes with changes, and those next to them. */
struct show_boxes show_boxes_changed(struct arena *mem,
                                     const struct show_boxes *all);

/* "2 to create, 1 to delete"; empty: it stays. */
const char *show_box_changes(struct arena *mem, const struct show_box *b);

void show_dot(struct strbuf *out, const struct show_boxes *b);
void show_mermaid(struct strbuf *out, const struct show_boxes *b);

/*
 * One <svg> element. With `links`, each box leads to the anchor that
 * show_add_anchor() gives for its address.
 */
void show_svg(struct strbuf *out, const struct show_boxes *b, bool links);

/* An id for an address, unique and of harmless letters. */
void show_add_anchor(struct strbuf *out, const char *address);

/*
 * `len` bytes of text for XML and HTML, in and outside of quotes. What has no
 * place in a text (controls, and what changes the direction of writing) is
 * made visible.
 */
void show_add_xml(struct strbuf *out, const char *s, size_t len);

#endif
