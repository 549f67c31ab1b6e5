/*
 * vars.c - variables: where their values come from, and what is allowed.
 *
 * A variable's value comes from the first of: --var, MISO_VAR_x, the last
 * --var-file that has it, the site's file, its default.
 */
#include <stdlib.h>
#include <string.h>

#include "parser/base/str.h"
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

static bool is_secret(const struct var *var)
{
	return var->type->flags & SCHEMA_SECRET;
}

static const struct value *keep_secret(struct loader *l, const struct var *var,
                                       const struct config_secret *s)
{
	if (!s)
		return NULL;
	(void)map_add(&l->config->secrets, var->name, s);
	return s->shown;
}

/* Text from outside of the files; lists and maps are JSON. */
static const struct value *from_text(struct loader *l, const struct var *var,
                                     const char *text, const char *origin)
{
	const struct value *v = NULL;
	const char *problem = "";
	struct err *e;

	if (str_utf8_valid(text, strlen(text)) != strlen(text)) {
		diags_error(l->diags, DIAG_UTF8, var->at,
		            "the variable \"%s\" from %s is not UTF-8",
		            var->name, origin);
		return NULL;
	}
	if (is_secret(var))
		return keep_secret(l, var,
		                   config_parse_secret(
					   l, text, var->at,
					   arena_printf(l->mem, "%s for \"%s\"",
		                                        origin, var->name)));
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
	struct compile c = {.l = l, .mem = l->mem};
	struct schema_attr *type = ARENA_NEW(l->mem, struct schema_attr);
	const struct config_term *t;

	c.what = arena_printf(l->mem, "variable \"%s\"", var->name);
	if (is_secret(var))
		return keep_secret(l, var, config_read_secret(l, node, c.what));
	*type = *var->type;
	type->flags |= SCHEMA_LITERAL;
	t = config_compile(&c, type, node);
	return t && t->kind == TERM_VALUE ? t->value : NULL;
}

static const struct value *fail_given(struct loader *l, const struct var *var,
                                      const char *key, const char *problem)
{
	const struct config_field *f = config_field(var->v, var->n, key);

	diags_error(l->diags, DIAG_TYPE, f->term->at,
	            "\"%s\" of variable \"%s\": %s", key, var->name, problem);
	return NULL;
}

/* `min`, `max` or an entry of `one_of` as the variable's type has it. */
static const struct value *as_typed(struct loader *l, const struct var *var,
                                    const char *key, const struct value *v)
{
	const char *problem;
	const struct value *typed = schema_fit(l->mem, var->type, v, &problem);

	return typed ? typed : fail_given(l, var, key, problem);
}

static bool is_number(const struct value *v)
{
	return v->type == VALUE_INT || v->type == VALUE_FLOAT;
}

static double number(const struct value *v)
{
	return v->type == VALUE_INT ? (double)v->integer : v->number;
}

static bool less(const struct value *a, const struct value *b)
{
	if (a->type == VALUE_INT && b->type == VALUE_INT)
		return a->integer < b->integer;
	return number(a) < number(b);
}

static const char *out_of_bounds(struct loader *l, const struct var *var,
                                 const char *key, const struct value *v)
{
	const struct value *bound = field(var, key), *typed;
	bool min = !strcmp(key, "min");

	if (!bound)
		return NULL;
	if (!is_number(v)) {
		fail_given(l, var, key, "the variable is no number");
		return NULL;
	}
	typed = as_typed(l, var, key, bound);
	if (!typed || !is_number(typed) ||
	    !(min ? less(v, typed) : less(typed, v)))
		return NULL;
	return arena_printf(l->mem, "%s is %s than %s",
	                    value_to_json(l->mem, v), min ? "less" : "more",
	                    bound->type == VALUE_STRING
	                            ? bound->string.s
	                            : value_to_json(l->mem, bound));
}

static const char *not_among(struct loader *l, const struct var *var,
                             const struct value *v)
{
	const struct value *one_of = field(var, "one_of"), *typed;
	bool among = !one_of;

	/* All of them, so that one that can never be is told. */
	for (size_t i = 0; one_of && i < one_of->list.n; i++) {
		typed = as_typed(l, var, "one_of", one_of->list.v[i]);
		if (!typed)
			return NULL;
		among = among || value_equal(typed, v);
	}
	if (among)
		return NULL;
	return arena_printf(l->mem, "it must be one of %s",
	                    value_to_json(l->mem, one_of));
}

