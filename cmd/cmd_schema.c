/* cmd_schema.c */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "parser/base/strbuf.h"
#include "parser/schema/schema.h"

static struct err *run(struct invocation *in)
{
	const char *which = in->argc ? in->argv[0] : "stack";
	const struct schema_kind *kind = NULL;
	struct strbuf b = {0};

	if (!strcmp(which, "stack"))
		kind = &schema_stack;
	else if (!strcmp(which, "site"))
		kind = &schema_site;
	else
		return err_new(
			ERR_USAGE, NO_POS,
			"there are schemas of a stack and of a site, not "
			"of a \"%s\"",
			which);
	schema_print_json(&b, kind);
	fputs(b.s, stdout);
	strbuf_fini(&b);
	return NULL;
}

const struct command schema_command = {
	.name = "schema",
	.operands = "[stack|site]",
	.summary = "print a JSON Schema of miso.yaml, for editors",
	.max_operands = 1,
	.run = run,
};
