/* boxes.c - from blocks and nodes to boxes. */
#include "planner/show/boxes.h"

#include <string.h>

#include "parser/schema/schema.h"
#include "planner/show/internal.h"

struct boxing {
	struct arena *mem;
	const struct config *c;
	struct show_boxes *out;
	size_t cap;
	size_t *box_of_block;  /* from 1 on; 0: it has none */
	struct map by_address; /* from 1 on */
};

static size_t add_box(struct boxing *b, const char *address, size_t members)
{
	struct show_boxes *out = b->out;

	ARENA_RESERVE(b->mem, struct show_box, out->v, out->n, b->cap);
	out->v[out->n++] =
		(struct show_box){.address = address, .members = members};
	(void)map_add(&b->by_address, address, (void *)out->n);
	return out->n;
}

static void add_blocks(struct boxing *b)
{
	for (size_t i = 0; i < b->c->nr_blocks; i++) {
		const struct config_block *block = &b->c->blocks[i];

		if (!block->nr_wants)
			continue;
		b->box_of_block[i] =
			add_box(b,
		                arena_printf(b->mem, "%s.%s", block->kind->name,
		                             block->name),
		                block->each ? block->nr_wants : 0);
	}
	for (size_t i = 0; i < b->c->nr_blocks; i++) {
		const struct config_block *block = &b->c->blocks[i];

		for (size_t j = 0; b->box_of_block[i] && j < block->nr_edges;
		     j++) {
			size_t to = b->box_of_block[block->edges[j].to];

			if (to && to != b->box_of_block[i])
				graph_add_edge(b->mem, &b->out->edges, to - 1,
				               b->box_of_block[i] - 1);
		}
	}
}

static const char *unit_of(struct arena *mem, const char *address)
{
	return arena_strndup(mem, address, strcspn(address, "["));
}

/* The box of a node; one of its own for what the file knows nothing of. */
static struct show_box *box_of(struct boxing *b, const struct plan_node *n)
{
	const char *unit;
	size_t i;

	if (n->want)
		i = b->box_of_block[n->want->block - b->c->blocks];
	else {
		unit = unit_of(b->mem, n->have->address);
		i = (uintptr_t)map_get(&b->by_address, unit);
		if (!i)
			i = add_box(b, unit, 0);
	}
	return i ? &b->out->v[i - 1] : NULL;
}

static void add_changes(struct boxing *b, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *n = &p->nodes[i];
		struct show_box *box;

		if ((!n->want && !n->have) || n->successor)
			continue;
		box = box_of(b, n);
		if (!box)
			continue;
		box->counts[n->diff.action]++;
		if (n->diff.action > box->action)
			box->action = n->diff.action;
	}
}

/* What a deleted object needed, as its mark says. */
static void add_old_edges(struct boxing *b, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *n = &p->nodes[i];
		struct show_box *box;

		if (n->want || !n->have || n->successor)
			continue;
		box = box_of(b, n);
		for (size_t j = 0; j < n->have->nr_needs; j++) {
			size_t to = (uintptr_t)map_get(
				&b->by_address,
				unit_of(b->mem, n->have->needs[j]));

			if (to && box && &b->out->v[to - 1] != box)
				graph_add_edge(b->mem, &b->out->edges, to - 1,
				               (size_t)(box - b->out->v));
		}
	}
}

/* The same edge twice would be drawn twice. */
static void drop_doubles(struct boxing *b)
{
	struct graph g = graph_build(b->mem, b->out->n, &b->out->edges);
	size_t *last = ARENA_ARRAY(b->mem, size_t, b->out->n);
	struct graph_edges once = {0};

	for (size_t i = 0; i < g.n; i++)
		for (size_t j = g.first[i]; j < g.first[i + 1]; j++) {
			size_t to = g.after[j];

			if (last[to] != i + 1)
				graph_add_edge(b->mem, &once, i, to);
			last[to] = i + 1;
		}
	b->out->edges = once;
}

struct show_boxes show_boxes_of(struct arena *mem, const struct config *c,
                                const struct plan *p)
{
	struct show_boxes out = {0};
	struct boxing b = {.mem = mem, .c = c, .out = &out};

	b.box_of_block = ARENA_ARRAY(mem, size_t, c->nr_blocks);
	map_init(&b.by_address, mem);
	if (!p || !p->how->destroy)
		add_blocks(&b);
	if (p) {
		add_changes(&b, p);
		add_old_edges(&b, p);
	}
	drop_doubles(&b);
	return out;
}

struct show_boxes show_boxes_changed(struct arena *mem,
                                     const struct show_boxes *all)
{
	bool *keep = ARENA_ARRAY(mem, bool, all->n);
	size_t *place = ARENA_ARRAY(mem, size_t, all->n);
	struct show_boxes out = {
		.v = ARENA_ARRAY(mem, struct show_box, all->n)};

	for (size_t i = 0; i < all->n; i++)
		keep[i] = all->v[i].action != DIFF_NONE;
	for (size_t i = 0; i < all->edges.n; i++) {
		const struct graph_edge *e = &all->edges.v[i];

		if (all->v[e->after].action != DIFF_NONE)
			keep[e->before] = true;
	}
	for (size_t i = 0; i < all->n; i++) {
		place[i] = out.n;
		if (keep[i])
			out.v[out.n++] = all->v[i];
	}
	for (size_t i = 0; i < all->edges.n; i++) {
		const struct graph_edge *e = &all->edges.v[i];

		if (keep[e->before] && keep[e->after])
			graph_add_edge(mem, &out.edges, place[e->before],
			               place[e->after]);
	}
	return out;
}

const char *show_box_changes(struct arena *mem, const struct show_box *b)
{
	const char *all = "";

	for (size_t i = DIFF_CREATE; i <= DIFF_DELETE; i++)
		if (b->counts[i])
			all = arena_printf(
				mem, "%s%s%zu to %s", all, *all ? ", " : "",
				b->counts[i],
				plan_action_name((enum diff_action)i));
	return all;
}
