/* layout.c - layers, bends, order, places. See layout.h. */
#include "planner/graph/layout.h"

#include <stdlib.h>

enum {
	SWEEPS = 12,
	MOST_BENDS = 50 * 1000, /* more, and long edges are straight lines */
};

/* A node, or a bend of a long edge. */
struct spot {
	size_t layer, place; /* place: within its layer */
	double y, wish;
};

struct drawing {
	struct arena *mem;
	const struct graph_edges *e;
	size_t nr_nodes;
	struct spot *spots; /* nodes, then bends */
	size_t nr_spots, nr_layers;
	size_t *first_bend;       /* of each edge */
	struct graph_edges links; /* between spots of neighbouring layers */
	struct graph right, left;
	size_t *layer_first; /* of nr_layers + 1 places in by_layer */
	size_t *by_layer;    /* spots, in order */
};

/* --- layers and bends ----------------------------------------------------- */

static void find_layers(struct drawing *d)
{
	size_t *order = ARENA_ARRAY(d->mem, size_t, d->nr_nodes);
	struct graph g = graph_build(d->mem, d->nr_nodes, d->e);
	size_t n = graph_order(d->mem, &g, order);

	for (size_t i = 0; i < n; i++) {
		size_t from = order[i], next = d->spots[from].layer + 1;

		if (next > d->nr_layers)
			d->nr_layers = next;
		for (size_t j = g.first[from]; j < g.first[from + 1]; j++)
			if (d->spots[g.after[j]].layer < next)
				d->spots[g.after[j]].layer = next;
	}
	if (!d->nr_layers)
		d->nr_layers = 1;
}

static size_t span(const struct drawing *d, size_t edge)
{
	size_t from = d->spots[d->e->v[edge].before].layer;
	size_t to = d->spots[d->e->v[edge].after].layer;

	return to > from ? to - from : 0;
}

static size_t count_bends(const struct drawing *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->e->n && n <= MOST_BENDS; i++)
		n += span(d, i) > 1 ? span(d, i) - 1 : 0;
	return n <= MOST_BENDS ? n : 0;
}

static void add_bends(struct drawing *d, size_t edge)
{
	const struct graph_edge *e = &d->e->v[edge];
	size_t last = e->before, n = span(d, edge);

	d->first_bend[edge] = d->nr_spots;
	for (size_t i = 1; i < n; i++) {
		d->spots[d->nr_spots].layer = d->spots[e->before].layer + i;
		graph_add_edge(d->mem, &d->links, last, d->nr_spots);
		last = d->nr_spots++;
	}
	if (n)
		graph_add_edge(d->mem, &d->links, last, e->after);
}

static void make_spots(struct drawing *d)
{
	struct spot *nodes = d->spots;
	size_t bends = count_bends(d);

	d->spots = arena_grow(d->mem, nodes, d->nr_nodes, d->nr_nodes + bends,
	                      sizeof(*nodes), alignof(struct spot));
	d->first_bend = ARENA_ARRAY(d->mem, size_t, d->e->n);
	d->nr_spots = d->nr_nodes;
	for (size_t i = 0; i < d->e->n; i++)
		if (bends || span(d, i) == 1)
			add_bends(d, i);
}

static void link_spots(struct drawing *d)
{
	struct graph_edges back = {0};

	for (size_t i = 0; i < d->links.n; i++)
		graph_add_edge(d->mem, &back, d->links.v[i].after,
		               d->links.v[i].before);
	d->right = graph_build(d->mem, d->nr_spots, &d->links);
	d->left = graph_build(d->mem, d->nr_spots, &back);
}

/* --- order ---------------------------------------------------------------- */

static void fill_layers(struct drawing *d)
{
	size_t *fill = ARENA_ARRAY(d->mem, size_t, d->nr_layers + 1);

	d->layer_first = ARENA_ARRAY(d->mem, size_t, d->nr_layers + 1);
	d->by_layer = ARENA_ARRAY(d->mem, size_t, d->nr_spots);
	for (size_t i = 0; i < d->nr_spots; i++)
		d->layer_first[d->spots[i].layer + 1]++;
	for (size_t i = 0; i < d->nr_layers; i++) {
		d->layer_first[i + 1] += d->layer_first[i];
		fill[i] = d->layer_first[i];
	}
	for (size_t i = 0; i < d->nr_spots; i++) {
		struct spot *s = &d->spots[i];

		s->place = fill[s->layer] - d->layer_first[s->layer];
		d->by_layer[fill[s->layer]++] = i;
	}
}

/* The middle of where the neighbours are; its own place without any. */
static double middle(const struct drawing *d, const struct graph *g, size_t i,
                     bool of_y)
{
	size_t n = g->first[i + 1] - g->first[i];
	double sum = 0;

	for (size_t j = g->first[i]; j < g->first[i + 1]; j++) {
		const struct spot *s = &d->spots[g->after[j]];

		sum += of_y ? s->y : (double)s->place;
	}
	if (n)
		return sum / (double)n;
	return of_y ? d->spots[i].y : (double)d->spots[i].place;
}

