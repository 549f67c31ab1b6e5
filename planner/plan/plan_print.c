/* plan_print.c - a plan, for people and for programs. */
#include <string.h>

#include "parser/base/sha256.h"
#include "parser/base/strbuf.h"
#include "parser/schema/schema.h"
#include "planner/plan/plan.h"

enum { LONGEST_VALUE = 72 }; /* bytes of JSON */

struct look {
	const char *symbol, *color, *verb, *name;
};

static const struct look looks[] = {
	[DIFF_NONE] = {"   ", "", "stays", "none"},
	[DIFF_CREATE] = {"  +", "\033[32m", "will be created", "create"},
	[DIFF_UPDATE] = {"  ~", "\033[33m", "will be updated", "update"},
	[DIFF_REPLACE] = {"-/+", "\033[31m", "will be replaced", "replace"},
	[DIFF_DELETE] = {"  -", "\033[31m", "will be deleted", "delete"},
};

struct printer {
	struct strbuf out;
	struct arena mem;
	bool color;
};

static const struct schema_attr *row_of(const struct plan_node *n,
                                        const char *path)
{
	return n->want ? schema_find(n->want->block->kind, path) : NULL;
}

static void add_scaled(struct strbuf *b, int64_t v, const char *const *units,
                       int64_t step)
{
	while (units[1] && v && v % step == 0) {
		v /= step;
		units++;
	}
	strbuf_printf(b, "%lld%s", (long long)v, *units);
}

/* 64 hex digits: the first twelve say enough. */
static bool is_digest(const struct value *v)
{
	return v->type == VALUE_STRING && v->string.len == SHA256_HEX &&
	       strspn(v->string.s, "0123456789abcdef") == SHA256_HEX;
}

/* As it would be written in the file, as far as that is short. */
static void add_value(struct printer *p, const struct schema_attr *row,
                      const struct value *v)
{
	static const char *const sizes[] = {"", "Ki", "Mi", "Gi", "Ti", NULL};
	static const char *const times[] = {"ms", "s", NULL};
	const char *json;
	size_t len;

	if (v->type == VALUE_UNKNOWN) {
		strbuf_add(&p->out, VALUE_JSON_UNKNOWN);
		return;
	}
	if (v->type == VALUE_INT && row && row->type == SCHEMA_SIZE) {
		add_scaled(&p->out, v->integer, sizes, 1024);
		return;
	}
	if (v->type == VALUE_INT && row && row->type == SCHEMA_DURATION) {
		add_scaled(&p->out, v->integer, times, 1000);
		return;
	}
	if (is_digest(v)) {
		strbuf_printf(&p->out, "%.12s", v->string.s);
		return;
	}
	json = value_to_json(&p->mem, v);
	len = strlen(json);
	if (len <= LONGEST_VALUE) {
		strbuf_add(&p->out, json);
		return;
	}
	len = LONGEST_VALUE;
	while (((unsigned char)json[len] & 0xc0) == 0x80)
		len--;
	strbuf_addn(&p->out, json, len);
	strbuf_add(&p->out, "...");
}

/* An image is known by its name and digest. */
static void add_object(struct printer *p, const struct value *v)
{
	const char *digest = value_get_string(v, "digest", NULL);

	strbuf_printf(&p->out, "%s", value_get_string(v, "name", "?"));
	if (digest)
		strbuf_printf(&p->out, " (%.12s)", digest);
}

static bool is_nothing(const struct value *v)
{
	return v->type == VALUE_NULL || (v->type == VALUE_LIST && !v->list.n) ||
	       (v->type == VALUE_MAP && !v->map.n);
}

static void add_side(struct printer *p, const struct schema_attr *row,
                     const struct value *v)
{
	if (!v)
		strbuf_add(&p->out, "(none)");
	else if (row && row->type == SCHEMA_REF && v->type == VALUE_MAP)
		add_object(p, v);
	else
		add_value(p, row, v);
}

static void add_created(struct printer *p, const struct plan_node *n)
{
	size_t width = 0;

	for (size_t i = 0; i < n->diff.nr_attrs; i++)
		if (!is_nothing(n->diff.attrs[i].after) &&
		    strlen(n->diff.attrs[i].path) > width)
			width = strlen(n->diff.attrs[i].path);
	for (size_t i = 0; i < n->diff.nr_attrs; i++) {
		const struct diff_attr *a = &n->diff.attrs[i];

		if (is_nothing(a->after))
			continue;
		strbuf_printf(&p->out, "      %-*s = ", (int)width, a->path);
		add_side(p, row_of(n, a->path), a->after);
		strbuf_addc(&p->out, '\n');
	}
}

static void add_changed(struct printer *p, const struct plan_node *n)
{
	for (size_t i = 0; i < n->diff.nr_attrs; i++) {
		const struct diff_attr *a = &n->diff.attrs[i];

		strbuf_printf(&p->out, "      %s: ", a->path);
		add_side(p, row_of(n, a->path), a->before);
		strbuf_add(&p->out, " -> ");
		add_side(p, row_of(n, a->path), a->after);
		if (a->replaces)
			strbuf_add(&p->out, "   (forces replacement)");
		strbuf_addc(&p->out, '\n');
	}
}

