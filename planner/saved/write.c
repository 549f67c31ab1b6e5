/* write.c - a plan becomes the text of a file. */
#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/sha256.h"
#include "parser/base/strbuf.h"
#include "planner/saved/internal.h"

const struct saved_list_row saved_lists[] = {
	{"vars", offsetof(struct saved_request, vars)},
	{"var_files", offsetof(struct saved_request, var_files)},
	{"targets", offsetof(struct saved_request, targets)},
	{"excludes", offsetof(struct saved_request, excludes)},
	{"replaces", offsetof(struct saved_request, replaces)},
	{0},
};

/* --- variables ------------------------------------------------------------ */

static bool is_secret(const struct plan *p, const char *name)
{
	const struct value *v = map_get(&p->config->vars, name);

	return v && value_has_taint(v);
}

struct names {
	const char **v;
	size_t n, cap;
};

static void add_environment(struct arena *mem, const struct plan *p,
                            struct names *names)
{
	const char *name;

	for (size_t at = 0; map_next(&p->config->vars, &at, &name);) {
		const char *text =
			getenv(arena_printf(mem, "MISO_VAR_%s", name));

		if (!text || is_secret(p, name))
			continue;
		ARENA_RESERVE(mem, const char *, names->v, names->n,
		              names->cap);
		names->v[names->n++] = arena_printf(mem, "%s=%s", name, text);
	}
}

void saved_collect_vars(struct arena *mem, const struct plan *p,
                        struct saved_request *request)
{
	struct names names = {0};

	add_environment(mem, p, &names);
	/* The last one counts, so these come after. */
	for (size_t i = 0; i < request->vars.n; i++) {
		const char *text = request->vars.v[i];
		size_t len = strcspn(text, "=");

		if (is_secret(p, arena_strndup(mem, text, len)))
			continue;
		ARENA_RESERVE(mem, const char *, names.v, names.n, names.cap);
		names.v[names.n++] = text;
	}
	request->vars = (struct saved_list){names.v, names.n};
}

/* --- entries -------------------------------------------------------------- */

static void add_field(struct strbuf *b, const char *text)
{
	strbuf_add(b, text ? text : "");
	strbuf_addc(b, '\0');
}

/*
 * What counts of an object: which one it is, what was applied, and whether it
 * drifted. What changes by itself (a pid, a state) does not.
 */
static const char *seen_digest(struct arena *mem, const struct object *o)
{
	struct strbuf b = {0};
	struct sha256 hash;

	add_field(&b, o->kind);
	add_field(&b, o->id);
	add_field(&b, o->digest);
	add_field(&b, o->fault);
	add_field(&b, o->protect ? "protected" : "");
	add_field(&b, o->foreign ? "foreign" : "");
	add_field(&b, o->drift ? value_digest(mem, o->drift) : "");
	hash = sha256_of(b.s, b.len);
	strbuf_fini(&b);
	return arena_strdup(mem, hash.hex);
}

/* Also a change of what stands behind the body, such as a program's bytes. */
static const char *want_digest(struct arena *mem, const struct plan_node *n)
{
	const struct value *content = value_get(n->known, "digest");

	if (!content || content->type != VALUE_STRING)
		return arena_printf(mem, "%s%s", n->desired.digest,
		                    n->desired.protect ? "+protect" : "");
	return arena_printf(mem, "%s+%s%s", n->desired.digest,
	                    content->string.s,
	                    n->desired.protect ? "+protect" : "");
}

static void describe(struct arena *mem, const struct plan *p,
                     const struct plan_node *n, struct saved_entry *out)
{
	const char *place = p->session->places[n->place].name;

	out->address = plan_address(n);
	out->key = n->want ? arena_printf(mem, "%s %s", place, out->address)
	                   : arena_printf(mem, "%s %s %s", place, out->address,
	                                  n->have->id ? n->have->id : "");
	out->action = plan_action_name(n->diff.action);
	out->want = n->want ? want_digest(mem, n) : "";
	out->seen = n->have ? seen_digest(mem, n->have) : "";
}

