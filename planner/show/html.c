/*
 * html.c - a plan as one page that needs nothing from anywhere.
 *
 * There is no script in it: folds, filters and the marked card are HTML and
 * CSS, and the page forbids itself everything else (Content-Security-Policy),
 * so that what stands in a plan can do nothing.
 */
#include <string.h>

#include "planner/show/boxes.h"
#include "planner/show/internal.h"

enum {
	MOST_CARDS = 3000,
	MOST_BOXES = 250,
	LONGEST_VALUE = 20 * 1000, /* bytes of one value */
};

static const char style[] =
	":root{--bg:#fff;--panel:#f6f8fa;--line:#d0d7de;--text:#1f2328;"
	"--faint:#57606a;--create:#1a7f37;--update:#9a6700;--replace:#bc4c00;"
	"--delete:#cf222e;--minus:#ffebe9;--plus:#dafbe1}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--panel:#161b22;"
	"--line:#30363d;--text:#e6edf3;--faint:#8d96a0;--create:#3fb950;"
	"--update:#d29922;--replace:#f0883e;--delete:#f85149;--minus:#3c1618;"
	"--plus:#12301c}}\n"
	"*{box-sizing:border-box}body{margin:0;background:var(--bg);"
	"color:var(--text);font:15px/1.5 system-ui,-apple-system,'Segoe UI',"
	"'DejaVu Sans',sans-serif}\n"
	"main,header{max-width:1180px;margin:0 auto;padding:0 24px}\n"
	"header{padding-top:28px}h1{font-size:24px;margin:0}h1 small{"
	"font-weight:400;color:var(--faint);font-size:16px}\n"
	"h2{font-size:15px;margin:28px 0 10px;color:var(--faint);"
	"text-transform:uppercase;letter-spacing:.06em}\n"
	"code,.mono{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',"
	"monospace;font-size:13px}\n"
	".pills{display:flex;gap:8px;flex-wrap:wrap;margin:16px 0 "
	"0;padding:0}\n"
	".pill{border:1px solid var(--line);border-radius:20px;padding:3px "
	"12px;"
	"cursor:pointer;user-select:none;font-weight:600}\n"
	".pill.create{color:var(--create)}.pill.update{color:var(--update)}"
	".pill.replace{color:var(--replace)}.pill.delete{color:var(--delete)}"
	".pill.none{color:var(--faint);cursor:default}\n"
	"input.f{position:absolute;opacity:0}input.f:focus-visible+*{outline:"
	"2px "
	"solid}\n"
	"#f-create:not(:checked)~main "
	".card.create,#f-update:not(:checked)~main "
	".card.update,#f-replace:not(:checked)~main .card.replace,"
	"#f-delete:not(:checked)~main .card.delete{display:none}\n"
	"#f-create:not(:checked)~header .pill.create,#f-update:not(:checked)~"
	"header .pill.update,#f-replace:not(:checked)~header .pill.replace,"
	"#f-delete:not(:checked)~header .pill.delete{opacity:.4;"
	"text-decoration:line-through}\n"
	".graph{border:1px solid var(--line);border-radius:10px;overflow:auto;"
	"padding:10px;max-height:70vh;background:var(--panel)}"
	".graph svg{display:block;margin:auto;height:auto}.graph a:hover rect{"
	"stroke-width:3}\n"
	".card{border:1px solid var(--line);border-left-width:5px;"
	"border-radius:10px;margin:10px 0;background:var(--bg);"
	"scroll-margin-top:12px}\n"
	".card.create{border-left-color:var(--create)}.card.update{"
	"border-left-color:var(--update)}.card.replace{border-left-color:"
	"var(--replace)}.card.delete{border-left-color:var(--delete)}\n"
	".card:target{box-shadow:0 0 0 3px #0969da66}\n"
	".card summary,.card .head{padding:10px 14px;display:flex;gap:10px;"
	"align-items:baseline;flex-wrap:wrap}.card summary{cursor:pointer;"
	"list-style:none}.card summary::-webkit-details-marker{display:none}"
	".card summary::after{content:'\\25B8';margin-left:auto;"
	"color:var(--faint)}.card[open] summary::after{content:'\\25BE'}\n"
	".verb{font-weight:700;min-width:62px}.create .verb{color:"
	"var(--create)}.update .verb{color:var(--update)}.replace .verb{color:"
	"var(--replace)}.delete .verb{color:var(--delete)}\n"
	".card "
	".address{font-weight:600;font-size:14px}.why{color:var(--faint)}\n"
	"table{border-collapse:collapse;width:100%;border-top:1px solid "
	"var(--line)}td,th{padding:5px 14px;text-align:left;vertical-align:top;"
	"border-top:1px solid var(--line);font-weight:400}tr:first-child td,"
	"tr:first-child th{border-top:0}th{width:22%;color:var(--faint)}"
	"td code{white-space:pre-wrap;overflow-wrap:anywhere;"
	"unicode-bidi:isolate}\n"
	"mark{color:inherit;background:#ff818266}.plus mark{background:"
	"#4ac26b66}\n"
	"td.minus{background:var(--minus);width:39%}td.plus{background:"
	"var(--plus)}\n"
	".badge{display:inline-block;border-radius:6px;padding:0 7px;"
	"font-size:12px;color:#fff;background:var(--replace);margin-left:6px}"
	".badge.drift{background:#8250df}\n"
	".note{border:1px solid var(--line);background:var(--panel);"
	"border-radius:10px;padding:10px 14px;margin:12px 0}\n"
	".grave{border-left:5px solid var(--delete)}.grave ul{margin:4px 0;"
	"padding-left:20px}.grave a{color:inherit}\n"
	".quiet li:target{color:var(--text);font-weight:600}\n"
	".quiet{columns:3 220px;padding-left:18px;color:var(--faint)}\n"
	"footer{color:var(--faint);margin:36px 0 28px;font-size:13px}\n"
	"@media print{.card{break-inside:avoid}.graph{max-height:none}}\n";

