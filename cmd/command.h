/* command.h - what one subcommand is. main.c holds the table of all of them. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

enum {
	EXIT_OK = 0,
	EXIT_ERROR = 1,
	EXIT_CHANGES =
		2, /* plan --detailed-exitcode: there is something to do */
};

/* Every option of every command, as given. */
struct options {
	const char *file, *dir, *site, *out, *format;
	const char *markdown, *html; /* plan */
	bool check, update, all_sites;
	bool json, yes, detailed_exitcode, follow, help, version, drift,
		destroy, with_plan;
	const char *junit; /* test */
	unsigned lines;
	unsigned parallelism;             /* 0: as usual */
	unsigned lease_timeout_ms;        /* to wait for who holds the lease */
	const char *memory, *cpus, *disk; /* run */

	/* Those that may be given several times. */
	const char **vars, **var_files, **ports, **env, **files;
	size_t nr_vars, nr_var_files, nr_ports, nr_env, nr_files;
	size_t cap_vars, cap_var_files, cap_ports, cap_env, cap_files;
	const char **targets, **excludes, **replaces;
	size_t nr_targets, nr_excludes, nr_replaces;
	size_t cap_targets, cap_excludes, cap_replaces;
};

struct invocation {
	struct arena *mem; /* lives as long as the process */
	const struct options *o;
	int argc; /* operands only; options are already consumed */
	char **argv;
	int status; /* of the process when run() succeeds */
};

/* The sets of options a command understands, besides -C and --help. */
enum option_sets {
	OPT_SITE = 1,     /* --site, --var, --var-file */
	OPT_JSON = 2,     /* --json */
	OPT_YES = 4,      /* --yes */
	OPT_PLAN = 8,     /* --out, --markdown, --html, --drift, ... */
	OPT_LOGS = 16,    /* -f, --lines, --file without its letter */
	OPT_RUN = 32,     /* -p, -e, -m, --cpus, --disk, --file */
	OPT_CHECK = 64,   /* --format, --all-sites */
	OPT_FILE = 128,   /* -f */
	OPT_PART = 256,   /* --target, --exclude */
	OPT_ANEW = 512,   /* --replace */
	OPT_GRAPH = 1024, /* --format, --plan */

	OPT_LEASE = 1 << 16, /* --lease-timeout */
	OPT_APPLY = 1 << 17, /* --parallelism */
	OPT_TEST = 1 << 18,  /* --junit */

	OPT_EXPORT = 1 << 20, /* --format, --out of `image export` */

	OPT_FMT = 1 << 24,  /* --check */
	OPT_LOCK = 1 << 25, /* --check, --update */

	OPT_STACK = OPT_SITE | OPT_FILE,
};

struct command {
	const char *name;               /* "plan" */
	const char *operands;           /* "[TARGET...]", for the usage line */
	const char *summary;            /* one line, lower case, no full stop */
	unsigned options;               /* of enum option_sets */
	int min_operands, max_operands; /* max -1: no limit */
	/* The operands from the second on belong to a program. */
	bool program_operands;
	NODISCARD struct err *(*run)(struct invocation *in);
};

/* Ended by NULL, in the order of help. */
extern const struct command *const commands[];

extern const struct command explain_command, functions_command, eval_command,
	schema_command, render_command, fmt_command;
extern const struct command init_command, validate_command, plan_command,
	apply_command, destroy_command, status_command, logs_command,
	run_command, output_command, version_command, help_command,
	lease_command, image_command, lock_command, graph_command,
	history_command, test_command, completion_command, man_command,
	rollback_command;

#endif
