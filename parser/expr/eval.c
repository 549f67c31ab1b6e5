/* eval.c - from a tree and a scope to a value. */
#include <math.h>
#include <string.h>

#include "parser/base/sha256.h"
#include "parser/base/strbuf.h"
#include "parser/expr/expr.h"
#include "parser/expr/func.h"

struct evaluation {
	struct arena *mem;
	const struct expr_scope *scope;
	struct diags *diags;         /* NULL: nobody wants to know */
	const struct value *element; /* within a splat */
	bool lenient;                /* what is not there is null: left of ?? */
};

static const struct value *eval(struct evaluation *ev, const struct expr *e);

/* Report at `e`; the result is always NULL. */
static const struct value *fail(struct evaluation *ev, const struct expr *e,
                                enum diag_code code, const char *text)
{
	if (ev->diags)
		diags_error(ev->diags, code, expr_span(e), "%s", text);
	return NULL;
}

static const struct value *fail_with(struct evaluation *ev,
                                     const struct expr *e, const char *fmt, ...)
	PRINTF(3, 4);

static const struct value *fail_with(struct evaluation *ev,
                                     const struct expr *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(ev, e, DIAG_EVALUATION, arena_vprintf(ev->mem, fmt, ap));
	va_end(ap);
	return NULL;
}

static bool unknown(const struct value *v)
{
	return v->type == VALUE_UNKNOWN;
}

/* Nothing can be done with it now: it is not known, or stands for a secret. */
static bool pending(const struct value *v)
{
	return unknown(v) || v->secret;
}

static bool has_pending(const struct value *v)
{
	return value_has_unknown(v) || value_has_secret(v);
}

/*
 * What `e` comes to when some of its operands are pending: unknown when one
 * is unknown; else a stand-in that changes whenever an operand does.
 */
static const struct value *combine(struct evaluation *ev, const struct expr *e,
                                   const struct value *const *v, size_t n)
{
	bool wait = false, secret = false;
	const char *all;

	all = arena_strndup(ev->mem, e->text->s + e->at, e->len);
	for (size_t i = 0; i < n; i++) {
		wait = wait || value_has_unknown(v[i]);
		secret = secret || value_has_taint(v[i]);
	}
	if (wait)
		return secret ? value_tainted(ev->mem, value_unknown())
		              : value_unknown();
	for (size_t i = 0; i < n; i++)
		all = arena_printf(ev->mem, "%s\n%s", all,
		                   value_to_json_clear(ev->mem, v[i]));
	return value_secret(ev->mem, sha256_of(all, strlen(all)).hex);
}

static const struct value *combine_two(struct evaluation *ev,
                                       const struct expr *e,
                                       const struct value *a,
                                       const struct value *b)
{
	const struct value *v[] = {a, b};

	return combine(ev, e, v, ARRAY_LEN(v));
}

/* `v`, tainted when `a` or `b` (which may be NULL) is. */
static const struct value *taint(struct evaluation *ev, const struct value *v,
                                 const struct value *a, const struct value *b)
{
	if (v && ((a && a->tainted) || (b && b->tainted)))
		return value_tainted(ev->mem, v);
	return v;
}

/* --- names ---------------------------------------------------------------- */

static const struct value *undefined(struct evaluation *ev,
                                     const struct expr *e, const char *root,
                                     const char *name)
{
	struct str_guess near = {.word = name ? name : root};
	struct diag *m;

	if (!ev->diags)
		return NULL;
	if (ev->scope->guess)
		ev->scope->guess(ev->scope->ctx, name ? root : NULL, &near);
	m = diags_error(ev->diags, DIAG_UNDEFINED, expr_span(e),
	                "there is no %s%s%s%s", root, name ? " \"" : "",
	                name ? name : "", name ? "\"" : "");
	if (near.best)
		diag_label(ev->diags, m, "did you mean \"%s\"?", near.best);
	if (name && strchr(name, '-') && !near.best)
		diag_note(ev->diags, m, "to subtract, write blanks around -");
	return NULL;
}

