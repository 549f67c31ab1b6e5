/*
 * cmd_completion.c - what a shell may offer, from the tables.
 *
 * The scripts for the shells are tiny: they ask "miso completion words" with
 * the words typed so far, the last being the one to complete. So what is
 * offered can never differ from what is understood.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/sites.h"
#include "cmd/stack.h"
#include "parser/base/fs.h"
#include "parser/base/str.h"
#include "parser/schema/schema.h"

/* clang-format off */
static const struct shell {
	const char *name, *script;
} shells[] = {
	{"bash",
	 "# bash completion for miso: source <(miso completion bash)\n"
	 "_miso() {\n"
	 "\tlocal IFS=$'\\n' cur=${COMP_WORDS[COMP_CWORD]}\n"
	 "\tCOMPREPLY=($(compgen -W \"$(miso completion words -- \\\n"
	 "\t\t\"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\" -- \"$cur\"))\n"
	 "}\n"
	 "complete -o bashdefault -o default -F _miso miso\n"},
	{"zsh",
	 "#compdef miso\n"
	 "# zsh completion for miso: a file _miso in a folder of $fpath\n"
	 "_miso() {\n"
	 "\tlocal -a found\n"
	 "\tfound=(${(f)\"$(miso completion words -- \\\n"
	 "\t\t\"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
	 "\tif (( $#found )); then\n"
	 "\t\tcompadd -a found\n"
	 "\telse\n"
	 "\t\t_files\n"
	 "\tfi\n"
	 "}\n"
	 "if [ \"$funcstack[1]\" = _miso ]; then\n"
	 "\t_miso \"$@\"\n"
	 "else\n"
	 "\tcompdef _miso miso\n"
	 "fi\n"},
	{"fish",
	 "# fish completion for miso: miso completion fish | source\n"
	 "function __miso_words\n"
	 "\tset -l typed (commandline -opc) (commandline -ct)\n"
	 "\tmiso completion words -- $typed[2..-1] 2>/dev/null\n"
	 "end\n"
	 "complete -c miso -a '(__miso_words)'\n"},
};
/* clang-format on */

static void offer(const char *word, const char *typed)
{
	if (str_starts(word, typed))
		puts(word);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static void offer_commands(const char *typed)
{
	for (size_t i = 0; commands[i]; i++)
		offer(commands[i]->name, typed);
}

static void offer_options(const struct command *c, const char *typed)
{
	struct option_info o;

	for (size_t at = 0; options_next(c, &at, &o);)
		offer(o.name, typed);
}

static void offer_sites(struct invocation *in, const char *typed)
{
	struct site_file *sites;
	size_t n = sites_find(in->mem, "miso.yaml", &sites);

	for (size_t i = 0; i < n; i++)
		offer(sites[i].name, typed);
}

/* As the file has them; nothing is asked of the world. */
static void offer_addresses(struct invocation *in, const char *kind,
                            const char *typed)
{
	struct stack s = {0};
	struct err *e = stack_read(in, &s);

	for (size_t i = 0; !e && i < s.config.nr_wants; i++) {
		const struct config_want *w = &s.config.wants[i];

		if (!kind)
			offer(w->address, typed);
		else if (!strcmp(w->block->kind->name, kind))
			offer(w->name, typed);
	}
	err_free(e);
	stack_close(&s);
}

static void offer_outputs(struct invocation *in, const char *typed)
{
	struct stack s = {0};
	struct err *e = stack_read(in, &s);

	for (size_t i = 0; !e && i < s.config.nr_outputs; i++)
		offer(s.config.outputs[i].name, typed);
	err_free(e);
	stack_close(&s);
}

/* The words of "show|break" or "list | rm IMAGE": what is in small letters. */
static void offer_words(struct arena *mem, const char *operands,
                        const char *typed)
{
	char *text = arena_strdup(mem, operands), *save = NULL;

	for (char *w = strtok_r(text, " |[]", &save); w;
	     w = strtok_r(NULL, " |[]", &save))
		if (*w >= 'a' && *w <= 'z')
			offer(w, typed);
}

static void offer_operands(struct invocation *in, const struct command *c,
                           const char *typed)
{
	if (c == &help_command)
		offer_commands(typed);
	else if (c == &logs_command)
		offer_addresses(in, "instance", typed);
	else if (c == &output_command)
		offer_outputs(in, typed);
	else if (c->operands)
		offer_words(in->mem, c->operands, typed);
}

/* The option that wants a value and is the word before; false: there is none.
 */
static bool option_before(const struct command *c, const char *word,
                          struct option_info *o)
{
	for (size_t at = 0; options_next(c, &at, o);)
		if (o->value && (!strcmp(word, o->name) ||
		                 (o->letter && word[0] == '-' &&
		                  word[1] == o->letter && !word[2])))
			return true;
	return false;
}

/* Files are left to the shell: nothing is offered then. */
static void offer_value(struct invocation *in, const struct option_info *o,
                        const char *typed)
{
	if (!strcmp(o->name, "--site"))
		offer_sites(in, typed);
	else if (!strcmp(o->value, "ADDRESS"))
		offer_addresses(in, NULL, typed);
	else if (strchr(o->value, '|'))
		offer_words(in->mem, o->value, typed);
}

/* `words` are what was typed after "miso"; the last may be empty. */
static void complete(struct invocation *in, int n, char **words)
{
	const struct command *c = n > 1 ? find(words[0]) : NULL;
	const char *typed = n ? words[n - 1] : "";
	struct option_info o;

	if (n <= 1)
		offer_commands(typed);
	else if (!c)
		return;
	else if (n > 2 && option_before(c, words[n - 2], &o))
		offer_value(in, &o, typed);
	else if (*typed == '-')
		offer_options(c, typed);
	else
		offer_operands(in, c, typed);
}

static struct err *run(struct invocation *in)
{
	if (!strcmp(in->argv[0], "words")) {
		complete(in, in->argc - 1, in->argv + 1);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (!strcmp(shells[i].name, in->argv[0]) && in->argc == 1) {
			fputs(shells[i].script, stdout);
			return NULL;
		}
	return err_new(ERR_USAGE, NO_POS,
	               "there is completion for bash, zsh and fish, not for "
	               "\"%s\"",
	               in->argv[0]);
}

const struct command completion_command = {
	.name = "completion",
	.operands = "bash|zsh|fish",
	.summary = "print what makes a shell complete miso's words",
	.min_operands = 1,
	.max_operands = -1,
	.run = run,
};
