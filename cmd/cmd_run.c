/* cmd_run.c - one program, now, in the foreground. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/stack.h"
#include "cmd/ui/lines.h"
#include "parser/base/fs.h"
#include "parser/schema/schema.h"

/* What is asked for, as the specs that a stack's file would give. */
struct request {
	struct arena *mem;
	const struct options *o;
	const struct value *image, *instance;
};

static const struct value *empty_map(struct arena *mem)
{
	return value_map(mem, NULL, 0);
}

static void put(struct arena *mem, const struct value **map, const char *key,
                const struct value *v)
{
	*map = value_with(mem, *map, key, v);
}

/* "NAME=VALUE" of an option that wants such. */
static struct err *split(struct arena *mem, const char *option,
                         const char *text, const struct value **map)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return err_new(ERR_USAGE, NO_POS,
		               "%s needs NAME=VALUE, not \"%s\"", option, text);
	put(mem, map, arena_strndup(mem, text, (size_t)(equals - text)),
	    value_string(mem, equals + 1));
	return NULL;
}

/* The attribute `attr` of `what`, as an option's text or its default. */
static struct err *scalar(struct request *r, const struct schema_kind *what,
                          const char *attr, const char *text,
                          const struct value **to)
{
	const struct schema_attr *a = schema_find(what, attr);
	const char *problem;
	const struct value *v;

	if (!text)
		text = a->initial;
	v = schema_scalar(r->mem, a, text, strlen(text), true, &problem);
	if (!v)
		return err_new(ERR_USAGE, NO_POS, "--%s: %s", attr, problem);
	put(r->mem, to, attr, v);
	return NULL;
}

static const struct value *texts(struct arena *mem, char *const *v, size_t n)
{
	const struct value **list = ARENA_ARRAY(mem, const struct value *, n);

	for (size_t i = 0; i < n; i++)
		list[i] = value_string(mem, v[i]);
	return value_list(mem, list, n);
}

static struct err *ports(struct request *r)
{
	const struct options *o = r->o;
	const struct value **ports =
		ARENA_ARRAY(r->mem, const struct value *, o->nr_ports);
	const struct value **rules =
		ARENA_ARRAY(r->mem, const struct value *, o->nr_ports);
	const struct value *everywhere = value_string(r->mem, "0.0.0.0/0");
	const struct value *tag = value_string(r->mem, "run");
	const struct value *firewall = empty_map(r->mem);
	const struct value *firewalls = empty_map(r->mem);
	struct schema_port p;

	for (size_t i = 0; i < o->nr_ports; i++) {
		if (!schema_port_parse(o->ports[i], &p))
			return err_new(
				ERR_USAGE, NO_POS,
				"--port: \"%s\" is no port such as 1883, "
				"8883:1883 or 53/udp",
				o->ports[i]);
		ports[i] = value_string(r->mem, o->ports[i]);
		rules[i] =
			value_string(r->mem, arena_printf(r->mem, "%s/%u",
		                                          p.protocol, p.first));
	}
	put(r->mem, &firewall, "allow", value_list(r->mem, rules, o->nr_ports));
	put(r->mem, &firewall, "sources", value_list(r->mem, &everywhere, 1));
	put(r->mem, &firewalls, "run", firewall);
	put(r->mem, &r->instance, "ports",
	    value_list(r->mem, ports, o->nr_ports));
	put(r->mem, &r->instance, "tags", value_list(r->mem, &tag, 1));
	put(r->mem, &r->instance, "firewalls", firewalls);
	return NULL;
}

static struct err *image(struct request *r, const struct invocation *in)
{
	const struct value *files = empty_map(r->mem);
	struct err *e = NULL;

	r->image = empty_map(r->mem);
	for (size_t i = 0; i < r->o->nr_files && !e; i++)
		e = split(r->mem, "--file", r->o->files[i], &files);
	put(r->mem, &r->image, "program", value_string(r->mem, in->argv[0]));
	put(r->mem, &r->image, "args",
	    texts(r->mem, in->argv + 1, (size_t)in->argc - 1));
	put(r->mem, &r->image, "files", files);
	return e ? e : scalar(r, &schema_image, "disk", r->o->disk, &r->image);
}

static struct err *instance_scalar(struct request *r, const char *attr,
                                   const char *text)
{
	return scalar(r, &schema_instance, attr, text, &r->instance);
}

static struct err *instance(struct request *r)
{
	const struct value *env = empty_map(r->mem);
	struct err *e = NULL;

	r->instance = empty_map(r->mem);
	for (size_t i = 0; i < r->o->nr_env && !e; i++)
		e = split(r->mem, "--env", r->o->env[i], &env);
	put(r->mem, &r->instance, "env", env);
	if (!e)
		e = instance_scalar(r, "memory", r->o->memory);
	if (!e)
		e = instance_scalar(r, "cpus", r->o->cpus);
	if (!e)
		e = instance_scalar(r, "restart", NULL);
	return e ? e : ports(r);
}

static struct desired describe(struct arena *mem, const char *kind,
                               const struct value *spec)
{
	return (struct desired){
		.kind = kind,
		.address = arena_printf(mem, "%s.run", kind),
		.name = "run",
		.digest = value_digest(mem, spec),
		.spec = spec,
	};
}

/* How it ended, after its last line. */
static void print_end(const struct desired *instance, int status)
{
	printf("{\"address\":\"%s\",\"exit_status\":%d}\n", instance->address,
	       status);
}

/* As provider_ops.run(), with JSON on stdout. */
static struct err *run_json(const struct provider_ops *ops, struct provider *p,
                            const struct desired *image,
                            const struct desired *instance, int *status)
{
	struct lines *lines = lines_new(stdout, instance->address);
	int console;
	struct err *e = lines_pipe(lines, &console);

	if (!e)
		e = ops->run(p, image, instance, console, status);
	lines_free(lines);
	if (!e)
		print_end(instance, *status);
	return e;
}

static struct err *go(struct request *r, const struct provider_ops *ops,
                      const struct owner *owner, int *status)
{
	struct desired image = describe(r->mem, "image", r->image), instance;
	const struct value *known = NULL;
	struct provider *p;
	struct err *e = ops->open(empty_map(r->mem), owner, &p);

	if (e)
		return e;
	e = ops->resolve(p, r->mem, &image, &known);
	if (!e) {
		put(r->mem, &r->instance, "image", known);
		instance = describe(r->mem, "instance", r->instance);
		e = r->o->json ? run_json(ops, p, &image, &instance, status)
		               : ops->run(p, &image, &instance, STDOUT_FILENO,
		                          status);
	}
	ops->close(p);
	return e;
}

static struct err *run(struct invocation *in)
{
	const struct provider_ops *ops = plan_find_ops(STACK_DEFAULT_PROVIDER);
	struct request r = {.mem = in->mem, .o = in->o};
	struct owner owner = {.site = "default"};
	struct err *e;

	if (!ops || !ops->run)
		return err_new(ERR_USAGE, NO_POS,
		               "this miso has no provider that can run a "
		               "program in the foreground");
	owner.stack = arena_printf(in->mem, "run-%d", (int)getpid());
	e = fs_real(in->mem, ".", &owner.dir);
	if (!e)
		e = image(&r, in);
	if (!e)
		e = instance(&r);
	return e ? e : go(&r, ops, &owner, &in->status);
}

const struct command run_command = {
	.name = "run",
	.operands = "PROGRAM [ARGUMENT...]",
	.summary = "run one program now; its exit status is miso's",
	.options = OPT_RUN | OPT_JSON,
	.min_operands = 1,
	.max_operands = -1,
	.program_operands = true,
	.run = run,
};