static void add_reasons(struct strbuf *b, const struct plan_node *n)
{
	static const struct {
		enum diff_reason bit;
		const char *text;
	} rows[] = {
		{DIFF_NEW, "new"},
		{DIFF_CONFIG, "config changed"},
		{DIFF_GONE, "gone from the file"},
		{DIFF_ASKED, "destroy was asked for"},
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!(n->diff.reasons & rows[i].bit))
			continue;
		strbuf_printf(b, "%s%s", any ? "; " : "", rows[i].text);
		any = true;
	}
	if (n->diff.reasons & DIFF_DRIFT)
		strbuf_printf(b, "%sdrifted: %s", any ? "; " : "",
		              n->have->fault);
}

static void add_node(struct printer *p, const struct plan_node *n)
{
	const struct look *l = &looks[n->diff.action];

	strbuf_printf(&p->out, "%s%s%s %s %s (", p->color ? l->color : "",
	              l->symbol, p->color ? "\033[0m" : "", plan_address(n),
	              l->verb);
	add_reasons(&p->out, n);
	strbuf_add(&p->out, ")\n");
	if (n->diff.action == DIFF_CREATE)
		add_created(p, n);
	else
		add_changed(p, n);
	strbuf_addc(&p->out, '\n');
}

static bool is_change(const struct plan_node *n)
{
	return (n->want || n->have) && n->diff.action != DIFF_NONE;
}

const char *plan_summary(struct arena *mem, const struct plan *p)
{
	const char *all = "";

	for (size_t i = DIFF_CREATE; i <= DIFF_DELETE; i++)
		if (p->counts[i])
			all = arena_printf(mem, "%s%s%zu to %s", all,
			                   *all ? ", " : "", p->counts[i],
			                   looks[i].name);
	return all;
}

void plan_print(FILE *out, const struct plan *plan, bool color)
{
	struct printer p = {.color = color};

	if (plan_is_empty(plan)) {
		fputs("No changes: everything is as the file says.\n", out);
		return;
	}
	for (size_t i = 0; i < plan->n; i++)
		if (is_change(&plan->nodes[plan->order[i]]))
			add_node(&p, &plan->nodes[plan->order[i]]);
	fprintf(out, "%sPlan: %s.\n", p.out.s, plan_summary(&p.mem, plan));
	strbuf_fini(&p.out);
	arena_free(&p.mem);
}

/* --- JSON ----------------------------------------------------------------- */

struct entries {
	struct value_entry v[8];
	size_t n;
};

static void put(struct entries *e, const char *key, const struct value *v)
{
	e->v[e->n++] = (struct value_entry){.key = key, .value = v};
}

static const struct value *text(struct arena *mem, const char *s)
{
	return value_string(mem, s);
}

static const struct value *attrs_value(struct arena *mem,
                                       const struct plan_node *n)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, n->diff.nr_attrs);

	for (size_t i = 0; i < n->diff.nr_attrs; i++) {
		const struct diff_attr *a = &n->diff.attrs[i];
		struct entries e = {0};

		put(&e, "path", text(mem, a->path));
		put(&e, "before", a->before ? a->before : value_null());
		put(&e, "after", a->after ? a->after : value_null());
		put(&e, "forces_replacement", value_bool(a->replaces));
		v[i] = value_map(mem, e.v, e.n);
	}
	return value_list(mem, v, n->diff.nr_attrs);
}

static const struct value *node_value(struct arena *mem, const struct plan *p,
                                      const struct plan_node *n)
{
	struct strbuf reasons = {0};
	struct entries e = {0};

	add_reasons(&reasons, n);
	put(&e, "address", text(mem, plan_address(n)));
	put(&e, "kind", text(mem, plan_kind(n)));
	put(&e, "provider", text(mem, p->session->places[n->place].name));
	put(&e, "action", text(mem, looks[n->diff.action].name));
	put(&e, "reason", text(mem, reasons.s));
	put(&e, "attributes", attrs_value(mem, n));
	strbuf_fini(&reasons);
	return value_map(mem, e.v, e.n);
}

void plan_print_json(FILE *out, const struct plan *p)
{
	struct arena mem = {0};
	const struct value **v = ARENA_ARRAY(&mem, const struct value *, p->n);
	struct entries all = {0}, counts = {0};
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (is_change(&p->nodes[p->order[i]]))
			v[n++] = node_value(&mem, p, &p->nodes[p->order[i]]);
	for (size_t i = DIFF_CREATE; i <= DIFF_DELETE; i++)
		put(&counts, looks[i].name,
		    value_int(&mem, (int64_t)p->counts[i]));
	put(&all, "stack", text(&mem, p->config->name));
	put(&all, "site", text(&mem, p->config->site));
	put(&all, "changes", value_list(&mem, v, n));
	put(&all, "counts", value_map(&mem, counts.v, counts.n));
	fprintf(out, "%s\n",
	        value_to_json(&mem, value_map(&mem, all.v, all.n)));
	arena_free(&mem);
}
