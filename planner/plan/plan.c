/* plan.c - making a plan. Showing it is plan_print.c. */
#include "planner/plan/plan.h"

#include <string.h>

#include "parser/config/config.h"
#include "parser/schema/schema.h"

/* What is there, by provider and address; several may share an address. */
struct found {
	const struct object *object;
	size_t place;
	size_t next; /* with the same key, from 1 on; 0: none */
	bool claimed;
};

struct planner {
	struct arena *mem;
	const struct config *c;
	struct plan_session *s;
	struct diags *diags;
	struct plan *plan;
	struct found *found;
	size_t nr_found;
	struct map index; /* "place address" -> found, from 1 on */
	struct graph_edges edges;
	size_t *delete_of; /* found -> node, or CONFIG_NO_NODE */
	size_t *node_of;   /* found -> node that claimed it */
};

static const char *key_of(struct planner *p, size_t place, const char *address)
{
	return arena_printf(p->mem, "%zu %s", place, address);
}

/* "instance.client" of `instance.client["0"]`. */
static const char *unit_of(struct arena *mem, const char *address)
{
	return arena_strndup(mem, address, strcspn(address, "["));
}

static void index_found(struct planner *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->s->nr_places; i++)
		n += p->s->places[i].objects.n;
	p->found = ARENA_ARRAY(p->mem, struct found, n);
	map_init(&p->index, p->mem);
	for (size_t i = 0; i < p->s->nr_places; i++) {
		const struct object_set *set = &p->s->places[i].objects;

		for (size_t j = 0; j < set->n; j++) {
			const char *key = key_of(p, i, set->v[j].address);
			size_t first = (uintptr_t)map_get(&p->index, key);
			struct found *f = &p->found[p->nr_found++];

			*f = (struct found){.object = &set->v[j], .place = i};
			if (!first) {
				(void)map_add(&p->index, key,
				              (void *)p->nr_found);
				continue;
			}
			f->next = p->found[first - 1].next;
			p->found[first - 1].next = p->nr_found;
		}
	}
}

/* The object that `want` is now: the one with its digest, else any. */
static struct found *claim(struct planner *p, size_t place,
                           const struct desired *want)
{
	size_t first =
		(uintptr_t)map_get(&p->index, key_of(p, place, want->address));
	size_t best = first;

	for (size_t i = first; i; i = p->found[i - 1].next) {
		const struct object *o = p->found[i - 1].object;

		if (o->digest && !strcmp(o->digest, want->digest)) {
			best = i;
			break;
		}
	}
	if (!best)
		return NULL;
	p->found[best - 1].claimed = true;
	return &p->found[best - 1];
}

/* --- values --------------------------------------------------------------- */

static const struct value *value_of(const void *ctx, size_t node)
{
	const struct planner *p = ctx;

	return p->plan->nodes[node].value;
}

const struct value *plan_value(struct arena *mem,
                               const struct provider_ops *ops, const char *kind,
                               const struct value *known,
                               const struct value *attrs)
{
	size_t len = strlen(kind);
	const struct value *v = known;

	for (const char *const *c = ops->computed; c && *c; c++) {
		const struct value *now;

		if (strncmp(*c, kind, len) || (*c)[len] != '.')
			continue;
		now = value_get(attrs, *c + len + 1);
		if (!now || now->type == VALUE_NULL)
			now = value_unknown();
		v = value_with(mem, v, *c + len + 1, now);
	}
	return v;
}

const struct value *plan_group_value(
	struct arena *mem, const struct config *c, size_t node,
	const struct value *(*value_at_node)(const void *ctx, size_t node),
	const void *ctx)
{
	const struct config_block *b = c->groups[node - c->nr_wants];
	struct value_entry *v =
		ARENA_ARRAY(mem, struct value_entry, b->nr_wants);

	for (size_t i = 0; i < b->nr_wants; i++) {
		const struct config_want *w = &c->wants[b->first + i];
		const struct value *value = value_at_node(ctx, b->first + i);

		v[i].key = w->each_key->string.s;
		v[i].value = value ? value : value_unknown();
	}
	return value_map(mem, v, b->nr_wants);
}

/* --- wants ---------------------------------------------------------------- */

static void describe(struct planner *p, const struct config_want *w,
                     struct desired *out)
{
	const char **needs = ARENA_ARRAY(p->mem, const char *, w->nr_needs);

	for (size_t i = 0; i < w->nr_needs; i++)
		needs[i] = config_node_address(p->mem, p->c, w->needs[i]);
	*out = (struct desired){
		.kind = w->block->kind->name,
		.address = w->address,
		.name = w->name,
		.protect = w->protect,
		.pos = w->block->at.pos,
		.needs = needs,
		.nr_needs = w->nr_needs,
	};
}

static bool holds(const struct provider_ops *ops, const char *kind)
{
	static const char *const usual[] = {"image", "instance", NULL};
	const char *const *k = ops->kinds ? ops->kinds : usual;

	for (; *k; k++)
		if (!strcmp(*k, kind))
			return true;
	return false;
}

