/* mark.c - see mark.h. */
#include "providers/gcp/mark.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/sha256.h"
#include "parser/base/str.h"

struct gcp_mark gcp_mark_of(const struct desired *want)
{
	return (struct gcp_mark){
		.address = want->address,
		.name = want->name,
		.digest = want->digest,
		.protect = want->protect,
		.needs = want->needs,
		.nr_needs = want->nr_needs,
	};
}

const char *gcp_mark_text(struct arena *mem, const struct owner *owner,
                          const struct gcp_mark *mark)
{
	json_t *v = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "miso", 1,
	                      "stack", owner->stack, "site", owner->site,
	                      "address", mark->address, "name", mark->name,
	                      "digest", mark->digest);
	json_t *needs = json_array();
	const char *out;
	char *text;

	for (size_t i = 0; i < mark->nr_needs; i++)
		json_array_append_new(needs, json_string(mark->needs[i]));
	if (mark->nr_needs)
		json_object_set(v, "needs", needs);
	json_decref(needs);
	if (mark->protect)
		json_object_set_new(v, "protect", json_true());
	if (mark->image)
		json_object_set_new(v, "image", json_string(mark->image));
	if (mark->made)
		json_object_set_new(v, "made", json_string(mark->made));
	if (mark->turn)
		json_object_set_new(v, "turn", json_integer(mark->turn));
	text = json_dumps(v, JSON_COMPACT);
	out = arena_strdup(mem, text);
	free(text);
	json_decref(v);
	return out;
}

static void read_needs(struct arena *mem, const struct value *v,
                       struct gcp_mark *out)
{
	const struct value *list = value_get(v, "needs");
	size_t n = list && list->type == VALUE_LIST ? list->list.n : 0;
	const char **needs = ARENA_ARRAY(mem, const char *, n);

	for (size_t i = 0; i < n; i++)
		if (list->list.v[i]->type == VALUE_STRING)
			needs[out->nr_needs++] = list->list.v[i]->string.s;
	out->needs = needs;
}

bool gcp_mark_is_one(const char *text)
{
	const struct value *v = value_null();
	struct arena mem = {0};
	bool is;

	if (!text || *text != '{')
		return false;
	err_free(value_from_json(&mem, text, strlen(text), &v));
	is = value_get_int(v, "miso", 0) == 1;
	arena_free(&mem);
	return is;
}

bool gcp_mark_read(struct arena *mem, const struct owner *owner,
                   const char *text, struct gcp_mark *out)
{
	const struct value *v = value_null();
	struct gcp_mark m = {0};

	if (!text || *text != '{')
		return false;
	err_free(value_from_json(mem, text, strlen(text), &v));
	if (value_get_int(v, "miso", 0) != 1 ||
	    strcmp(value_get_string(v, "stack", ""), owner->stack) != 0 ||
	    strcmp(value_get_string(v, "site", ""), owner->site) != 0)
		return false;
	m.address = value_get_string(v, "address", NULL);
	m.name = value_get_string(v, "name", "");
	m.digest = value_get_string(v, "digest", "");
	m.protect = value_get_bool(v, "protect", false);
	m.image = value_get_string(v, "image", NULL);
	m.turn = value_get_int(v, "turn", 0);
	m.made = value_get_string(v, "made", NULL);
	read_needs(mem, v, &m);
	if (!m.address)
		return false;
	*out = m;
	return true;
}

json_t *gcp_mark_labels(const struct owner *owner)
{
	return json_pack("{s:s, s:s}", "miso-stack", owner->stack, "miso-site",
	                 owner->site);
}

json_t *gcp_mark_labels_body(const struct value *now, json_t *ours)
{
	const struct value *have = value_get(now, "labels");

	for (size_t i = 0; have && have->type == VALUE_MAP && i < have->map.n;
	     i++) {
		const struct value_entry *v = &have->map.v[i];

		if (!str_starts(v->key, "miso-") &&
		    v->value->type == VALUE_STRING)
			json_object_set_new(ours, v->key,
			                    json_string(v->value->string.s));
	}
	return json_pack("{s:o, s:s}", "labels", ours, "labelFingerprint",
	                 value_get_string(now, "labelFingerprint", ""));
}

bool gcp_mark_has_labels(const struct owner *owner, const struct value *now)
{
	const struct value *have = value_get(now, "labels");

	return !strcmp(value_get_string(have, "miso-stack", ""),
	               owner->stack) &&
	       !strcmp(value_get_string(have, "miso-site", ""), owner->site);
}

/* --- as labels ------------------------------------------------------------ */

enum { LABEL_MOST = 63, BITS = 5, NO_DIGIT = 32 };

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static const char *to_base32(struct arena *mem, const char *text)
{
	size_t len = strlen(text), n = 0;
	char *out = arena_alloc(mem, len * 8 / BITS + 2, 1);
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | (unsigned char)text[i];
		for (have += 8; have >= BITS; have -= BITS)
			out[n++] = digits[bits >> (have - BITS) & 31];
	}
	if (have)
		out[n++] = digits[bits << (BITS - have) & 31];
	out[n] = '\0';
	return out;
}

