/* drawing.c - boxes as DOT (Graphviz), Mermaid and SVG. */
#include <string.h>

#include "planner/graph/layout.h"
#include "planner/show/boxes.h"
#include "planner/show/internal.h"

/* --- escapes -------------------------------------------------------------- */

/*
 * The length of a sequence that must be made visible: controls, and the marks
 * of Unicode that turn the direction of writing (UAX #9), which can make a text
 * read as something else. 0: it is harmless.
 */
static size_t odd(const char *s, size_t len)
{
	const unsigned char *b = (const unsigned char *)s;

	if ((b[0] < ' ' && b[0] != '\n' && b[0] != '\t') || b[0] == 0x7f)
		return 1;
	if (len < 3 || b[0] != 0xe2)
		return 0;
	if (b[1] == 0x80 &&
	    (b[2] == 0x8e || b[2] == 0x8f || (b[2] >= 0xaa && b[2] <= 0xae)))
		return 3;
	return b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9 ? 3 : 0;
}

static unsigned code_point(const char *s, size_t len)
{
	const unsigned char *b = (const unsigned char *)s;

	if (len < 3)
		return b[0];
	return (b[0] & 0xfU) << 12 | (b[1] & 0x3fU) << 6 | (b[2] & 0x3fU);
}

void show_add_xml(struct strbuf *out, const char *s, size_t len)
{
	static const char *const entities[] = {
		['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",
		['"'] = "&quot;", ['\''] = "&#39;",
	};

	for (size_t i = 0; i < len;) {
		size_t n = odd(s + i, len - i);
		unsigned char c = (unsigned char)s[i];

		if (n)
			strbuf_printf(out, "\\u%04x", code_point(s + i, n));
		else if (c < ARRAY_LEN(entities) && entities[c])
			strbuf_add(out, entities[c]);
		else
			strbuf_addc(out, s[i]);
		i += n ? n : 1;
	}
}

void show_add_anchor(struct strbuf *out, const char *address)
{
	strbuf_add(out, "r-");
	for (; *address; address++) {
		char c = *address;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.')
			strbuf_addc(out, c);
		else
			strbuf_printf(out, "_%02x", (unsigned char)c);
	}
}

/* In quotes of DOT, and of Mermaid, which takes entities by number. */
static void add_quoted(struct strbuf *out, const char *s, bool mermaid)
{
	for (; *s; s++) {
		if (mermaid && strchr("\"#&<>;`\\", *s))
			strbuf_printf(out, "#%d;", *s);
		else if ((unsigned char)*s < ' ')
			strbuf_addc(out, '?');
		else if (strchr("\"\\", *s))
			strbuf_printf(out, "\\%c", *s);
		else
			strbuf_addc(out, *s);
	}
}

/* --- looks ---------------------------------------------------------------- */

struct look {
	const char *name, *fill, *line;
};

static const struct look looks[] = {
	[DIFF_NONE] = {"none", "#f6f8fa", "#8c959f"},
	[DIFF_CREATE] = {"create", "#dafbe1", "#1a7f37"},
	[DIFF_UPDATE] = {"update", "#fff8c5", "#9a6700"},
	[DIFF_REPLACE] = {"replace", "#ffe2cc", "#bc4c00"},
	[DIFF_DELETE] = {"delete", "#ffebe9", "#cf222e"},
};

static const char *second_line(struct arena *mem, const struct show_box *b)
{
	const char *changes = show_box_changes(mem, b);

	if (!b->members)
		return b->action == DIFF_NONE ? ""
		                              : plan_action_name(b->action);
	return arena_printf(mem, "\303\227 %zu%s%s", b->members,
	                    *changes ? ": " : "", changes);
}

/* --- text formats --------------------------------------------------------- */

void show_dot(struct strbuf *out, const struct show_boxes *b)
{
	struct arena mem = {0};

	strbuf_add(out,
	           "digraph stack {\n\trankdir=LR;\n\tnode [shape=box, "
	           "style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
	for (size_t i = 0; i < b->n; i++) {
		const struct look *l = &looks[b->v[i].action];
		const char *more = second_line(&mem, &b->v[i]);

		strbuf_printf(out, "\tn%zu [label=\"", i);
		add_quoted(out, b->v[i].address, false);
		strbuf_add(out, *more ? "\\n" : "");
		add_quoted(out, more, false);
		strbuf_printf(out, "\", fillcolor=\"%s\", color=\"%s\"];\n",
		              l->fill, l->line);
	}
	for (size_t i = 0; i < b->edges.n; i++)
		strbuf_printf(out, "\tn%zu -> n%zu;\n", b->edges.v[i].before,
		              b->edges.v[i].after);
	strbuf_add(out, "}\n");
	arena_free(&mem);
}

void show_mermaid(struct strbuf *out, const struct show_boxes *b)
{
	struct arena mem = {0};

	strbuf_add(out, "flowchart LR\n");
	for (size_t i = 0; i < b->n; i++) {
		const char *more = second_line(&mem, &b->v[i]);

		strbuf_printf(out, "  n%zu[\"", i);
		add_quoted(out, b->v[i].address, true);
		strbuf_add(out, *more ? "<br>" : "");
		add_quoted(out, more, true);
		strbuf_printf(out, "\"]:::%s\n", looks[b->v[i].action].name);
	}
	for (size_t i = 0; i < b->edges.n; i++)
		strbuf_printf(out, "  n%zu --> n%zu\n", b->edges.v[i].before,
		              b->edges.v[i].after);
	for (size_t i = 0; i < ARRAY_LEN(looks); i++)
		strbuf_printf(out,
		              "  classDef %s fill:%s,stroke:%s,color:#000\n",
		              looks[i].name, looks[i].fill, looks[i].line);
	arena_free(&mem);
}

/* --- SVG ------------------------------------------------------------------ */

enum { LONGEST_LABEL = 34, MARGIN = 12 }; /* characters, units */

/* How far a drawing may be scaled down to fit, before it has to be scrolled. */
static const double SMALLEST = 0.65;

static size_t label_length(const struct show_boxes *b)
{
	struct arena mem = {0};
	size_t most = 8;

	for (size_t i = 0; i < b->n; i++) {
		size_t a = strlen(b->v[i].address);
		/* In a smaller type. */
		size_t more = strlen(second_line(&mem, &b->v[i])) * 5 / 6;

		a = more > a ? more : a;
		most = a > most ? a : most;
	}
	arena_free(&mem);
	return most < LONGEST_LABEL ? most : LONGEST_LABEL;
}

static void add_label(struct strbuf *out, const char *s, double x, double y,
                      const char *class)
{
	size_t len = strlen(s);

	if (!len)
		return;
	strbuf_printf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class,
	              x, y);
	if (len <= LONGEST_LABEL) {
		show_add_xml(out, s, len);
	} else {
		len = LONGEST_LABEL - 1;
		while (((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
		show_add_xml(out, s, len);
		strbuf_add(out, "\342\200\246");
	}
	strbuf_add(out, "</text>");
}

static void add_box(struct strbuf *out, const struct show_box *b,
                    struct graph_point at, const struct graph_sizes *z,
                    bool links)
{
	struct arena mem = {0};
	const char *more = second_line(&mem, b);
	double middle = *more ? at.y - 3 : at.y + 4;

	if (links) {
		strbuf_add(out, "<a href=\"#");
		show_add_anchor(out, b->address);
		strbuf_add(out, "\">");
	}
	strbuf_printf(out, "<g class=\"box %s\"><title>",
	              looks[b->action].name);
	show_add_xml(out, b->address, strlen(b->address));
	strbuf_printf(out,
	              "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	              "height=\"%.1f\" rx=\"7\"/>",
	              at.x - z->box_width / 2, at.y - z->box_height / 2,
	              z->box_width, z->box_height);
	add_label(out, b->address, at.x, middle, "name");
	add_label(out, more, at.x, at.y + 13, "more");
	strbuf_add(out, links ? "</g></a>\n" : "</g>\n");
	arena_free(&mem);
}

/* A curve from point to point that leaves and arrives level. */
static void add_line(struct strbuf *out, const struct graph_line *line,
                     enum diff_action action)
{
	if (line->n < 2)
		return;
	strbuf_printf(out,
	              "<path class=\"line %s\" marker-end=\"url(#tip)\" "
	              "d=\"M%.1f %.1f",
	              looks[action].name, line->v[0].x, line->v[0].y);
	for (size_t i = 1; i < line->n; i++) {
		struct graph_point a = line->v[i - 1], b = line->v[i];
		double half = (a.x + b.x) / 2;

		strbuf_printf(out, " C%.1f %.1f %.1f %.1f %.1f %.1f", half, a.y,
		              half, b.y, b.x, b.y);
	}
	strbuf_add(out, "\"/>\n");
}

static void add_style(struct strbuf *out)
{
	strbuf_add(out, "<style>.name,.more{text-anchor:middle;font-family:"
	                "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',"
	                "monospace}.name{font-size:13px;font-weight:600;"
	                "fill:#1f2328}.more{font-size:11px;fill:#57606a}"
	                ".line{fill:none;stroke:#afb8c1;stroke-width:1.5}"
	                ".box rect{stroke-width:1.5}");
	for (size_t i = 0; i < ARRAY_LEN(looks); i++)
		strbuf_printf(out, ".box.%s rect{fill:%s;stroke:%s}",
		              looks[i].name, looks[i].fill, looks[i].line);
	strbuf_add(out,
	           "</style>\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" "
	           "refX=\"7\" refY=\"4\" markerWidth=\"7\" "
	           "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 "
	           "8z\" fill=\"#afb8c1\"/></marker></defs>\n");
}

void show_svg(struct strbuf *out, const struct show_boxes *b, bool links)
{
	struct arena mem = {0};
	struct graph_sizes z = {
		.box_width = 28 + 8 * (double)label_length(b),
		.box_height = 44,
		.gap_x = 64,
		.gap_y = 18,
	};
	struct graph_layout l = graph_lay_out(&mem, b->n, &b->edges, &z);
	double width = l.width + 2 * MARGIN, height = l.height + 2 * MARGIN;

	strbuf_printf(out,
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	              "width=\"%.0f\" height=\"%.0f\" style=\"max-width:100%%;"
	              "min-width:%.0fpx\" viewBox=\"%d %d %.0f %.0f\" "
	              "role=\"img\" aria-label=\"what needs what\">\n",
	              width, height, width * SMALLEST, -MARGIN, -MARGIN, width,
	              height);
	add_style(out);
	strbuf_add(out, "<g>\n");
	for (size_t i = 0; i < b->edges.n; i++)
		add_line(out, &l.lines[i], b->v[b->edges.v[i].after].action);
	strbuf_add(out, "</g>\n");
	for (size_t i = 0; i < b->n; i++)
		add_box(out, &b->v[i], l.at[i], &z, links);
	strbuf_add(out, "</svg>\n");
	arena_free(&mem);
}