static const struct value *eval_root(struct evaluation *ev,
                                     const struct expr *e)
{
	const struct value *v = ev->scope->find(ev->scope->ctx, e->name, NULL);

	return v ? v : undefined(ev, e, e->name, NULL);
}

static const struct value *find_member(struct evaluation *ev,
                                       const struct expr *e, const char *name)
{
	const char *root = e->args[0]->name;
	const struct value *v = ev->scope->find(ev->scope->ctx, root, name);

	return v ? v : undefined(ev, e, root, name);
}

static const struct value *no_member(struct evaluation *ev,
                                     const struct expr *e,
                                     const struct value *base, const char *name)
{
	struct str_guess near = {.word = name};
	struct diag *m;

	if (ev->lenient)
		return value_null();
	if (base->type != VALUE_MAP)
		return fail_with(ev, e, "%s has no \"%s\"", value_says(base),
		                 name);
	if (!ev->diags)
		return NULL;
	for (size_t i = 0; i < base->map.n; i++)
		str_guess_try(&near, base->map.v[i].key);
	m = diags_error(ev->diags, DIAG_UNDEFINED, expr_span(e),
	                "there is no \"%s\" in it", name);
	if (near.best)
		diag_label(ev->diags, m, "did you mean \"%s\"?", near.best);
	return NULL;
}

/* base.name, for a base that is a value. */
static const struct value *member(struct evaluation *ev, const struct expr *e,
                                  const struct value *base, const char *name)
{
	const struct value *v;

	if (pending(base))
		return combine(ev, e, &base, 1);
	v = value_get(base, name);
	return v ? taint(ev, v, base, NULL) : no_member(ev, e, base, name);
}

static const struct value *eval_member(struct evaluation *ev,
                                       const struct expr *e)
{
	const struct value *base;

	if (e->args[0]->kind == EXPR_ROOT && !ev->scope->flat)
		return find_member(ev, e, e->name);
	base = eval(ev, e->args[0]);
	return base ? member(ev, e, base, e->name) : NULL;
}

static const struct value *element(struct evaluation *ev, const struct expr *e,
                                   const struct value *list, int64_t i)
{
	if (i < 0 && i >= -(int64_t)list->list.n)
		i += (int64_t)list->list.n;
	if (i >= 0 && (uint64_t)i < list->list.n)
		return taint(ev, list->list.v[i], list, NULL);
	if (ev->lenient)
		return value_null();
	return fail_with(ev, e, "there is no element %lld in a list of %zu",
	                 (long long)i, list->list.n);
}

static const struct value *eval_index(struct evaluation *ev,
                                      const struct expr *e)
{
	const struct value *index = eval(ev, e->args[1]), *base, *v;

	if (!index)
		return NULL;
	if (e->args[0]->kind == EXPR_ROOT && !ev->scope->flat &&
	    index->type == VALUE_STRING && !index->secret)
		return find_member(ev, e, index->string.s);
	base = eval(ev, e->args[0]);
	if (!base)
		return NULL;
	if (pending(base) || pending(index))
		return combine_two(ev, e, base, index);
	if (base->type == VALUE_LIST && index->type == VALUE_INT)
		v = element(ev, e, base, index->integer);
	else if (base->type == VALUE_MAP && index->type == VALUE_STRING)
		v = member(ev, e, base, index->string.s);
	else if (base->type == VALUE_NULL && ev->lenient)
		v = base;
	else
		v = fail_with(ev, e, "%s cannot be indexed by %s",
		              value_says(base), value_says(index));
	return taint(ev, v, base, index);
}