/* What the pattern says about `v`; NULL when it matches. */
static const char *mismatch(struct loader *l, const struct var *var,
                            const struct value *v)
{
	const struct value *pattern = field(var, "pattern");
	bool good = true;
	const char *why;
	struct err *e;

	if (!pattern)
		return NULL;
	if (v->type != VALUE_STRING) {
		fail_given(l, var, "pattern", "the variable is no text");
		return NULL;
	}
	e = str_match(pattern->string.s, v->string.s, v->string.len, true,
	              &good);
	if (!e)
		return good ? NULL
		            : arena_printf(l->mem, "\"%s\" does not match %s",
		                           v->string.s, pattern->string.s);
	why = arena_printf(l->mem, "its pattern: %s", err_text(e));
	err_free(e);
	return why;
}

/* What the variable says about its values; NULL: nothing against this. */
static const char *refusal(struct loader *l, const struct var *var,
                           const struct value *v)
{
	const char *no = not_among(l, var, v);

	no = no ? no : out_of_bounds(l, var, "min", v);
	no = no ? no : out_of_bounds(l, var, "max", v);
	return no ? no : mismatch(l, var, v);
}

/* Where the files set `var`, or NULL. */
static const struct yaml_node *from_files(const struct loader *l,
                                          const struct var *var)
{
	const struct yaml_node *site =
		l->site ? yaml_get(l->site, "vars") : NULL;
	const struct yaml_node *node = NULL;

	for (size_t i = l->how->nr_var_files; !node && i > 0; i--)
		node = yaml_get(l->var_files[i - 1], var->name);
	if (!node && site)
		node = yaml_get(site, var->name);
	if (!node && var->body->kind == YAML_IS_MAP)
		node = yaml_get(var->body, "default");
	return node;
}

static void note_origin(struct loader *l, const struct var *var,
                        const struct yaml_node *node, const char *text,
                        const char *from)
{
	struct config_origin *o = ARENA_NEW(l->mem, struct config_origin);

	*o = (struct config_origin){node, text, from};
	(void)map_add(&l->config->origins, var->name, o);
}

/* A secret that was given literally is a mistake, and nobody is to see it. */
static const struct value *take_text(struct loader *l, const struct var *var,
                                     const char *text, const char *from)
{
	const struct value *v = from_text(l, var, text, from);

	if (v || !is_secret(var))
		note_origin(l, var, NULL, text, from);
	return v;
}

static const struct value *choose(struct loader *l, const struct var *var)
{
	const char *env_name = arena_printf(l->mem, "MISO_VAR_%s", var->name);
	const char *text = from_command_line(l, var->name);
	const struct yaml_node *node;

	if (l->how->values && value_get(l->how->values, var->name))
		return value_get(l->how->values, var->name);
	if (text)
		return take_text(l, var, text, "--var");
	text = getenv(env_name);
	if (text)
		return take_text(l, var, text, env_name);
	node = from_files(l, var);
	note_origin(l, var, node, NULL, NULL);
	if (node)
		return from_node(l, var, node);
	if (is_secret(var))
		diags_error(l->diags, DIAG_VAR_UNSET, var->at,
		            "the secret \"%s\" has no source: give a default "
		            "such as {from_env: NAME}",
		            var->name);
	else
		diags_error(l->diags, DIAG_VAR_UNSET, var->at,
		            "the variable \"%s\" has no value: give --var "
		            "%s=..., or a default",
		            var->name, var->name);
	return NULL;
}

/* Nobody looks at a secret, so nothing can be said about it. */
static bool refuse_constraints(struct loader *l, const struct var *var)
{
	static const char *const keys[] = {"min", "max", "one_of", "pattern"};
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (field(var, keys[i])) {
			fail_given(l, var, keys[i],
			           "a secret is not looked at");
			good = false;
		}
	return good;
}

