/* fuzz_expr.c - any text as a template: parsed, evaluated. */
#include "parser/expr/expr.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct src_pos locate(const void *origin, size_t offset)
{
	return src_locate(origin, offset);
}

/* Every name is something: a list, a map, a string, or not known yet. */
static const struct value *find(const void *ctx, const char *root,
                                const char *name)
{
	const struct value *all = ctx;

	if (!strcmp(root, "nothing"))
		return NULL;
	return name ? value_get(all, name) : all;
}

static const struct value *make_world(struct arena *mem)
{
	const struct value *list[] = {value_int(mem, 1), value_string(mem, "b"),
	                              value_null()};
	const struct value_entry v[] = {
		{.key = "l", .value = value_list(mem, list, 3)},
		{.key = "s", .value = value_string(mem, "a,b,c")},
		{.key = "n", .value = value_null()},
		{.key = "u", .value = value_unknown()},
		{.key = "t",
	         .value = value_tainted(mem, value_string(mem, "secret"))},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static void visit(void *ctx, const struct expr_ref *ref)
{
	(void)ctx;
	(void)expr_span(ref->all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	const struct expr_visitor visitor = {.visit = visit};
	struct arena mem = {0};
	struct expr_scope scope = {.find = find};
	struct expr_text text = {.locate = locate};
	const struct expr *e;
	const struct value *v;
	struct diags d;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	/* What the YAML reader would not let through. */
	if (memchr(data, 0, size) ||
	    str_utf8_valid((const char *)data, size) != size)
		return 0;
	diags_init(&d);
	text.s = arena_strndup(&mem, (const char *)data, size);
	text.len = size;
	text.origin = src_new(&mem, "fuzz", text.s, size);
	diags_add_source(&d, text.origin);
	scope.ctx = make_world(&mem);
	if (expr_parse(&mem, &text, &d, &e)) {
		expr_refs(e, &visitor);
		v = expr_eval(&mem, e, &scope, &d);
		if (v)
			(void)value_digest(&mem, v);
	}
	diags_print(nowhere, &d);
	diags_fini(&d);
	arena_free(&mem);
	return 0;
}
