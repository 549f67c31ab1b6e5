/* effect.c - see effect.h. */
#include "providers/gcp/effect.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/sha256.h"
#include "parser/base/strbuf.h"

enum { DIGITS = 16 }; /* nobody makes collisions of rules on purpose */

/* Lines, to be sorted. */
struct lines {
	struct arena *mem;
	const char **v;
	size_t n, cap;
};

static void add(struct lines *l, const char *what, const char *text)
{
	ARENA_RESERVE(l->mem, const char *, l->v, l->n, l->cap);
	l->v[l->n++] = arena_printf(l->mem, "%s %s", what, text);
}

static size_t length(const struct value *list)
{
	return list && list->type == VALUE_LIST ? list->list.n : 0;
}

static void add_all(struct lines *l, const char *what, const struct value *list)
{
	for (size_t i = 0; i < length(list); i++)
		if (list->list.v[i]->type == VALUE_STRING)
			add(l, what, list->list.v[i]->string.s);
}

static void add_ranges(struct lines *l, const struct value *list)
{
	for (size_t i = 0; i < length(list); i++)
		if (list->list.v[i]->type == VALUE_STRING)
			add(l, "from",
			    gcp_effect_range(l->mem,
			                     list->list.v[i]->string.s));
}

/* {"IPProtocol": "tcp", "ports": ["80", "8000-8010"]}; no ports: all. */
static void add_protocol(struct lines *l, const char *what,
                         const struct value *one)
{
	const char *protocol = value_get_string(one, "IPProtocol", "");
	const struct value *ports = value_get(one, "ports");

	if (!length(ports))
		add(l, what, protocol);
	add_all(l, arena_printf(l->mem, "%s %s", what, protocol), ports);
}

static void add_protocols(struct lines *l, const char *what,
                          const struct value *list)
{
	for (size_t i = 0; i < length(list); i++)
		add_protocol(l, what, list->list.v[i]);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *gcp_effect_range(struct arena *mem, const char *text)
{
	size_t len = strcspn(text, "/");
	char name[INET_ADDRSTRLEN];
	unsigned long bits;
	struct in_addr a;
	char *end;

	if (inet_pton(AF_INET, arena_strndup(mem, text, len), &a) != 1)
		return text;
	bits = text[len] ? strtoul(text + len + 1, &end, 10) : 32;
	if (text[len] && (*end || end == text + len + 1 || bits > 32))
		return text;
	a.s_addr &= htonl(bits ? UINT32_MAX << (32 - bits) : 0);
	return arena_printf(mem, "%s/%lu",
	                    inet_ntop(AF_INET, &a, name, sizeof(name)), bits);
}

const char *gcp_effect(struct arena *mem, const struct value *rule)
{
	struct lines l = {.mem = mem};
	struct strbuf all = {0};
	struct sha256 hash;

	add(&l, "direction", value_get_string(rule, "direction", "INGRESS"));
	if (value_get_bool(rule, "disabled", false))
		add(&l, "is", "disabled");
	add_protocols(&l, "allowed", value_get(rule, "allowed"));
	add_protocols(&l, "denied", value_get(rule, "denied"));
	add_ranges(&l, value_get(rule, "sourceRanges"));
	add_all(&l, "from", value_get(rule, "sourceTags"));
	add_all(&l, "to", value_get(rule, "targetTags"));
	qsort(l.v, l.n, sizeof(*l.v), by_text);
	for (size_t i = 0; i < l.n; i++)
		strbuf_printf(&all, "%s\n", l.v[i]);
	hash = sha256_of(all.s, all.len);
	strbuf_fini(&all);
	return arena_strndup(mem, hash.hex, DIGITS);
}

const char *gcp_effect_of_body(struct arena *mem, const json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	const struct value *rule = value_null();

	err_free(value_from_json(mem, text, strlen(text), &rule));
	free(text);
	return gcp_effect(mem, rule);
}