struct saved_entry *saved_entries(struct arena *mem, const struct plan *p,
                                  size_t *n)
{
	struct saved_entry *v = ARENA_ARRAY(mem, struct saved_entry, p->n);

	*n = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *node = &p->nodes[i];

		if ((node->want || node->have) && !node->successor)
			describe(mem, p, node, &v[(*n)++]);
	}
	return v;
}

const char *saved_places_digest(struct arena *mem, const struct plan *p)
{
	struct strbuf b = {0};
	struct sha256 hash;

	for (size_t i = 0; i < p->config->nr_providers; i++) {
		add_field(&b, p->config->providers[i].name);
		add_field(&b, p->config->providers[i].type);
		add_field(&b,
		          value_digest(mem, p->config->providers[i].settings));
	}
	hash = sha256_of(b.len ? b.s : "", b.len);
	strbuf_fini(&b);
	return arena_strdup(mem, hash.hex);
}

/* --- text ----------------------------------------------------------------- */

static void add_string(struct strbuf *b, const char *s)
{
	json_add_string(b, s, strlen(s));
}

static void add_pair(struct strbuf *b, const char *key, const char *s)
{
	strbuf_addc(b, ',');
	add_string(b, key);
	strbuf_addc(b, ':');
	if (s)
		add_string(b, s);
	else
		strbuf_add(b, "null");
}

static void add_lists(struct strbuf *b, const struct saved_request *request)
{
	for (const struct saved_list_row *row = saved_lists; row->key; row++) {
		const char *base = (const char *)request + row->offset;
		const struct saved_list *list = (const void *)base;

		strbuf_addc(b, ',');
		add_string(b, row->key);
		strbuf_add(b, ":[");
		for (size_t i = 0; i < list->n; i++) {
			strbuf_add(b, i ? "," : "");
			add_string(b, list->v[i]);
		}
		strbuf_addc(b, ']');
	}
}

/* A list: 100,000 of them need no keys. */
static void add_entry(struct strbuf *b, const struct saved_entry *e)
{
	const char *const fields[] = {e->key, e->address, e->action, e->want,
	                              e->seen};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		strbuf_addc(b, i ? ',' : '[');
		add_string(b, fields[i]);
	}
	strbuf_addc(b, ']');
}

const char *saved_text(struct arena *mem, const struct plan *p,
                       const struct saved_request *request, size_t *len)
{
	struct strbuf b = {0};
	struct arena scratch = {0};
	struct saved_entry *v;
	struct sha256 hash;
	const char *text;
	size_t n;

	v = saved_entries(&scratch, p, &n);
	strbuf_printf(&b, "{\"miso_plan\":%d", SAVED_FORMAT);
	add_pair(&b, "miso_version", MISO_VERSION);
	add_pair(&b, "stack", p->config->name);
	add_pair(&b, "of_site", p->config->site);
	add_pair(&b, "file", request->file);
	add_pair(&b, "site", request->site);
	add_pair(&b, "destroy", request->destroy ? "yes" : NULL);
	add_pair(&b, "providers", saved_places_digest(&scratch, p));
	add_lists(&b, request);
	strbuf_add(&b, ",\"entries\":[");
	for (size_t i = 0; i < n; i++) {
		strbuf_add(&b, i ? ",\n" : "\n");
		add_entry(&b, &v[i]);
	}
	strbuf_add(&b, "]");
	hash = sha256_of(b.s, b.len);
	strbuf_add(&b, SAVED_SEAL_HEAD);
	strbuf_add(&b, hash.hex);
	strbuf_add(&b, SAVED_SEAL_TAIL);
	text = arena_strndup(mem, b.s, b.len);
	*len = b.len;
	strbuf_fini(&b);
	arena_free(&scratch);
	return text;
}
