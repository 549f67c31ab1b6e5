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
	if (ev->diags)
		diags_error(ev->diags, DIAG_TYPE, t->at, "%s: %s", t->what,
		            value_has_taint(v) ? "the secret does not fit"
		                               : problem);
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
		};
		good = good && v[i].value;
	}
	if (!good)
		return NULL;
	return value_at(ev->mem, value_map(ev->mem, v, t->map.n), t->at.pos);
}

static const struct value *eval_secret(const struct evaluate *ev,
                                       const struct config_term *t)
{
	const struct config_names *names = ev->scope.ctx;

	if (!ev->clear)
		return t->secret->shown;
	return config_secret_value(names->config, ev->clear, t->secret);
}

const struct value *config_eval(const struct evaluate *ev,
                                const struct config_term *t)
{
	switch (t->kind) {
	case TERM_VALUE:
		return t->value;
	case TERM_EXPR:
		return eval_expr(ev, t);
	case TERM_SECRET:
		return eval_secret(ev, t);
	case TERM_LIST:
		return eval_list(ev, t);
	case TERM_MAP:
		return eval_map(ev, t);
	}
	return NULL;
}

const struct value *config_eval_known(struct loader *l,
                                      const struct config_term *t)
{
	struct config_names names = {.config = l->config};
	struct evaluate ev = {NULL, l->mem, config_scope(&names), l->diags};

	return t ? config_eval(&ev, t) : NULL;
}

/* The part of `t` that holds the first secret of `v`, which it came to. */
static const struct config_term *culprit(const struct config_term *t,
                                         const struct value *v)
{
	const struct value *inner;

	if (t->kind == TERM_LIST && v->type == VALUE_LIST)
		for (size_t i = 0; i < t->list.n && i < v->list.n; i++)
			if (value_has_taint(v->list.v[i]))
				return culprit(t->list.v[i], v->list.v[i]);
	for (size_t i = 0; t->kind == TERM_MAP && i < t->map.n; i++) {
		inner = value_get(v, t->map.v[i].key);
		if (inner && value_has_taint(inner))
			return culprit(t->map.v[i].term, inner);
	}
	return t;
}

bool config_refuse_secret(struct diags *d, const struct config_term *t,
                          const struct value *v)
{
	struct diag *m;

	if (!v || !value_has_taint(v))
		return false;
	if (!d)
		return true;
	m = diags_error(d, DIAG_SECRET, culprit(t, v)->at,
	                "%s may not hold a secret", t->what);
	diag_note(d, m, "only the env of an instance may");
	return true;
}

const struct value *config_eval_static(struct loader *l,
                                       const struct config_term *t)
{
	const struct value *v = config_eval_known(l, t);

	return config_refuse_secret(l->diags, t, v) ? NULL : v;
}

static bool is_spec_field(const struct config_field *f)
{
	return !(f->attr->flags & SCHEMA_META);
}

/* `firewalls` of an instance: what its tags stand for; NULL: see `d`. */
static const struct value *firewalls_of(struct arena *mem,
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
	return all;
}

static size_t count_spec_fields(const struct config_block *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->nr_fields; i++)
		n += is_spec_field(&b->fields[i]);
	return n;
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

const struct value *config_spec_with(struct config_clear *clear,
                                     struct arena *mem, const struct config *c,
                                     const struct config_want *w,
                                     const struct config_world *world,
                                     struct diags *d)
{
	const struct config_block *b = w->block;
	struct config_names names = {
		.config = c, .clear = clear, .world = world, .want = w};
	struct evaluate ev = {clear, mem, config_scope(&names), d};
	/* There are many of these: no copy is made, and no room is left. */
	bool firewalls = b->kind == &schema_instance;
	struct value_entry *v = ARENA_ARRAY(mem, struct value_entry,
	                                    count_spec_fields(b) + firewalls);
	struct value *spec = ARENA_NEW(mem, struct value);
	bool good = true;
	size_t n = 0;

	names.self = self_of(mem, w);
	for (size_t i = 0; i < b->nr_fields; i++) {
		const struct config_field *f = &b->fields[i];

		if (!is_spec_field(f))
			continue;
		v[n] = (struct value_entry){f->key, config_eval(&ev, f->term)};
		if (!(f->attr->flags & SCHEMA_SECRET) &&
		    config_refuse_secret(d, f->term, v[n].value))
			good = false;
		good = good && v[n++].value;
	}
	if (!good)
		return NULL;
	*spec = (struct value){
		.type = VALUE_MAP, .pos = b->at.pos, .map = {v, n}};
	if (!firewalls)
		return spec;
	v[n] = (struct value_entry){.key = "firewalls",
	                            .value = firewalls_of(mem, c, spec, d)};
	spec->map.n = n + 1;
	return v[n].value ? spec : NULL;
}

const struct value *config_spec(struct arena *mem, const struct config *c,
                                const struct config_want *w,
                                const struct config_world *world,
                                struct diags *d)
{
	return config_spec_with(NULL, mem, c, w, world, d);
}

const struct value *config_output(struct arena *mem, const struct config *c,
                                  const struct config_output *o,
                                  const struct config_world *world,
                                  struct diags *d)
{
	struct config_names names = {.config = c, .world = world};
	struct evaluate ev = {NULL, mem, config_scope(&names), d};
	const struct value *v = config_eval(&ev, o->term);
	struct diag *m;

	if (!v || o->sensitive || !value_has_taint(v))
		return v;
	m = diags_error(d, DIAG_SECRET, o->term->at,
	                "output \"%s\" holds a secret", o->name);
	diag_note(d, m, "mark it: {value: ..., sensitive: true}");
	return NULL;
}
