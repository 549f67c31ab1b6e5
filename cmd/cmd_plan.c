/* cmd_plan.c */
#include <stdio.h>
#include <unistd.h>

#include "cmd/saved.h"
#include "cmd/stack.h"
#include "parser/base/fs.h"
#include "parser/base/strbuf.h"
#include "planner/show/show.h"

static struct err *show_drift_only(struct invocation *in, const struct plan *p)
{
	if (in->o->json)
		return err_hint(
			err_new(ERR_USAGE, NO_POS,
		                "--drift and --json exclude each other"),
			"resource_drift of plan --json tells it");
	show_drift(stdout, p, isatty(STDOUT_FILENO));
	if (in->o->detailed_exitcode && show_has_drift(p))
		in->status = EXIT_CHANGES;
	return NULL;
}

static struct err *write_form(const char *path, const struct plan *p,
                              void (*form)(struct strbuf *out,
                                           const struct plan *p))
{
	struct strbuf out = {0};
	struct err *e;

	if (!path)
		return NULL;
	form(&out, p);
	e = fs_put(path, out.s, out.len, 0644);
	strbuf_fini(&out);
	return e;
}

static struct err *write_files(struct invocation *in, const struct plan *p)
{
	struct err *e = in->o->out ? saved_plan_write(in, p) : NULL;

	if (!e)
		e = write_form(in->o->markdown, p, show_markdown);
	if (!e)
		e = write_form(in->o->html, p, show_html);
	return e;
}

static struct err *show(struct invocation *in, struct stack *s)
{
	struct plan p;
	struct err *e = stack_plan(in, s, in->o->destroy, &p);

	if (e)
		return e;
	if (in->o->drift)
		return show_drift_only(in, &p);
	e = write_files(in, &p);
	if (e)
		return e;
	if (in->o->json)
		show_json(stdout, &p);
	else
		show_text(stdout, &p, isatty(STDOUT_FILENO));
	if (in->o->detailed_exitcode && !plan_is_empty(&p))
		in->status = EXIT_CHANGES;
	return NULL;
}

static struct err *run(struct invocation *in)
{
	struct stack s;
	struct err *e;

	e = stack_open(in, &s);
	if (!e)
		e = show(in, &s);
	stack_close(&s);
	return e;
}

const struct command plan_command = {
	.name = "plan",
	.summary = "show what apply would change, and why",
	.options = OPT_STACK | OPT_JSON | OPT_PLAN | OPT_PART | OPT_ANEW,
	.run = run,
};
