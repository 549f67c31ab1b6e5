/* plan.c - making a plan, step by step. */
#include "planner/plan/plan.h"

#include <string.h>

#include "parser/schema/schema.h"
#include "planner/plan/internal.h"

/* --- values --------------------------------------------------------------- */

/* Whether `computed` ("instance.ip") is one of `kind`'s; its own name then. */
static const char *computed_of(const char *computed, const char *kind)
{
	size_t len = strlen(kind);

	if (strncmp(computed, kind, len) != 0 || computed[len] != '.')
		return NULL;
	return computed + len + 1;
}

static size_t count_computed(const struct provider_ops *ops, const char *kind)
{
	size_t n = 0;

	for (const char *const *c = ops->computed; c && *c; c++)
		n += computed_of(*c, kind) != NULL;
	return n;
}

/* resolve() tells none of those that are computed: see provider.h. */
const struct value *plan_value(struct arena *mem,
                               const struct provider_ops *ops, const char *kind,
                               const struct value *known,
                               const struct value *attrs)
{
	size_t n = known->map.n;
	struct value_entry *v =
		arena_grow(mem, known->map.v, n, n + count_computed(ops, kind),
	                   sizeof(*v), alignof(struct value_entry));
	struct value *all = ARENA_NEW(mem, struct value);

	for (const char *const *c = ops->computed; c && *c; c++) {
		const char *name = computed_of(*c, kind);
		const struct value *now = name ? value_get(attrs, name) : NULL;

		if (!name)
			continue;
		if (!now || now->type == VALUE_NULL)
			now = value_unknown();
		v[n++] = (struct value_entry){.key = name, .value = now};
	}
	*all = *known;
	all->map.v = v;
	all->map.n = n;
	return all;
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

const struct value *plan_group_part(
	struct arena *mem, const struct config *c,
	const struct config_want *want, size_t node, const struct value *whole,
	const struct value *(*value_at_node)(const void *ctx, size_t node),
	const void *ctx)
{
	const struct config_block *b = c->groups[node - c->nr_wants];
	struct value_entry *v;
	size_t n = 0;

	v = ARENA_ARRAY(mem, struct value_entry, want->nr_needs);
	for (size_t i = 0; i < want->nr_needs; i++) {
		size_t need = want->needs[i];

		if (need == node)
			return whole;
		if (need < b->first || need >= b->first + b->nr_wants)
			continue;
		v[n].key = c->wants[need].each_key->string.s;
		v[n].value = value_at_node(ctx, need);
		if (!v[n].value)
			v[n].value = value_unknown();
		n++;
	}
	return n ? value_map(mem, v, n) : whole;
}

/* --- order ---------------------------------------------------------------- */

/* Members that change do so a few at a time; new ones hold nobody up. */
static void add_rolling(struct planner *p, const struct config_block *group)
{
	size_t width = group->max_unavailable ? group->max_unavailable : 1;
	size_t *window = ARENA_ARRAY(&p->tmp, size_t, group->nr_wants), n = 0;

	for (size_t i = 0; i < group->nr_wants; i++) {
		size_t node = group->first + i;
		enum diff_action action = p->plan->nodes[node].diff.action;

		if (action != DIFF_UPDATE && action != DIFF_REPLACE)
			continue;
		if (n >= width)
			graph_add_edge(&p->tmp, &p->edges, window[n - width],
			               node);
		window[n++] = node;
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
	bool *late = ARENA_ARRAY(&p->tmp, bool, plan->n);

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
			graph_add_edge(&p->tmp, &p->edges, i, plan->n);
		if (action == DIFF_CREATE || action == DIFF_REPLACE)
			graph_add_edge(&p->tmp, &p->edges, plan->n, i);
	}
	plan->n++;
}

static void add_order(struct planner *p)
{
	struct plan *plan = p->plan;
	size_t *order = ARENA_ARRAY(p->mem, size_t, plan->n + 1);
	struct graph g;

	for (size_t i = 0; !p->how->destroy && i < p->c->nr_groups; i++)
		add_rolling(p, p->c->groups[i]);
	g = graph_build(&p->tmp, plan->n, &p->edges);
	add_barrier(p, &g, order, graph_order(&p->tmp, &g, order));
	plan->graph = graph_build(p->mem, plan->n, &p->edges);
	if (graph_order(&p->tmp, &plan->graph, order) != plan->n)
		diags_error(p->diags, DIAG_CYCLE, (struct src_span){0},
		            "the objects that exist need each other in a "
		            "circle; destroy the stack to untie it");
	plan->order = order;
}

/* --- the end -------------------------------------------------------------- */

static bool destroys(const struct plan_node *n)
{
	return n->diff.action == DIFF_REPLACE ||
	       (n->diff.action == DIFF_DELETE && !n->successor);
}

/* The mark counts as much as the file: the block may be gone. */
static bool is_protected(const struct plan_node *n)
{
	return n->want ? n->desired.protect : n->have->protect;
}

static void refuse_protected(struct planner *p, const struct plan_node *n)
{
	struct src_span at = {0};
	struct diag *m;

	if (n->want)
		at = n->want->block->at;
	m = diags_error(p->diags, DIAG_PROTECTED, at,
	                "%s is protected and would be destroyed",
	                plan_address(n));
	diag_note(p->diags, m,
	          "set protect: false and apply that first, if you mean it");
}

static void check_and_count(struct planner *p)
{
	struct plan *plan = p->plan;

	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_node *n = &plan->nodes[i];

		if (!n->want && !n->have)
			continue;
		if (destroys(n) && is_protected(n))
			refuse_protected(p, n);
		if (!n->successor)
			plan->counts[n->diff.action]++;
	}
}

