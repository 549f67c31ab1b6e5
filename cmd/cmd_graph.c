/* cmd_graph.c - what needs what, as a drawing. */
#include <stdio.h>
#include <string.h>

#include "cmd/stack.h"
#include "planner/show/boxes.h"

struct format {
	const char *name;
	void (*show)(struct strbuf *out, const struct show_boxes *b);
};

static void show_plain_svg(struct strbuf *out, const struct show_boxes *b)
{
	show_svg(out, b, false);
}

static const struct format formats[] = {
	{"dot", show_dot},
	{"mermaid", show_mermaid},
	{"svg", show_plain_svg},
	{0},
};

static struct err *find_format(const struct options *o,
                               const struct format **out)
{
	const char *name = o->format ? o->format : formats[0].name;

	for (const struct format *f = formats; f->name; f++)
		if (!strcmp(f->name, name)) {
			*out = f;
			return NULL;
		}
	return err_new(ERR_USAGE, NO_POS,
	               "there is no format \"%s\": dot, mermaid or svg", name);
}

static void print(struct invocation *in, const struct stack *s,
                  const struct plan *p, const struct format *format)
{
	struct show_boxes boxes = show_boxes_of(in->mem, &s->config, p);
	struct strbuf out = {0};

	format->show(&out, &boxes);
	fwrite(out.s, 1, out.len, stdout);
	strbuf_fini(&out);
}

/* The file alone tells what needs what; the world only what changes. */
static struct err *run(struct invocation *in)
{
	const struct format *format = NULL;
	struct stack s = {0};
	struct plan p;
	struct err *e = find_format(in->o, &format);

	if (e)
		return e;
	e = in->o->with_plan ? stack_open(in, &s) : stack_load(in, &s);
	if (!e && in->o->with_plan)
		e = stack_plan(in, &s, false, &p);
	if (!e)
		print(in, &s, in->o->with_plan ? &p : NULL, format);
	stack_close(&s);
	return e;
}

const struct command graph_command = {
	.name = "graph",
	.summary = "draw what needs what",
	.options = OPT_STACK | OPT_GRAPH,
	.run = run,
};
