/* cmd_help.c - everything it says comes from the tables. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/options.h"

static void usage(const struct command *c)
{
	printf("usage: miso %s [OPTION...]%s%s\n\n%s\n\n", c->name,
	       c->operands ? " " : "", c->operands ? c->operands : "",
	       c->summary);
	options_help(stdout, c);
}

static void overview(void)
{
	puts("miso runs ordinary Linux programs as small machines, from one "
	     "file.\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  miso %-9s %s\n", commands[i]->name,
		       commands[i]->summary);
	puts("\nmiso COMMAND --help tells more about one.");
}

static struct err *run(struct invocation *in)
{
	const struct command *found = NULL;

	if (!in->argc || !strcmp(in->argv[0], "--help") ||
	    !strcmp(in->argv[0], "-h") || !strcmp(in->argv[0], "help")) {
		overview();
		return NULL;
	}
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, in->argv[0]))
			found = commands[i];
	if (!found)
		return err_new(ERR_USAGE, NO_POS, "there is no command \"%s\"",
		               in->argv[0]);
	usage(found);
	return NULL;
}

const struct command help_command = {
	.name = "help",
	.operands = "[COMMAND]",
	.summary = "list the commands, or tell about one",
	.max_operands = 1,
	.run = run,
};
