/* want.c - what the file wants, compared with what is there. */
#include <string.h>

#include "parser/schema/schema.h"
#include "planner/plan/internal.h"

static const struct value *value_of(const void *ctx, size_t node)
{
	const struct plan *p = ctx;

	return p->nodes[node].value;
}

/* What one object sees of the others. */
struct view {
	struct arena *mem;
	const struct plan *plan;
	const struct config_want *want;
};

static const struct value *value_in_view(const void *ctx, size_t node)
{
	const struct view *v = ctx;
	const struct value *value = value_of(v->plan, node);

	if (node < v->plan->config->nr_wants)
		return value;
	return plan_group_part(v->mem, v->plan->config, v->want, node, value,
	                       value_of, v->plan);
}

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
		.pinned = p->s->pins ? map_get(p->s->pins, w->address) : NULL,
		.needs = needs,
		.nr_needs = w->nr_needs,
	};
}

bool plan_lists(const char *const *list, const char *kind)
{
	for (; list && *list; list++)
		if (!strcmp(*list, kind))
			return true;
	return false;
}

static bool holds(const struct provider_ops *ops, const char *kind)
{
	static const char *const usual[] = {"image", "instance", NULL};

	return plan_lists(ops->kinds ? ops->kinds : usual, kind);
}

static bool resolve(struct planner *p, struct plan_node *n, struct arena *mem)
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
	e = place->ops->resolve(place->provider, mem, &n->desired, &n->known);
	if (!e)
		return true;
	diags_take(p->diags, DIAG_PROVIDER, at, e);
	return false;
}

/* A copy of `map` with `value` under `key`; NULL removes the key. */
static const struct value *put(struct arena *mem, const struct value *map,
                               const char *key, const struct value *value)
{
	struct value_entry *v;
	size_t n = 0;

	if (value)
		return value_with(mem, map, key, value);
	v = ARENA_ARRAY(mem, struct value_entry, map->map.n);
	for (size_t i = 0; i < map->map.n; i++)
		if (strcmp(map->map.v[i].key, key) != 0)
			v[n++] = map->map.v[i];
	return value_map(mem, v, n);
}

/* `path` ("memory", "env.LOG") of `spec` as it is in `now`. */
static const struct value *keep(struct arena *mem, const struct value *spec,
                                const struct value *now, const char *path)
{
	const char *dot = strchr(path, '.');
	const struct value *inner, *was;
	const char *key;

	if (!dot)
		return put(mem, spec, path, value_get(now, path));
	key = arena_strndup(mem, path, (size_t)(dot - path));
	inner = value_get(spec, key);
	was = value_get(now, key);
	if (!inner)
		inner = value_map(mem, NULL, 0);
	if (inner->type != VALUE_MAP)
		return spec;
	return value_with(mem, spec, key,
	                  put(mem, inner, dot + 1, value_get(was, dot + 1)));
}

/* What the file says to ignore stays as it is in the world. */
static const struct value *keep_ignored(struct arena *mem,
                                        const struct plan_node *n,
                                        const struct value *spec)
{
	const struct config_block *b = n->want->block;
	const struct value *now;

	now = n->have ? value_get(n->have->attrs, "spec") : NULL;
	if (!spec || !now || now->type != VALUE_MAP || !b->nr_ignore)
		return spec;
	for (size_t i = 0; n->have->drift && i < n->have->drift->map.n; i++)
		now = value_with(mem, now, n->have->drift->map.v[i].key,
		                 n->have->drift->map.v[i].value);
	for (size_t i = 0; i < b->nr_ignore; i++)
		spec = keep(mem, spec, now, b->ignore[i]);
	return spec;
}

const struct value *plan_spec(struct arena *mem, const struct config *c,
                              const struct plan_node *n,
                              const struct config_world *world, struct diags *d)
{
	return keep_ignored(mem, n, config_spec(mem, c, n->want, world, d));
}

const struct value *plan_node_spec(struct arena *mem, const struct plan *p,
                                   const struct plan_node *n)
{
	struct view view = {mem, p, n->want};
	struct config_world world = {.ctx = &view, .value_of = value_in_view};
	const struct value *spec = n->desired.spec;
	struct diags none;

	if (spec || !n->want)
		return spec;
	diags_init(&none);
	spec = plan_spec(mem, p->config, n, &world, &none);
	diags_fini(&none);
	return spec;
}

