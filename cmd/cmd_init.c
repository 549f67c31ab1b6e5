/* cmd_init.c - a commented stack to start from. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "parser/base/fs.h"

/* A program that every Debian has, and that says something in a second. */
/* clang-format off */
static const char starter[] =
	"# What runs where. \"miso validate\" checks this file, \"miso plan\" shows what\n"
	"# would change, \"miso apply\" makes it so, \"miso destroy\" takes it back.\n"
	"version: 1\n"
	"name: hello\n"
	"\n"
	"# Variables: what differs from site to site. \"--var port=8080\" sets this one.\n"
	"vars:\n"
	"  port: {type: port, default: 8000}\n"
	"\n"
	"# Images: a program of this host, its libraries and files, and miso's kernel.\n"
	"# Nothing else is in the machine: no shell, no users, no second process.\n"
	"images:\n"
	"  web:\n"
	"    program: /usr/bin/perl\n"
	"    args:\n"
	"      - -MIO::Socket::INET\n"
	"      - -e\n"
	"      - |\n"
	"        my $web = IO::Socket::INET->new(LocalPort => 80, Listen => 8) or die;\n"
	"        print STDERR \"listening\\n\";\n"
	"        while (my $client = $web->accept) {\n"
	"            my $request = <$client>;\n"
	"            print $client \"HTTP/1.0 200 OK\\r\\n\\r\\nHello, $ENV{WHO}!\\n\";\n"
	"            close $client;\n"
	"        }\n"
	"    files:                          # path in the machine: path on this host\n"
	"      /usr/lib/x86_64-linux-gnu/perl-base: /usr/lib/x86_64-linux-gnu/perl-base\n"
	"\n"
	"# Firewalls: a tag, and the traffic that reaches whoever carries it.\n"
	"firewalls:\n"
	"  web:\n"
	"    allow: [tcp/80]\n"
	"    sources: [127.0.0.0/8]\n"
	"\n"
	"# Instances: machines that boot an image.\n"
	"instances:\n"
	"  web:\n"
	"    image: ${image.web}\n"
	"    memory: 32Mi\n"
	"    env: {WHO: world}               # to change it restarts, but builds nothing\n"
	"    ports: [\"${var.port}:80\"]       # this host's port, the machine's port\n"
	"    tags: [web]\n"
	"    wait_for: {log: listening, timeout: 30s}\n"
	"    # restart: on-failure\n"
	"\n"
	"outputs:\n"
	"  url: http://localhost:${var.port}/\n";
/* clang-format on */

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
