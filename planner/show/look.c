/* look.c - words and values that all forms for people share. */
#include <string.h>

#include "parser/base/sha256.h"
#include "parser/schema/schema.h"
#include "planner/show/internal.h"

const char *show_symbol(const struct plan_node *n)
{
	static const char *const symbols[] = {
		[DIFF_NONE] = "   ",   [DIFF_CREATE] = "  +",
		[DIFF_UPDATE] = "  ~", [DIFF_REPLACE] = "-/+",
		[DIFF_DELETE] = "  -",
	};

	return n->create_first ? "+/-" : symbols[n->diff.action];
}

const char *show_verb(const struct plan_node *n)
{
	static const char *const verbs[] = {
		[DIFF_NONE] = "stays",
		[DIFF_CREATE] = "will be created",
		[DIFF_UPDATE] = "will be updated",
		[DIFF_REPLACE] = "will be replaced",
		[DIFF_DELETE] = "will be deleted",
	};

	return verbs[n->diff.action];
}

bool show_is_change(const struct plan_node *n)
{
	return plan_is_change(n) && !n->successor;
}

/* --- reasons -------------------------------------------------------------- */

static const struct config_block *block_of(const struct config *c,
                                           const char *address)
{
	static const struct {
		const char *kind;
		size_t map;
	} rows[] = {
		{"image", offsetof(struct config, images)},
		{"volume", offsetof(struct config, volumes)},
		{"address", offsetof(struct config, addresses)},
		{"instance", offsetof(struct config, instances)},
		{"address", offsetof(struct config, addresses)},
	};
	const char *dot = strchr(address, '.'), *name = dot ? dot + 1 : "";
	struct arena mem = {0};
	const struct config_block *b = NULL;

	name = arena_strndup(&mem, name, strcspn(name, "["));
	for (size_t i = 0; dot && i < ARRAY_LEN(rows); i++) {
		const char *base = (const char *)c + rows[i].map;

		if (!strncmp(rows[i].kind, address, (size_t)(dot - address)) &&
		    !rows[i].kind[dot - address])
			b = map_get((const struct map *)(const void *)base,
			            name);
	}
	arena_free(&mem);
	return b;
}

const char *show_delete_reason(const struct plan *p, const struct plan_node *n)
{
	const char *address = n->have->address;
	const struct config_block *b = block_of(p->config, address);

	if (n->diff.reasons != DIFF_GONE)
		return NULL;
	if (!b || b->absent)
		return "delete_because_no_resource_config";
	if (b->each != (strchr(address, '[') != NULL))
		return "delete_because_wrong_repetition";
	if (b->each)
		return "delete_because_each_key";
	return "delete_because_no_resource_config";
}

static const char *gone_text(const struct plan *p, const struct plan_node *n)
{
	static const struct {
		const char *reason, *text;
	} rows[] = {
		{"delete_because_each_key",
	         "for_each has no such key any more"},
		{"delete_because_wrong_repetition",
	         "for_each came or went in the file"},
	};
	const char *reason = show_delete_reason(p, n);

	for (size_t i = 0; reason && i < ARRAY_LEN(rows); i++)
		if (!strcmp(rows[i].reason, reason))
			return rows[i].text;
	return "gone from the file";
}

static const char *drift_text(struct arena *mem, const struct plan_node *n)
{
	const char *fault = n->have->fault;

	return arena_printf(mem, "drifted%s%s", fault ? ": " : "",
	                    fault ? fault : "");
}

static const char *reason_text(struct arena *mem, const struct plan *p,
                               const struct plan_node *n, enum diff_reason bit)
{
	switch (bit) {
	case DIFF_NEW:
		return "new";
	case DIFF_VANISHED:
		return "drifted: somebody deleted it";
	case DIFF_CONFIG:
		return "config changed";
	case DIFF_DRIFT:
		return drift_text(mem, n);
	case DIFF_GONE:
		return gone_text(p, n);
	case DIFF_FORCED:
		return "--replace was asked for";
	case DIFF_MOVED:
		return arena_printf(mem, "moved from %s", n->have->address);
	case DIFF_ADOPTED:
		return arena_printf(mem, "adopted: %s",
		                    n->have->id ? n->have->id : "");
	case DIFF_EXTRA:
		return "a second object at this address";
	case DIFF_NEEDS:
		return "what it refers to changes";
	case DIFF_ASKED:
		return "destroy was asked for";
	}
	return "";
}

