/* options.c - the command line, by table. */
#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/str.h"

enum option_kind { FLAG, TEXT, NUMBER, DURATION, MANY };

struct option_row {
	const char *name; /* "--site" */
	char letter;      /* 0: none */
	unsigned sets;    /* 0: every command has it */
	enum option_kind kind;
	size_t field;
	size_t count, cap; /* of MANY */
	const char *value; /* "NAME", for help */
	const char *help;
};

#define AT(f)   offsetof(struct options, f)
#define LIST(f) MANY, AT(f), AT(nr_##f), AT(cap_##f)

static const struct option_row rows[] = {
	{"--file", 'f', OPT_FILE, TEXT, AT(file), 0, 0, "FILE",
         "the stack's file; default miso.yaml"},
	{"--file", 0, OPT_LOGS, TEXT, AT(file), 0, 0, "FILE",
         "the stack's file; default miso.yaml"},
	{"--dir", 'C', 0, TEXT, AT(dir), 0, 0, "DIR",
         "go there before anything else"},
	{"--site", 0, OPT_SITE, TEXT, AT(site), 0, 0, "NAME",
         "lay sites/NAME.yaml over the stack's file"},
	{"--var", 0, OPT_SITE, LIST(vars), "NAME=VALUE",
         "set a variable of the stack"},
	{"--var-file", 0, OPT_SITE, LIST(var_files), "FILE",
         "set variables from a YAML file {name: value}"},
	{"--json", 0, OPT_JSON, FLAG, AT(json), 0, 0, NULL,
         "print JSON for programs"},
	{"--format", 0, OPT_CHECK, TEXT, AT(format), 0, 0, "FORMAT",
         "how mistakes are shown: text, json, sarif, github"},
	{"--all-sites", 0, OPT_CHECK, FLAG, AT(all_sites), 0, 0, NULL,
         "every file of sites/, one after the other"},
	{"--check", 0, OPT_FMT, FLAG, AT(check), 0, 0, NULL,
         "change nothing; fail when a file is not laid out"},
	{"--check", 0, OPT_LOCK, FLAG, AT(check), 0, 0, NULL,
         "change nothing; fail when miso.lock and the stack differ"},
	{"--update", 0, OPT_LOCK, FLAG, AT(update), 0, 0, NULL,
         "look up again what is locked: all, or what has a PACKAGE"},
	{"--yes", 'y', OPT_YES, FLAG, AT(yes), 0, 0, NULL, "do not ask"},
	{"--junit", 0, OPT_TEST, TEXT, AT(junit), 0, 0, "FILE",
         "also write the results as XML, as CI systems read it"},
	{"--parallelism", 0, OPT_APPLY, NUMBER, AT(parallelism), 0, 0, "N",
         "most changes at the same time; default 8"},
	{"--lease-timeout", 0, OPT_LEASE, DURATION, AT(lease_timeout_ms), 0, 0,
         "TIME", "wait that long for another apply to end; default 0s"},
	{"--out", 0, OPT_PLAN, TEXT, AT(out), 0, 0, "FILE", "save the plan"},
	{"--markdown", 0, OPT_PLAN, TEXT, AT(markdown), 0, 0, "FILE",
         "write a comment for a pull request"},
	{"--html", 0, OPT_PLAN, TEXT, AT(html), 0, 0, "FILE",
         "write a page for reviewers"},
	{"--format", 0, OPT_GRAPH, TEXT, AT(format), 0, 0, "dot|mermaid|svg",
         "how it is drawn; default dot"},
	{"--plan", 0, OPT_GRAPH, FLAG, AT(with_plan), 0, 0, NULL,
         "also what would change"},
	{"--destroy", 0, OPT_PLAN, FLAG, AT(destroy), 0, 0, NULL,
         "what destroy would do"},
	{"--drift", 0, OPT_PLAN, FLAG, AT(drift), 0, 0, NULL,
         "only what the world has changed"},
	{"--target", 0, OPT_PART, LIST(targets), "ADDRESS",
         "only this and what it needs; * is any text"},
	{"--exclude", 0, OPT_PART, LIST(excludes), "ADDRESS",
         "not this, nor what needs a change of it; * is any text"},
	{"--replace", 0, OPT_ANEW, LIST(replaces), "ADDRESS",
         "make this anew, whether or not it changed; * is any text"},
	{"--format", 0, OPT_EXPORT, TEXT, AT(format), 0, 0, "gce|qcow2|raw",
         "what to export an image as"},
	{"--out", 0, OPT_EXPORT, TEXT, AT(out), 0, 0, "FILE",
         "where to export it to"},
	{"--detailed-exitcode", 0, OPT_PLAN, FLAG, AT(detailed_exitcode), 0, 0,
         NULL, "exit with 2 when there is something to do"},
	{"--follow", 'f', OPT_LOGS, FLAG, AT(follow), 0, 0, NULL,
         "go on as lines come in"},
	{"--lines", 'n', OPT_LOGS, NUMBER, AT(lines), 0, 0, "N",
         "only the last N lines"},
	{"--port", 'p', OPT_RUN, LIST(ports), "PORT",
         "forward a port of the host: 1883, 8883:1883, 53/udp"},
	{"--env", 'e', OPT_RUN, LIST(env), "NAME=VALUE",
         "set an environment variable"},
	{"--memory", 'm', OPT_RUN, TEXT, AT(memory), 0, 0, "SIZE",
         "its RAM; default 128Mi"},
	{"--cpus", 0, OPT_RUN, TEXT, AT(cpus), 0, 0, "N",
         "its processors; default 1"},
	{"--disk", 0, OPT_RUN, TEXT, AT(disk), 0, 0, "SIZE",
         "its root disk; default 64Mi"},
	{"--file", 0, OPT_RUN, LIST(files), "GUEST=HOST",
         "put a file or folder of the host into it"},
	{"--help", 'h', 0, FLAG, AT(help), 0, 0, NULL, "this text"},
};

