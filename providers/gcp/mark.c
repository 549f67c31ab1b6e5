/* mark.c - see mark.h. */
#include "providers/gcp/mark.h"

#include <stdlib.h>
#include <string.h>

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

const char *gcp_mark_filter(struct arena *mem, const struct owner *owner)
{
	const char *filter = arena_printf(
		mem, "labels.miso-stack=%s AND labels.miso-site=%s",
		owner->stack, owner->site);

	return arena_printf(mem, "filter=%s", http_escape(mem, filter));
}

/* [a-z]([-a-z0-9]{0,61}[a-z0-9])? */
static bool is_name(const char *s)
{
	static const char inner[] = "-abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(s);

	return len >= 1 && len <= GCP_NAME_MOST && *s >= 'a' && *s <= 'z' &&
	       strspn(s, inner) == len && s[len - 1] != '-';
}

struct err *gcp_mark_name(struct arena *mem, const struct owner *owner,
                          const char *name, const char *tail,
                          struct src_pos pos, const char **out)
{
	const char *all =
		arena_printf(mem, "%s-%s-%s%s%s", owner->stack, owner->site,
	                     name, tail ? "-" : "", tail ? tail : "");

	if (!is_name(all))
		return err_new(ERR_SYNTAX, pos,
		               "\"%s\" cannot be a name on Compute Engine: at "
		               "most %d lower-case letters, digits and '-', a "
		               "letter first; it has %zu",
		               all, GCP_NAME_MOST, strlen(all));
	*out = all;
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