static const struct value *eval_splat(struct evaluation *ev,
                                      const struct expr *e)
{
	const struct value *base = eval(ev, e->args[0]), *outer = ev->element;
	const struct value **out;
	size_t n;

	if (!base)
		return NULL;
	if (pending(base))
		return combine(ev, e, &base, 1);
	if (base->type != VALUE_LIST && base->type != VALUE_MAP)
		return fail_with(ev, e, "[*] needs a list or a map, not %s",
		                 value_says(base));
	n = base->type == VALUE_LIST ? base->list.n : base->map.n;
	out = ARENA_ARRAY(ev->mem, const struct value *, n);
	for (size_t i = 0; i < n; i++) {
		ev->element = base->type == VALUE_LIST ? base->list.v[i]
		                                       : base->map.v[i].value;
		out[i] = eval(ev, e->args[1]);
		if (!out[i])
			return NULL;
	}
	ev->element = outer;
	return taint(ev, value_list(ev->mem, out, n), base, NULL);
}

/* --- operators ------------------------------------------------------------ */

static bool is_number(const struct value *v)
{
	return v->type == VALUE_INT || v->type == VALUE_FLOAT;
}

static double as_float(const struct value *v)
{
	return v->type == VALUE_INT ? (double)v->integer : v->number;
}

static const struct value *divide(struct evaluation *ev, const struct expr *e,
                                  int64_t a, int64_t b)
{
	if (b == 0)
		return fail_with(ev, e, "division by zero");
	if (b == -1 && a == INT64_MIN)
		return fail_with(ev, e, "the result is too large");
	if (e->op == OP_MOD)
		return value_int(ev->mem, a % b);
	if (a % b == 0)
		return value_int(ev->mem, a / b);
	return value_float(ev->mem, (double)a / (double)b);
}

static const struct value *int_math(struct evaluation *ev, const struct expr *e,
                                    int64_t a, int64_t b)
{
	int64_t r = 0;
	bool over;

	if (e->op == OP_DIV || e->op == OP_MOD)
		return divide(ev, e, a, b);
	if (e->op == OP_ADD)
		over = __builtin_add_overflow(a, b, &r);
	else if (e->op == OP_SUB)
		over = __builtin_sub_overflow(a, b, &r);
	else
		over = __builtin_mul_overflow(a, b, &r);
	if (over)
		return fail_with(ev, e, "the result is too large");
	return value_int(ev->mem, r);
}

static const struct value *float_math(struct evaluation *ev,
                                      const struct expr *e, double a, double b)
{
	double r = e->op == OP_ADD   ? a + b
	           : e->op == OP_SUB ? a - b
	           : e->op == OP_MUL ? a * b
	                             : a / b;

	if (e->op == OP_MOD)
		return fail_with(ev, e, "%% needs two ints");
	if (!isfinite(r))
		return fail_with(ev, e, "the result is not a number");
	return value_float(ev->mem, r);
}

static const struct value *math(struct evaluation *ev, const struct expr *e,
                                const struct value *a, const struct value *b)
{
	if (a->type == VALUE_STRING && e->op == OP_ADD)
		return fail_with(ev, e,
		                 "+ adds numbers; for text write "
		                 "\"${a}${b}\" or join()");
	if (!is_number(a) || !is_number(b))
		return fail_with(ev, e, "this needs two numbers, not %s and %s",
		                 value_says(a), value_says(b));
	if (a->type == VALUE_INT && b->type == VALUE_INT)
		return int_math(ev, e, a->integer, b->integer);
	return float_math(ev, e, as_float(a), as_float(b));
}

static int three_way(const struct value *a, const struct value *b)
{
	double x, y;

	if (a->type == VALUE_STRING)
		return strcmp(a->string.s, b->string.s);
	if (a->type == VALUE_INT && b->type == VALUE_INT)
		return (a->integer > b->integer) - (a->integer < b->integer);
	x = as_float(a);
	y = as_float(b);
	return (x > y) - (x < y);
}

static const struct value *order(struct evaluation *ev, const struct expr *e,
                                 const struct value *a, const struct value *b)
{
	bool strings = a->type == VALUE_STRING && b->type == VALUE_STRING;
	int c;

	if (!strings && !(is_number(a) && is_number(b)))
		return fail_with(ev, e, "%s and %s have no order",
		                 value_says(a), value_says(b));
	c = three_way(a, b);
	return value_bool(e->op == OP_LT   ? c < 0
	                  : e->op == OP_LE ? c <= 0
	                  : e->op == OP_GT ? c > 0
	                                   : c >= 0);
}