static bool belongs(const struct option_row *r, const struct command *c)
{
	return !r->sets || (r->sets & c->options);
}

/* The row that `arg` names: --name, --name=value, -x, -xvalue. */
static const struct option_row *find(const struct command *c, const char *arg,
                                     const char **value)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct option_row *r = &rows[i];
		size_t len = strlen(r->name);

		if (!belongs(r, c))
			continue;
		*value = NULL;
		if (!strcmp(arg, r->name))
			return r;
		if (!strncmp(arg, r->name, len) && arg[len] == '=') {
			*value = arg + len + 1;
			return r;
		}
		if (r->letter && arg[0] == '-' && arg[1] == r->letter &&
		    (!arg[2] || r->kind != FLAG)) {
			*value = arg[2] ? arg + 2 : NULL;
			return r;
		}
	}
	return NULL;
}

static void append(struct arena *mem, struct options *o,
                   const struct option_row *r, const char *value)
{
	char *base = (char *)o;
	const char ***list = (const char ***)(void *)(base + r->field);
	size_t *n = (size_t *)(void *)(base + r->count);
	size_t *cap = (size_t *)(void *)(base + r->cap);

	ARENA_RESERVE(mem, const char *, *list, *n, *cap);
	(*list)[(*n)++] = value;
}

/* "30s", "500ms", "2m", "1h"; false: it is none, or longer than a month. */
static bool read_duration(const char *s, unsigned *ms)
{
	static const struct {
		const char *unit;
		unsigned long ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	const unsigned long most = 31UL * 24 * 3600000;
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(end, units[i].unit) || n > most / units[i].ms)
			continue;
		*ms = (unsigned)(n * units[i].ms);
		return true;
	}
	return false;
}

