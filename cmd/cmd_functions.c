/* cmd_functions.c */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "parser/base/json.h"
#include "parser/base/strbuf.h"
#include "parser/expr/func.h"

static void print_json(void)
{
	struct strbuf b = {0};

	for (const struct func *f = func_all(); f->name; f++) {
		strbuf_add(&b,
		           f == func_all() ? "[{\"name\":" : ",\n{\"name\":");
		json_add_string(&b, f->name, strlen(f->name));
		strbuf_add(&b, ",\"usage\":");
		json_add_string(&b, f->usage, strlen(f->usage));
		strbuf_add(&b, ",\"help\":");
		json_add_string(&b, f->help, strlen(f->help));
		strbuf_addc(&b, '}');
	}
	printf("%s]\n", b.s);
	strbuf_fini(&b);
}

static struct err *print_one(const char *name)
{
	const struct func *f = func_find(name);
	struct str_guess near = {.word = name};
	struct err *e;

	if (f) {
		printf("%s\n    %s\n", f->usage, f->help);
		return NULL;
	}
	for (f = func_all(); f->name; f++)
		str_guess_try(&near, f->name);
	e = err_new(ERR_USAGE, NO_POS, "there is no function %s()", name);
	return near.best ? err_hint(e, "did you mean %s()?", near.best) : e;
}

static struct err *run(struct invocation *in)
{
	if (in->argc)
		return print_one(in->argv[0]);
	if (in->o->json) {
		print_json();
		return NULL;
	}
	for (const struct func *f = func_all(); f->name; f++)
		printf("%-36s %s\n", f->usage, f->help);
	return NULL;
}

const struct command functions_command = {
	.name = "functions",
	.operands = "[NAME]",
	.summary = "list the functions of ${...}",
	.options = OPT_JSON,
	.max_operands = 1,
	.run = run,
};