static bool same(const struct value *a, const struct value *b)
{
	if (is_number(a) && is_number(b))
		return three_way(a, b) == 0;
	return value_equal(a, b);
}

static const struct value *within(struct evaluation *ev, const struct expr *e,
                                  const struct value *a, const struct value *b)
{
	if (b->type == VALUE_MAP && a->type == VALUE_STRING)
		return value_bool(value_get(b, a->string.s) != NULL);
	if (b->type != VALUE_LIST)
		return fail_with(ev, e, "\"in\" needs a list or a map, not %s",
		                 value_says(b));
	for (size_t i = 0; i < b->list.n; i++)
		if (same(a, b->list.v[i]))
			return value_bool(true);
	return value_bool(false);
}

static const struct value *matches(struct evaluation *ev, const struct expr *e,
                                   const struct value *a, const struct value *b)
{
	bool yes = false;
	struct err *why;

	if (a->type != VALUE_STRING || b->type != VALUE_STRING)
		return fail_with(ev, e, "=~ needs text and a pattern");
	why = str_match(b->string.s, a->string.s, a->string.len, false, &yes);
	if (why) {
		fail(ev, e->args[1], DIAG_EVALUATION, err_text(why));
		err_free(why);
		return NULL;
	}
	return value_bool(yes);
}

static const struct value *apply_op(struct evaluation *ev, const struct expr *e,
                                    const struct value *a,
                                    const struct value *b)
{
	switch (e->op) {
	case OP_EQ:
		return value_bool(same(a, b));
	case OP_NE:
		return value_bool(!same(a, b));
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return order(ev, e, a, b);
	case OP_IN:
		return within(ev, e, a, b);
	case OP_MATCH:
		return matches(ev, e, a, b);
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_MOD:
		return math(ev, e, a, b);
	case OP_NONE:
	case OP_COALESCE:
	case OP_OR:
	case OP_AND:
		break;
	}
	return NULL;
}

/* The value of `e` if it is a bool, or unknown. */
static const struct value *eval_bool(struct evaluation *ev,
                                     const struct expr *e)
{
	const struct value *v = eval(ev, e);

	if (v && v->type != VALUE_BOOL && !pending(v))
		return fail_with(ev, e, "this must be true or false, not %s",
		                 value_says(v));
	return v;
}

/* and, or: a false (true) side decides, even beside something unknown. */
static const struct value *eval_logic(struct evaluation *ev,
                                      const struct expr *e)
{
	bool decides = e->op == OP_OR;
	const struct value *a = eval_bool(ev, e->args[0]), *b;

	if (!a || (!pending(a) && a->boolean == decides))
		return a;
	b = eval_bool(ev, e->args[1]);
	if (!b || (!pending(b) && b->boolean == decides))
		return taint(ev, b, a, NULL);
	if (pending(a) || pending(b))
		return combine_two(ev, e, a, b);
	return taint(ev, b, a, b);
}

static const struct value *eval_lenient(struct evaluation *ev,
                                        const struct expr *e)
{
	bool before = ev->lenient;
	const struct value *v;

	ev->lenient = true;
	v = eval(ev, e);
	ev->lenient = before;
	return v;
}

static const struct value *eval_coalesce(struct evaluation *ev,
                                         const struct expr *e)
{
	const struct value *v = NULL;

	for (size_t i = 0; i < e->nr_args; i++) {
		v = i + 1 < e->nr_args ? eval_lenient(ev, e->args[i])
		                       : eval(ev, e->args[i]);
		if (!v || v->type != VALUE_NULL)
			break;
	}
	return v;
}

static const struct value *eval_binary(struct evaluation *ev,
                                       const struct expr *e)
{
	const struct value *a, *b;

	if (e->op == OP_COALESCE)
		return eval_coalesce(ev, e);
	if (e->op == OP_AND || e->op == OP_OR)
		return eval_logic(ev, e);
	a = eval(ev, e->args[0]);
	b = eval(ev, e->args[1]);
	if (!a || !b)
		return NULL;
	if (has_pending(a) || has_pending(b))
		return combine_two(ev, e, a, b);
	return taint(ev, apply_op(ev, e, a, b), a, b);
}