static struct err *set(struct arena *mem, struct options *o,
                       const struct option_row *r, const char *value)
{
	char *base = (char *)o;
	unsigned long number;
	char *end;

	switch (r->kind) {
	case FLAG:
		*(bool *)(base + r->field) = true;
		break;
	case TEXT:
		*(const char **)(void *)(base + r->field) = value;
		break;
	case NUMBER:
		number = strtoul(value, &end, 10);
		if (*end || !*value || number > 1000000)
			return err_new(ERR_USAGE, NO_POS,
			               "%s needs a number, not \"%s\"", r->name,
			               value);
		*(unsigned *)(void *)(base + r->field) = (unsigned)number;
		break;
	case DURATION:
		if (!read_duration(value,
		                   (unsigned *)(void *)(base + r->field)))
			return err_new(ERR_USAGE, NO_POS,
			               "%s needs a time such as 30s, not "
			               "\"%s\"",
			               r->name, value);
		break;
	case MANY:
		append(mem, o, r, value);
		break;
	}
	return NULL;
}

static struct err *unknown(const struct command *c, const char *arg)
{
	struct str_guess near = {.word = arg};
	struct err *e = err_new(ERR_USAGE, NO_POS,
	                        "miso %s has no option \"%s\"", c->name, arg);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (belongs(&rows[i], c))
			str_guess_try(&near, rows[i].name);
	return near.best ? err_hint(e, "did you mean %s?", near.best) : e;
}

/* Where in the arguments we are. */
struct reading {
	struct arena *mem;
	const struct command *command;
	struct options *o;
	struct invocation *in;
	char **at, **end;
	bool only_operands; /* after "--" */
};

static bool is_option(const struct reading *r, const char *arg)
{
	const char *value;

	if (r->only_operands || arg[0] != '-' || !arg[1])
		return false;
	return !r->command->program_operands || !r->in->argc ||
	       find(r->command, arg, &value);
}

static struct err *take_option(struct reading *r)
{
	const char *arg = *r->at++, *value;
	const struct option_row *row = find(r->command, arg, &value);

	if (!row)
		return unknown(r->command, arg);
	if (row->kind == FLAG && value)
		return err_new(ERR_USAGE, NO_POS, "%s takes no value",
		               row->name);
	if (row->kind != FLAG && !value) {
		if (r->at == r->end)
			return err_new(ERR_USAGE, NO_POS, "%s needs %s",
			               row->name, row->value);
		value = *r->at++;
	}
	return set(r->mem, r->o, row, value);
}

struct err *options_parse(struct arena *mem, const struct command *command,
                          int argc, char **argv, struct options *o,
                          struct invocation *in)
{
	struct reading r = {mem, command, o, in, argv, argv + argc, false};
	struct err *e = NULL;

	in->argc = 0;
	in->argv = ARENA_ARRAY(mem, char *, (size_t)argc + 1);
	while (r.at < r.end && !e) {
		if (!r.only_operands && !strcmp(*r.at, "--")) {
			r.only_operands = true;
			r.at++;
		} else if (is_option(&r, *r.at)) {
			e = take_option(&r);
		} else {
			in->argv[in->argc++] = *r.at++;
		}
	}
	return e;
}

bool options_next(const struct command *command, size_t *at,
                  struct option_info *out)
{
	while (*at < ARRAY_LEN(rows)) {
		const struct option_row *r = &rows[(*at)++];

		if (!belongs(r, command))
			continue;
		*out = (struct option_info){r->name, r->letter, r->value,
		                            r->help, !r->sets};
		return true;
	}
	return false;
}

void options_help(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct option_row *r = &rows[i];
		char letter[] = {'-', r->letter, ',', ' ', '\0'}, left[64];

		if (!belongs(r, command))
			continue;
		snprintf(left, sizeof(left), "%s%s%s%s",
		         r->letter ? letter : "    ", r->name,
		         r->value ? " " : "", r->value ? r->value : "");
		fprintf(out, "  %-30s  %s\n", left, r->help);
	}
}