/* Anything else than digits ends it. */
static const char *from_base32(struct arena *mem, const char *text)
{
	char *out = arena_alloc(mem, strlen(text) * BITS / 8 + 1, 1);
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (; *text; text++) {
		const char *at = strchr(digits, *text);

		if (!at)
			break;
		bits = bits << BITS | (unsigned)(at - digits);
		have += BITS;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have & 255);
	}
	out[n] = '\0';
	return out;
}

json_t *gcp_mark_as_labels(struct arena *mem, const struct owner *owner,
                           const struct gcp_mark *mark)
{
	const char *text = to_base32(mem, gcp_mark_text(mem, owner, mark));
	json_t *labels = gcp_mark_labels(owner);

	for (int i = 0; *text; i++) {
		size_t n = strnlen(text, LABEL_MOST);

		json_object_set_new(labels,
		                    arena_printf(mem, "miso-mark-%d", i),
		                    json_stringn(text, n));
		text += n;
	}
	return labels;
}

const char *gcp_mark_in_labels(struct arena *mem, const struct value *labels)
{
	const char *all = "", *part;

	for (int i = 0;; i++) {
		part = value_get_string(
			labels, arena_printf(mem, "miso-mark-%d", i), NULL);
		if (!part)
			break;
		all = arena_printf(mem, "%s%s", all, part);
	}
	return *all ? from_base32(mem, all) : NULL;
}

/* --- names ---------------------------------------------------------------- */

const char *gcp_mark_filter(struct arena *mem, const struct owner *owner)
{
	const char *filter = arena_printf(
		mem, "labels.miso-stack=%s AND labels.miso-site=%s",
		owner->stack, owner->site);

	return arena_printf(mem, "filter=%s", http_escape(mem, filter));
}

/* [a-z]([-a-z0-9]*[a-z0-9])? of at most `most` */
static bool is_name(const char *s, size_t most)
{
	static const char inner[] = "-abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(s);

	return len >= 1 && len <= most && *s >= 'a' && *s <= 'z' &&
	       strspn(s, inner) == len && s[len - 1] != '-';
}

static struct err *whole_name(struct arena *mem, const struct owner *owner,
                              const char *name, size_t most, struct src_pos pos,
                              const char **out)
{
	*out = arena_printf(mem, "%s-%s-%s", owner->stack, owner->site, name);
	if (is_name(*out, most))
		return NULL;
	return err_new(ERR_SYNTAX, pos,
	               "\"%s\" cannot be a name on Compute Engine: at most %d "
	               "lower-case letters, digits and '-', a letter first; it "
	               "has %zu",
	               *out, GCP_NAME_MOST, strlen(*out));
}

struct err *gcp_mark_name(struct arena *mem, const struct owner *owner,
                          const char *name, struct src_pos pos,
                          const char **out)
{
	return whole_name(mem, owner, name, GCP_NAME_MOST, pos, out);
}

struct err *gcp_mark_short_name(struct arena *mem, const struct owner *owner,
                                const char *name, const char *tail, size_t most,
                                struct src_pos pos, const char **out)
{
	enum { DIGITS = 10 }; /* of the digest of what is cut off */
	size_t room = most - (tail ? strlen(tail) + 1 : 0), len;
	struct err *e = whole_name(mem, owner, name, SIZE_MAX, pos, out);
	struct sha256 hash;

	if (e)
		return e;
	len = strlen(*out);
	if (len > room) {
		hash = sha256_of(*out, len);
		len = room - DIGITS - 1;
		while ((*out)[len - 1] == '-')
			len--;
		*out = arena_printf(mem, "%.*s-%.*s", (int)len, *out, DIGITS,
		                    hash.hex);
	}
	if (tail)
		*out = arena_printf(mem, "%s-%s", *out, tail);
	return NULL;
}

bool gcp_mark_is_name(const struct owner *owner, const char *name)
{
	size_t stack = strlen(owner->stack), site = strlen(owner->site);

	return !strncmp(name, owner->stack, stack) && name[stack] == '-' &&
	       !strncmp(name + stack + 1, owner->site, site) &&
	       name[stack + 1 + site] == '-';
}

struct object gcp_mark_object(const char *kind, const char *id,
                              const struct gcp_mark *mark)
{
	return (struct object){
		.kind = kind,
		.address = mark->address,
		.id = id,
		.digest = mark->digest,
		.protect = mark->protect,
		.needs = mark->needs,
		.nr_needs = mark->nr_needs,
	};
}

struct object gcp_mark_foreign(const struct provider *p, struct arena *mem,
                               const char *kind, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t prefix = strlen(p->owner.stack) + strlen(p->owner.site) + 2;
	struct value_entry v = {.key = "name"};

	v.value = value_string(
		mem, gcp_mark_is_name(&p->owner, name) ? name + prefix : path);
	return (struct object){
		.kind = kind,
		.id = path,
		.digest = "",
		.foreign = true,
		.attrs = value_map(mem, &v, 1),
	};
}
