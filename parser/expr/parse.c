/*
 * parse.c - recursive descent over one scalar.
 *
 * The grammar of LANGUAGE has one level a precedence; here they are the rows
 * of a table, and one function climbs it. `depth` bounds the recursion, and
 * each tree's own depth is bounded when it is made, because a chain such as
 * 1+1+1+... becomes deep without any recursion here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/strbuf.h"
#include "parser/expr/expr.h"
#include "parser/expr/func.h"

enum {
	DEEPEST_NESTING = 64,
	DEEPEST_TREE = 400,
};

struct parser {
	struct arena *mem;
	struct diags *diags;
	const struct expr_text *text;
	size_t at; /* bytes read */
	unsigned depth;
	bool failed;
};

struct args {
	const struct expr **v;
	size_t n, cap;
};

/* One binary operator. Of two that begin alike the longer comes first. */
static const struct op_row {
	const char *text;
	enum expr_op op;
	int level;
} ops[] = {
	{"??", OP_COALESCE, 1}, {"or", OP_OR, 2}, {"and", OP_AND, 3},
	{"==", OP_EQ, 5},       {"!=", OP_NE, 5}, {"<=", OP_LE, 5},
	{">=", OP_GE, 5},       {"<", OP_LT, 5},  {">", OP_GT, 5},
	{"=~", OP_MATCH, 5},    {"in", OP_IN, 5}, {"+", OP_ADD, 6},
	{"-", OP_SUB, 6},       {"*", OP_MUL, 7}, {"/", OP_DIV, 7},
	{"%", OP_MOD, 7},
};

enum {
	LEVEL_NOT = 4,
	LEVEL_COMPARE = 5, /* does not chain: a < b < c is an error */
	LEVEL_UNARY = 8,
};

