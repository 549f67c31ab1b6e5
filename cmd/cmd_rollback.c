/* cmd_rollback.c - a recorded release, applied again. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/stack.h"
#include "cmd/ui/events.h"
#include "planner/release/release.h"
#include "planner/show/show.h"

static struct err *read_number(const char *text, unsigned *number)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '1' || *text > '9' || *end || n > 1000 * 1000 * 1000)
		return err_hint(err_new(ERR_USAGE, NO_POS,
		                        "\"%s\" is no number of a release",
		                        text),
		                "miso history shows them");
	*number = (unsigned)n;
	return NULL;
}

/* Where it is kept, today's file says: as far as it can be read. */
static struct err *find(struct invocation *in, unsigned number,
                        struct release *out)
{
	struct stack s;
	struct err *e = stack_open_anyhow(in, &s);

	if (!e)
		e = release_find(in->mem, &s.session, number, out);
	if (!e && !out->config)
		e = err_new(ERR_SYNTAX, NO_POS,
		            "the record of release %u has no config", number);
	stack_close(&s);
	return e;
}

static struct err *apply(struct invocation *in, struct stack *s,
                         const struct release *r)
{
	const struct stack_job job = {
		.command = arena_printf(in->mem, "rollback to %u", r->number)};
	struct plan p;
	struct err *e = stack_plan(in, s, false, &p);

	if (e)
		return e;
	if (in->o->json) {
		events_version();
		events_plan(&p, false);
	} else {
		show_text(stdout, &p, isatty(STDOUT_FILENO));
		fflush(stdout);
	}
	if (plan_is_empty(&p)) {
		stack_settle(in, &p);
		return NULL;
	}
	e = stack_confirm(in, "Go back to this?");
	if (!e)
		e = stack_apply(in, s, &p, &job);
	if (!e && !in->o->json)
		fprintf(stderr, "The files still say what they say: the next "
		                "apply goes by them again.\n");
	return e;
}

static struct err *run(struct invocation *in)
{
	struct stack_source from;
	struct release r;
	struct stack s = {0};
	unsigned number = 0;
	struct err *e = read_number(in->argv[0], &number);

	if (!e)
		e = find(in, number, &r);
	if (e)
		return e;
	from = (struct stack_source){
		.text = r.config,
		.name = arena_printf(in->mem, "release %u", number),
		.vars = r.vars,
		.inputs = r.inputs,
		.pins = &r.images,
	};
	e = stack_open_release(in, &s, &from);
	if (!e)
		e = apply(in, &s, &r);
	stack_close(&s);
	return e;
}

const struct command rollback_command = {
	.name = "rollback",
	.operands = "N",
	.summary = "apply a recorded release again",
	.options = OPT_STACK | OPT_YES | OPT_JSON | OPT_LEASE | OPT_APPLY,
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
