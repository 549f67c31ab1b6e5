/* cmd_logs.c */
#include <stdio.h>
#include <string.h>

#include "cmd/stack.h"
#include "cmd/ui/lines.h"
#include "parser/base/str.h"

static bool never(void *ctx UNUSED)
{
	return false;
}

static void quiet(void *ctx UNUSED, const char *address UNUSED,
                  const char *text UNUSED)
{
}

/* "broker", "client-0", or a whole address. */
static bool is_called(struct arena *mem, const struct object *o,
                      const char *name)
{
	const char *given = value_get_string(o->attrs, "name", NULL);

	if (o->foreign || strcmp(o->kind, "instance") != 0)
		return false;
	return !strcmp(o->address, name) || (given && !strcmp(given, name)) ||
	       !strcmp(o->address, arena_printf(mem, "instance.%s", name));
}

static struct err *not_found(struct invocation *in, const struct stack *s)
{
	struct str_guess near = {.word = in->argv[0]};
	struct err *e =
		err_new(ERR_REF, NO_POS, "there is no instance \"%s\" running",
	                in->argv[0]);

	for (size_t i = 0; i < s->config.nr_wants; i++)
		str_guess_try(&near, s->config.wants[i].name);
	if (near.best && strcmp(near.best, in->argv[0]) != 0)
		return err_hint(e, "did you mean \"%s\"?", near.best);
	return err_hint(e, "miso status shows what is there");
}

/* As provider_ops.logs(), with JSON on stdout. */
static struct err *logs_json(const struct plan_place *p,
                             struct log_request *request)
{
	struct lines *lines = lines_new(stdout, request->address);
	struct err *e = lines_stream(lines, &request->out);

	if (!e) {
		e = p->ops->logs(p->provider, request);
		fclose(request->out);
	}
	lines_free(lines);
	return e;
}

static struct err *logs(struct invocation *in, const struct stack *s)
{
	const struct progress progress = {.say = quiet, .canceled = never};
	struct log_request request = {
		.lines = in->o->lines,
		.follow = in->o->follow,
		.out = stdout,
		.progress = &progress,
	};

	for (size_t i = 0; i < s->session.nr_places; i++) {
		const struct plan_place *p = &s->session.places[i];

		for (size_t j = 0; j < p->objects.n; j++) {
			if (!is_called(in->mem, &p->objects.v[j], in->argv[0]))
				continue;
			request.address = p->objects.v[j].address;
			return in->o->json
			               ? logs_json(p, &request)
			               : p->ops->logs(p->provider, &request);
		}
	}
	return not_found(in, s);
}

static struct err *run(struct invocation *in)
{
	struct stack s;
	struct err *e = stack_open(in, &s);

	if (!e)
		e = logs(in, &s);
	stack_close(&s);
	return e;
}

const struct command logs_command = {
	.name = "logs",
	.operands = "INSTANCE",
	.summary = "print what an instance has written",
	.options = OPT_SITE | OPT_LOGS | OPT_JSON,
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
