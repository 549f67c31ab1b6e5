/*
 * locals.c - values with a name. They may use each other in any order, so they
 * are put in order first, and evaluated then.
 */
#include <string.h>

#include "parser/config/internal.h"

struct locals {
	struct loader *l;
	const struct yaml_node *node;
	const struct config_term **terms;
	size_t *first, *to;
	struct src_span *at; /* of each use */
	size_t nr_uses, cap, cap_at;
	struct map index; /* place in `node`, from 1 on */
};

static void note_use(void *ctx, const struct expr_ref *ref)
{
	struct locals *s = ctx;
	size_t i = 0;

	if (!strcmp(ref->root, "local") && ref->name)
		i = (uintptr_t)map_get(&s->index, ref->name);
	if (!i)
		return;
	if (s->nr_uses == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 16;

		s->to = arena_grow(s->l->mem, s->to, s->nr_uses, cap,
		                   sizeof(size_t), alignof(size_t));
		s->at = arena_grow(s->l->mem, s->at, s->nr_uses, cap,
		                   sizeof(s->at[0]), alignof(struct src_span));
		s->cap = cap;
	}
	s->to[s->nr_uses] = i - 1;
	s->at[s->nr_uses++] = expr_span(ref->at);
}

static void find_uses(struct locals *s, const struct config_term *t)
{
	const struct expr_visitor v = {.ctx = s, .visit = note_use};

	if (t->kind == TERM_EXPR)
		expr_refs(t->expr, &v);
	for (size_t i = 0; t->kind == TERM_LIST && i < t->list.n; i++)
		find_uses(s, t->list.v[i]);
	for (size_t i = 0; t->kind == TERM_MAP && i < t->map.n; i++)
		find_uses(s, t->map.v[i].term);
}

static void report_cycle(struct locals *s, const size_t *uses, size_t n)
{
	struct diag *m = NULL;

	for (size_t i = 0; i < n; i++) {
		const char *name = s->node->map.v[s->to[uses[i]]].key->scalar.s;

		if (!m)
			m = diags_error(s->l->diags, DIAG_CYCLE, s->at[uses[i]],
			                "these locals use each other");
		if (i == 0)
			diag_label(s->l->diags, m, "uses local.%s", name);
		else
			diag_also(s->l->diags, m, s->at[uses[i]],
			          "which uses local.%s", name);
	}
}

/* Nodes that `v` would have if it shared nothing; stops at `most`. */
static size_t weigh(const struct value *v, size_t most)
{
	size_t sum = 1;

	if (v->type == VALUE_LIST)
		for (size_t i = 0; i < v->list.n && sum < most; i++)
			sum += weigh(v->list.v[i], most - sum);
	if (v->type == VALUE_MAP)
		for (size_t i = 0; i < v->map.n && sum < most; i++)
			sum += weigh(v->map.v[i].value, most - sum);
	return sum;
}

static void eval_local(struct locals *s, size_t i)
{
	enum { HEAVIEST = 1000 * 1000 };
	const struct value *v = config_eval_known(s->l, s->terms[i]);
	const struct yaml_node *key = s->node->map.v[i].key;

	if (s->terms[i])
		(void)map_add(&s->l->config->local_terms, key->scalar.s,
		              s->terms[i]);

	if (v && weigh(v, HEAVIEST) >= HEAVIEST) {
		diags_error(s->l->diags, DIAG_LIMIT, yaml_at(key),
		            "local \"%s\" becomes too large", key->scalar.s);
		v = NULL;
	}
	(void)map_add(&s->l->config->locals, key->scalar.s,
	              v ? v : value_unknown());
}

static void compile_local(struct locals *s, size_t i)
{
	struct compile c = {.l = s->l, .mem = s->l->mem, .pending = &s->index};
	const struct yaml_pair *pair = &s->node->map.v[i];
	static const struct schema_attr row = {
		.name = "local", .type = SCHEMA_ANY, .flags = SCHEMA_STATIC};

	c.what = arena_printf(s->l->mem, "local \"%s\"", pair->key->scalar.s);
	s->terms[i] = config_compile(&c, &row, pair->value);
	s->first[i] = s->nr_uses;
	if (s->terms[i])
		find_uses(s, s->terms[i]);
}

void config_load_locals(struct loader *l)
{
	struct locals s = {.l = l, .node = yaml_get(l->root, "locals")};
	size_t n, *order, count;

	if (!s.node || s.node->kind != YAML_IS_MAP)
		return;
	n = s.node->map.n;
	s.terms = ARENA_ARRAY(l->mem, const struct config_term *, n);
	s.first = ARENA_ARRAY(l->mem, size_t, n + 1);
	map_init(&s.index, l->mem);
	for (size_t i = 0; i < n; i++)
		(void)map_add(&s.index, s.node->map.v[i].key->scalar.s,
		              (void *)(i + 1));
	for (size_t i = 0; i < n; i++)
		compile_local(&s, i);
	s.first[n] = s.nr_uses;
	order = ARENA_ARRAY(l->mem, size_t, n > s.nr_uses ? n : s.nr_uses);
	if (!config_order(l->mem, n, s.first, s.to, order, &count)) {
		report_cycle(&s, order, count);
		count = 0;
	}
	for (size_t i = 0; i < count; i++)
		eval_local(&s, order[i]);
	for (size_t i = 0; i < n; i++)
		(void)map_add(&l->config->locals,
		              s.node->map.v[i].key->scalar.s, value_unknown());
}
