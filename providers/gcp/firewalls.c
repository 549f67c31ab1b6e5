/* firewalls.c - see firewalls.h. */
#include "providers/gcp/firewalls.h"

#include <string.h>

#include "parser/schema/schema.h"
#include "providers/gcp/effect.h"
#include "providers/gcp/operation.h"

static const char *collection(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "%s/firewalls", gcp_place_global(mem, p));
}

/* {name: spec} of the tags of an instance. */
static const struct value *rules_of(const struct desired *want)
{
	const struct value *v = value_get(want->spec, "firewalls");

	return v && v->type == VALUE_MAP ? v : NULL;
}

/* --- checks --------------------------------------------------------------- */

static bool is_ipv6(const struct value *source)
{
	return strchr(source->string.s, ':') != NULL;
}

static struct err *check_sources(const char *name, const struct value *rule,
                                 struct src_pos pos)
{
	const struct value *s = value_get(rule, "sources");

	if (!s || s->type != VALUE_LIST || !s->list.n)
		return err_hint(err_new(ERR_SYNTAX, pos,
		                        "firewall \"%s\" has no sources, and "
		                        "on gcp nobody is let in by accident",
		                        name),
		                "sources: [0.0.0.0/0] means everybody");
	for (size_t i = 0; i < s->list.n; i++)
		if (!is_ipv6(s->list.v[i]))
			return NULL;
	return err_new(
		ERR_SYNTAX, s->list.v[0]->pos.line ? s->list.v[0]->pos : pos,
		"firewall \"%s\" has only IPv6 sources, and instances on "
		"gcp have IPv4 only: it would let nobody in",
		name);
}

static struct err *check_name(struct provider *p, struct arena *mem,
                              const char *name, struct src_pos pos)
{
	const char *path = arena_printf(mem, "%s/%s", collection(mem, p), name);

	if (!gcp_place_is_foreign(p, path))
		return NULL;
	return err_hint(err_new(ERR_CONFLICT, pos,
	                        "a firewall rule called \"%s\" exists and is "
	                        "not ours",
	                        name),
	                "delete it, or give the firewall another name");
}

struct err *gcp_firewalls_check(struct provider *p, struct arena *mem,
                                const struct desired *want)
{
	const struct value *rules = rules_of(want);
	struct err *e = NULL;

	for (size_t i = 0; !e && rules && i < rules->map.n; i++) {
		const struct value_entry *r = &rules->map.v[i];
		struct src_pos pos =
			r->value->pos.line ? r->value->pos : want->pos;
		const char *name;

		e = gcp_mark_name(mem, &p->owner, r->key, pos, &name);
		if (!e)
			e = check_sources(r->key, r->value, pos);
		if (!e)
			e = check_name(p, mem, name, pos);
	}
	return e;
}

/* --- rules ---------------------------------------------------------------- */

static json_t *allowed_of(const struct value *rule)
{
	const struct value *list = value_get(rule, "allow");
	json_t *out = json_array();

	for (size_t i = 0; list && i < list->list.n; i++) {
		struct schema_port r;
		json_t *one;

		if (!schema_allow_parse(list->list.v[i]->string.s, &r))
			continue;
		one = json_pack("{s:s}", "IPProtocol", r.protocol);
		if (r.first && !(r.first <= 1 && r.last == 65535))
			json_object_set_new(
				one, "ports",
				r.first == r.last
					? json_pack("[o]",
			                            json_sprintf("%u", r.first))
					: json_pack("[o]",
			                            json_sprintf("%u-%u",
			                                         r.first,
			                                         r.last)));
		json_array_append_new(out, one);
	}
	return out;
}

static json_t *sources_of(struct arena *mem, const struct value *rule)
{
	const struct value *list = value_get(rule, "sources");
	json_t *out = json_array();

	for (size_t i = 0; list && i < list->list.n; i++)
		if (!is_ipv6(list->list.v[i]))
			json_array_append_new(
				out, json_string(gcp_effect_range(
					     mem, list->list.v[i]->string.s)));
	return out;
}

static struct gcp_mark mark_of(struct arena *mem, const char *tag,
                               const struct value *rule)
{
	return (struct gcp_mark){
		.address = arena_printf(mem, "firewall.%s", tag),
		.name = tag,
		.digest = value_digest(mem, rule),
	};
}

