/* cmd_output.c */
#include <stdio.h>

#include "cmd/stack.h"

static struct err *print_one(struct invocation *in, const struct value *all)
{
	const struct value *v = value_get(all, in->argv[0]);

	if (!v)
		return err_new(ERR_REF, NO_POS,
		               "the stack has no output \"%s\"", in->argv[0]);
	/* Asked for by name, a sensitive one is shown. */
	if (v->type == VALUE_STRING && !in->o->json)
		printf("%s\n", v->string.s);
	else
		printf("%s\n", value_to_json_clear(in->mem, v));
	return NULL;
}

static struct err *print(struct invocation *in, struct stack *s)
{
	const struct value *all;
	struct plan p;
	struct err *e = stack_plan(in, s, false, &p);

	if (e)
		return e;
	all = stack_outputs(in, s, &p);
	if (in->argc)
		return print_one(in, all);
	if (in->o->json) {
		printf("%s\n", value_to_json(in->mem, all));
		return NULL;
	}
	for (size_t i = 0; i < all->map.n; i++) {
		const struct value *v = all->map.v[i].value;
		bool text = v->type == VALUE_STRING && !v->tainted;

		printf("%s = %s\n", all->map.v[i].key,
		       text ? v->string.s : value_to_json(in->mem, v));
	}
	return NULL;
}

static struct err *run(struct invocation *in)
{
	struct stack s;
	struct err *e = stack_open(in, &s);

	if (!e)
		e = print(in, &s);
	stack_close(&s);
	return e;
}

const struct command output_command = {
	.name = "output",
	.operands = "[NAME]",
	.summary = "print the stack's outputs",
	.options = OPT_STACK | OPT_JSON,
	.max_operands = 1,
	.run = run,
};
