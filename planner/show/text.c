/* text.c - a plan on a terminal. */
#include <string.h>

#include "parser/schema/schema.h"
#include "planner/show/internal.h"

enum { LONGEST_VALUE = 72 }; /* bytes of JSON */

#define PLAIN "\033[0m"
#define FAINT "\033[2m"

struct printer {
	const struct plan *plan;
	struct strbuf out;
	struct arena mem;
	bool color;
};

static const char *color_of(const struct printer *p, enum diff_action action)
{
	static const char *const colors[] = {
		[DIFF_NONE] = "",           [DIFF_CREATE] = "\033[32m",
		[DIFF_UPDATE] = "\033[33m", [DIFF_REPLACE] = "\033[31m",
		[DIFF_DELETE] = "\033[31m",
	};

	return p->color ? colors[action] : "";
}

static const char *if_color(const struct printer *p, const char *escape)
{
	return p->color ? escape : "";
}

/* --- attributes ----------------------------------------------------------- */

static void add_created(struct printer *p, const struct plan_node *n)
{
	size_t width = 0;

	for (size_t i = 0; i < n->diff.nr_attrs; i++)
		if (!show_is_nothing(n->diff.attrs[i].after) &&
		    strlen(n->diff.attrs[i].path) > width)
			width = strlen(n->diff.attrs[i].path);
	for (size_t i = 0; i < n->diff.nr_attrs; i++) {
		const struct diff_attr *a = &n->diff.attrs[i];

		if (show_is_nothing(a->after))
			continue;
		strbuf_printf(&p->out, "      %-*s = ", (int)width, a->path);
		show_add_value(&p->out, show_row(n, a->path), a->after,
		               LONGEST_VALUE);
		strbuf_addc(&p->out, '\n');
	}
}

static size_t length(const struct value *v)
{
	struct strbuf b = {0};
	size_t len;

	show_add_value(&b, NULL, v, 0);
	len = b.len;
	strbuf_fini(&b);
	return len;
}

static bool has_line(const struct value *v, const char *line, size_t len)
{
	const char *s = v->string.s;

	while (true) {
		size_t n = strcspn(s, "\n");

		if (n == len && !memcmp(s, line, n))
			return true;
		if (!s[n])
			return false;
		s += n + 1;
	}
}

/* One line or element, with its sign. */
static void add_part(struct printer *p, bool added, const char *s, size_t len)
{
	strbuf_printf(&p->out, "        %s%c ",
	              color_of(p, added ? DIFF_CREATE : DIFF_DELETE),
	              added ? '+' : '-');
	for (size_t i = 0; i < len; i++)
		strbuf_addc(&p->out, (unsigned char)s[i] < ' ' ? '?' : s[i]);
	strbuf_printf(&p->out, "%s\n", if_color(p, PLAIN));
}

/* The lines of `v` that `other` has not. */
static void add_lines(struct printer *p, const struct value *v,
                      const struct value *other, bool added)
{
	const char *s = v->string.s;

	while (true) {
		size_t n = strcspn(s, "\n");

		if (n && !has_line(other, s, n))
			add_part(p, added, s, n);
		if (!s[n])
			return;
		s += n + 1;
	}
}

static bool has_element(const struct value *list, const struct value *v)
{
	for (size_t i = 0; i < list->list.n; i++)
		if (value_equal(list->list.v[i], v))
			return true;
	return false;
}

static void add_elements(struct printer *p, const struct value *v,
                         const struct value *other, bool added)
{
	for (size_t i = 0; i < v->list.n; i++) {
		struct strbuf b = {0};

		if (has_element(other, v->list.v[i]))
			continue;
		show_add_value(&b, NULL, v->list.v[i], LONGEST_VALUE);
		add_part(p, added, b.s, b.len);
		strbuf_fini(&b);
	}
}

/* Long lists by element, long text by line; false: it is short. */
static bool add_parts(struct printer *p, const struct value *before,
                      const struct value *after)
{
	enum { MOST_PARTS = 1000 };
	bool lists, texts;

	if (!before || !after || before->tainted || after->tainted ||
	    before->type != after->type ||
	    (length(before) <= LONGEST_VALUE && length(after) <= LONGEST_VALUE))
		return false;
	lists = before->type == VALUE_LIST && before->list.n <= MOST_PARTS &&
	        after->list.n <= MOST_PARTS;
	texts = before->type == VALUE_STRING &&
	        before->string.len + after->string.len < 64 * MOST_PARTS &&
	        (strchr(before->string.s, '\n') ||
	         strchr(after->string.s, '\n'));
	if (!lists && !texts)
		return false;
	strbuf_addc(&p->out, '\n');
	(lists ? add_elements : add_lines)(p, before, after, false);
	(lists ? add_elements : add_lines)(p, after, before, true);
	return true;
}

