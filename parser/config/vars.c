/*
 * vars.c - variables, locals and the environment.
 *
 * A variable's value comes from the first of: --var, MISO_VAR_x, the site's
 * file, its default.
 */
#include <stdlib.h>
#include <string.h>

#include "parser/config/internal.h"

struct var {
	const char *name;
	struct src_span at;
	const struct config_field *v;
	size_t n;
	const struct schema_attr *type;
	const struct yaml_node *body;
};

static const struct value *field(const struct var *var, const char *key)
{
	const struct config_field *f = config_field(var->v, var->n, key);

	return f && f->term->kind == TERM_VALUE ? f->term->value : NULL;
}

/* The text after "NAME=" of the last --var that sets it. */
static const char *from_command_line(const struct loader *l, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = l->how->nr_vars; i > 0; i--) {
		const char *text = l->how->vars[i - 1];

		if (!strncmp(text, name, len) && text[len] == '=')
			return text + len + 1;
	}
	return NULL;
}

/* Text from outside of the files; lists and maps are JSON. */
static const struct value *from_text(struct loader *l, const struct var *var,
                                     const char *text, const char *origin)
{
	const struct value *v = NULL;
	const char *problem = "";
	struct err *e;

	if (var->type->type < SCHEMA_LIST) {
		v = schema_scalar(l->mem, var->type, text, strlen(text), true,
		                  &problem);
	} else {
		e = value_from_json(l->mem, text, strlen(text), &v);
		if (!e)
			v = schema_fit(l->mem, var->type, v, &problem);
		else
			problem = arena_strdup(l->mem, err_text(e));
		err_free(e);
	}
	if (!v)
		diags_error(l->diags, DIAG_VAR_VALUE, var->at,
		            "the variable \"%s\" from %s: %s", var->name,
		            origin, problem);
	return v;
}

static const struct value *from_node(struct loader *l, const struct var *var,
                                     const struct yaml_node *node)
{
	struct compile c = {.l = l};
	struct schema_attr *type = ARENA_NEW(l->mem, struct schema_attr);
	const struct config_term *t;

	*type = *var->type;
	type->flags |= SCHEMA_LITERAL;
	c.what = arena_printf(l->mem, "variable \"%s\"", var->name);
	t = config_compile(&c, type, node);
	return t && t->kind == TERM_VALUE ? t->value : NULL;
}

/* What a pattern says about the string `v`; NULL when it matches. */
static const char *mismatch(struct loader *l, const char *pattern,
                            const struct value *v)
{
	bool good = true;
	struct err *e =
		str_match(pattern, v->string.s, v->string.len, true, &good);
	const char *why;

	if (!e)
		return good ? NULL
		            : arena_printf(l->mem, "\"%s\" does not match %s",
		                           v->string.s, pattern);
	why = arena_printf(l->mem, "its pattern: %s", err_text(e));
	err_free(e);
	return why;
}

/* What the variable says about its values. */
static const char *refusal(struct loader *l, const struct var *var,
                           const struct value *v)
{
	const struct value *one_of = field(var, "one_of");
	const struct value *pattern = field(var, "pattern");
	const struct value *min = field(var, "min"), *max = field(var, "max");
	bool good = !one_of || v->type != VALUE_STRING;

	for (size_t i = 0; !good && i < one_of->list.n; i++)
		good = value_equal(one_of->list.v[i], v);
	if (!good)
		return arena_printf(l->mem, "it must be one of %s",
		                    value_to_json(l->mem, one_of));
	if (v->type == VALUE_INT && min && v->integer < min->integer)
		return arena_printf(l->mem, "%lld is less than %lld",
		                    (long long)v->integer,
		                    (long long)min->integer);
	if (v->type == VALUE_INT && max && v->integer > max->integer)
		return arena_printf(l->mem, "%lld is more than %lld",
		                    (long long)v->integer,
		                    (long long)max->integer);
	return pattern && v->type == VALUE_STRING
	               ? mismatch(l, pattern->string.s, v)
	               : NULL;
}

static const struct value *choose(struct loader *l, const struct var *var)
{
	const char *env_name = arena_printf(l->mem, "MISO_VAR_%s", var->name);
	const char *text = from_command_line(l, var->name);
	const struct yaml_node *site =
		l->site ? yaml_get(l->site, "vars") : NULL;
	const struct yaml_node *node = NULL;

	if (text)
		return from_text(l, var, text, "--var");
	text = getenv(env_name);
	if (text)
		return from_text(l, var, text, env_name);
	if (site)
		node = yaml_get(site, var->name);
	if (!node && var->body->kind == YAML_IS_MAP)
		node = yaml_get(var->body, "default");
	if (node)
		return from_node(l, var, node);
	diags_error(l->diags, DIAG_VAR_UNSET, var->at,
	            "the variable \"%s\" has no value: give --var %s=..., or "
	            "a default",
	            var->name, var->name);
	return NULL;
}

