/*
 * graph.h - what must come before what.
 *
 * Nodes are numbers from 0 on. Edges are collected, then packed into one array
 * by their first node (compressed sparse rows), so that every walk costs
 * O(nodes + edges). Nothing here recurses.
 */
#ifndef PLANNER_GRAPH_GRAPH_H
#define PLANNER_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"

struct graph_edge {
	size_t before, after;
};

/* Zero-initialise, then add. */
struct graph_edges {
	struct graph_edge *v;
	size_t n, cap;
};

struct graph {
	size_t n;
	const size_t *first; /* of the n + 1 places in `after` */
	const size_t *after; /* what comes after a node */
	size_t *nr_before;   /* how many edges lead to it */
};

/* The same edge twice does no harm. */
void graph_add_edge(struct arena *mem, struct graph_edges *e, size_t before,
                    size_t after);

struct graph graph_build(struct arena *mem, size_t n,
                         const struct graph_edges *e);

/*
 * All nodes, each after what comes before it, else by number; returns how
 * many. Fewer than n means that the others are in or behind a cycle.
 */
size_t graph_order(struct arena *mem, const struct graph *g, size_t *order);

#endif
