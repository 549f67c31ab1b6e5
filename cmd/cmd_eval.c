/* cmd_eval.c - what an expression comes to in this stack. */
#include <stdio.h>
#include <string.h>

#include "cmd/stack.h"
#include "parser/base/str.h"

static struct err *print(struct invocation *in, struct stack *s)
{
	const struct value *v =
		config_eval_text(in->mem, &s->config, in->argv[0], &s->diags);

	if (!v)
		return stack_report(s);
	if (v->type == VALUE_STRING && !v->tainted && !in->o->json)
		printf("%s\n", v->string.s);
	else
		printf("%s\n", value_to_json(in->mem, v));
	return NULL;
}

static struct err *run(struct invocation *in)
{
	const char *text = in->argv[0];
	struct stack s = {0};
	struct err *e;

	if (str_utf8_valid(text, strlen(text)) != strlen(text))
		return err_new(ERR_USAGE, NO_POS,
		               "the expression is not UTF-8");
	e = stack_read(in, &s);

	if (!e && s.diags.errors)
		e = stack_report(&s);
	if (!e)
		e = print(in, &s);
	stack_close(&s);
	return e;
}

const struct command eval_command = {
	.name = "eval",
	.operands = "EXPR",
	.summary = "print what an expression comes to in this stack",
	.options = OPT_STACK | OPT_JSON,
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
