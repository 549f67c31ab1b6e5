/* machine.c - see machine.h. */
#include "providers/gcp/machine.h"

#include <string.h>

#include "parser/base/str.h"

enum { MIB_SHIFT = 20, DEFAULT_MEMORY_MIB = 128 };

/* Smallest first. */
static const struct size {
	const char *name;
	int cpus;
	int64_t memory_mib;
} sizes[] = {
	{"e2-micro", 2, 1024},         {"e2-small", 2, 2048},
	{"e2-medium", 2, 4096},        {"e2-standard-2", 2, 8192},
	{"e2-standard-4", 4, 16384},   {"e2-standard-8", 8, 32768},
	{"e2-standard-16", 16, 65536}, {"e2-standard-32", 32, 131072},
};

static const struct family {
	const char *prefix;
	const char *problem; /* NULL: it is fine */
} families[] = {
	{"e2-", NULL},
	{"n1-", NULL},
	{"n2-", NULL},
	{"n2d-", NULL},
	{"t2d-", NULL},
	{"f1-", NULL},
	{"g1-", NULL},
	{"c2-", NULL},
	{"c2d-", NULL},
	{"t2a-", "it is an Arm machine, and miso's kernel is for x86-64"},
	{"c4a-", "it is an Arm machine, and miso's kernel is for x86-64"},
	{"n4a-", "it is an Arm machine, and miso's kernel is for x86-64"},
	{"c3-", "it needs a driver for gVNIC, which miso has not yet"},
	{"c3d-", "it needs a driver for gVNIC, which miso has not yet"},
	{"c4-", "it needs a driver for gVNIC, which miso has not yet"},
	{"c4d-", "it needs a driver for gVNIC, which miso has not yet"},
	{"n4-", "it needs a driver for gVNIC, which miso has not yet"},
	{"n4d-", "it needs a driver for gVNIC, which miso has not yet"},
	{"h3-", "it needs a driver for gVNIC, which miso has not yet"},
	{"z3-", "it needs a driver for gVNIC, which miso has not yet"},
	{"x4-", "it needs a driver for gVNIC, which miso has not yet"},
	{"m4-", "it needs a driver for gVNIC, which miso has not yet"},
};

static const struct size *find_size(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		if (!strcmp(sizes[i].name, name))
			return &sizes[i];
	return NULL;
}

static struct src_pos pos_of(const struct value *spec, const char *key,
                             struct src_pos otherwise)
{
	const struct value *v = value_get(spec, key);

	return v && v->pos.line ? v->pos : otherwise;
}

static int64_t memory_of(const struct value *spec)
{
	int64_t bytes = value_get_int(spec, "memory",
	                              (int64_t)DEFAULT_MEMORY_MIB << MIB_SHIFT);

	return (bytes + (1 << MIB_SHIFT) - 1) >> MIB_SHIFT;
}

static struct err *check_family(const char *type, struct src_pos pos)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		if (!str_starts(type, families[i].prefix))
			continue;
		if (!families[i].problem)
			return NULL;
		return err_hint(err_new(ERR_SYNTAX, pos,
		                        "machine type \"%s\": %s", type,
		                        families[i].problem),
		                "e2, n1, n2, n2d and t2d start miso's images");
	}
	return err_hint(err_new(ERR_SYNTAX, pos,
	                        "machine type \"%s\" is of no family that "
	                        "miso knows",
	                        type),
	                "e2, n1, n2, n2d and t2d start miso's images");
}

static struct err *check_size(const struct value *spec, const char *type,
                              struct src_pos pos)
{
	const struct size *s = find_size(type);
	int64_t memory = memory_of(spec), cpus = value_get_int(spec, "cpus", 1);

	if (!s || (memory <= s->memory_mib && cpus <= s->cpus))
		return NULL;
	return err_new(ERR_LIMIT,
	               memory > s->memory_mib ? pos_of(spec, "memory", pos)
	                                      : pos_of(spec, "cpus", pos),
	               "machine type \"%s\" has %d cpus and %lld MiB of "
	               "memory; %lld cpus and %lld MiB are wanted",
	               type, s->cpus, (long long)s->memory_mib, (long long)cpus,
	               (long long)memory);
}

static struct err *smallest(const struct value *spec, struct src_pos pos,
                            const char **out)
{
	int64_t memory = memory_of(spec), cpus = value_get_int(spec, "cpus", 1);

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		if (memory <= sizes[i].memory_mib && cpus <= sizes[i].cpus) {
			*out = sizes[i].name;
			return NULL;
		}
	return err_hint(err_new(ERR_LIMIT, pos_of(spec, "memory", pos),
	                        "no E2 machine has %lld cpus and %lld MiB",
	                        (long long)cpus, (long long)memory),
	                "name one with machine:, such as n2-highmem-64");
}

struct err *gcp_machine_choose(struct arena *mem, const struct value *spec,
                               const char *fallback, struct src_pos pos,
                               const char **out)
{
	const char *type = value_get_string(spec, "machine", fallback);
	struct src_pos at = pos_of(spec, "machine", pos);
	struct err *e;

	if (!type)
		return smallest(spec, pos, out);
	e = check_family(type, at);
	if (!e)
		e = check_size(spec, type, at);
	if (!e)
		*out = arena_strdup(mem, type);
	return e;
}