static bool resolve(struct planner *p, struct plan_node *n)
{
	const struct plan_place *place = &p->s->places[n->place];
	struct src_span at = n->want->block->at;
	struct err *e;

	if (!holds(place->ops, n->desired.kind)) {
		diags_error(p->diags, DIAG_NOT_YET, at,
		            "%ss are not supported yet by providers of type %s",
		            n->desired.kind, place->ops->type);
		return false;
	}
	e = place->ops->resolve(place->provider, p->mem, &n->desired,
	                        &n->known);
	if (!e)
		return true;
	diags_take(p->diags, DIAG_PROVIDER, at, e);
	return false;
}

static void refuse_protected(struct planner *p, const struct plan_node *n,
                             struct src_span at)
{
	struct diag *m;

	m = diags_error(p->diags, DIAG_PROTECTED, at,
	                "%s is protected and would be destroyed",
	                plan_address(n));
	diag_note(p->diags, m,
	          "set protect: false and apply that first, if you mean it");
}

static void plan_want(struct planner *p, size_t node)
{
	const struct config_want *w = &p->c->wants[node];
	const struct plan_place *place = &p->s->places[w->provider];
	struct config_world world = {p, value_of};
	struct plan_node *n = &p->plan->nodes[node];
	const struct value *attrs = NULL;
	struct found *f;

	n->want = w;
	n->place = w->provider;
	describe(p, w, &n->desired);
	n->desired.spec = config_spec(p->mem, p->c, w, &world, p->diags);
	if (!n->desired.spec)
		return;
	n->waits = value_has_unknown(n->desired.spec);
	n->desired.digest = value_digest(p->mem, n->desired.spec);
	if (!resolve(p, n))
		return;
	f = claim(p, n->place, &n->desired);
	if (f) {
		n->have = f->object;
		p->node_of[f - p->found] = node;
	}
	n->diff = diff_make(p->mem, place->ops->rules, &n->desired, n->known,
	                    n->have);
	if (n->diff.action == DIFF_REPLACE && n->desired.protect)
		refuse_protected(p, n, w->block->at);
	if (n->have && n->diff.action != DIFF_REPLACE)
		attrs = n->have->attrs;
	n->value = plan_value(p->mem, place->ops, n->desired.kind, n->known,
	                      attrs);
}

static void add_want_edges(struct planner *p)
{
	const struct config *c = p->c;

	for (size_t i = 0; i < c->nr_wants; i++)
		for (size_t j = 0; j < c->wants[i].nr_needs; j++)
			graph_add_edge(p->mem, &p->edges, c->wants[i].needs[j],
			               i);
	for (size_t i = 0; i < c->nr_groups; i++)
		for (size_t j = 0; j < c->groups[i]->nr_wants; j++)
			graph_add_edge(p->mem, &p->edges,
			               c->groups[i]->first + j,
			               c->nr_wants + i);
}

/* What one needs is evaluated before it. */
static void plan_wants(struct planner *p)
{
	size_t n = p->c->nr_wants + p->c->nr_groups;
	size_t *order = ARENA_ARRAY(p->mem, size_t, n);
	struct graph g;

	add_want_edges(p);
	g = graph_build(p->mem, n, &p->edges);
	n = graph_order(p->mem, &g, order);
	for (size_t i = 0; i < n; i++) {
		struct plan_node *node = &p->plan->nodes[order[i]];

		if (order[i] < p->c->nr_wants)
			plan_want(p, order[i]);
		else
			node->value = plan_group_value(p->mem, p->c, order[i],
			                               value_of, p);
	}
}

/* --- deletions ------------------------------------------------------------ */

static void add_deletions(struct planner *p, size_t first, bool destroy)
{
	size_t node = first;

	for (size_t i = 0; i < p->nr_found; i++) {
		struct plan_node *n = &p->plan->nodes[node];

		if (p->found[i].claimed)
			continue;
		n->have = p->found[i].object;
		n->place = p->found[i].place;
		n->diff = diff_make(p->mem, NULL, NULL, NULL, n->have);
		if (destroy)
			n->diff.reasons = DIFF_ASKED;
		p->node_of[i] = node++;
		if (n->have->protect)
			refuse_protected(p, n, (struct src_span){0});
	}
	p->plan->n = node;
}

/*
 * Objects by the address of their group, so that what is needed is found in
 * one step, one member or all of them: `heads` holds the last object of each
 * group, and `next` leads on from there (both from 1 on).
 */
struct units {
	struct map numbers; /* "place instance.client" -> its head, from 1 on */
	size_t *heads;
	size_t *next;
};

static struct units chain_units(struct planner *p)
{
	struct units u = {
		.heads = ARENA_ARRAY(p->mem, size_t, p->nr_found),
		.next = ARENA_ARRAY(p->mem, size_t, p->nr_found),
	};

