/* cmd_version.c */
#include <stdio.h>

#include "cmd/command.h"

static struct err *run(struct invocation *in)
{
	if (in->o->json)
		printf("{\"version\":\"%s\"}\n", MISO_VERSION);
	else
		printf("miso %s\n", MISO_VERSION);
	return NULL;
}

const struct command version_command = {
	.name = "version",
	.summary = "print the version",
	.options = OPT_JSON,
	.run = run,
};
