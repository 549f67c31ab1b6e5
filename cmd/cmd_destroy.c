/* cmd_destroy.c */
#include <stdio.h>
#include <unistd.h>

#include "cmd/stack.h"
#include "planner/show/show.h"

static struct err *destroy(struct invocation *in, struct stack *s)
{
	struct plan p;
	bool yes;
	struct err *e = stack_plan(in, s, true, &p);

	if (e)
		return e;
	if (plan_is_empty(&p)) {
		printf("Nothing to destroy.\n");
		return NULL;
	}
	show_text(stdout, &p, isatty(STDOUT_FILENO));
	fflush(stdout);
	e = stack_confirm(in, "Destroy all of this?", &yes);
	if (e)
		return e;
	if (!yes)
		return err_new(ERR_CANCELED, NO_POS, "nothing was done");
	return stack_apply(in, &p);
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
	.options = OPT_STACK | OPT_YES | OPT_PART,
	.run = run,
};
