/* cmd_status.c - what is there, asked of the world. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/stack.h"

struct row {
	const struct object *o;
	const char *provider;
};

static int by_address(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->o->address, y->o->address);
}

static struct row *collect(struct invocation *in, const struct stack *s,
                           size_t *n)
{
	struct row *v;

	*n = 0;
	for (size_t i = 0; i < s->session.nr_places; i++)
		*n += s->session.places[i].objects.n;
	v = ARENA_ARRAY(in->mem, struct row, *n);
	*n = 0;
	for (size_t i = 0; i < s->session.nr_places; i++) {
		const struct plan_place *p = &s->session.places[i];

		for (size_t j = 0; j < p->objects.n; j++)
			if (!p->objects.v[j].foreign)
				v[(*n)++] =
					(struct row){&p->objects.v[j], p->name};
	}
	if (*n)
		qsort(v, *n, sizeof(*v), by_address);
	return v;
}

static void print_table(const struct row *v, size_t n)
{
	int width = (int)strlen("ADDRESS");

	for (size_t i = 0; i < n; i++)
		if ((int)strlen(v[i].o->address) > width)
			width = (int)strlen(v[i].o->address);
	printf("%-*s  %-10s  %-15s  %s\n", width, "ADDRESS", "STATE", "IP",
	       "FAULT");
	for (size_t i = 0; i < n; i++) {
		const struct object *o = v[i].o;

		printf("%-*s  %-10s  %-15s  %s\n", width, o->address,
		       value_get_string(o->attrs, "state", "-"),
		       value_get_string(o->attrs, "ip", "-"),
		       o->fault ? o->fault : "-");
	}
}

static const struct value *row_value(struct arena *mem, const struct row *r)
{
	const struct object *o = r->o;
	const struct value_entry v[] = {
		{.key = "address", .value = value_string(mem, o->address)},
		{.key = "kind", .value = value_string(mem, o->kind)},
		{.key = "provider", .value = value_string(mem, r->provider)},
		{.key = "id", .value = value_string(mem, o->id)},
		{.key = "protect", .value = value_bool(o->protect)},
		{.key = "fault",
	         .value =
	                 o->fault ? value_string(mem, o->fault) : value_null()},
		{.key = "attributes", .value = o->attrs},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static void print_json(struct arena *mem, const struct row *v, size_t n)
{
	const struct value **list = ARENA_ARRAY(mem, const struct value *, n);

	for (size_t i = 0; i < n; i++)
		list[i] = row_value(mem, &v[i]);
	printf("%s\n", value_to_json(mem, value_list(mem, list, n)));
}

static struct err *run(struct invocation *in)
{
	struct stack s;
	struct err *e = stack_open(in, &s);
	struct row *v;
	size_t n;

	if (!e) {
		v = collect(in, &s, &n);
		if (in->o->json)
			print_json(in->mem, v, n);
		else if (n)
			print_table(v, n);
		else
			printf("Nothing is there.\n");
	}
	stack_close(&s);
	return e;
}

const struct command status_command = {
	.name = "status",
	.summary = "show what is there and how it is",
	.options = OPT_STACK | OPT_JSON,
	.run = run,
};
