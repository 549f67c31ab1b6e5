/* read.c - a file that claims to be a saved plan. Nothing in it is trusted. */
#include <string.h>

#include "parser/base/sha256.h"
#include "parser/value/value.h"
#include "planner/saved/internal.h"

struct reader {
	struct arena *mem;
	const char *name;
	const struct value *root;
	struct err *e; /* the first mistake */
};

static struct err *no_plan(const char *name, const char *what)
{
	return err_new(ERR_SYNTAX, NO_POS, "%s is no saved plan: %s", name,
	               what);
}

static void fail(struct reader *r, const char *what)
{
	if (!r->e)
		r->e = no_plan(r->name, what);
}

/* The text under `key`; NULL when it is null or absent. */
static const char *text_or_null(struct reader *r, const char *key)
{
	const struct value *v = value_get(r->root, key);

	if (!v || v->type == VALUE_NULL)
		return NULL;
	if (v->type != VALUE_STRING) {
		fail(r, arena_printf(r->mem, "\"%s\" is no text", key));
		return NULL;
	}
	return v->string.s;
}

static const char *text_of(struct reader *r, const char *key)
{
	const char *s = text_or_null(r, key);

	if (!s)
		fail(r, arena_printf(r->mem, "\"%s\" is not there", key));
	return s ? s : "";
}

static const struct value *list_of(struct reader *r, const char *key)
{
	const struct value *v = value_get(r->root, key);

	if (v && v->type == VALUE_LIST)
		return v;
	fail(r, arena_printf(r->mem, "\"%s\" is no list", key));
	return value_list(r->mem, NULL, 0);
}

/* All elements as texts; NULL when one is none. */
static const char **texts(struct reader *r, const struct value *list)
{
	const char **v = ARENA_ARRAY(r->mem, const char *, list->list.n);

	for (size_t i = 0; i < list->list.n; i++) {
		if (list->list.v[i]->type != VALUE_STRING) {
			fail(r,
			     "there is a list with something else than text");
			return NULL;
		}
		v[i] = list->list.v[i]->string.s;
	}
	return v;
}

static void read_request(struct reader *r, struct saved_request *out)
{
	out->file = text_or_null(r, "file");
	out->site = text_or_null(r, "site");
	out->destroy = text_or_null(r, "destroy") != NULL;
	for (const struct saved_list_row *row = saved_lists; row->key; row++) {
		struct saved_list *list = (void *)((char *)out + row->offset);
		const struct value *v = list_of(r, row->key);

		list->v = texts(r, v);
		list->n = list->v ? v->list.n : 0;
	}
}

static void read_entry(struct reader *r, const struct value *v,
                       struct saved_entry *out)
{
	enum { FIELDS = 5 };
	const char **s = NULL;

	if (v->type == VALUE_LIST && v->list.n == FIELDS)
		s = texts(r, v);
	if (!s) {
		fail(r, "an entry has not five texts");
		return;
	}
	*out = (struct saved_entry){s[0], s[1], s[2], s[3], s[4]};
}

static void read_entries(struct reader *r, struct saved *out)
{
	const struct value *list = list_of(r, "entries");

	out->n = list->list.n;
	out->entries = ARENA_ARRAY(r->mem, struct saved_entry, out->n);
	for (size_t i = 0; i < out->n && !r->e; i++)
		read_entry(r, list->list.v[i], &out->entries[i]);
}

/* The digest at the end is of all before it. */
static bool is_sealed(const char *text, size_t len)
{
	const size_t head = strlen(SAVED_SEAL_HEAD),
		     tail = strlen(SAVED_SEAL_TAIL);
	const size_t seal = head + SHA256_HEX + tail;
	struct sha256 hash;
	const char *end;

	if (len < seal)
		return false;
	end = text + len - seal;
	hash = sha256_of(text, len - seal);
	return !memcmp(end, SAVED_SEAL_HEAD, head) &&
	       !memcmp(end + head, hash.hex, SHA256_HEX) &&
	       !memcmp(end + head + SHA256_HEX, SAVED_SEAL_TAIL, tail);
}

static struct err *check_version(struct reader *r)
{
	int64_t format = value_get_int(r->root, "miso_plan", 0);
	const char *version = value_get_string(r->root, "miso_version", "");

	if (!format)
		return no_plan(r->name, "it says nothing of miso");
	if (format == SAVED_FORMAT && !strcmp(version, MISO_VERSION))
		return NULL;
	if (!strcmp(version, MISO_VERSION))
		return no_plan(r->name, "its format is of another miso");
	return err_hint(err_new(ERR_CONFLICT, NO_POS,
	                        "%s was made by miso %s; this is %s", r->name,
	                        version, MISO_VERSION),
	                "make the plan again with this version");
}

struct err *saved_parse(struct arena *mem, const char *name, const char *text,
                        size_t len, struct saved *out)
{
	struct reader r = {.mem = mem, .name = name};
	struct saved s = {0};
	struct err *e = value_from_json(mem, text, len, &r.root);

	if (e)
		return err_wrap(e, NO_POS, "%s is no saved plan", name);
	e = check_version(&r);
	if (e)
		return e;
	if (!is_sealed(text, len))
		return err_new(ERR_SYNTAX, NO_POS,
		               "%s is damaged, or was changed by hand", name);
	s.stack = text_of(&r, "stack");
	s.site = text_of(&r, "of_site");
	s.places = text_of(&r, "providers");
	read_request(&r, &s.request);
	read_entries(&r, &s);
	if (!r.e)
		*out = s;
	return r.e;
}
