/* refs.c - which names does an expression use? */
#include "parser/expr/expr.h"
#include "parser/expr/func.h"

/* The name that `e` picks from its base, if it is written out. */
static const char *picked(const struct expr *e)
{
	const struct expr *index;

	if (e->kind == EXPR_MEMBER)
		return e->name;
	if (e->kind != EXPR_INDEX)
		return NULL;
	index = e->args[1];
	return index->kind == EXPR_VALUE && index->value->type == VALUE_STRING
	               ? index->value->string.s
	               : NULL;
}

static bool is_pick(const struct expr *e)
{
	return e->kind == EXPR_MEMBER || e->kind == EXPR_INDEX;
}

/* Is `e` root.name or root.name["key"]? */
static bool as_ref(const struct expr *e, struct expr_ref *out)
{
	const struct expr *base = is_pick(e) ? e->args[0] : NULL;

	if (e->kind == EXPR_ROOT)
		*out = (struct expr_ref){e->name, NULL, NULL, e, e};
	else if (base && base->kind == EXPR_ROOT)
		*out = (struct expr_ref){base->name, picked(e), NULL, e, e};
	else if (base && is_pick(base) && base->args[0]->kind == EXPR_ROOT)
		*out = (struct expr_ref){
			.root = base->args[0]->name,
			.name = picked(base),
			.key = e->kind == EXPR_INDEX ? picked(e) : NULL,
			.at = base,
			.all = e,
		};
	else
		return false;
	return true;
}

static void visit_indexes(const struct expr *e, const struct expr_visitor *v)
{
	for (; is_pick(e); e = e->args[0])
		if (e->kind == EXPR_INDEX)
			expr_refs(e->args[1], v);
}

void expr_refs(const struct expr *e, const struct expr_visitor *v)
{
	struct expr_ref ref;
	size_t first = 0, end = e->nr_args;
	int known;

	if (as_ref(e, &ref)) {
		v->visit(v->ctx, &ref);
		visit_indexes(e, v);
		return;
	}
	if (e->kind == EXPR_CALL && e->func->how == FUNC_IF && v->decide) {
		known = v->decide(v->ctx, e->args[0]);
		if (known >= 0) {
			first = known ? 1 : 2;
			end = first + 1;
		}
	}
	for (size_t i = first; i < end; i++)
		expr_refs(e->args[i], v);
}