static void make(struct planner *p)
{
	const struct config *c = p->c;
	size_t wanted = p->how->destroy ? 0 : c->nr_wants + c->nr_groups;

	plan_index_found(p);
	p->plan->nodes =
		ARENA_ARRAY(p->mem, struct plan_node, wanted + p->nr_found + 1);
	if (!p->how->destroy) {
		plan_wants(p);
		plan_checks(p);
	}
	if (p->diags->errors)
		return;
	plan_deletions(p, wanted);
	plan_select(p);
	add_order(p);
	check_and_count(p);
}

bool plan_make(struct arena *mem, const struct config *c,
               struct plan_session *s, const struct plan_options *how,
               struct diags *d, struct plan *out)
{
	struct planner p = {.mem = mem,
	                    .c = c,
	                    .s = s,
	                    .how = how,
	                    .diags = d,
	                    .plan = out};

	*out = (struct plan){.config = c, .how = how, .session = s};
	make(&p);
	arena_free(&p.trial);
	arena_free(&p.tmp);
	return d->errors == 0;
}

/* --- questions ------------------------------------------------------------ */

bool plan_is_empty(const struct plan *p)
{
	for (size_t i = DIFF_CREATE; i <= DIFF_DELETE; i++)
		if (p->counts[i])
			return false;
	return true;
}

bool plan_is_change(const struct plan_node *n)
{
	return (n->want || n->have) && n->diff.action != DIFF_NONE;
}

const char *plan_address(const struct plan_node *n)
{
	return n->want ? n->want->address : n->have->address;
}

const char *plan_kind(const struct plan_node *n)
{
	return n->want ? n->want->block->kind->name : n->have->kind;
}

const char *plan_action_name(enum diff_action action)
{
	static const char *const names[] = {
		[DIFF_NONE] = "none",     [DIFF_CREATE] = "create",
		[DIFF_UPDATE] = "update", [DIFF_REPLACE] = "replace",
		[DIFF_DELETE] = "delete",
	};

	return names[action];
}

const char *plan_summary(struct arena *mem, const struct plan *p)
{
	const char *all = "";

	for (size_t i = DIFF_CREATE; i <= DIFF_DELETE; i++)
		if (p->counts[i])
			all = arena_printf(
				mem, "%s%s%zu to %s", all, *all ? ", " : "",
				p->counts[i],
				plan_action_name((enum diff_action)i));
	return all;
}
