/* eval.c - terms and a scope become values. */
#include "parser/config/internal.h"

static const struct value *eval_expr(const struct evaluate *ev,
                                     const struct config_term *t)
{
	const struct value *v = expr_eval(ev->mem, t->expr, &ev->scope,
	                                  ev->diags),
			   *fitted;
	const char *problem;

	if (!v)
		return NULL;
	fitted = schema_fit(ev->mem, t->attr, v, &problem);
	if (fitted)
		return value_at(ev->mem, fitted, t->at.pos);
	diags_error(ev->diags, DIAG_TYPE, t->at, "%s: %s", t->what, problem);
	return NULL;
}

static const struct value *eval_list(const struct evaluate *ev,
                                     const struct config_term *t)
{
	const struct value **v =
		ARENA_ARRAY(ev->mem, const struct value *, t->list.n);
	bool good = true;

	for (size_t i = 0; i < t->list.n; i++) {
		v[i] = config_eval(ev, t->list.v[i]);
		good = good && v[i];
	}
	if (!good)
		return NULL;
	return value_at(ev->mem, value_list(ev->mem, v, t->list.n), t->at.pos);
}

static const struct value *eval_map(const struct evaluate *ev,
                                    const struct config_term *t)
{
	struct value_entry *v =
		ARENA_ARRAY(ev->mem, struct value_entry, t->map.n);
	bool good = true;

	for (size_t i = 0; i < t->map.n; i++) {
		v[i] = (struct value_entry){
			.key = t->map.v[i].key,
			.value = config_eval(ev, t->map.v[i].term),
			.pos = t->map.v[i].pos,
		};
		good = good && v[i].value;
	}
	if (!good)
		return NULL;
	return value_at(ev->mem, value_map(ev->mem, v, t->map.n), t->at.pos);
}

const struct value *config_eval(const struct evaluate *ev,
                                const struct config_term *t)
{
	switch (t->kind) {
	case TERM_VALUE:
		return t->value;
	case TERM_EXPR:
		return eval_expr(ev, t);
	case TERM_LIST:
		return eval_list(ev, t);
	case TERM_MAP:
		return eval_map(ev, t);
	}
	return NULL;
}

const struct value *config_eval_static(struct loader *l,
                                       const struct config_term *t)
{
	struct config_names names = {.config = l->config};
	struct evaluate ev = {l->mem, config_scope(&names), l->diags};

	return t ? config_eval(&ev, t) : NULL;
}

static bool is_spec_field(const struct config_field *f)
{
	return !(f->attr->flags & SCHEMA_META);
}

/* `firewalls` of an instance: what its tags stand for. */
static const struct value *add_firewalls(struct arena *mem,
                                         const struct config *c,
                                         const struct value *spec,
                                         struct diags *d)
{
	const struct value *tags = value_get(spec, "tags");
	const struct value *all = value_map(mem, NULL, 0);

	for (size_t i = 0; tags && tags->type == VALUE_LIST && i < tags->list.n;
	     i++) {
		const struct value *tag = tags->list.v[i], *f;
		struct str_guess near = {.word = tag->string.s};
		struct diag *m;
		const char *key;

		f = map_get(&c->firewalls, tag->string.s);
		if (f) {
			all = value_with(mem, all, tag->string.s, f);
			continue;
		}
		for (size_t at = 0; map_next(&c->firewalls, &at, &key);)
			str_guess_try(&near, key);
		m = diags_error(
			d, DIAG_UNDEFINED,
			(struct src_span){tag->pos, (uint32_t)tag->string.len},
			"there is no firewall \"%s\" for this tag",
			tag->string.s);
		if (near.best)
			diag_label(d, m, "did you mean \"%s\"?", near.best);
		return NULL;
	}
	return value_with(mem, spec, "firewalls", all);
}

static const struct value *self_of(struct arena *mem,
                                   const struct config_want *w)
{
	const struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, w->name)},
		{.key = "address", .value = value_string(mem, w->address)},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

const struct value *config_spec(struct arena *mem, const struct config *c,
                                const struct config_want *w,
                                const struct config_world *world,
                                struct diags *d)
{
	const struct config_block *b = w->block;
	struct config_names names = {.config = c, .world = world, .want = w};
	struct evaluate ev = {mem, config_scope(&names), d};
	struct value_entry *v =
		ARENA_ARRAY(mem, struct value_entry, b->nr_fields);
	const struct value *spec;
	bool good = true;
	size_t n = 0;

	names.self = self_of(mem, w);
	for (size_t i = 0; i < b->nr_fields; i++) {
		const struct config_field *f = &b->fields[i];

		if (!is_spec_field(f))
			continue;
		v[n] = (struct value_entry){f->key, config_eval(&ev, f->term),
		                            f->pos};
		good = good && v[n++].value;
	}
	if (!good)
		return NULL;
	spec = value_at(mem, value_map(mem, v, n), b->at.pos);
	if (b->kind == &schema_instance)
		spec = add_firewalls(mem, c, spec, d);
	return spec;
}

const struct value *config_output(struct arena *mem, const struct config *c,
                                  const struct config_output *o,
                                  const struct config_world *world,
                                  struct diags *d)
{
	struct config_names names = {.config = c, .world = world};
	struct evaluate ev = {mem, config_scope(&names), d};

	return config_eval(&ev, o->term);
}