static const struct value *eval_not(struct evaluation *ev, const struct expr *e)
{
	const struct value *v = eval_bool(ev, e->args[0]);

	if (!v || pending(v))
		return v ? combine(ev, e, &v, 1) : NULL;
	return taint(ev, value_bool(!v->boolean), v, NULL);
}

static const struct value *eval_negate(struct evaluation *ev,
                                       const struct expr *e)
{
	const struct value *v = eval(ev, e->args[0]), *out;

	if (!v || pending(v))
		return v ? combine(ev, e, &v, 1) : NULL;
	if (!is_number(v))
		return fail_with(ev, e, "- needs a number, not %s",
		                 value_says(v));
	if (v->type == VALUE_INT && v->integer == INT64_MIN)
		return fail_with(ev, e, "the result is too large");
	out = v->type == VALUE_INT ? value_int(ev->mem, -v->integer)
	                           : value_float(ev->mem, -v->number);
	return taint(ev, out, v, NULL);
}

/* --- calls ---------------------------------------------------------------- */

/* A secret condition: both branches count. */
static const struct value *eval_both(struct evaluation *ev,
                                     const struct expr *e,
                                     const struct value *c)
{
	const struct value *v[] = {c, eval(ev, e->args[1]),
	                           eval(ev, e->args[2])};

	return v[1] && v[2] ? combine(ev, e, v, ARRAY_LEN(v)) : NULL;
}

static const struct value *eval_if(struct evaluation *ev, const struct expr *e)
{
	const struct value *c = eval_bool(ev, e->args[0]);

	if (!c || unknown(c))
		return c;
	if (c->secret)
		return eval_both(ev, e, c);
	return taint(ev, eval(ev, e->args[c->boolean ? 1 : 2]), c, NULL);
}

static const struct value *eval_try(struct evaluation *ev, const struct expr *e)
{
	struct diags *before = ev->diags;
	const struct value *v = NULL;

	for (size_t i = 0; i < e->nr_args && !v; i++) {
		ev->diags = i + 1 < e->nr_args ? NULL : before;
		v = eval(ev, e->args[i]);
	}
	ev->diags = before;
	return v;
}

static bool check_args(struct evaluation *ev, const struct expr *e,
                       const struct value *const *args)
{
	const char *takes = e->func->takes, *says;

	for (size_t i = 0; i < e->nr_args; i++) {
		if (!pending(args[i]) && !func_fits(*takes, args[i], &says)) {
			fail(ev, e->args[i], DIAG_ARGUMENTS,
			     arena_printf(ev->mem, "%s needs %s here, not %s",
			                  e->func->usage, says,
			                  value_says(args[i])));
			return false;
		}
		if (takes[1])
			takes++;
	}
	return true;
}

static const struct value *run(struct evaluation *ev, const struct expr *e,
                               const struct value *const *args)
{
	struct func_call c = {.mem = ev->mem,
	                      .scope = ev->scope,
	                      .args = args,
	                      .n = e->nr_args};
	const struct value *v = e->func->run(&c);

	return v ? v : fail_with(ev, e, "%s(): %s", e->func->name, c.problem);
}

static const struct value *eval_call(struct evaluation *ev,
                                     const struct expr *e)
{
	bool wait = false, secret = false, shallow;
	const struct value **args, *v;

	if (e->func->how == FUNC_IF)
		return eval_if(ev, e);
	if (e->func->how == FUNC_COALESCE)
		return eval_coalesce(ev, e);
	if (e->func->how == FUNC_TRY)
		return eval_try(ev, e);
	args = ARENA_ARRAY(ev->mem, const struct value *, e->nr_args);
	for (size_t i = 0; i < e->nr_args; i++) {
		args[i] = eval(ev, e->args[i]);
		if (!args[i])
			return NULL;
		shallow = e->func->how == FUNC_SHALLOW;
		secret = secret || (shallow ? args[i]->tainted
		                            : value_has_taint(args[i]));
		wait = wait ||
		       (shallow ? pending(args[i]) : has_pending(args[i]));
	}
	if (!check_args(ev, e, args))
		return NULL;
	v = wait ? combine(ev, e, args, e->nr_args) : run(ev, e, args);
	return v && secret ? value_tainted(ev->mem, v) : v;
}

