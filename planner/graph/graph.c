/* graph.c - Kahn's algorithm over packed edges. */
#include "planner/graph/graph.h"

#include <string.h>

void graph_add_edge(struct arena *mem, struct graph_edges *e, size_t before,
                    size_t after)
{
	ARENA_RESERVE(mem, struct graph_edge, e->v, e->n, e->cap);
	e->v[e->n++] = (struct graph_edge){before, after};
}

struct graph graph_build(struct arena *mem, size_t n,
                         const struct graph_edges *e)
{
	size_t *first = ARENA_ARRAY(mem, size_t, n + 1);
	size_t *fill = ARENA_ARRAY(mem, size_t, n + 1);
	size_t *after = ARENA_ARRAY(mem, size_t, e->n);
	struct graph g = {.n = n, .first = first, .after = after};

	g.nr_before = ARENA_ARRAY(mem, size_t, n);
	for (size_t i = 0; i < e->n; i++)
		first[e->v[i].before + 1]++;
	for (size_t i = 0; i < n; i++)
		first[i + 1] += first[i];
	memcpy(fill, first, (n + 1) * sizeof(*first));
	for (size_t i = 0; i < e->n; i++) {
		after[fill[e->v[i].before]++] = e->v[i].after;
		g.nr_before[e->v[i].after]++;
	}
	return g;
}

/* `order` is the queue, too: what is ready and not looked at is its end. */
size_t graph_order(struct arena *mem, const struct graph *g, size_t *order)
{
	size_t *left = ARENA_ARRAY(mem, size_t, g->n), n = 0;

	for (size_t i = 0; i < g->n; i++) {
		left[i] = g->nr_before[i];
		if (!left[i])
			order[n++] = i;
	}
	for (size_t at = 0; at < n; at++) {
		size_t node = order[at];

		for (size_t i = g->first[node]; i < g->first[node + 1]; i++)
			if (--left[g->after[i]] == 0)
				order[n++] = g->after[i];
	}
	return n;
}
