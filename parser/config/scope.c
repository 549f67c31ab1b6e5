/* scope.c - what var, local, each, image, instance, ... mean. */
#include <stdlib.h>
#include <string.h>

#include "parser/config/internal.h"

struct root {
	const char *name;
	bool resource;
	bool members; /* it is no value itself: root.name is */
	const struct map *(*map)(const struct config *c);
	const struct value *(*value)(const struct config *c);
};

#define MAP_OF(field)                                                          \
	static const struct map *field##_of(const struct config *c)            \
	{                                                                      \
		return &c->field;                                              \
	}

MAP_OF(vars)
MAP_OF(locals)
MAP_OF(env)
MAP_OF(firewalls)
MAP_OF(images)
MAP_OF(volumes)
MAP_OF(addresses)
MAP_OF(instances)

static const struct value *name_of(const struct config *c)
{
	return c->name_value;
}

static const struct value *site_of(const struct config *c)
{
	return c->site_value;
}

static const struct root roots[] = {
	{"var", false, true, vars_of, NULL},
	{"local", false, true, locals_of, NULL},
	{"env", false, true, env_of, NULL},
	{"each", false, true, NULL, NULL},
	{"self", false, true, NULL, NULL},
	{"name", false, false, NULL, name_of},
	{"site", false, false, NULL, site_of},
	{"firewall", false, true, firewalls_of, NULL},
	{"image", true, true, images_of, NULL},
	{"volume", true, true, volumes_of, NULL},
	{"address", true, true, addresses_of, NULL},
	{"instance", true, true, instances_of, NULL},
};

static const struct root *find_root(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (!strcmp(roots[i].name, name))
			return &roots[i];
	return NULL;
}

bool config_is_root(const char *root)
{
	return find_root(root) != NULL;
}

bool config_is_resource(const char *root)
{
	const struct root *r = find_root(root);

	return r && r->resource;
}

const struct config_block *config_find_block(const struct config *c,
                                             const char *root, const char *name)
{
	const struct root *r = find_root(root);

	return r && r->resource ? map_get(r->map(c), name) : NULL;
}

const struct config_block *config_parse_address(struct arena *mem,
                                                const struct config *c,
                                                const char *text,
                                                const char **key)
{
	const char *dot = strchr(text, '.'), *open = strchr(text, '[');
	const char *end = open ? open : text + strlen(text);
	size_t len;

	*key = NULL;
	if (!dot || dot > end)
		return NULL;
	if (open) {
		len = strlen(open);
		if (len < 5 || open[1] != '"' || strcmp(open + len - 2, "\"]"))
			return NULL;
		*key = arena_strndup(mem, open + 2, len - 4);
	}
	return config_find_block(
		c, arena_strndup(mem, text, (size_t)(dot - text)),
		arena_strndup(mem, dot + 1, (size_t)(end - dot - 1)));
}

/* The node that `b` is, seen from `want`. */
static size_t node_of(const struct config_block *b,
                      const struct config_want *want, size_t nr_providers)
{
	if (b->each)
		return b->group;
	if (!b->by_provider)
		return b->nr_wants ? b->first : CONFIG_NO_NODE;
	if (want)
		return b->by_provider[want->provider];
	for (size_t i = 0; i < nr_providers; i++)
		if (b->by_provider[i] != CONFIG_NO_NODE)
			return b->by_provider[i];
	return CONFIG_NO_NODE;
}

static const struct value *find_block(const struct config_names *n,
                                      const struct config_block *b)
{
	const struct value *v = NULL;
	size_t node;

	if (b->absent)
		return value_null();
	node = node_of(b, n->want, n->config->nr_providers);
	if (node != CONFIG_NO_NODE && n->world)
		v = n->world->value_of(n->world->ctx, node);
	return v ? v : value_unknown();
}

static const struct value *find_each(const struct config_names *n,
                                     const char *name)
{
	if (!n->want || !n->want->each_key)
		return NULL;
	if (!strcmp(name, "key"))
		return n->want->each_key;
	return strcmp(name, "value") ? NULL : n->want->each_value;
}

/* A variable, local, ...: with its secrets in clear, when that is wanted. */
static const struct value *find_named(const struct config_names *n,
                                      const char *root, const struct value *v,
                                      const char *name)
{
	const struct config_secret *s;

	if (!v || !n->clear || !value_has_taint(v))
		return v;
	if (!strcmp(root, "local"))
		return config_local_clear(n, name);
	s = strcmp(root, "var") ? NULL : map_get(&n->config->secrets, name);
	return s ? config_secret_value(n->config, n->clear, s) : v;
}

static const struct value *find(const void *ctx, const char *root,
                                const char *name)
{
	const struct config_names *n = ctx;
	const struct root *r = find_root(root);
	const struct config_block *b;

	if (!r || r->members != (name != NULL))
		return NULL;
	if (!name)
		return r->value(n->config);
	if (r->resource) {
		b = map_get(r->map(n->config), name);
		return b ? find_block(n, b) : NULL;
	}
	if (r->map)
		return find_named(n, root, map_get(r->map(n->config), name),
		                  name);
	if (!strcmp(root, "each"))
		return find_each(n, name);
	return value_get(n->self, name);
}

static void guess(const void *ctx, const char *root, struct str_guess *g)
{
	const struct config_names *n = ctx;
	const struct root *r = root ? find_root(root) : NULL;
	const char *key;

	for (size_t i = 0; !root && i < ARRAY_LEN(roots); i++)
		str_guess_try(g, roots[i].name);
	for (size_t i = 0;
	     r && r->map && map_next(r->map(n->config), &i, &key);)
		str_guess_try(g, key);
	if (r && !strcmp(root, "each")) {
		str_guess_try(g, "key");
		str_guess_try(g, "value");
	}
}

struct expr_scope config_scope(const struct config_names *names)
{
	return (struct expr_scope){.ctx = names,
	                           .find = find,
	                           .guess = guess,
	                           .dir = names->config->dir,
	                           .inputs = names->config->inputs};
}
