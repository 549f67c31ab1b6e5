/* cmd_lease.c - who may change the stack right now. */
#include <stdio.h>
#include <string.h>

#include "cmd/stack.h"
#include "planner/lease/lease.h"

static void print_rows(const struct lease_info *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		printf("%s: %s", v[i].place,
		       v[i].holder ? v[i].holder : "nobody");
		if (v[i].holder && v[i].remote)
			printf(", expires in %.0f s unless renewed",
			       (double)v[i].left_ms / 1000);
		printf("\n");
	}
}

static void print_json(struct arena *mem, const struct lease_info *v, size_t n)
{
	const struct value **list = ARENA_ARRAY(mem, const struct value *, n);

	for (size_t i = 0; i < n; i++) {
		const struct value *holder =
			v[i].holder ? value_string(mem, v[i].holder)
				    : value_null();
		const struct value *left =
			v[i].holder && v[i].remote
				? value_int(mem, v[i].left_ms)
				: value_null();
		const struct value_entry row[] = {
			{.key = "provider",
		         .value = value_string(mem, v[i].place)},
			{.key = "holder", .value = holder},
			{.key = "remote", .value = value_bool(v[i].remote)},
			{.key = "expires_in_ms", .value = left},
		};

		list[i] = value_map(mem, row, ARRAY_LEN(row));
	}
	printf("%s\n", value_to_json(mem, value_list(mem, list, n)));
}

static struct err *show(struct invocation *in, struct stack *s)
{
	struct lease_info *v;
	size_t n;
	struct err *e = lease_show(in->mem, &s->session, &v, &n);

	if (e)
		return e;
	if (in->o->json)
		print_json(in->mem, v, n);
	else
		print_rows(v, n);
	return NULL;
}

static struct err *break_it(struct invocation *in, struct stack *s)
{
	size_t n;
	struct err *e = show(in, s);

	if (!e)
		e = stack_confirm(in, "Take the lease away from its holder?");
	if (!e)
		e = lease_break(&s->session, &n);
	if (!e)
		fprintf(stderr,
		        n ? "It is broken. Its holder notices within a third "
		            "of its time, and begins nothing new then.\n"
		          : "There was none.\n");
	return e;
}

static struct err *run(struct invocation *in)
{
	bool shows = !strcmp(in->argv[0], "show");
	struct stack s;
	struct err *e;

	if (!shows && strcmp(in->argv[0], "break") != 0)
		return err_new(ERR_USAGE, NO_POS,
		               "miso lease can show and break, not \"%s\"",
		               in->argv[0]);
	e = stack_open_unlisted(in, &s);
	if (!e)
		e = shows ? show(in, &s) : break_it(in, &s);
	stack_close(&s);
	return e;
}

const struct command lease_command = {
	.name = "lease",
	.operands = "show|break",
	.summary = "show who is changing the stack, or end that",
	.options = OPT_STACK | OPT_JSON | OPT_YES,
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