/* What is not compared: where it is, whose it is, what was asked for. */
static void adjust(struct diff *d, const struct provider_ops *ops,
                   const struct plan_node *n, const struct desired *desired)
{
	if (n->have->foreign) {
		d->reasons |= DIFF_ADOPTED;
	} else if (strcmp(n->have->address, desired->address) != 0) {
		d->reasons |= DIFF_MOVED;
		if (!plan_lists(ops->moves, desired->kind))
			d->action = DIFF_REPLACE;
	}
	if (d->reasons && d->action == DIFF_NONE)
		d->action = DIFF_UPDATE;
	if (n->forced) {
		d->action = DIFF_REPLACE;
		d->reasons |= DIFF_FORCED;
	}
}

struct diff plan_diff(struct arena *mem, const struct plan_session *s,
                      const struct plan_node *n, const struct desired *desired,
                      const struct value *known)
{
	const struct provider_ops *ops = s->places[n->place].ops;
	struct diff d = diff_make(mem, ops->rules, desired, known, n->have);

	if (n->have)
		adjust(&d, ops, n, desired);
	return d;
}

/*
 * One that waits may turn out to need no replacement: apply keeps its old
 * object then.
 */
static bool creates_first(struct planner *p, const struct plan_node *n)
{
	const struct provider_ops *ops = p->s->places[n->place].ops;
	const struct config_block *b = n->want->block;
	bool can = plan_lists(ops->create_first, n->desired.kind);
	struct diag *m;

	if (!can && b->replace == CONFIG_REPLACE_CREATE_FIRST) {
		m = diags_error(p->diags, DIAG_RANGE, b->at,
		                "%s: providers of type %s cannot make the new "
		                "%s before the old one is gone",
		                n->desired.address, ops->type, n->desired.kind);
		diag_note(p->diags, m,
		          "both would have the same name, and what follows "
		          "from it; members of a for_each are replaced one by "
		          "one, while the others serve");
	}
	return can && b->replace != CONFIG_REPLACE_DESTROY_FIRST &&
	       n->diff.action == DIFF_REPLACE;
}

/* Now that it is known what is there. */
static bool ignore(struct planner *p, struct plan_node *n, struct arena *mem)
{
	n->desired.spec = keep_ignored(mem, n, n->desired.spec);
	n->desired.digest = value_digest(mem, n->desired.spec);
	return resolve(p, n, mem);
}

/* In a test, the file of the test is the world. */
static void mock(struct planner *p, struct plan_node *n)
{
	const struct value *told =
		p->s->mocks ? value_get(p->s->mocks, n->want->address) : NULL;

	for (size_t i = 0; told && told->type == VALUE_MAP && i < told->map.n;
	     i++)
		n->value = value_with(p->mem, n->value, told->map.v[i].key,
		                      told->map.v[i].value);
}

/* What is wanted at `node`, and what that takes, in `mem`. False: see diags. */
static bool compare(struct planner *p, size_t node, struct arena *mem)
{
	struct plan_node *n = &p->plan->nodes[node];
	struct view view = {mem, p->plan, n->want};
	struct config_world world = {.ctx = &view, .value_of = value_in_view};
	const struct object *found;

	n->desired.spec = plan_spec(mem, p->c, n, &world, p->diags);
	if (!n->desired.spec)
		return false;
	n->desired.digest = value_digest(mem, n->desired.spec);
	found = plan_future(p, node);
	n->desired.id = found ? found->id : NULL;
	if (!resolve(p, n, mem))
		return false;
	if (!n->have)
		plan_claim(p, node);
	if (n->have && n->want->block->nr_ignore && !ignore(p, n, mem))
		return false;
	n->waits = value_has_unknown(n->desired.spec);
	n->diff = plan_diff(mem, p->s, n, &n->desired, n->known);
	return true;
}

/* Of what stays as it is, only what others may ask is kept. */
static void forget(struct planner *p, struct plan_node *n)
{
	const char *digest = n->have->digest;

	if (!digest || strcmp(digest, n->desired.digest) != 0)
		digest = arena_strdup(p->mem, n->desired.digest);
	n->desired.digest = digest;
	n->desired.spec = NULL;
	n->known = value_pool_copy(p->pool, n->known);
}

