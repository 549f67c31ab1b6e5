/*
 * markdown.c - a plan as a comment of a pull request (GitHub's Markdown).
 *
 * What destroys something stands outside of any fold; everything else is a fold
 * for each object. A comment holds 65,535 bytes at most: whole objects are left
 * out when there are more, and counted.
 */
#include <string.h>

#include "planner/show/boxes.h"
#include "planner/show/internal.h"

enum {
	LARGEST = 65535,      /* bytes of a comment */
	FOOTER = 400,         /* kept for what stands at the end */
	HEAD_SHARE = 40000,   /* of it, for what is outside the folds */
	LONGEST_VALUE = 2000, /* bytes of one value */
};

/* The longest run of backticks in `s`. */
static size_t ticks(const char *s)
{
	size_t most = 0, n = 0;

	for (; *s; s++) {
		n = *s == '`' ? n + 1 : 0;
		most = n > most ? n : most;
	}
	return most;
}

/* A fence is longer than any in what it encloses (CommonMark 4.5). */
static void add_fenced(struct strbuf *out, const char *language,
                       const char *text)
{
	size_t n = ticks(text) + 1;

	n = n < 3 ? 3 : n;
	strbuf_fill(out, '`', n);
	strbuf_printf(out, "%s\n%s", language, text);
	strbuf_fill(out, '`', n);
	strbuf_addc(out, '\n');
}

/* A code span, on one line, whatever is in `s` (CommonMark 6.1). */
static void add_code(struct strbuf *out, const char *s)
{
	size_t n = ticks(s) + 1;

	strbuf_fill(out, '`', n);
	strbuf_addc(out, ' ');
	for (; *s; s++)
		strbuf_addc(out, (unsigned char)*s < ' ' ? ' ' : *s);
	strbuf_addc(out, ' ');
	strbuf_fill(out, '`', n);
}

/* "-  memory: 64Mi" */
static void add_side(struct strbuf *out, char sign, const struct plan_node *n,
                     const struct diff_attr *a, const struct value *v)
{
	if (!v)
		return;
	strbuf_printf(out, "%c %s: ", sign, a->path);
	show_add_value(out, show_row(n, a->path), v, LONGEST_VALUE);
	if (a->drifted && sign == '-')
		strbuf_add(out, "   # drifted");
	if (a->replaces && sign == '+')
		strbuf_add(out, "   # forces replacement");
	strbuf_addc(out, '\n');
}

static void add_diff(struct strbuf *out, const struct plan_node *n)
{
	struct strbuf text = {0};

	for (size_t i = 0; i < n->diff.nr_attrs; i++) {
		const struct diff_attr *a = &n->diff.attrs[i];
		bool created = n->diff.action == DIFF_CREATE;

		if (created && show_is_nothing(a->after))
			continue;
		add_side(&text, '-', n, a, a->before);
		add_side(&text, '+', n, a, a->after);
	}
	if (text.len)
		add_fenced(out, "diff", text.s);
	else
		strbuf_add(out, "No attribute changes.\n");
	strbuf_fini(&text);
}

static void add_html(struct strbuf *out, const char *s)
{
	show_add_xml(out, s, strlen(s));
}

static void add_fold(struct strbuf *out, const struct plan *p,
                     const struct plan_node *n)
{
	struct strbuf reasons = {0};

	show_add_reasons(&reasons, p, n);
	strbuf_add(out, "<details><summary><code>");
	add_html(out, show_symbol(n) + strspn(show_symbol(n), " "));
	strbuf_addc(out, ' ');
	add_html(out, plan_address(n));
	strbuf_printf(out, "</code> %s (", show_verb(n));
	add_html(out, reasons.s ? reasons.s : "");
	strbuf_add(out, ")</summary>\n\n");
	add_diff(out, n);
	strbuf_add(out, "\n</details>\n");
	strbuf_fini(&reasons);
}

/* Which attributes force a replacement. */
static void add_forcing(struct strbuf *out, const struct plan_node *n)
{
	const char *before = ": because of ";

	for (size_t i = 0; i < n->diff.nr_attrs; i++) {
		if (!n->diff.attrs[i].replaces)
			continue;
		strbuf_add(out, before);
		add_code(out, n->diff.attrs[i].path);
		before = ", ";
	}
}

static void add_grave(struct strbuf *out, const struct plan *p,
                      const struct plan_node *n)
{
	struct strbuf reasons = {0};

	show_add_reasons(&reasons, p, n);
	strbuf_add(out, "* ");
	add_code(out, plan_address(n));
	strbuf_printf(out, " **%s**, ", show_verb(n));
	add_code(out, reasons.s ? reasons.s : "");
	add_forcing(out, n);
	strbuf_addc(out, '\n');
	strbuf_fini(&reasons);
}

static bool is_grave(const struct plan_node *n)
{
	return show_is_change(n) && (n->diff.action == DIFF_DELETE ||
	                             n->diff.action == DIFF_REPLACE);
}

/* A deletion has nothing to unfold. */
static bool has_fold(const struct plan_node *n)
{
	return show_is_change(n) && n->diff.action != DIFF_DELETE;
}

/*
 * Add what `add` makes of each node that `wants` it, as far as it fits into
 * `limit`; returns how many did not.
 */
static size_t add_all(struct strbuf *out, const struct plan *p, size_t limit,
                      bool (*wants)(const struct plan_node *n),
                      void (*add)(struct strbuf *out, const struct plan *p,
                                  const struct plan_node *n))
{
	size_t left_out = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *n = &p->nodes[p->order[i]];
		struct strbuf one = {0};

		if (!wants(n))
			continue;
		add(&one, p, n);
		if (out->len + one.len <= limit && !left_out)
			strbuf_addn(out, one.s, one.len);
		else
			left_out++;
		strbuf_fini(&one);
	}
	return left_out;
}

static void add_head(struct strbuf *out, const struct plan *p)
{
	struct arena mem = {0};
	const char *left_out = show_left_out(&mem, p);

	/* Names are lower-case letters, digits and dashes. */
	strbuf_printf(
		out,
		"<!-- miso-plan %s/%s -->\n### Plan of `%s`, site `%s`\n\n",
		p->config->name, p->config->site, p->config->name,
		p->config->site);
	if (plan_is_empty(p))
		strbuf_add(out, "No changes: everything is as the file says.");
	else
		strbuf_printf(out, "**%s**", plan_summary(&mem, p));
	strbuf_printf(out, "%s%s\n\n", *left_out ? "; " : "", left_out);
	arena_free(&mem);
}

static void add_count(struct strbuf *out, size_t n, const char *what)
{
	if (n)
		strbuf_printf(out,
		              "\n_%zu more %s left out: a comment holds no "
		              "more. `miso plan` shows all._\n",
		              n, what);
}

void show_markdown(struct strbuf *out, const struct plan *p)
{
	size_t missing;

	add_head(out, p);
	if (p->counts[DIFF_DELETE] || p->counts[DIFF_REPLACE]) {
		strbuf_add(out, "#### Destroyed or replaced\n\n");
		missing = add_all(out, p, HEAD_SHARE, is_grave, add_grave);
		add_count(out, missing, "of these are");
		strbuf_addc(out, '\n');
	}
	if (p->counts[DIFF_CREATE] + p->counts[DIFF_UPDATE] +
	    p->counts[DIFF_REPLACE]) {
		strbuf_add(out, "#### Changes\n\n");
		missing = add_all(out, p, LARGEST - FOOTER, has_fold, add_fold);
		add_count(out, missing, "changes are");
	}
}
