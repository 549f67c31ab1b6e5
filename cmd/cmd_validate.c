/* cmd_validate.c */
#include <stdio.h>
#include <string.h>

#include "cmd/stack.h"

static const struct format {
	const char *name;
	void (*print)(FILE *out, const struct diags *d); /* NULL: for people */
} formats[] = {
	{"text", NULL},
	{"json", diags_print_json},
	{"sarif", diags_print_sarif},
	{"github", diags_print_github},
};

static struct err *choose(const struct options *o, const struct format **out)
{
	const char *name = o->format ? o->format : o->json ? "json" : "text";

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		*out = &formats[i];
		if (!strcmp(formats[i].name, name))
			return NULL;
	}
	return err_new(ERR_USAGE, NO_POS,
	               "--format is text, json, sarif or github, not \"%s\"",
	               name);
}

static struct err *report_as(struct stack *s, const struct format *format)
{
	format->print(stdout, &s->diags);
	if (!s->diags.errors)
		return NULL;
	return err_new(ERR_SYNTAX, NO_POS, "%zu mistake%s", s->diags.errors,
	               s->diags.errors == 1 ? "" : "s");
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
	const struct format *format;
	struct stack s = {0};
	struct err *e = choose(in->o, &format);

	if (!e)
		e = stack_read(in, &s);
	if (!e)
		e = format->print ? report_as(&s, format) : report(in, &s);
	stack_close(&s);
	return e;
}

const struct command validate_command = {
	.name = "validate",
	.summary = "find every mistake in the file",
	.options = OPT_STACK | OPT_CHECK | OPT_JSON,
	.run = run,
};
