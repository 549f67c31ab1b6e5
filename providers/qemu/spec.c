/* spec.c - what this place can and cannot do of an instance's spec. */
#include "providers/qemu/spec.h"

#include <errno.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/machine.h"
#include "parser/schema/schema.h"
#include "providers/image/image.h"

enum {
	DEFAULT_MEMORY = 128 * 1024 * 1024,
	MIB = 1024 * 1024,
	MAX_CPUS = 64,
	MAX_NAME = 63,
	DEFAULT_WAIT_MS = 60 * 1000,
};

struct parsing {
	struct arena *mem;
	const struct desired *want;
	struct qemu_spec *out;
};

static struct src_pos pos_of(const struct parsing *p, const char *key)
{
	const struct value *v = value_get(p->want->spec, key);

	return v && v->pos.line ? v->pos : p->want->pos;
}

/* NULL for what is absent or null. */
static const struct value *get(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type != VALUE_NULL ? v : NULL;
}

bool qemu_spec_name_ok(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len <= MAX_NAME && strspn(name, good) == len &&
	       name[0] != '.' && name[0] != '-';
}

int64_t qemu_spec_duration(const struct value *v)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	char *end;
	long long n;

	if (v->type == VALUE_INT)
		return v->integer;
	if (v->type != VALUE_STRING)
		return -1;
	errno = 0;
	n = strtoll(v->string.s, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(end, units[i].unit) == 0 && n >= 0 && !errno &&
		    n <= INT32_MAX / units[i].ms && end != v->string.s)
			return n * units[i].ms;
	return -1;
}

static struct err *parse_memory(struct parsing *p)
{
	const struct value *v = get(p->want->spec, "memory");
	int64_t memory = v ? image_size(v) : DEFAULT_MEMORY;

	if (memory < 0)
		return err_new(ERR_SYNTAX, pos_of(p, "memory"),
		               "\"memory\" must be a size such as 128Mi");
	if (memory < MACHINE_MIN_MEMORY)
		return err_new(ERR_LIMIT, pos_of(p, "memory"),
		               "instance \"%s\" has %lld KiB of memory; a "
		               "machine boots with %d MiB or more",
		               p->want->name, (long long)memory / 1024,
		               MACHINE_MIN_MEMORY / MIB);
	p->out->memory = (uint64_t)memory;
	return NULL;
}

static struct err *parse_cpus(struct parsing *p)
{
	int64_t n = value_get_int(p->want->spec, "cpus", 1);

	if (n < 1 || n > MAX_CPUS)
		return err_new(ERR_LIMIT, pos_of(p, "cpus"),
		               "\"cpus\" must be 1 to %d", MAX_CPUS);
	p->out->cpus = (unsigned)n;
	return NULL;
}

static struct err *parse_network(struct parsing *p)
{
	const struct value *spec = p->want->spec;
	struct err *e = qemu_firewall_ports(p->mem, get(spec, "ports"),
	                                    pos_of(p, "ports"), &p->out->ports);

	if (e)
		return e;
	return qemu_firewall_parse(p->mem, get(spec, "firewalls"),
	                           pos_of(p, "tags"), &p->out->rules);
}

static struct err *parse_restart(struct parsing *p)
{
	static const char *const words[] = {"never", "on-failure", "always"};
	const char *word = value_get_string(p->want->spec, "restart", NULL);

	p->out->restart = word;
	if (!word)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return NULL;
	return err_new(ERR_SYNTAX, pos_of(p, "restart"),
	               "\"restart\" must be never, on-failure or always");
}

static struct err *check_pattern(struct parsing *p, const struct value *log)
{
	int code;
	PCRE2_SIZE at;
	PCRE2_UCHAR why[128];
	pcre2_code *compiled =
		pcre2_compile((PCRE2_SPTR)p->out->wait_log,
	                      PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);