	map_init(&u.numbers, p->mem);
	for (size_t i = 0; i < p->nr_found; i++) {
		const struct found *f = &p->found[i];
		const char *key = key_of(p, f->place,
		                         unit_of(p->mem, f->object->address));
		size_t number;

		(void)map_add(&u.numbers, key, (void *)(u.numbers.n + 1));
		number = (uintptr_t)map_get(&u.numbers, key);
		u.next[i] = u.heads[number - 1];
		u.heads[number - 1] = i + 1;
	}
	return u;
}

/* `user` used `f`: if `f` is to be deleted, that comes after `user`. */
static void add_use(struct planner *p, size_t user, const struct found *f)
{
	size_t to = p->node_of[f - p->found];

	if (p->plan->nodes[to].diff.action == DIFF_DELETE && to != user)
		graph_add_edge(p->mem, &p->edges, user, to);
}

static void add_uses(struct planner *p, size_t user, size_t place,
                     const char *address, const struct units *u)
{
	const char *key = key_of(p, place, address);
	size_t i;

	if (strchr(address, '[')) {
		i = (uintptr_t)map_get(&p->index, key);
		for (; i; i = p->found[i - 1].next)
			add_use(p, user, &p->found[i - 1]);
		return;
	}
	i = (uintptr_t)map_get(&u->numbers, key);
	for (i = i ? u->heads[i - 1] : 0; i; i = u->next[i - 1])
		add_use(p, user, &p->found[i - 1]);
}

/*
 * A group's members may all need another group: that would be an edge for each
 * pair. The use of a whole group is noted once for each user all the same,
 * since objects tell only addresses; groups that use groups are small.
 */
static void order_deletions(struct planner *p)
{
	struct units u = chain_units(p);

	for (size_t i = 0; i < p->nr_found; i++) {
		const struct object *o = p->found[i].object;

		for (size_t j = 0; j < o->nr_needs; j++)
			for (size_t k = 0; k < p->s->nr_places; k++)
				add_uses(p, p->node_of[i], k, o->needs[j], &u);
	}
}

/*
 * Free names and ports first: a deletion that waits for no change but other
 * such deletions comes before the barrier, and creating comes after it. The
 * barrier is the last node.
 */
static void add_barrier(struct planner *p, const struct graph *g,
                        const size_t *order, size_t n)
{
	struct plan *plan = p->plan;
	bool *late = ARENA_ARRAY(p->mem, bool, plan->n);

	for (size_t i = 0; i < n; i++) {
		size_t node = order[i];
		enum diff_action action = plan->nodes[node].diff.action;
		bool spreads = late[node] ||
		               (action != DIFF_NONE && action != DIFF_DELETE);

		for (size_t j = g->first[node]; j < g->first[node + 1]; j++)
			late[g->after[j]] = late[g->after[j]] || spreads;
	}
	for (size_t i = 0; i < plan->n; i++) {
		enum diff_action action = plan->nodes[i].diff.action;

		if (action == DIFF_DELETE && !late[i])
			graph_add_edge(p->mem, &p->edges, i, plan->n);
		if (action == DIFF_CREATE || action == DIFF_REPLACE)
			graph_add_edge(p->mem, &p->edges, plan->n, i);
	}
	plan->n++;
}

static void finish(struct planner *p)
{
	struct plan *plan = p->plan;
	size_t *order = ARENA_ARRAY(p->mem, size_t, plan->n + 1);
	struct graph g = graph_build(p->mem, plan->n, &p->edges);

	add_barrier(p, &g, order, graph_order(p->mem, &g, order));
	plan->graph = graph_build(p->mem, plan->n, &p->edges);
	if (graph_order(p->mem, &plan->graph, order) != plan->n)
		diags_error(p->diags, DIAG_CYCLE, (struct src_span){0},
		            "the objects that exist need each other in a "
		            "circle; destroy the stack to untie it");
	plan->order = order;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->nodes[i].want || plan->nodes[i].have)
			plan->counts[plan->nodes[i].diff.action]++;
}

bool plan_make(struct arena *mem, const struct config *c,
               struct plan_session *s, bool destroy, struct diags *d,
               struct plan *out)
{
	struct planner p = {
		.mem = mem, .c = c, .s = s, .diags = d, .plan = out};
	size_t wanted = destroy ? 0 : c->nr_wants + c->nr_groups;

	index_found(&p);
	*out = (struct plan){.config = c, .session = s};
	out->nodes =
		ARENA_ARRAY(mem, struct plan_node, wanted + p.nr_found + 1);
	p.node_of = ARENA_ARRAY(mem, size_t, p.nr_found);
	if (!destroy)
		plan_wants(&p);
	if (d->errors)
		return false;
	add_deletions(&p, wanted, destroy);
	order_deletions(&p);
	finish(&p);
	return d->errors == 0;
}

bool plan_is_empty(const struct plan *p)
{
	for (size_t i = DIFF_CREATE; i <= DIFF_DELETE; i++)
		if (p->counts[i])
			return false;
	return true;
}

const char *plan_address(const struct plan_node *n)
{
	return n->want ? n->want->address : n->have->address;
}

const char *plan_kind(const struct plan_node *n)
{
	return n->want ? n->want->block->kind->name : n->have->kind;
}
