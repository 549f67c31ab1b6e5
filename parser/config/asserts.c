/* asserts.c - `checks:`, and what else is asked of a whole stack. */
#include <string.h>

#include "parser/config/internal.h"

static void load_one(struct loader *l, const struct yaml_node *node,
                     struct config_check *out)
{
	struct compile c = {
		.l = l, .mem = l->mem, .resources = true, .what = "a check"};
	const struct config_field *fields, *f;
	size_t n, errors = l->diags->errors;

	*out = (struct config_check){.at = yaml_at(node), .broken = true};
	if (node->kind != YAML_IS_MAP) {
		config_report_type(l->diags, "an entry of \"checks\"",
		                   &(struct schema_attr){.type = SCHEMA_OBJECT},
		                   node);
		return;
	}
	fields = config_compile_body(&c, &schema_check, node, yaml_at(node),
	                             "a check", &n);
	f = config_field(fields, n, "assert");
	out->condition = f ? f->term : NULL;
	f = config_field(fields, n, "message");
	out->message = f ? f->term : NULL;
	out->broken = errors != l->diags->errors;
}

void config_load_checks(struct loader *l)
{
	const struct yaml_node *node = yaml_get(l->root, "checks");
	struct config_check *v;

	if (!node || node->kind != YAML_IS_LIST)
		return;
	v = ARENA_ARRAY(l->mem, struct config_check, node->list.n);
	for (size_t i = 0; i < node->list.n; i++)
		load_one(l, node->list.v[i], &v[i]);
	l->config->checks = v;
	l->config->nr_checks = node->list.n;
}

/* What a failed check says; its message may hang on what is not known. */
static void report(const struct evaluate *ev, const struct config_check *check)
{
	const struct value *text = config_eval(ev, check->message);

	diags_error(ev->diags, DIAG_CHECK, check->condition->at,
	            "a check of the stack fails: %s",
	            text && text->type == VALUE_STRING && !text->tainted
	                    ? text->string.s
	                    : "(its message is not known yet)");
}

int config_assert(struct arena *mem, const struct config *c, size_t i,
                  const struct config_world *world, struct diags *d)
{
	const struct config_check *check = &c->checks[i];
	struct config_names names = {.config = c, .world = world};
	struct evaluate ev = {NULL, mem, config_scope(&names), d};
	const struct value *v;

	if (check->broken)
		return -1;
	v = config_eval(&ev, check->condition);
	if (!v)
		return 0;
	if (config_refuse_secret(d, check->condition, v))
		return 0;
	if (v->type != VALUE_BOOL)
		return -1;
	if (!v->boolean)
		report(&ev, check);
	return v->boolean;
}

static struct src_pos locate(const void *origin, size_t offset)
{
	return src_locate(origin, offset);
}

const struct value *config_eval_text(struct arena *mem, const struct config *c,
                                     const char *text, struct diags *d)
{
	struct config_names names = {.config = c};
	struct expr_scope scope = config_scope(&names);
	struct expr_text *t = ARENA_NEW(mem, struct expr_text);
	const struct src_file *f;
	const struct expr *e;

	if (!expr_is_template(text, strlen(text)))
		text = arena_printf(mem, "${%s}", text);
	f = src_new(mem, "EXPR", text, strlen(text));
	diags_add_source(d, f);
	*t = (struct expr_text){f->text, f->len, f, locate};
	return expr_parse(mem, t, d, &e) ? expr_eval(mem, e, &scope, d) : NULL;
}