static void add_changed(struct printer *p, const struct plan_node *n)
{
	for (size_t i = 0; i < n->diff.nr_attrs; i++) {
		const struct diff_attr *a = &n->diff.attrs[i];
		const struct schema_attr *row = show_row(n, a->path);

		strbuf_printf(&p->out, "      %s:", a->path);
		if (a->drifted)
			strbuf_add(&p->out, " (drifted)");
		if (a->replaces)
			strbuf_add(&p->out, " (forces replacement)");
		if (add_parts(p, a->before, a->after))
			continue;
		strbuf_addc(&p->out, ' ');
		show_add_value(&p->out, row, a->before, LONGEST_VALUE);
		strbuf_add(&p->out, " -> ");
		show_add_value(&p->out, row, a->after, LONGEST_VALUE);
		strbuf_addc(&p->out, '\n');
	}
}

/* --- nodes ---------------------------------------------------------------- */

static void add_head(struct printer *p, const struct plan_node *n)
{
	strbuf_printf(&p->out, "%s%s%s %s %s %s(", color_of(p, n->diff.action),
	              show_symbol(n), if_color(p, PLAIN), plan_address(n),
	              show_verb(n), if_color(p, FAINT));
	show_add_reasons(&p->out, p->plan, n);
	strbuf_printf(&p->out, ")%s\n", if_color(p, PLAIN));
}

static void add_node(struct printer *p, const struct plan_node *n)
{
	add_head(p, n);
	if (n->diff.action == DIFF_CREATE)
		add_created(p, n);
	else
		add_changed(p, n);
	strbuf_addc(&p->out, '\n');
}

static void flush(struct printer *p, FILE *out)
{
	if (p->out.len)
		fwrite(p->out.s, 1, p->out.len, out);
	p->out.len = 0;
}

static void add_checks(struct printer *p)
{
	size_t n = 0;

	for (size_t i = 0; p->plan->checks && i < p->plan->config->nr_checks;
	     i++)
		n += p->plan->checks[i] < 0;
	if (n)
		strbuf_printf(&p->out,
		              "%zu check%s after the apply, when %s known.\n",
		              n, n == 1 ? " is made" : "s are made",
		              n == 1 ? "its value is" : "their values are");
}

static void add_end(struct printer *p)
{
	const char *left_out = show_left_out(&p->mem, p->plan);

	add_checks(p);
	if (plan_is_empty(p->plan))
		strbuf_add(&p->out, "No changes");
	else
		strbuf_printf(&p->out, "Plan: %s",
		              plan_summary(&p->mem, p->plan));
	if (*left_out)
		strbuf_printf(&p->out, "; %s.\n", left_out);
	else
		strbuf_add(&p->out,
		           plan_is_empty(p->plan)
		                   ? ": everything is as the file says.\n"
		                   : ".\n");
}

void show_text(FILE *out, const struct plan *plan, bool color)
{
	struct printer p = {.plan = plan, .color = color};

	for (size_t i = 0; i < plan->n; i++) {
		if (show_is_change(&plan->nodes[plan->order[i]]))
			add_node(&p, &plan->nodes[plan->order[i]]);
		flush(&p, out);
	}
	add_end(&p);
	flush(&p, out);
	strbuf_fini(&p.out);
	arena_free(&p.mem);
}

/* --- drift ---------------------------------------------------------------- */

static bool drifted(const struct plan_node *n)
{
	if (n->diff.reasons & DIFF_VANISHED)
		return true;
	return n->have && !n->have->foreign && !n->successor &&
	       (n->have->fault || n->have->drift);
}

bool show_has_drift(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (drifted(&p->nodes[i]))
			return true;
	return false;
}

static void add_drift(struct printer *p, const struct plan_node *n)
{
	const struct object *o = n->have;
	const struct value *spec;

	if (!o) {
		strbuf_printf(&p->out, "%s  -%s %s: somebody deleted it\n",
		              color_of(p, DIFF_DELETE), if_color(p, PLAIN),
		              plan_address(n));
		return;
	}
	spec = value_get(o->attrs, "spec");
	strbuf_printf(&p->out, "%s  ~%s %s%s%s\n", color_of(p, DIFF_UPDATE),
	              if_color(p, PLAIN), plan_address(n),
	              o->fault ? ": " : " was changed",
	              o->fault ? o->fault : "");
	for (size_t i = 0; o->drift && i < o->drift->map.n; i++) {
		const struct value_entry *e = &o->drift->map.v[i];

		strbuf_printf(&p->out, "      %s: ", e->key);
		show_add_value(&p->out, show_row(n, e->key),
		               value_get(spec, e->key), LONGEST_VALUE);
		strbuf_add(&p->out, " -> ");
		show_add_value(&p->out, show_row(n, e->key), e->value,
		               LONGEST_VALUE);
		strbuf_addc(&p->out, '\n');
	}
}

void show_drift(FILE *out, const struct plan *plan, bool color)
{
	struct printer p = {.plan = plan, .color = color};

	for (size_t i = 0; i < plan->n; i++)
		if (drifted(&plan->nodes[plan->order[i]]))
			add_drift(&p, &plan->nodes[plan->order[i]]);
	if (!p.out.len)
		strbuf_add(&p.out,
		           "No drift: the world is as it was applied.\n");
	flush(&p, out);
	strbuf_fini(&p.out);
	arena_free(&p.mem);
}