static json_t *body_of(const struct provider *p, struct arena *mem,
                       const char *name, const char *tag,
                       const struct value *rule)
{
	struct gcp_mark mark = mark_of(mem, tag, rule);
	json_t *body = json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:[s], s:o}", "name", name,
		"direction", "INGRESS", "disabled", 0, "allowed",
		allowed_of(rule), "sourceRanges", sources_of(mem, rule),
		"targetTags", name, "network",
		strchr(p->network, '/')
			? json_string(p->network)
			: json_sprintf("projects/%s/global/networks/%s",
	                               p->project, p->network));

	mark.made = gcp_effect_of_body(mem, body);
	json_object_set_new(body, "description",
	                    json_string(gcp_mark_text(mem, &p->owner, &mark)));
	return body;
}

/* --- what is known of them ------------------------------------------------ */

static struct gcp_rule *find_rule(struct provider *p, const char *name)
{
	struct gcp_rule *r;

	pthread_mutex_lock(&p->lock);
	r = p->rules;
	while (r && strcmp(r->name, name) != 0)
		r = r->next;
	pthread_mutex_unlock(&p->lock);
	return r;
}

static void remember(struct provider *p, const char *name, const char *digest,
                     bool changed)
{
	struct gcp_rule *r = find_rule(p, name);

	pthread_mutex_lock(&p->lock);
	if (!r) {
		r = ARENA_NEW(&p->found, struct gcp_rule);
		r->name = arena_strdup(&p->found, name);
		r->next = p->rules;
		p->rules = r;
	}
	r->digest = arena_strdup(&p->found, digest);
	r->gone = false;
	r->changed = changed;
	pthread_mutex_unlock(&p->lock);
}

static bool is_carried(struct provider *p, const char *name)
{
	bool carried = false;

	pthread_mutex_lock(&p->lock);
	for (const struct gcp_peer *i = p->peers; i && !carried; i = i->next)
		for (size_t t = 0; !i->gone && t < i->nr_tags; t++)
			carried = carried || !strcmp(i->tags[t], name);
	pthread_mutex_unlock(&p->lock);
	return carried;
}

/* --- making and removing -------------------------------------------------- */

static struct err *patch(struct provider *p, struct arena *mem,
                         const char *path, json_t *body, const char *address,
                         const struct progress *progress)
{
	struct gcp_change c = {.method = "PATCH",
	                       .path = path,
	                       .body = body,
	                       .address = address,
	                       .progress = progress};
	struct gcp_done done;

	return gcp_change_must(p, mem, &c, &done);
}

static struct err *insert(struct provider *p, struct arena *mem,
                          const char *path, json_t *body,
                          const struct gcp_mark *mark, struct src_pos pos,
                          const struct progress *progress)
{
	struct gcp_change c = {.method = "POST",
	                       .path = collection(mem, p),
	                       .body = json_incref(body),
	                       .address = mark->address,
	                       .progress = progress};
	const struct value *r;
	struct gcp_mark have;
	bool existed;
	struct err *e = gcp_insert(p, mem, &c, path, &r, &existed);

	if (!e && existed &&
	    !gcp_mark_read(mem, &p->owner,
	                   value_get_string(r, "description", NULL), &have))
		e = err_new(ERR_CONFLICT, pos,
		            "a firewall rule called \"%s\" exists and is not "
		            "ours",
		            strrchr(path, '/') + 1);
	if (!e && existed && strcmp(have.digest, mark->digest) != 0)
		return patch(p, mem, path, body, mark->address, progress);
	json_decref(body);
	return e;
}

static struct err *ensure(struct provider *p, struct arena *mem,
                          const char *tag, const struct value *rule,
                          struct src_pos pos, const struct progress *progress)
{
	struct gcp_mark mark = mark_of(mem, tag, rule);
	const struct gcp_rule *known;
	const char *name, *path;
	json_t *body;
	struct err *e = gcp_mark_name(mem, &p->owner, tag, pos, &name);

	if (e)
		return e;
	known = find_rule(p, name);
	if (known && !known->gone && !known->changed &&
	    !strcmp(known->digest, mark.digest))
		return NULL;
	path = arena_printf(mem, "%s/%s", collection(mem, p), name);
	body = body_of(p, mem, name, tag, rule);
	e = known && !known->gone
	            ? patch(p, mem, path, body, mark.address, progress)
	            : insert(p, mem, path, body, &mark, pos, progress);
	if (!e)
		remember(p, name, mark.digest, false);
	return e;
}

