/* cmd_init.c - a commented stack to start from. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "parser/base/fs.h"

static const char starter[] =
	"# What runs where. \"miso validate\" checks this file, \"miso plan\"\n"
	"# shows what would change, \"miso apply\" makes it so.\n"
	"version: 1\n"
	"name: hello\n"
	"\n"
	"# Images: a program of this host, its libraries and files, and our\n"
	"# kernel. Nothing else is in the machine.\n"
	"images:\n"
	"  web:\n"
	"    program: /usr/bin/python3\n"
	"    args: [-m, http.server, \"8000\"]\n"
	"    files:\n"
	"      /usr/lib/python3: /usr/lib/python3\n"
	"      # /srv/index.html: ./index.html\n"
	"    cwd: /srv\n"
	"    disk: 256Mi\n"
	"\n"
	"# Firewalls: a tag, and the traffic that reaches whoever carries it.\n"
	"firewalls:\n"
	"  web:\n"
	"    allow: [tcp/8000]\n"
	"    sources: [127.0.0.0/8]\n"
	"\n"
	"# Instances: machines that boot an image.\n"
	"instances:\n"
	"  web:\n"
	"    image: ${image.web}\n"
	"    memory: 128Mi\n"
	"    ports: [8000]\n"
	"    tags: [web]\n"
	"    env:\n"
	"      LANG: C.UTF-8\n"
	"    # restart: on-failure\n"
	"    # wait_for: {tcp: 8000, timeout: 30s}\n"
	"\n"
	"outputs:\n"
	"  url: http://localhost:8000/\n";

static struct err *run(struct invocation *in)
{
	static const char file[] = "miso.yaml";
	struct err *e;

	(void)in;
	if (fs_exists(file))
		return err_new(ERR_CONFLICT, NO_POS,
		               "%s is there already; it was not touched", file);
	e = fs_write(file, starter, sizeof(starter) - 1, 0644);
	if (!e)
		printf("%s is written; miso plan shows what it means.\n", file);
	return e;
}

const struct command init_command = {
	.name = "init",
	.summary = "write a commented stack to start from",
	.run = run,
};
