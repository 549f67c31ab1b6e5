/* ask.c - expressions of other files, such as tests, about a loaded config. */
#include <string.h>

#include "parser/config/internal.h"

/* The names of the config, and a few roots more. */
struct asking {
	struct expr_scope scope;
	const struct value *roots;
};

static const struct value *find(const void *ctx, const char *root,
                                const char *name)
{
	const struct asking *a = ctx;
	const struct value *v = value_get(a->roots, root);

	if (!v)
		return a->scope.find(a->scope.ctx, root, name);
	return name ? value_get(v, name) : v;
}

static void guess_keys(const struct value *map, struct str_guess *g)
{
	for (size_t i = 0; map->type == VALUE_MAP && i < map->map.n; i++)
		str_guess_try(g, map->map.v[i].key);
}

static void guess(const void *ctx, const char *root, struct str_guess *g)
{
	const struct asking *a = ctx;
	const struct value *v = root ? value_get(a->roots, root) : a->roots;

	if (v)
		guess_keys(v, g);
	if (!root || !v)
		a->scope.guess(a->scope.ctx, root, g);
}

static struct src_pos locate(const void *origin, size_t offset)
{
	return yaml_locate(origin, offset);
}

/* "left is 2, right is 3": what a comparison that failed compared. */
static const char *explain(struct arena *mem, const struct expr *e,
                           const struct expr_scope *scope)
{
	const struct value *sides[2];
	struct diags quiet;

	while (e->kind == EXPR_TEMPLATE && e->nr_args == 1)
		e = e->args[0];
	if (e->kind != EXPR_BINARY || e->op == OP_AND || e->op == OP_OR)
		return "";
	diags_init(&quiet);
	for (int i = 0; i < 2; i++)
		sides[i] = expr_eval(mem, e->args[i], scope, &quiet);
	diags_fini(&quiet);
	if (!sides[0] || !sides[1])
		return "";
	return arena_printf(mem, ": on the left is %s, on the right %s",
	                    value_to_json(mem, sides[0]),
	                    value_to_json(mem, sides[1]));
}

static void judge(struct arena *mem, const struct expr *e,
                  const struct value *v, const struct expr_scope *scope,
                  const struct yaml_node *at, struct diags *d)
{
	if (v->type == VALUE_BOOL && v->boolean)
		return;
	if (value_has_unknown(v))
		diags_error(d, DIAG_CHECK, yaml_at(at),
		            "this hangs on what only an apply can tell");
	else if (v->type != VALUE_BOOL)
		diags_error(d, DIAG_CHECK, yaml_at(at),
		            "this must be true or false, and is %s",
		            value_says(v));
	else
		diags_error(d, DIAG_CHECK, yaml_at(at), "this is false%s",
		            explain(mem, e, scope));
}

void config_ask(struct arena *mem, const struct config *c,
                const struct yaml_node *node, const struct config_world *world,
                const struct value *roots, struct diags *d)
{
	struct config_names names = {.config = c, .world = world};
	struct asking a = {config_scope(&names), roots};
	struct expr_scope scope = a.scope;
	struct expr_text *t = ARENA_NEW(mem, struct expr_text);
	const struct value *v;
	const struct expr *e;

	scope.ctx = &a;
	scope.find = find;
	scope.guess = guess;
	if (node->kind != YAML_IS_SCALAR ||
	    !expr_is_template(node->scalar.s, node->scalar.len)) {
		diags_error(d, DIAG_TYPE, yaml_at(node),
		            "this must be an expression such as "
		            "${count.create == 3}");
		return;
	}
	*t = (struct expr_text){node->scalar.s, node->scalar.len, node, locate};
	v = expr_parse(mem, t, d, &e) ? expr_eval(mem, e, &scope, d) : NULL;
	if (v)
		judge(mem, e, v, &scope, node, d);
}
