/* cmd_render.c */
#include <stdio.h>

#include "cmd/stack.h"
#include "parser/base/strbuf.h"

static struct err *run(struct invocation *in)
{
	struct strbuf b = {0};
	struct stack s = {0};
	struct err *e = stack_read(in, &s);

	/* Also when there are mistakes: it shows what they are about. */
	if (!e) {
		if (in->o->json)
			config_render_json(&b, &s.config);
		else
			config_render(&b, &s.config);
		fputs(b.s ? b.s : "", stdout);
		strbuf_fini(&b);
		e = s.diags.errors ? stack_report(&s) : NULL;
	}
	stack_close(&s);
	return e;
}

const struct command render_command = {
	.name = "render",
	.summary = "print all files as one, each line with its origin",
	.options = OPT_STACK | OPT_JSON,
	.run = run,
};