void show_add_reasons(struct strbuf *b, const struct plan *p,
                      const struct plan_node *n)
{
	struct arena mem = {0};
	bool any = false;

	for (unsigned bit = 1; bit <= DIFF_LAST_REASON; bit <<= 1) {
		if (!(n->diff.reasons & bit))
			continue;
		strbuf_printf(b, "%s%s", any ? "; " : "",
		              reason_text(&mem, p, n, (enum diff_reason)bit));
		any = true;
	}
	arena_free(&mem);
}

const char *show_left_out(struct arena *mem, const struct plan *p)
{
	size_t n = p->nr_left_out;

	if (!n)
		return "";
	return arena_printf(mem, "%zu change%s left out as asked for", n,
	                    n == 1 ? " is" : "s are");
}

/* --- values --------------------------------------------------------------- */

const struct schema_attr *show_row(const struct plan_node *n, const char *path)
{
	return n->want ? schema_find(n->want->block->kind, path) : NULL;
}

bool show_is_nothing(const struct value *v)
{
	return v->type == VALUE_NULL || (v->type == VALUE_LIST && !v->list.n) ||
	       (v->type == VALUE_MAP && !v->map.n);
}

static void add_scaled(struct strbuf *b, int64_t v, const char *const *units,
                       int64_t step)
{
	while (units[1] && v && v % step == 0) {
		v /= step;
		units++;
	}
	strbuf_printf(b, "%lld%s", (long long)v, *units);
}

/* 64 hex digits: the first twelve say enough. */
static bool is_digest(const struct value *v)
{
	return v->type == VALUE_STRING && v->string.len == SHA256_HEX &&
	       strspn(v->string.s, "0123456789abcdef") == SHA256_HEX;
}

static void add_json(struct strbuf *b, const struct value *v, size_t most)
{
	struct arena mem = {0};
	const char *json = value_to_json(&mem, v);
	size_t len = strlen(json);

	if (most && len > most) {
		len = most;
		while (((unsigned char)json[len] & 0xc0) == 0x80)
			len--;
		strbuf_addn(b, json, len);
		strbuf_add(b, "...");
	} else {
		strbuf_addn(b, json, len);
	}
	arena_free(&mem);
}

/* An image is known by its name and digest. */
static void add_object(struct strbuf *b, const struct value *v)
{
	const char *digest = value_get_string(v, "digest", NULL);

	strbuf_printf(b, "%s", value_get_string(v, "name", "?"));
	if (digest)
		strbuf_printf(b, " (%.12s)", digest);
}

void show_add_value(struct strbuf *b, const struct schema_attr *row,
                    const struct value *v, size_t most)
{
	static const char *const sizes[] = {"", "Ki", "Mi", "Gi", "Ti", NULL};
	static const char *const times[] = {"ms", "s", NULL};
	enum schema_type type = row ? row->type : SCHEMA_ANY;

	if (!v)
		strbuf_add(b, "(none)");
	else if (value_is_secret(v))
		strbuf_add(b, VALUE_JSON_TAINTED);
	else if (v->type == VALUE_UNKNOWN)
		strbuf_add(b, VALUE_JSON_UNKNOWN);
	else if (v->type == VALUE_INT && type == SCHEMA_SIZE)
		add_scaled(b, v->integer, sizes, 1024);
	else if (v->type == VALUE_INT && type == SCHEMA_DURATION)
		add_scaled(b, v->integer, times, 1000);
	else if (v->type == VALUE_MAP && type == SCHEMA_REF)
		add_object(b, v);
	else if (is_digest(v))
		strbuf_printf(b, "%.12s", v->string.s);
	else
		add_json(b, v, most);
}