static int by_wish(const void *a, const void *b, void *ctx)
{
	const struct drawing *d = ctx;
	const struct spot *x = &d->spots[*(const size_t *)a];
	const struct spot *y = &d->spots[*(const size_t *)b];

	if (x->wish < y->wish)
		return -1;
	if (x->wish > y->wish)
		return 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static void order_layer(struct drawing *d, size_t layer, const struct graph *g)
{
	size_t *v = &d->by_layer[d->layer_first[layer]];
	size_t n = d->layer_first[layer + 1] - d->layer_first[layer];

	for (size_t i = 0; i < n; i++)
		d->spots[v[i]].wish = middle(d, g, v[i], false);
	qsort_r(v, n, sizeof(*v), by_wish, d);
	for (size_t i = 0; i < n; i++)
		d->spots[v[i]].place = i;
}

static void sweep(struct drawing *d, bool right,
                  void (*visit)(struct drawing *d, size_t layer,
                                const struct graph *g))
{
	for (size_t i = 0; i < d->nr_layers; i++)
		visit(d, right ? i : d->nr_layers - 1 - i,
		      right ? &d->left : &d->right);
}

/* --- places --------------------------------------------------------------- */

/* Boxes are 1 high, gaps included; a bend needs less. */
static double room(const struct drawing *d, size_t a, size_t b)
{
	return (a < d->nr_nodes ? 0.5 : 0.2) + (b < d->nr_nodes ? 0.5 : 0.2);
}

/*
 * As near to where each wants to be as the order lets it: the mean of pushing
 * everything down and pushing everything up keeps the distances, too.
 */
static void place_layer(struct drawing *d, size_t layer, const struct graph *g)
{
	size_t *v = &d->by_layer[d->layer_first[layer]];
	size_t n = d->layer_first[layer + 1] - d->layer_first[layer];
	double edge = 0;

	for (size_t i = 0; i < n; i++) {
		struct spot *s = &d->spots[v[i]];

		s->wish = middle(d, g, v[i], true);
		if (i && s->wish < edge + room(d, v[i - 1], v[i]))
			s->wish = edge + room(d, v[i - 1], v[i]);
		edge = s->wish;
	}
	for (size_t i = n; i-- > 0;) {
		struct spot *s = &d->spots[v[i]];
		double up = middle(d, g, v[i], true);

		if (i + 1 < n && up > edge - room(d, v[i], v[i + 1]))
			up = edge - room(d, v[i], v[i + 1]);
		edge = up;
		s->y = (s->wish + up) / 2;
	}
}

static void place(struct drawing *d)
{
	for (size_t i = 0; i < d->nr_spots; i++)
		d->spots[i].y = (double)d->spots[i].place;
	for (int i = 0; i < SWEEPS; i++)
		sweep(d, i % 2 == 0, place_layer);
}

/* --- the result ----------------------------------------------------------- */

static struct graph_point point_of(const struct drawing *d,
                                   const struct graph_sizes *z, size_t spot)
{
	const struct spot *s = &d->spots[spot];

	return (struct graph_point){
		.x = z->box_width / 2 +
	             (double)s->layer * (z->box_width + z->gap_x),
		.y = z->box_height / 2 + s->y * (z->box_height + z->gap_y),
	};
}

/* From the right side of one box to the left side of another. */
static struct graph_line line_of(const struct drawing *d,
                                 const struct graph_sizes *z, size_t edge)
{
	size_t from = d->e->v[edge].before, to = d->e->v[edge].after;
	size_t n = span(d, edge), bends = n && d->first_bend[edge] ? n - 1 : 0;
	struct graph_point *v =
		ARENA_ARRAY(d->mem, struct graph_point, bends + 2);

	if (!n)
		return (struct graph_line){0};
	v[0] = point_of(d, z, from);
	v[0].x += z->box_width / 2;
	for (size_t i = 0; i < bends; i++)
		v[i + 1] = point_of(d, z, d->first_bend[edge] + i);
	v[bends + 1] = point_of(d, z, to);
	v[bends + 1].x -= z->box_width / 2;
	return (struct graph_line){v, bends + 2};
}

static void move_to_top(struct drawing *d, double *height)
{
	double top = d->nr_spots ? d->spots[0].y : 0, bottom = top;

	for (size_t i = 0; i < d->nr_spots; i++) {
		top = d->spots[i].y < top ? d->spots[i].y : top;
		bottom = d->spots[i].y > bottom ? d->spots[i].y : bottom;
	}
	for (size_t i = 0; i < d->nr_spots; i++)
		d->spots[i].y -= top;
	*height = bottom - top;
}

struct graph_layout graph_lay_out(struct arena *mem, size_t n,
                                  const struct graph_edges *e,
                                  const struct graph_sizes *sizes)
{
	struct drawing d = {.mem = mem, .e = e, .nr_nodes = n};
	struct graph_point *at = ARENA_ARRAY(mem, struct graph_point, n);
	struct graph_line *lines = ARENA_ARRAY(mem, struct graph_line, e->n);
	double height;

	d.spots = ARENA_ARRAY(mem, struct spot, n);
	find_layers(&d);
	make_spots(&d);
	link_spots(&d);
	fill_layers(&d);
	for (int i = 0; i < SWEEPS; i++)
		sweep(&d, i % 2 == 0, order_layer);
	place(&d);
	move_to_top(&d, &height);
	for (size_t i = 0; i < n; i++)
		at[i] = point_of(&d, sizes, i);
	for (size_t i = 0; i < e->n; i++)
		lines[i] = line_of(&d, sizes, i);
	return (struct graph_layout){
		.at = at,
		.lines = lines,
		.width = (double)d.nr_layers * sizes->box_width +
	                 (double)(d.nr_layers - 1) * sizes->gap_x,
		.height = sizes->box_height +
	                  height * (sizes->box_height + sizes->gap_y),
	};
}
