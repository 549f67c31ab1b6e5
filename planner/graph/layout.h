/*
 * layout.h - places for the boxes of a drawing, in layers from left to right.
 *
 * A node's layer is one more than that of the last that comes before it. Long
 * edges go through the layers between by bends of their own, so that lines do
 * not cross boxes; the order within a layer is found by sweeps that put each
 * node near the middle of its neighbours (Sugiyama, Tagawa and Toda 1981).
 * Costs O((nodes + bends) log) for each of a fixed number of sweeps.
 */
#ifndef PLANNER_GRAPH_LAYOUT_H
#define PLANNER_GRAPH_LAYOUT_H

#include <stddef.h>

#include "parser/base/arena.h"
#include "planner/graph/graph.h"

struct graph_point {
	double x, y;
};

struct graph_line {
	const struct graph_point *v; /* from the first node to the second */
	size_t n;                    /* at least 2 */
};

/* What the drawing is made of, in any unit. */
struct graph_sizes {
	double box_width, box_height;
	double gap_x, gap_y; /* between boxes */
};

struct graph_layout {
	const struct graph_point *at;   /* the middle of each node's box */
	const struct graph_line *lines; /* of each edge; a cycle's have none */
	double width, height;
};

/* `e` must have no cycles; what is in or behind one is in the first layer. */
struct graph_layout graph_lay_out(struct arena *mem, size_t n,
                                  const struct graph_edges *e,
                                  const struct graph_sizes *sizes);

#endif