static char peek(const struct parser *p)
{
	return p->text->s[p->at]; /* NUL at the end */
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_blanks(struct parser *p)
{
	while (peek(p) == ' ' || peek(p) == '\t' || peek(p) == '\r' ||
	       peek(p) == '\n')
		p->at++;
}

static struct diag *fail_at(struct parser *p, enum diag_code code, size_t at,
                            size_t len, const char *text)
{
	struct src_span span = {
		p->text->locate(p->text->origin, at),
		(uint32_t)str_count(p->text->s + at, len),
	};

	p->failed = true;
	return diags_error(p->diags, code, span, "%s", text);
}

static const struct expr *fail(struct parser *p, const char *text)
{
	fail_at(p, DIAG_EXPR, p->at, peek(p) != '\0', text);
	return NULL;
}

static struct expr *make(struct parser *p, enum expr_kind kind, size_t at,
                         const struct args *args)
{
	struct expr *e = ARENA_NEW(p->mem, struct expr);

	*e = (struct expr){.kind = kind,
	                   .text = p->text,
	                   .at = (uint32_t)at,
	                   .len = (uint32_t)(p->at - at),
	                   .depth = 1};
	for (size_t i = 0; args && i < args->n; i++)
		if (args->v[i]->depth >= e->depth)
			e->depth = args->v[i]->depth + 1;
	if (args) {
		e->args = args->v;
		e->nr_args = args->n;
	}
	if (e->depth > DEEPEST_TREE) {
		fail_at(p, DIAG_LIMIT, at, 1, "this expression is too long");
		return NULL;
	}
	return e;
}

static void push(struct parser *p, struct args *a, const struct expr *e)
{
	ARENA_RESERVE(p->mem, const struct expr *, a->v, a->n, a->cap);
	a->v[a->n++] = e;
}

static struct expr *make_with(struct parser *p, enum expr_kind kind, size_t at,
                              const struct expr *a, const struct expr *b)
{
	struct args args = {0};

	push(p, &args, a);
	if (b)
		push(p, &args, b);
	return make(p, kind, at, &args);
}

static const struct expr *make_value(struct parser *p, size_t at,
                                     const struct value *v)
{
	struct expr *e = make(p, EXPR_VALUE, at, NULL);

	e->value = v;
	return e;
}

/* The name that stands here; `dashes` also lets "my-broker" be one. */
static const char *read_name(struct parser *p, bool dashes)
{
	size_t start = p->at;

	if (!is_letter(peek(p)))
		return NULL;
	while (is_letter(peek(p)) || is_digit(peek(p)) ||
	       (dashes && peek(p) == '-' &&
	        (is_letter(p->text->s[p->at + 1]) ||
	         is_digit(p->text->s[p->at + 1]))))
		p->at++;
	return arena_strndup(p->mem, p->text->s + start, p->at - start);
}

/* Is the keyword or operator `word` next? */
static bool at_word(const struct parser *p, const char *word)
{
	const char *s = p->text->s + p->at;
	size_t len;

	if (s[0] != word[0])
		return false;
	len = strlen(word);
	if (strncmp(s, word, len))
		return false;
	return !is_letter(word[0]) || !(is_letter(s[len]) || is_digit(s[len]));
}

static bool take(struct parser *p, const char *word)
{
	skip_blanks(p);
	if (!at_word(p, word))
		return false;
	p->at += strlen(word);
	return true;
}

static const struct expr *parse_level(struct parser *p, int level);

static const struct expr *parse_expr(struct parser *p)
{
	const struct expr *e;

	if (p->depth >= DEEPEST_NESTING)
		return fail(p, "this expression is nested too deeply");
	p->depth++;
	e = parse_level(p, 1);
	p->depth--;
	return e;
}

static const struct expr *parse_number(struct parser *p)
{
	const char *s = p->text->s + p->at;
	size_t start = p->at, len = strspn(s, "0123456789");
	char *end;
	double d;

	if (len > 1 && s[0] == '0')
		return fail(p, "a number has no leading zero");
	if ((s[len] == '.' && is_digit(s[len + 1])) || s[len] == 'e') {
		d = strtod(s, &end);
		p->at += (size_t)(end - s);
		return make_value(p, start, value_float(p->mem, d));
	}
	errno = 0;
	p->at += len;
	if (strtoll(s, NULL, 10) < 0 || errno) {
		p->at = start;
		return fail(p, "this number is too large");
	}
	return make_value(p, start, value_int(p->mem, strtoll(s, NULL, 10)));
}

/* The character that `\c` stands for, or 0. */
static char unescape(char c)
{
	static const char from[] = "ntr\\\"'$", to[] = "\n\t\r\\\"'$";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : '\0';
}

/* In "..." a backslash escapes; in '...' only '' does. */
static const struct expr *parse_string(struct parser *p)
{
	char quote = peek(p);
	size_t start = p->at++;
	struct strbuf b = {0};
	const struct value *v;

	while (peek(p)) {
		const char *two = p->text->s + p->at;
		bool escape = quote == '"' && two[0] == '\\';
		bool twice =
			quote == '\'' && two[0] == quote && two[1] == quote;

		if ((escape && !unescape(two[1])) ||
		    (two[0] == quote && !twice))
			break;
		strbuf_addc(&b, escape ? unescape(two[1]) : two[0]);
		p->at += escape || twice ? 2 : 1;
	}
	v = value_stringn(p->mem, b.s ? b.s : "", b.len);
	strbuf_fini(&b);
	if (peek(p) == '\\')
		return fail(p, "no such escape: there are \\n \\t \\r \\\\ "
		               "\\\" \\$");
	if (!peek(p)) {
		p->at = start;
		return fail(p, "this string has no end");
	}
	p->at++;
	return make_value(p, start, v);
}

/* Arguments up to `close`, which is taken, too. */
static bool parse_args(struct parser *p, const char *close, struct args *out)
{
	while (!take(p, close)) {
		const struct expr *e;

		if (out->n && !take(p, ",")) {
			fail(p, close[0] == ')' ? "expected \",\" or \")\""
			                        : "expected \",\" or \"]\"");
			return false;
		}
		e = parse_expr(p);
		if (!e)
			return false;
		push(p, out, e);
	}
	return true;
}

static void report_function(struct parser *p, const char *name, size_t at)
{
	struct str_guess near = {.word = name};
	struct diag *m;

	for (const struct func *f = func_all(); f->name; f++)
		str_guess_try(&near, f->name);
	m = fail_at(p, DIAG_FUNCTION, at, strlen(name), "");
	m->message =
		arena_printf(&p->diags->mem, "there is no function %s()", name);
	if (near.best)
		diag_label(p->diags, m, "did you mean %s()?", near.best);
}

static const struct expr *parse_call(struct parser *p, const char *name,
                                     size_t start)
{
	const struct func *f = func_find(name);
	struct args args = {0};
	struct expr *e;
	struct diag *m;

	if (!f) {
		report_function(p, name, start);
		return NULL;
	}
	if (!parse_args(p, ")", &args))
		return NULL;
	if (args.n < f->min || args.n > f->max) {
		m = fail_at(p, DIAG_ARGUMENTS, start, p->at - start, "");
		m->message = arena_printf(
			&p->diags->mem, "%s() does not take %zu argument%s",
			f->name, args.n, args.n == 1 ? "" : "s");
		diag_note(p->diags, m, "%s: %s", f->usage, f->help);
		return NULL;
	}
	e = make(p, EXPR_CALL, start, &args);
	if (e)
		e->func = f;
	return e;
}

static const struct expr *parse_word(struct parser *p)
{
	size_t start = p->at;
	const char *name = read_name(p, false);
	struct expr *e;

	if (!strcmp(name, "true") || !strcmp(name, "false"))
		return make_value(p, start, value_bool(name[0] == 't'));
	if (!strcmp(name, "null"))
		return make_value(p, start, value_null());
	if (take(p, "("))
		return parse_call(p, name, start);
	p->at = start + strlen(name);
	e = make(p, EXPR_ROOT, start, NULL);
	e->name = name;
	return e;
}

static const struct expr *parse_primary(struct parser *p)
{
	size_t start;
	struct args args = {0};
	const struct expr *e;

	skip_blanks(p);
	start = p->at;
	if (is_digit(peek(p)))
		return parse_number(p);
	if (peek(p) == '"' || peek(p) == '\'')
		return parse_string(p);
	if (is_letter(peek(p)))
		return parse_word(p);
	if (take(p, "["))
		return parse_args(p, "]", &args)
		               ? make(p, EXPR_LIST, start, &args)
		               : NULL;
	if (!take(p, "("))
		return fail(p, peek(p) ? "expected a value"
		                       : "the expression ends too early");
	e = parse_expr(p);
	if (e && !take(p, ")"))
		return fail(p, "expected \")\"");
	return e;
}

static const struct expr *parse_posts(struct parser *p, const struct expr *e);

/* What follows [*] is done with each element. */
static const struct expr *parse_splat(struct parser *p, const struct expr *e)
{
	const struct expr *each = make(p, EXPR_ELEMENT, p->at, NULL);

	if (p->depth >= DEEPEST_NESTING)
		return fail(p, "this expression is nested too deeply");
	p->depth++;
	each = parse_posts(p, each);
	p->depth--;
	return each ? make_with(p, EXPR_SPLAT, e->at, e, each) : NULL;
}

static const struct expr *parse_index(struct parser *p, const struct expr *e)
{
	const struct expr *index = parse_expr(p);

	if (!index)
		return NULL;
	if (!take(p, "]"))
		return fail(p, "expected \"]\"");
	return make_with(p, EXPR_INDEX, e->at, e, index);
}

static const struct expr *parse_member(struct parser *p, const struct expr *e)
{
	const char *name;
	struct expr *member;

	skip_blanks(p);
	name = read_name(p, true);
	if (!name)
		return fail(p, "expected a name after \".\"");
	member = make_with(p, EXPR_MEMBER, e->at, e, NULL);
	if (member)
		member->name = name;
	return member;
}

static const struct expr *parse_posts(struct parser *p, const struct expr *e)
{
	while (e) {
		size_t before = p->at;

		if (take(p, "[*]"))
			return parse_splat(p, e);
		if (take(p, "["))
			e = parse_index(p, e);
		else if (take(p, "."))
			e = parse_member(p, e);
		else {
			p->at = before;
			break;
		}
	}
	return e;
}

/* A prefix operator and what it stands before. */
static const struct expr *parse_prefix(struct parser *p, enum expr_kind kind,
                                       size_t start, int level)
{
	const struct expr *e;

	if (p->depth >= DEEPEST_NESTING)
		return fail(p, "this expression is nested too deeply");
	p->depth++;
	e = parse_level(p, level);
	p->depth--;
	return e ? make_with(p, kind, start, e, NULL) : NULL;
}

static const struct op_row *find_op(struct parser *p, int level)
{
	skip_blanks(p);
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (at_word(p, ops[i].text))
			return ops[i].level == level ? &ops[i] : NULL;
	return NULL;
}

static const struct expr *parse_binary(struct parser *p, int level)
{
	const struct expr *left = parse_level(p, level + 1), *right;
	const struct op_row *op;
	struct expr *e;
	size_t end = p->at;

	while (left && (op = find_op(p, level))) {
		p->at += strlen(op->text);
		right = parse_level(p, level + 1);
		if (!right)
			return NULL;
		e = make_with(p, EXPR_BINARY, left->at, left, right);
		if (!e)
			return NULL;
		e->op = op->op;
		left = e;
		end = p->at;
		if (level == LEVEL_COMPARE && find_op(p, level))
			return fail(p, "comparisons do not chain: use \"and\"");
	}
	p->at = end;
	return left;
}

static const struct expr *parse_level(struct parser *p, int level)
{
	const struct expr *e;

	skip_blanks(p);
	if (level == LEVEL_NOT && at_word(p, "not")) {
		size_t start = p->at;

		p->at += strlen("not");
		return parse_prefix(p, EXPR_NOT, start, LEVEL_NOT);
	}
	if (level == LEVEL_NOT)
		return parse_level(p, level + 1);
	if (level < LEVEL_UNARY)
		return parse_binary(p, level);
	if (peek(p) == '-') {
		size_t start = p->at++;

		return parse_prefix(p, EXPR_NEGATE, start, LEVEL_UNARY);
	}
	e = parse_primary(p);
	return e ? parse_posts(p, e) : NULL;
}

/* After "${": the expression and its "}". */
static const struct expr *parse_hole(struct parser *p, size_t start)
{
	const struct expr *e = parse_expr(p);
	struct diag *m;

	if (!e || take(p, "}"))
		return e;
	if (peek(p) == '?')
		return fail(p, "there is no \"?:\"; use if(condition, a, b)");
	if (peek(p))
		return fail(p, "expected an operator or \"}\"");
	m = fail_at(p, DIAG_EXPR, start, 2, "this ${ has no }");
	diag_note(p->diags, m, "write $${ for the text ${");
	return NULL;
}

static void push_text(struct parser *p, struct args *parts, struct strbuf *b,
                      size_t start)
{
	if (!b->len)
		return;
	push(p, parts,
	     make_value(p, start, value_stringn(p->mem, b->s, b->len)));
	b->len = 0;
}

/* The scalar, part by part. */
static bool parse_parts(struct parser *p, struct args *parts, struct strbuf *b)
{
	size_t start = 0;

	while (p->at < p->text->len) {
		const struct expr *e;

		if (at_word(p, "$${")) {
			strbuf_add(b, "${");
			p->at += strlen("$${");
			continue;
		}
		if (!at_word(p, "${")) {
			strbuf_addc(b, p->text->s[p->at++]);
			continue;
		}
		push_text(p, parts, b, start);
		p->at += 2;
		e = parse_hole(p, p->at - 2);
		if (!e)
			return false;
		push(p, parts, e);
		start = p->at;
	}
	push_text(p, parts, b, start);
	return true;
}

bool expr_is_template(const char *s, size_t len)
{
	return memmem(s, len, "${", 2) != NULL;
}

bool expr_parse(struct arena *mem, const struct expr_text *text,
                struct diags *d, const struct expr **out)
{
	struct parser p = {.mem = mem, .diags = d, .text = text};
	struct args parts = {0};
	struct strbuf b = {0};
	bool good = parse_parts(&p, &parts, &b);

	strbuf_fini(&b);
	if (!good || p.failed)
		return false;
	if (parts.n == 1) {
		*out = parts.v[0];
		return true;
	}
	*out = make(&p, EXPR_TEMPLATE, 0, &parts);
	return *out != NULL;
}

struct src_span expr_span(const struct expr *e)
{
	return (struct src_span){
		e->text->locate(e->text->origin, e->at),
		(uint32_t)str_count(e->text->s + e->at, e->len),
	};
}
