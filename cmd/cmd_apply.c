/* cmd_apply.c */
#include <stdio.h>
#include <unistd.h>

#include "cmd/saved.h"
#include "cmd/stack.h"
#include "cmd/ui/events.h"
#include "planner/show/show.h"

static void print_outputs(struct invocation *in, const struct value *all)
{
	for (size_t i = 0; i < all->map.n; i++) {
		const struct value *v = all->map.v[i].value;
		bool text = v->type == VALUE_STRING && !v->tainted;

		printf("%s = %s\n", all->map.v[i].key,
		       text ? v->string.s : value_to_json(in->mem, v));
	}
}

/*
 * The world is asked again: outputs tell what is, not what was planned, and
 * checks that waited for it are made.
 */
static struct err *show_outputs(struct invocation *in, struct stack *s)
{
	const struct value *all;
	struct plan p;
	struct err *e;

	if (!s->config.nr_outputs && !s->config.nr_checks)
		return NULL;
	e = plan_list(in->mem, &s->session);
	if (!e)
		e = stack_plan_whole(in, s, &p);
	if (e)
		return e;
	all = stack_outputs(in, s, &p);
	if (in->o->json)
		events_outputs(all);
	else
		print_outputs(in, all);
	return NULL;
}

static void show_plan(struct invocation *in, const struct plan *p)
{
	if (in->o->json) {
		events_version();
		events_plan(p, false);
		return;
	}
	show_text(stdout, p, isatty(STDOUT_FILENO));
	fflush(stdout);
}

static struct err *do_it(struct invocation *in, struct stack *s,
                         const struct plan *p, bool ask)
{
	const struct stack_job job = {"apply", p->how->destroy};
	struct err *e = NULL;

	if (plan_is_empty(p) && !p->how->destroy) {
		stack_settle(in, p);
		return show_outputs(in, s);
	}
	if (ask)
		e = stack_confirm(in, "Do this?");
	if (!e)
		e = stack_apply(in, s, p, &job);
	return e || p->how->destroy ? e : show_outputs(in, s);
}

static struct err *apply(struct invocation *in, struct stack *s)
{
	struct plan p;
	struct err *e = stack_plan(in, s, false, &p);

	if (e)
		return e;
	show_plan(in, &p);
	return do_it(in, s, &p, true);
}

/* What was looked at is done, and nothing else. */
static struct err *apply_saved(struct invocation *in, struct stack *s,
                               const struct saved *saved)
{
	struct plan p;
	struct err *e = stack_plan(in, s, saved->request.destroy, &p);

	if (!e)
		e = saved_compare(saved, &p);
	if (e)
		return e;
	if (in->o->json)
		show_plan(in, &p);
	return do_it(in, s, &p, false);
}

static struct err *run(struct invocation *in)
{
	struct saved saved;
	struct stack s = {0};
	bool is_saved = in->argc > 0;
	struct err *e = is_saved ? saved_plan_read(in, &saved) : NULL;

	if (e)
		return e;
	e = stack_open_locked(in, &s);
	if (!e)
		e = is_saved ? apply_saved(in, &s, &saved) : apply(in, &s);
	stack_close(&s);
	return e;
}

const struct command apply_command = {
	.name = "apply",
	.operands = "[PLAN]",
	.summary = "make it so",
	.options = OPT_STACK | OPT_YES | OPT_PART | OPT_ANEW | OPT_JSON |
                   OPT_LEASE | OPT_APPLY,
	.max_operands = 1,
	.run = run,
};