	if (compiled) {
		pcre2_code_free(compiled);
		return NULL;
	}
	pcre2_get_error_message(code, why, sizeof(why));
	return err_new(ERR_SYNTAX,
	               log->pos.line ? log->pos : pos_of(p, "wait_for"),
	               "the pattern \"%s\" is wrong at character %zu: %s",
	               p->out->wait_log, (size_t)at + 1, (char *)why);
}

static struct err *parse_wait(struct parsing *p)
{
	const struct value *wait = get(p->want->spec, "wait_for");
	const struct value *timeout = wait ? get(wait, "timeout") : NULL;
	int64_t port = wait ? value_get_int(wait, "tcp", 0) : 0;
	int64_t ms = timeout ? qemu_spec_duration(timeout) : DEFAULT_WAIT_MS;
	const char *http = wait ? value_get_string(wait, "http", NULL) : NULL;
	bool good = !http || schema_http_parse(http, &p->out->wait_http,
	                                       &p->out->wait_path);

	if (!wait)
		return NULL;
	if (!good || ms < 0 || port < 0 || port > 65535)
		return err_new(ERR_SYNTAX, pos_of(p, "wait_for"),
		               "\"wait_for\" takes a log pattern, a tcp port "
		               "or where to ask over http, and a timeout such "
		               "as 60s");
	p->out->wait_ms = (int)ms;
	p->out->wait_port = (uint16_t)port;
	p->out->wait_log = value_get_string(wait, "log", NULL);
	if (!p->out->wait_log)
		return NULL;
	return check_pattern(p, get(wait, "log"));
}

static struct err *refuse_volumes(struct parsing *p)
{
	const struct value *v = get(p->want->spec, "volumes");

	if (!v || v->type != VALUE_MAP || v->map.n == 0)
		return NULL;
	return err_new(ERR_SYNTAX, pos_of(p, "volumes"),
	               "instance \"%s\": volumes are not supported yet by qemu",
	               p->want->name);
}

static struct err *refuse_count(struct parsing *p)
{
	if (value_get_int(p->want->spec, "count", 1) == 1)
		return NULL;
	return err_hint(err_new(ERR_SYNTAX, pos_of(p, "count"),
	                        "instance \"%s\": qemu has no managed groups",
	                        p->want->name),
	                "for_each: 3 makes three instances anywhere");
}

static bool wants_deny(const struct value *security)
{
	return strcmp(value_get_string(security, "wx", "allow"), "deny") == 0;
}

static struct err *parse_rest(struct parsing *p)
{
	const struct value *spec = p->want->spec, *clear = p->want->clear;
	const struct value *image = get(spec, "image");
	const struct value *log = get(spec, "log");
	const struct value *security = get(spec, "security");

	if (!qemu_spec_name_ok(p->want->name))
		return err_new(ERR_SYNTAX, p->want->pos,
		               "\"%s\" cannot be an instance's name here: "
		               "letters, digits, '-', '_' and '.', at most %d",
		               p->want->name, MAX_NAME);
	p->out->hostname = value_get_string(spec, "hostname", NULL);
	p->out->args = get(spec, "args");
	p->out->env = get(clear ? clear : spec, "env");
	if (log)
		p->out->syslog = value_get_string(log, "syslog", NULL);
	if (security)
		p->out->wx_deny = wants_deny(security);
	if (image)
		p->out->image = value_get_string(image, "digest", NULL);
	return NULL;
}

struct err *qemu_spec_parse(struct arena *mem, const struct desired *want,
                            struct qemu_spec *out)
{
	static struct err *(*const steps[])(struct parsing * p) = {
		parse_rest,    parse_memory, parse_cpus,     parse_network,
		parse_restart, parse_wait,   refuse_volumes, refuse_count,
	};
	struct qemu_spec spec = {0};
	struct parsing p = {mem, want, &spec};
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(steps); i++)
		e = steps[i](&p);
	if (!e)
		*out = spec;
	return e;
}