static bool stays(const struct plan_node *n)
{
	return n->diff.action == DIFF_NONE && !n->diff.nr_attrs && !n->waits;
}

enum { AT_ONCE = 64 }; /* bodies, before the memory of trials is used again */

/* Most of what is there is as it shall be: that is tried first. */
static bool decide(struct planner *p, size_t node)
{
	struct plan_node *n = &p->plan->nodes[node];

	if (plan_found(p, node)) {
		if (++p->nr_tried % AT_ONCE == 0)
			arena_free(&p->trial);
		if (!compare(p, node, &p->trial))
			return false;
		if (stays(n)) {
			forget(p, n);
			return true;
		}
	}
	return compare(p, node, p->mem);
}

static void check_adopt(struct planner *p, const struct plan_node *n)
{
	const struct provider_ops *ops = p->s->places[n->place].ops;

	if (n->want->adopt && !plan_lists(ops->adopts, n->desired.kind))
		diags_error(p->diags, DIAG_RANGE, n->want->block->at,
		            "%s: providers of type %s take over no %s that "
		            "others made",
		            n->desired.address, ops->type, n->desired.kind);
}

static void plan_want(struct planner *p, size_t node)
{
	const struct config_want *w = &p->c->wants[node];
	const struct plan_place *place = &p->s->places[w->provider];
	struct plan_node *n = &p->plan->nodes[node];
	const struct value *attrs = NULL;

	n->want = w;
	n->place = w->provider;
	describe(p, w, &n->desired);
	check_adopt(p, n);
	n->forced = plan_matches_any(p->how->replaces, p->how->nr_replaces,
	                             n->desired.address);
	if (!decide(p, node))
		return;
	if (n->diff.reasons == DIFF_NEW && p->s->were &&
	    map_get(p->s->were, w->address))
		n->diff.reasons = DIFF_VANISHED;
	n->create_first = creates_first(p, n);
	if (n->have && n->diff.action != DIFF_REPLACE)
		attrs = n->have->attrs;
	n->value = plan_value(p->mem, place->ops, n->desired.kind, n->known,
	                      attrs);
	mock(p, n);
}

static void add_want_edges(struct planner *p)
{
	const struct config *c = p->c;

	for (size_t i = 0; i < c->nr_wants; i++)
		for (size_t j = 0; j < c->wants[i].nr_needs; j++)
			graph_add_edge(&p->tmp, &p->edges, c->wants[i].needs[j],
			               i);
	for (size_t i = 0; i < c->nr_groups; i++)
		for (size_t j = 0; j < c->groups[i]->nr_wants; j++)
			graph_add_edge(&p->tmp, &p->edges,
			               c->groups[i]->first + j,
			               c->nr_wants + i);
}

/* What one needs is evaluated before it. */
void plan_wants(struct planner *p)
{
	size_t n = p->c->nr_wants + p->c->nr_groups;
	size_t *order = ARENA_ARRAY(&p->tmp, size_t, n);
	struct graph g;

	add_want_edges(p);
	g = graph_build(&p->tmp, n, &p->edges);
	n = graph_order(&p->tmp, &g, order);
	p->pool = ARENA_NEW(&p->tmp, struct value_pool);
	p->pool->mem = p->mem;
	for (size_t i = 0; i < n; i++) {
		struct plan_node *node = &p->plan->nodes[order[i]];

		if (order[i] < p->c->nr_wants)
			plan_want(p, order[i]);
		else
			node->value = plan_group_value(p->mem, p->c, order[i],
			                               value_of, p->plan);
	}
}

/* Those that hang on something unknown are looked at again after an apply. */
void plan_checks(struct planner *p)
{
	struct config_world world = {.ctx = p->plan, .value_of = value_of};
	int *v = ARENA_ARRAY(p->mem, int, p->c->nr_checks);

	for (size_t i = 0; i < p->c->nr_checks; i++)
		v[i] = config_assert(p->mem, p->c, i, &world, p->diags);
	p->plan->checks = v;
}