static void add_text(struct strbuf *out, const char *s)
{
	show_add_xml(out, s, strlen(s));
}

static const char *class_of(const struct plan_node *n)
{
	return plan_action_name(n->diff.action);
}

/* --- attributes ----------------------------------------------------------- */

static bool has_line(const char *text, const char *line, size_t len)
{
	for (const char *s = text;; s++) {
		size_t n = strcspn(s, "\n");

		if (n == len && !memcmp(s, line, n))
			return true;
		s += n;
		if (!*s)
			return false;
	}
}

/* The lines of `s`; those that `other` has not are marked. */
static void add_lines(struct strbuf *out, const char *s, const char *other)
{
	while (true) {
		size_t n = strcspn(s, "\n");
		bool marked = other && !has_line(other, s, n);

		strbuf_add(out, marked ? "<mark>" : "");
		show_add_xml(out, s, n);
		strbuf_add(out, marked ? "</mark>" : "");
		if (!s[n])
			return;
		strbuf_addc(out, '\n');
		s += n + 1;
	}
}

static bool is_lines(const struct value *v)
{
	return v && v->type == VALUE_STRING && !v->tainted &&
	       strchr(v->string.s, '\n') && v->string.len <= LONGEST_VALUE;
}

/* Text with lines is shown with its lines. */
static void add_side(struct strbuf *out, const char *class,
                     const struct plan_node *n, const struct diff_attr *a,
                     const struct value *v)
{
	const struct value *other = v == a->after ? a->before : a->after;
	struct strbuf text = {0};

	strbuf_printf(out, "<td class=\"%s\"><code>", class);
	if (is_lines(v)) {
		add_lines(out, v->string.s,
		          is_lines(other) ? other->string.s : NULL);
	} else if (v) {
		show_add_value(&text, show_row(n, a->path), v, LONGEST_VALUE);
		add_text(out, text.s);
	}
	strbuf_add(out, "</code></td>");
	strbuf_fini(&text);
}

static void add_attr(struct strbuf *out, const struct plan_node *n,
                     const struct diff_attr *a)
{
	bool created = n->diff.action == DIFF_CREATE;

	if (created && show_is_nothing(a->after))
		return;
	strbuf_add(out, "<tr><th><span class=\"mono\">");
	add_text(out, a->path);
	strbuf_add(out, "</span>");
	if (a->replaces && !created)
		strbuf_add(out, "<span class=\"badge\">forces "
		                "replacement</span>");
	if (a->drifted)
		strbuf_add(out, "<span class=\"badge drift\">drifted</span>");
	strbuf_add(out, "</th>");
	if (!created)
		add_side(out, a->before ? "minus" : "", n, a, a->before);
	add_side(out, a->after && !created ? "plus" : "", n, a, a->after);
	strbuf_add(out, "</tr>\n");
}

/* --- cards ---------------------------------------------------------------- */

static const char *verb_of(const struct plan_node *n)
{
	static const char *const verbs[] = {
		[DIFF_NONE] = "Stays",    [DIFF_CREATE] = "Create",
		[DIFF_UPDATE] = "Update", [DIFF_REPLACE] = "Replace",
		[DIFF_DELETE] = "Delete",
	};

	return verbs[n->diff.action];
}

