/*
 * gone.c - what is to be deleted, and after what.
 *
 * The file may not know any more who used an object; the users' marks do. What
 * a replacement leaves behind (create_first) is deleted like what is gone.
 */
#include <string.h>

#include "planner/plan/internal.h"

/* Why is `f`, which nobody claimed, not wanted? */
static enum diff_reason reason(struct planner *p, const struct found *f)
{
	size_t first = (uintptr_t)map_get(&p->places[f->place].addresses,
	                                  plan_moved(p, f->object->address));

	if (p->how->destroy)
		return DIFF_ASKED;
	for (size_t i = first; i; i = p->found[i - 1].next)
		if (p->found[i - 1].claimed)
			return DIFF_EXTRA;
	return DIFF_GONE;
}

static const struct plan_node *replacement(const struct planner *p,
                                           const struct found *f)
{
	const struct plan_node *n = &p->plan->nodes[f->node];

	return f->claimed && n->create_first ? n : NULL;
}

static void add_nodes(struct planner *p, size_t first)
{
	size_t node = first;

	for (size_t i = 0; i < p->nr_found; i++) {
		struct found *f = &p->found[i];
		const struct plan_node *successor = replacement(p, f);
		struct plan_node *n = &p->plan->nodes[node];

		if (f->claimed ? !successor : f->object->foreign)
			continue;
		*n = (struct plan_node){
			.have = f->object,
			.place = f->place,
			.diff = {.action = DIFF_DELETE},
			.successor = successor,
		};
		n->diff.reasons =
			successor ? successor->diff.reasons : reason(p, f);
		if (successor)
			graph_add_edge(&p->tmp, &p->edges, f->node, node);
		f->node = node++;
	}
	p->plan->n = node;
}

/* `user` used `f`: if `f` is to be deleted, that comes after `user`. */
static void add_use(struct planner *p, size_t user, const struct found *f)
{
	if (p->plan->nodes[f->node].diff.action == DIFF_DELETE &&
	    f->node != user)
		graph_add_edge(&p->tmp, &p->edges, user, f->node);
}

static void add_uses(struct planner *p, size_t user, size_t place,
                     const char *address)
{
	const struct found_index *index = &p->places[place];
	size_t i;

	address = plan_moved(p, address);
	if (strchr(address, '[')) {
		i = (uintptr_t)map_get(&index->addresses, address);
		for (; i; i = p->found[i - 1].next)
			add_use(p, user, &p->found[i - 1]);
		return;
	}
	i = (uintptr_t)map_get(&index->units, address);
	for (i = i ? p->unit_heads[i - 1] : 0; i; i = p->unit_next[i - 1])
		add_use(p, user, &p->found[i - 1]);
}

/*
 * A group's members may all need another group: that would be an edge for each
 * pair. The use of a whole group is noted once for each user all the same,
 * since objects tell only addresses; groups that use groups are small.
 */
static void order_nodes(struct planner *p)
{
	for (size_t i = 0; i < p->nr_found; i++) {
		const struct object *o = p->found[i].object;

		for (size_t j = 0; !o->foreign && j < o->nr_needs; j++)
			for (size_t k = 0; k < p->s->nr_places; k++)
				add_uses(p, p->found[i].node, k, o->needs[j]);
	}
}

void plan_deletions(struct planner *p, size_t first)
{
	add_nodes(p, first);
	order_nodes(p);
}
