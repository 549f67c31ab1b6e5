/* cmd_validate.c */
#include <stdio.h>
#include <string.h>

#include "cmd/stack.h"

static bool wants_json(const struct options *o)
{
	return o->json || (o->format && !strcmp(o->format, "json"));
}

static struct err *report_json(struct stack *s)
{
	diags_print_json(stdout, &s->diags);
	if (!s->diags.errors)
		return NULL;
	return err_new(ERR_SYNTAX, NO_POS, "%zu mistakes", s->diags.errors);
}

static struct err *report(const struct invocation *in, struct stack *s)
{
	struct err *e = stack_report(s);

	if (!e)
		printf("%s is valid: %zu objects wanted.\n",
		       in->o->file ? in->o->file : "miso.yaml",
		       s->config.nr_wants);
	return e;
}

static struct err *run(struct invocation *in)
{
	struct stack s;
	struct err *e = stack_read(in, &s);

	if (!e)
		e = wants_json(in->o) ? report_json(&s) : report(in, &s);
	stack_close(&s);
	return e;
}

const struct command validate_command = {
	.name = "validate",
	.summary = "find every mistake in the file",
	.options = OPT_STACK | OPT_CHECK | OPT_JSON,
	.run = run,
};