static void add_why(struct strbuf *out, const struct plan *p,
                    const struct plan_node *n)
{
	struct strbuf reasons = {0};

	show_add_reasons(&reasons, p, n);
	strbuf_add(out, "<span class=\"why\">");
	add_text(out, reasons.s ? reasons.s : "");
	if (n->create_first)
		strbuf_add(out, "; the new one first");
	strbuf_add(out, "</span>");
	strbuf_fini(&reasons);
}

static void add_head(struct strbuf *out, const struct plan *p,
                     const struct plan_node *n)
{
	strbuf_printf(out,
	              "<span class=\"verb\">%s</span><code "
	              "class=\"address\">",
	              verb_of(n));
	add_text(out, plan_address(n));
	strbuf_add(out, "</code>");
	add_why(out, p, n);
}

/*
 * The first card of a block has the anchor that its box leads to. What is
 * created is folded: nothing of it can be compared with anything.
 */
static void add_card(struct strbuf *out, const struct plan *p,
                     const struct plan_node *n, const char *anchor)
{
	bool table = n->diff.nr_attrs > 0;

	strbuf_printf(out, "<%s class=\"card %s\"%s", table ? "details" : "div",
	              class_of(n),
	              table && n->diff.action != DIFF_CREATE ? " open" : "");
	if (anchor) {
		strbuf_add(out, " id=\"");
		show_add_anchor(out, anchor);
		strbuf_addc(out, '"');
	}
	strbuf_add(out, table ? "><summary>" : "><div class=\"head\">");
	add_head(out, p, n);
	strbuf_add(out, table ? "</summary><table>\n" : "</div></div>\n");
	for (size_t i = 0; i < n->diff.nr_attrs; i++)
		add_attr(out, n, &n->diff.attrs[i]);
	if (table)
		strbuf_add(out, "</table></details>\n");
}

/* The block's address, the first time it is asked for; NULL after that. */
static const char *first_of_block(struct map *seen, const struct plan_node *n)
{
	const char *address = plan_address(n);
	const char *unit =
		arena_strndup(seen->mem, address, strcspn(address, "["));

	return map_add(seen, unit, unit) ? unit : NULL;
}

static void add_cards(struct strbuf *out, const struct plan *p,
                      struct map *seen)
{
	size_t n = 0;

	strbuf_add(out, "<h2>Changes, in their order</h2>\n");
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *node = &p->nodes[p->order[i]];

		if (show_is_change(node) && n++ < MOST_CARDS)
			add_card(out, p, node, first_of_block(seen, node));
	}
	if (n > MOST_CARDS)
		strbuf_printf(out,
		              "<p class=\"note\">%zu more changes are not "
		              "on this page.</p>\n",
		              n - MOST_CARDS);
}

/* --- the other parts ------------------------------------------------------ */

static void add_pills(struct strbuf *out, const struct plan *p)
{
	static const char *const texts[] = {
		[DIFF_NONE] = "stay",        [DIFF_CREATE] = "to create",
		[DIFF_UPDATE] = "to update", [DIFF_REPLACE] = "to replace",
		[DIFF_DELETE] = "to delete",
	};

	strbuf_add(out, "<p class=\"pills\">");
	for (size_t i = DIFF_CREATE; i <= DIFF_DELETE; i++) {
		const char *name = plan_action_name((enum diff_action)i);

		if (p->counts[i])
			strbuf_printf(out,
			              "<label class=\"pill %s\" "
			              "for=\"f-%s\" title=\"show or hide\">"
			              "%zu %s</label>",
			              name, name, p->counts[i], texts[i]);
	}
	if (p->counts[DIFF_NONE])
		strbuf_printf(out, "<span class=\"pill none\">%zu %s</span>",
		              p->counts[DIFF_NONE] - p->nr_left_out,
		              texts[DIFF_NONE]);
	strbuf_add(out, "</p>\n");
}

static bool is_grave(const struct plan_node *n)
{
	return show_is_change(n) && (n->diff.action == DIFF_DELETE ||
	                             n->diff.action == DIFF_REPLACE);
}

static void add_grave(struct strbuf *out, const struct plan *p)
{
	enum { MOST = 50 };
	struct arena mem = {0};
	size_t n = 0, all = p->counts[DIFF_DELETE] + p->counts[DIFF_REPLACE];

	if (!all)
		return;
	strbuf_add(out, "<div class=\"note grave\"><b>Destroyed or "
	                "replaced</b><ul>\n");
	for (size_t i = 0; i < p->n && n < MOST; i++) {
		const struct plan_node *node = &p->nodes[p->order[i]];
		const char *address;

		if (!is_grave(node))
			continue;
		n++;
		address = plan_address(node);
		strbuf_add(out, "<li><a href=\"#");
		show_add_anchor(out, arena_strndup(&mem, address,
		                                   strcspn(address, "[")));
		strbuf_add(out, "\"><code>");
		add_text(out, address);
		strbuf_printf(out, "</code></a> %s &ndash; ", show_verb(node));
		add_why(out, p, node);
		strbuf_add(out, "</li>\n");
	}
	if (n < all)
		strbuf_printf(out, "<li>and %zu more</li>\n", all - n);
	strbuf_add(out, "</ul></div>\n");
	arena_free(&mem);
}

