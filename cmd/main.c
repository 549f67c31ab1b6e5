/* main.c - find the command, read its options, run it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/providers.h"
#include "parser/base/str.h"
#include "parser/value/value.h"

static const struct command *find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static struct err *unknown(const char *name)
{
	struct str_guess near = {.word = name};
	struct err *e =
		err_new(ERR_USAGE, NO_POS, "there is no command \"%s\"", name);

	for (size_t i = 0; commands[i]; i++)
		str_guess_try(&near, commands[i]->name);
	if (near.best)
		return err_hint(e, "did you mean \"%s\"?", near.best);
	return err_hint(e, "miso help lists all commands");
}

static struct err *check_operands(const struct command *c, int n)
{
	if (n >= c->min_operands &&
	    (c->max_operands < 0 || n <= c->max_operands))
		return NULL;
	return err_hint(err_new(ERR_USAGE, NO_POS,
	                        n < c->min_operands ? "miso %s needs more"
	                                            : "miso %s needs less",
	                        c->name),
	                "usage: miso %s [OPTION...]%s%s", c->name,
	                c->operands ? " " : "", c->operands ? c->operands : "");
}

static struct err *run(const struct command *c, int argc, char **argv,
                       struct arena *mem, int *status)
{
	struct options o = {0};
	struct invocation in = {.mem = mem, .o = &o};
	char *name[] = {argv[0], NULL};
	struct err *e = options_parse(mem, c, argc - 1, argv + 1, &o, &in);

	if (!e && o.help) {
		in.argv = name;
		in.argc = 1;
		c = &help_command;
	} else if (!e) {
		e = check_operands(c, in.argc);
	}
	if (!e && o.dir && chdir(o.dir))
		e = err_sys(errno, "%s", o.dir);
	if (!e)
		e = c->run(&in);
	*status = e ? EXIT_ERROR : in.status;
	return e;
}

/* "miso --version" and "miso -h" are what people try first. */
static const char *command_name(const char *arg)
{
	if (!strcmp(arg, "--version") || !strcmp(arg, "-V"))
		return "version";
	if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
		return "help";
	return arg;
}

/* What nobody could read was not done well. */
static int finish_output(void)
{
	bool full = ferror(stdout); /* of something before */

	if (!fflush(stdout) && !full)
		return EXIT_OK;
	fprintf(stderr, "miso: the output cannot be written%s%s\n",
	        full ? "" : ": ", full ? "" : strerror(errno));
	return EXIT_ERROR;
}

int main(int argc, char **argv)
{
	char none[] = "help", *help[] = {none, NULL};
	struct arena mem = {0};
	const struct command *c;
	struct err *e = NULL;
	int status = EXIT_ERROR;

	value_json_memory();
	if (providers_helper(argc, argv, &status))
		return status;
	argc--;
	argv++;
	while (argc > 1 && !strcmp(argv[0], "-C") && !e) {
		if (chdir(argv[1]))
			e = err_sys(errno, "%s", argv[1]);
		argc -= 2;
		argv += 2;
	}
	if (argc < 1) {
		argv = help;
		argc = 1;
	}
	c = find(command_name(argv[0]));
	if (!e)
		e = c ? run(c, argc, argv, &mem, &status) : unknown(argv[0]);
	if (e) {
		fputs("miso: ", stderr);
		err_print(stderr, e);
	}
	err_free(e);
	arena_free(&mem);
	return status ? status : finish_output();
}