/* --- text and lists ------------------------------------------------------- */

static const struct value *as_text(struct evaluation *ev, const struct expr *e,
                                   const struct value *v)
{
	const struct value *text = func_text(ev->mem, v);

	if (text)
		return text;
	if (v->type == VALUE_NULL)
		return fail_with(ev, e,
		                 "null is no text; write ${... ?? \"\"}");
	return fail_with(ev, e, "%s is no text; use join() or json_encode()",
	                 value_says(v));
}

static const struct value *join_parts(struct evaluation *ev,
                                      const struct expr *e,
                                      const struct value *const *v)
{
	const struct value *out = NULL;
	struct strbuf b = {0};

	for (size_t i = 0; i < e->nr_args; i++) {
		strbuf_addn(&b, v[i]->string.s, v[i]->string.len);
		if (b.len > FUNC_LONGEST_TEXT)
			break;
	}
	if (b.len > FUNC_LONGEST_TEXT)
		fail_with(ev, e, "this text becomes too long");
	else
		out = value_stringn(ev->mem, b.s ? b.s : "", b.len);
	strbuf_fini(&b);
	return out;
}

static const struct value *eval_template(struct evaluation *ev,
                                         const struct expr *e)
{
	const struct value **v =
		ARENA_ARRAY(ev->mem, const struct value *, e->nr_args);
	const struct value *out;
	bool wait = false, secret = false;

	for (size_t i = 0; i < e->nr_args; i++) {
		v[i] = eval(ev, e->args[i]);
		if (v[i] && !pending(v[i]))
			v[i] = as_text(ev, e->args[i], v[i]);
		if (!v[i])
			return NULL;
		secret = secret || v[i]->tainted;
		wait = wait || pending(v[i]);
	}
	if (wait)
		return combine(ev, e, v, e->nr_args);
	out = join_parts(ev, e, v);
	return out && secret ? value_tainted(ev->mem, out) : out;
}

static const struct value *eval_list(struct evaluation *ev,
                                     const struct expr *e)
{
	const struct value **v =
		ARENA_ARRAY(ev->mem, const struct value *, e->nr_args);

	for (size_t i = 0; i < e->nr_args; i++) {
		v[i] = eval(ev, e->args[i]);
		if (!v[i])
			return NULL;
	}
	return value_list(ev->mem, v, e->nr_args);
}

static const struct value *eval(struct evaluation *ev, const struct expr *e)
{
	switch (e->kind) {
	case EXPR_VALUE:
		return e->value;
	case EXPR_TEMPLATE:
		return eval_template(ev, e);
	case EXPR_ROOT:
		return eval_root(ev, e);
	case EXPR_MEMBER:
		return eval_member(ev, e);
	case EXPR_INDEX:
		return eval_index(ev, e);
	case EXPR_SPLAT:
		return eval_splat(ev, e);
	case EXPR_ELEMENT:
		return ev->element;
	case EXPR_NOT:
		return eval_not(ev, e);
	case EXPR_NEGATE:
		return eval_negate(ev, e);
	case EXPR_BINARY:
		return eval_binary(ev, e);
	case EXPR_CALL:
		return eval_call(ev, e);
	case EXPR_LIST:
		return eval_list(ev, e);
	}
	return NULL;
}

const struct value *expr_eval(struct arena *mem, const struct expr *e,
                              const struct expr_scope *scope, struct diags *d)
{
	struct evaluation ev = {.mem = mem, .scope = scope, .diags = d};

	return eval(&ev, e);
}
