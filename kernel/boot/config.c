/* config.c - each key is a row of a table with the function that takes it. */
#include "kernel/boot/config.h"

#include "kernel/abi/boot_lines.h"
#include "kernel/boot/probe.h"
#include "kernel/core/log.h"
#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

/* A value is terminated and may stay; it is never NULL. */
typedef int (*taker)(struct boot_config *c, char *value);

static int append(struct string_list *l, const char *s)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 8;
		const char **v = mem_alloc(cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		mem_free(l->v);
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = s;
	return 0;
}

static int take_program(struct boot_config *c, char *v)
{
	c->program = v;
	return v[0] == '/' ? 0 : -EINVAL;
}

static int take_arg(struct boot_config *c, char *v)
{
	/* The first of a later source drops those of earlier ones. */
	if (c->args_before) {
		c->args.n = 0;
		c->args_before = 0;
	}
	return append(&c->args, v);
}

static int take_env(struct boot_config *c, char *v)
{
	const char *equals = strchr(v, '=');
	size_t name;

	if (!equals || equals == v)
		return -EINVAL;
	name = (size_t)(equals - v) + 1;
	for (size_t i = 0; i < c->env.n; i++)
		if (strncmp(c->env.v[i], v, name) == 0) {
			c->env.v[i] = v;
			return 0;
		}
	return append(&c->env, v);
}

static int take_cwd(struct boot_config *c, char *v)
{
	c->cwd = v;
	return v[0] == '/' ? 0 : -EINVAL;
}

static int take_hostname(struct boot_config *c, char *v)
{
	c->hostname = v;
	return v[0] && strlen(v) <= 64 ? 0 : -EINVAL;
}

static int take_restart(struct boot_config *c, char *v)
{
	static const char *const names[] = {
		[RESTART_NEVER] = "never",
		[RESTART_ON_FAILURE] = "on-failure",
		[RESTART_ALWAYS] = "always",
	};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(v, names[i]) == 0) {
			c->restart = (enum restart_policy)i;
			return 0;
		}
	return -EINVAL;
}

static int take_security(struct boot_config *c, char *v)
{
	c->wx_deny = true;
	return strcmp(v, "wx-deny") == 0 ? 0 : -EINVAL;
}

static int take_trace(struct boot_config *c, char *v)
{
	c->trace_syscalls = true;
	return strcmp(v, "syscalls") == 0 ? 0 : -EINVAL;
}

static int take_probe(struct boot_config *c, char *v)
{
	c->probe = v;
	return probe_check(v);
}

static int take_seed(struct boot_config *c UNUSED, char *v)
{
	enum { SEED_MAX = 64 };
	size_t len = strlen(v);

	for (size_t i = 0; i < len; i++)
		if (!strchr("0123456789abcdefABCDEF", v[i]))
			return -EINVAL;
	random_add(v, len); /* its digits are as good as its bytes */
	return len <= 2 * SEED_MAX ? 0 : -EINVAL;
}

static int take_net(struct boot_config *c, char *v)
{
	return append(&c->net, v);
}

static int take_allow(struct boot_config *c, char *v)
{
	return append(&c->allow, v);
}

static int take_host(struct boot_config *c, char *v)
{
	return append(&c->host, v);
}

static int take_mount(struct boot_config *c, char *v)
{
	return append(&c->mount, v);
}

static int take_log(struct boot_config *c, char *v)
{
	return append(&c->log, v);
}

static const struct {
	const char *key;
	taker take;
} keys[] = {
	{"program", take_program},   {"arg", take_arg},
	{"env", take_env},           {"cwd", take_cwd},
	{"hostname", take_hostname}, {"host", take_host},
	{"net", take_net},           {"allow", take_allow},
	{"mount", take_mount},       {"log", take_log},
	{"restart", take_restart},   {"security", take_security},
	{"seed", take_seed},         {"trace", take_trace},
	{"probe", take_probe},
};

static taker find(const struct boot_line *l)
{
	for (unsigned i = 0; i < ARRAY_LEN(keys); i++)
		if (strlen(keys[i].key) == l->key_len &&
		    memcmp(keys[i].key, l->key, l->key_len) == 0)
			return keys[i].take;
	return NULL;
}

static int take_line(struct boot_config *c, const struct boot_line *l,
                     const char *source)
{
	taker take = find(l);

	if (!take) {
		log_line("%s:%lu: unknown key \"%.*s\" skipped", source,
		         l->number, (int)l->key_len, l->key);
		return 0;
	}
	/* Where the line feed was: the reader is already behind it. */
	l->value[l->value_len] = '\0';
	return take(c, l->value);
}

static void describe(const struct boot_line *l, const char *source, char *why,
                     size_t size)
{
	int shown = l->value_len < 80 ? (int)l->value_len : 80;

	str_printf(why, size, "%s:%lu: malformed line: %.*s%s%.*s", source,
	           l->number, (int)l->key_len, l->key, l->key_len ? " " : "",
	           shown, l->value);
}

int config_add(struct boot_config *c, const char *source, char *text,
               size_t len, char *why, size_t size)
{
	struct boot_reader r = {text, len, 0};
	enum boot_line_kind kind;
	struct boot_line l;
	int rc = 0;

	c->args_before = c->args.n;
	if (len > BOOT_LINES_MAX) {
		str_printf(why, size, "%s: more than %d bytes", source,
		           BOOT_LINES_MAX);
		return -EINVAL;
	}
	while (!rc && (kind = boot_line_next(&r, &l)) != BOOT_LINE_END) {
		rc = kind == BOOT_LINE_BAD ? -EINVAL : take_line(c, &l, source);
		if (rc == -EINVAL)
			describe(&l, source, why, size);
	}
	c->args_before = 0;
	return rc;
}