static void add_graph(struct strbuf *out, const struct plan *p)
{
	struct arena mem = {0};
	struct show_boxes boxes = show_boxes_of(&mem, p->config, p);
	const char *title = "What needs what";

	if (boxes.n > MOST_BOXES) {
		boxes = show_boxes_changed(&mem, &boxes);
		title = "What changes, and what that needs";
	}
	if (boxes.n && boxes.n <= MOST_BOXES) {
		strbuf_printf(out, "<h2>%s</h2>\n<div class=\"graph\">\n",
		              title);
		show_svg(out, &boxes, true);
		strbuf_add(out, "</div>\n");
	} else if (boxes.n) {
		strbuf_printf(out,
		              "<p class=\"note\">%zu boxes are too many "
		              "for a drawing.</p>\n",
		              boxes.n);
	}
	arena_free(&mem);
}

static void add_stays(struct strbuf *out, const struct plan_node *n,
                      const char *anchor)
{
	strbuf_add(out, "<li");
	if (anchor) {
		strbuf_add(out, " id=\"");
		show_add_anchor(out, anchor);
		strbuf_addc(out, '"');
	}
	strbuf_add(out, "><code>");
	add_text(out, plan_address(n));
	strbuf_printf(out, "</code>%s</li>\n",
	              n->left_out ? " (left out)" : "");
}

static void add_unchanged(struct strbuf *out, const struct plan *p,
                          struct map *seen)
{
	enum { MOST = 500 };
	size_t n = 0;

	if (!p->counts[DIFF_NONE])
		return;
	strbuf_add(out, "<h2>Not changed</h2>\n<ul class=\"quiet\">\n");
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *node = &p->nodes[p->order[i]];

		if ((!node->want && !node->have) || plan_is_change(node) ||
		    node->successor || n++ >= MOST)
			continue;
		add_stays(out, node, first_of_block(seen, node));
	}
	strbuf_add(out, "</ul>\n");
	if (n > MOST)
		strbuf_printf(out, "<p class=\"why\">and %zu more</p>\n",
		              n - MOST);
}

static void add_page_head(struct strbuf *out, const struct plan *p)
{
	static const char *const actions[] = {"create", "update", "replace",
	                                      "delete"};
	struct arena mem = {0};
	const char *left_out = show_left_out(&mem, p);

	strbuf_add(out,
	           "<!doctype html>\n<html lang=\"en\"><head>"
	           "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-"
	           "Security-Policy\" content=\"default-src 'none'; style-src "
	           "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	           "<meta name=\"viewport\" content=\"width=device-width\">\n"
	           "<title>Plan of ");
	add_text(out, p->config->name);
	strbuf_printf(out, "</title>\n<style>\n%s</style></head><body>\n",
	              style);
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		strbuf_printf(out,
		              "<input class=\"f\" type=\"checkbox\" "
		              "id=\"f-%s\" checked>\n",
		              actions[i]);
	strbuf_add(out, "<header><h1>");
	add_text(out, p->config->name);
	strbuf_add(out, " <small>site ");
	add_text(out, p->config->site);
	strbuf_add(out, "</small></h1>\n");
	add_pills(out, p);
	if (*left_out)
		strbuf_printf(out, "<p class=\"note\">Only a part: %s.</p>\n",
		              left_out);
	strbuf_add(out, "</header>\n<main>\n");
	arena_free(&mem);
}

void show_html(struct strbuf *out, const struct plan *p)
{
	struct arena mem = {0};
	struct map seen; /* blocks that have their anchor */

	map_init(&seen, &mem);
	add_page_head(out, p);
	if (plan_is_empty(p))
		strbuf_add(out,
		           "<p class=\"note\">No changes: everything is as "
		           "the file says.</p>\n");
	add_grave(out, p);
	add_graph(out, p);
	if (!plan_is_empty(p))
		add_cards(out, p, &seen);
	add_unchanged(out, p, &seen);
	strbuf_printf(out, "<footer>miso %s</footer>\n</main></body></html>\n",
	              MISO_VERSION);
	arena_free(&mem);
}