struct err *gcp_firewalls_ensure(struct provider *p, struct arena *mem,
                                 const struct desired *want,
                                 const struct progress *progress)
{
	const struct value *rules = rules_of(want);
	struct err *e = NULL;

	pthread_mutex_lock(&p->rules_lock);
	for (size_t i = 0; !e && rules && i < rules->map.n; i++)
		e = ensure(p, mem, rules->map.v[i].key, rules->map.v[i].value,
		           want->pos, progress);
	pthread_mutex_unlock(&p->rules_lock);
	return e;
}

static struct err *remove_rule(struct provider *p, struct gcp_rule *r,
                               const struct progress *progress)
{
	struct arena mem = {0};
	struct err *e = gcp_delete(
		p, arena_printf(&mem, "%s/%s", collection(&mem, p), r->name),
		r->name, progress);

	arena_free(&mem);
	if (!e) {
		pthread_mutex_lock(&p->lock);
		r->gone = true;
		pthread_mutex_unlock(&p->lock);
	}
	return e;
}

struct err *gcp_firewalls_prune(struct provider *p,
                                const struct progress *progress)
{
	struct gcp_rule *r;
	struct err *e = NULL;

	pthread_mutex_lock(&p->rules_lock);
	pthread_mutex_lock(&p->lock);
	r = p->rules;
	pthread_mutex_unlock(&p->lock);
	for (; !e && r; r = r->next)
		if (!r->gone && !is_carried(p, r->name))
			e = remove_rule(p, r, progress);
	pthread_mutex_unlock(&p->rules_lock);
	return e;
}

/* --- lists ---------------------------------------------------------------- */

struct err *gcp_firewalls_list(struct provider *p, struct arena *mem,
                               struct object_set *out)
{
	const struct value *list;
	struct err *e = gcp_api_list(
		p, mem, collection(mem, p),
		"fields=items(name,description,direction,disabled,allowed,"
		"denied,sourceRanges,sourceTags,targetTags),nextPageToken",
		&list);

	if (e)
		return e;
	out->v = ARENA_ARRAY(mem, struct object, list->list.n);
	out->n = 0;
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *r = list->list.v[i];
		const char *name = value_get_string(r, "name", "");
		struct gcp_mark mark;

		if (!gcp_mark_read(mem, &p->owner,
		                   value_get_string(r, "description", NULL),
		                   &mark)) {
			if (gcp_mark_is_name(&p->owner, name))
				gcp_place_add_foreign(
					p,
					arena_printf(mem, "%s/%s",
				                     collection(mem, p), name));
			continue;
		}
		remember(p, name, mark.digest,
		         mark.made &&
		                 strcmp(mark.made, gcp_effect(mem, r)) != 0);
		if (is_carried(p, name))
			continue;
		out->v[out->n] = gcp_mark_object(
			"firewall",
			arena_printf(mem, "%s/%s", collection(mem, p), name),
			&mark);
		out->v[out->n++].attrs = value_map(mem, NULL, 0);
	}
	return NULL;
}

static const char *rule_fault(struct provider *p, struct arena *mem,
                              const char *tag)
{
	const struct gcp_rule *r = find_rule(p, tag);

	if (!gcp_mark_is_name(&p->owner, tag))
		return NULL;
	if (!r || r->gone)
		return arena_printf(mem, "its firewall rule %s is gone", tag);
	return r->changed ? arena_printf(mem,
	                                 "somebody changed its firewall rule "
	                                 "%s",
	                                 tag)
	                  : NULL;
}

const char *gcp_firewalls_fault(struct provider *p, struct arena *mem,
                                const char *id)
{
	const struct gcp_peer *peer = gcp_place_peer(p, id);
	const char *fault = NULL;

	for (size_t i = 0; peer && !fault && i < peer->nr_tags; i++)
		fault = rule_fault(p, mem, peer->tags[i]);
	return fault;
}

/* Unless an instance of this very run has come to carry it. */
struct err *gcp_firewalls_delete(struct provider *p, const struct object *have,
                                 const struct progress *progress)
{
	const char *name = strrchr(have->id, '/') + 1;
	struct gcp_rule *r;
	struct err *e = NULL;

	pthread_mutex_lock(&p->rules_lock);
	r = find_rule(p, name);
	if (r && !r->gone && !is_carried(p, name))
		e = remove_rule(p, r, progress);
	else if (!r)
		e = gcp_delete(p, have->id, have->address, progress);
	pthread_mutex_unlock(&p->rules_lock);
	return e;
}
