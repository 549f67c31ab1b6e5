/* cmd_history.c - the releases that are kept. */
#include <stdio.h>
#include <string.h>

#include "cmd/stack.h"
#include "planner/release/release.h"

static const char *result_of(struct arena *mem, const struct release *r)
{
	if (!r->finished)
		return "not finished";
	if (r->failed || r->not_tried)
		return arena_printf(mem, "%zu done, %zu failed, %zu not tried",
		                    r->done, r->failed, r->not_tried);
	return arena_printf(mem, "%zu done", r->done);
}

static const char *commit_of(struct arena *mem, const struct release *r)
{
	return r->commit ? arena_printf(mem, "%.12s%s", r->commit,
	                                r->dirty ? "+" : "")
	                 : "-";
}

static void print_table(struct arena *mem, const struct release *v, size_t n)
{
	printf("%-4s  %-20s  %-13s  %-14s  %-12s  %s\n", "N", "WHEN", "COMMIT",
	       "WHAT", "CHANGES", "BY");
	for (size_t i = n; i > 0; i--) {
		const struct release *r = &v[i - 1];

		printf("%-4u  %-20s  %-13s  %-14s  %-12s  %s\n", r->number,
		       r->when, commit_of(mem, r), r->command,
		       result_of(mem, r), r->by);
	}
}

static void print_json(struct arena *mem, const struct release *v, size_t n)
{
	const struct value **all = ARENA_ARRAY(mem, const struct value *, n);

	for (size_t i = 0; i < n; i++)
		all[i] = v[i].all;
	printf("%s\n", value_to_json(mem, value_list(mem, all, n)));
}

static struct err *run(struct invocation *in)
{
	struct stack s;
	struct release *v;
	size_t n;
	struct err *e = stack_open_anyhow(in, &s);

	if (!e)
		e = release_list(in->mem, &s.session, &v, &n);
	if (!e && in->o->json)
		print_json(in->mem, v, n);
	else if (!e && n)
		print_table(in->mem, v, n);
	else if (!e)
		printf("No release is recorded.\n");
	stack_close(&s);
	return e;
}

const struct command history_command = {
	.name = "history",
	.summary = "list what was applied, when and by whom",
	.options = OPT_STACK | OPT_JSON,
	.run = run,
};
