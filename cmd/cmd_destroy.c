/* cmd_destroy.c */
#include <stdio.h>
#include <unistd.h>

#include "cmd/stack.h"
#include "cmd/ui/events.h"
#include "planner/show/show.h"

static void show_plan(struct invocation *in, const struct plan *p)
{
	if (in->o->json) {
		events_version();
		events_plan(p, true);
		return;
	}
	if (plan_is_empty(p))
		printf("Nothing to destroy.\n");
	else
		show_text(stdout, p, isatty(STDOUT_FILENO));
	fflush(stdout);
}

static struct err *destroy(struct invocation *in, struct stack *s)
{
	const struct stack_job job = {"destroy", .destroy = true};
	struct plan p;
	struct err *e = stack_plan(in, s, true, &p);

	if (e)
		return e;
	show_plan(in, &p);
	if (plan_is_empty(&p))
		return stack_forget(in, s);
	e = stack_confirm(in, "Destroy all of this?");
	return e ? e : stack_apply(in, s, &p, &job);
}

static struct err *run(struct invocation *in)
{
	struct stack s;
	struct err *e = stack_open_locked(in, &s);

	if (!e)
		e = destroy(in, &s);
	stack_close(&s);
	return e;
}

const struct command destroy_command = {
	.name = "destroy",
	.summary = "delete everything the stack has made",
	.options = OPT_STACK | OPT_YES | OPT_PART | OPT_JSON | OPT_LEASE |
                   OPT_APPLY,
	.run = run,
};
