/* options.h - the command line, by table. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdio.h>

#include "cmd/command.h"

/*
 * Take the options out of argv (argc entries, without the program's and the
 * command's name); what is left are `in`'s operands. Options may stand before
 * and after operands; after "--" everything is an operand. For a command with
 * program_operands, what looks like an option and is none of ours is an
 * operand after the first one.
 */
NODISCARD struct err *options_parse(struct arena *mem,
                                    const struct command *command, int argc,
                                    char **argv, struct options *o,
                                    struct invocation *in);

/* What is told about an option. */
struct option_info {
	const char *name;  /* "--site" */
	char letter;       /* 0: none */
	const char *value; /* "NAME"; NULL: it takes none */
	const char *help;
	bool everywhere; /* every command has it */
};

/* Walk over the options of `command`; start with *at = 0. */
bool options_next(const struct command *command, size_t *at,
                  struct option_info *out);

/* The options that `command` has, a line each. */
void options_help(FILE *out, const struct command *command);

#endif