static bool read_type(struct loader *l, struct var *var)
{
	const struct value *type = field(var, "type");

	if (!type)
		return false;
	if (!strcmp(type->string.s, "secret")) {
		diags_error(l->diags, DIAG_NOT_YET, var->at,
		            "secret variables are not supported yet");
		return false;
	}
	var->type = schema_type_parse(l->mem, type->string.s);
	if (!var->type)
		diags_error(l->diags, DIAG_TYPE,
		            (struct src_span){type->pos,
		                              (uint32_t)type->string.len},
		            "there is no type \"%s\": there are string, int, "
		            "float, bool, duration, size, cidr, port, path, "
		            "any, list(T), map(T)",
		            type->string.s);
	return var->type != NULL;
}

static void load_var(struct loader *l, const struct yaml_pair *pair)
{
	struct var var = {.name = pair->key->scalar.s,
	                  .at = pair->key->at,
	                  .body = pair->value};
	struct compile c = {.l = l};
	const char *title = arena_printf(l->mem, "variable \"%s\"", var.name);
	const struct value *v = NULL;
	const struct value *says;
	const char *no;
	struct diag *m;

	if (pair->value->kind != YAML_IS_MAP && !yaml_is_empty(pair->value)) {
		m = diags_error(l->diags, DIAG_TYPE, pair->value->at,
		                "%s must be described by a map", title);
		diag_note(l->diags, m, "such as {type: string, default: ...}");
	} else {
		var.v = config_compile_body(&c, &schema_var, pair->value,
		                            var.at, title, &var.n);
		v = read_type(l, &var) ? choose(l, &var) : NULL;
	}
	no = v ? refusal(l, &var, v) : NULL;
	if (no) {
		m = diags_error(l->diags, DIAG_VAR_VALUE, var.at,
		                "the variable \"%s\" is refused: %s", var.name,
		                no);
		says = field(&var, "message");
		if (says)
			diag_note(l->diags, m, "it must be %s", says->string.s);
	}
	/* What was reported shall not be reported where it is used, too. */
	(void)map_add(&l->config->vars, var.name, v ? v : value_unknown());
}

static void report_unknown_var(struct loader *l, const char *name,
                               struct src_span at)
{
	struct str_guess near = {.word = name};
	struct diag *m;
	const char *key;

	for (size_t i = 0; map_next(&l->config->vars, &i, &key);)
		str_guess_try(&near, key);
	m = diags_error(l->diags, DIAG_VAR_UNKNOWN, at,
	                "the stack has no variable \"%s\"", name);
	if (near.best)
		diag_label(l->diags, m, "did you mean \"%s\"?", near.best);
}

/* Values for variables that do not exist are misspelt. */
static void check_given(struct loader *l)
{
	const struct yaml_node *site =
		l->site ? yaml_get(l->site, "vars") : NULL;

	for (size_t i = 0; site && site->kind == YAML_IS_MAP && i < site->map.n;
	     i++) {
		const struct yaml_node *key = site->map.v[i].key;

		if (!map_get(&l->config->vars, key->scalar.s))
			report_unknown_var(l, key->scalar.s, key->at);
	}
	for (size_t i = 0; i < l->how->nr_vars; i++) {
		const char *text = l->how->vars[i];
		const char *name =
			arena_strndup(l->mem, text, strcspn(text, "="));

		if (!map_get(&l->config->vars, name))
			report_unknown_var(l, name, (struct src_span){0});
	}
}

void config_load_vars(struct loader *l)
{
	const struct yaml_node *vars = yaml_get(l->root, "vars");

	for (size_t i = 0; vars && vars->kind == YAML_IS_MAP && i < vars->map.n;
	     i++)
		load_var(l, &vars->map.v[i]);
	check_given(l);
}

/* --- locals --------------------------------------------------------------- */

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
	const struct value *v = config_eval_static(s->l, s->terms[i]);
	const struct yaml_node *key = s->node->map.v[i].key;

	if (v && weigh(v, HEAVIEST) >= HEAVIEST) {
		diags_error(s->l->diags, DIAG_LIMIT, key->at,
		            "local \"%s\" becomes too large", key->scalar.s);
		v = NULL;
	}
	(void)map_add(&s->l->config->locals, key->scalar.s,
	              v ? v : value_unknown());
}

static void compile_local(struct locals *s, size_t i)
{
	struct compile c = {.l = s->l, .pending = &s->index};
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