static bool read_type(struct loader *l, struct var *var)
{
	const struct value *type = field(var, "type");

	if (!type)
		return false;
	if (!strcmp(type->string.s, "secret")) {
		static const struct schema_attr secret = {
			.name = "secret", .flags = SCHEMA_SECRET};

		var->type = &secret;
		return refuse_constraints(l, var);
	}
	var->type = schema_type_parse(l->mem, type->string.s);
	if (!var->type)
		diags_error(l->diags, DIAG_TYPE,
		            (struct src_span){type->pos,
		                              (uint32_t)type->string.len},
		            "there is no type \"%s\": there are string, int, "
		            "float, bool, duration, size, cidr, port, path, "
		            "secret, any, list(T), map(T)",
		            type->string.s);
	return var->type != NULL;
}

/* Where the value was written, and where the variable is declared. */
static void report_refusal(struct loader *l, const struct var *var,
                           const struct value *v, const char *no)
{
	const struct value *says = field(var, "message");
	struct src_span at = var->at;
	struct diag *m;

	if (v->pos.line)
		at = (struct src_span){v->pos, 0};
	if (v->pos.line && v->type == VALUE_STRING)
		at.len = (uint32_t)str_count(v->string.s, v->string.len);
	m = diags_error(l->diags, DIAG_VAR_VALUE, at,
	                "the variable \"%s\" is refused: %s", var->name, no);
	if (v->pos.line && v->pos.line != var->at.pos.line)
		diag_also(l->diags, m, var->at, "declared here");
	if (says)
		diag_note(l->diags, m, "it must be %s", says->string.s);
}

/*
 * The body without its default when that names a secret: what is written there
 * may be the secret itself, and must not get into a message.
 */
static const struct yaml_node *describing(struct loader *l,
                                          const struct yaml_node *body)
{
	const struct yaml_node *type = yaml_get(body, "type");
	struct yaml_node *copy;
	struct yaml_pair *v;
	size_t n = 0;

	if (!type || type->kind != YAML_IS_SCALAR ||
	    strcmp(type->scalar.s, "secret"))
		return body;
	copy = ARENA_NEW(l->mem, struct yaml_node);
	v = ARENA_ARRAY(l->mem, struct yaml_pair, body->map.n);
	for (size_t i = 0; i < body->map.n; i++)
		if (strcmp(body->map.v[i].key->scalar.s, "default"))
			v[n++] = body->map.v[i];
	*copy = *body;
	copy->map.v = v;
	copy->map.n = (uint32_t)n;
	return copy;
}

static void load_var(struct loader *l, const struct yaml_pair *pair)
{
	struct var var = {.name = pair->key->scalar.s,
	                  .at = yaml_at(pair->key),
	                  .body = pair->value};
	struct compile c = {.l = l, .mem = l->mem};
	const char *title = arena_printf(l->mem, "variable \"%s\"", var.name);
	const struct value *v = NULL;
	const char *no;
	struct diag *m;

	if (pair->value->kind != YAML_IS_MAP && !yaml_is_empty(pair->value)) {
		m = diags_error(l->diags, DIAG_TYPE, yaml_at(pair->value),
		                "%s must be described by a map", title);
		diag_note(l->diags, m, "such as {type: string, default: ...}");
	} else {
		var.v = config_compile_body(&c, &schema_var,
		                            describing(l, pair->value), var.at,
		                            title, &var.n);
		v = read_type(l, &var) ? choose(l, &var) : NULL;
	}
	no = v && !is_secret(&var) ? refusal(l, &var, v) : NULL;
	if (no)
		report_refusal(l, &var, v, no);
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

static void check_given_by(struct loader *l, const struct yaml_node *vars)
{
	for (size_t i = 0; vars && vars->kind == YAML_IS_MAP && i < vars->map.n;
	     i++) {
		const struct yaml_node *key = vars->map.v[i].key;

		if (!map_get(&l->config->vars, key->scalar.s))
			report_unknown_var(l, key->scalar.s, yaml_at(key));
	}
}

/* Values for variables that do not exist are misspelt. */
static void check_given(struct loader *l)
{
	if (l->site)
		check_given_by(l, yaml_get(l->site, "vars"));
	for (size_t i = 0; i < l->how->nr_var_files; i++)
		check_given_by(l, l->var_files[i]);
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
