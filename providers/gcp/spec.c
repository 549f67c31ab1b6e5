/* spec.c - see spec.h. */
#include "providers/gcp/spec.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/sha256.h"
#include "parser/base/str.h"
#include "parser/schema/schema.h"
#include "providers/gcp/machine.h"
#include "providers/image/image_boot.h"

static struct src_pos pos_of(const struct desired *want, const char *key)
{
	const struct value *v = value_get(want->spec, key);

	return v && v->pos.line ? v->pos : want->pos;
}

/* NULL for what is absent or null. */
static const struct value *get(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type != VALUE_NULL ? v : NULL;
}

static size_t length(const struct value *v, enum value_type type)
{
	if (!v || v->type != type)
		return 0;
	return type == VALUE_LIST ? v->list.n : v->map.n;
}

/* --- parsing -------------------------------------------------------------- */

struct parsing {
	struct provider *p;
	struct arena *mem;
	const struct desired *want;
	struct gcp_spec *out;
};

/*
 * What is there keeps its name, which cannot change. A name that is free by the
 * file's account may still be that of one which moved away.
 */
static struct err *parse_name(struct parsing *s)
{
	enum { DIGITS = 6 }; /* of the address's digest */
	const struct desired *want = s->want;
	const struct owner *owner = &s->p->owner;
	struct sha256 hash;
	struct err *e;

	if (want->id) {
		s->out->name = arena_strdup(s->mem, gcp_place_last(want->id));
		return NULL;
	}
	e = gcp_mark_name(s->mem, owner, want->name, want->pos, &s->out->name);
	if (e || !gcp_place_is_taken(s->p, gcp_spec_path(s->mem, s->p, s->out),
	                             want->address))
		return e;
	hash = sha256_of(want->address, strlen(want->address));
	return gcp_mark_short_name(
		s->mem, owner, want->name,
		arena_printf(s->mem, "%.*s", DIGITS, hash.hex), GCP_NAME_MOST,
		want->pos, &s->out->name);
}

static struct err *parse_place(struct parsing *s)
{
	const char *zone = value_get_string(s->want->spec, "zone", s->p->zone);

	s->out->zone = zone;
	s->out->region = gcp_place_region_of(s->mem, zone);
	if (!s->out->region)
		return err_new(ERR_SYNTAX, pos_of(s->want, "zone"),
		               "\"%s\" is no zone such as us-west2-a", zone);
	return gcp_machine_choose(s->mem, s->want->spec, s->p->machine,
	                          s->want->pos, &s->out->machine);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct err *parse_tags(struct parsing *s)
{
	const struct value *list = get(s->want->spec, "tags");
	size_t n = length(list, VALUE_LIST);
	const char **tags = ARENA_ARRAY(s->mem, const char *, n);

	for (size_t i = 0; i < n; i++) {
		struct err *e = gcp_mark_name(
			s->mem, &s->p->owner, list->list.v[i]->string.s,
			pos_of(s->want, "tags"), &tags[i]);

		if (e)
			return e;
	}
	qsort(tags, n, sizeof(*tags), by_name);
	s->out->tags = tags;
	s->out->nr_tags = n;
	return NULL;
}

/* ${address.x}: its attributes; `ip` is not known before it is there. */
static struct err *parse_address(struct parsing *s)
{
	const struct value *a = get(s->want->spec, "address");
	const char *region = value_get_string(a, "region", s->out->region);
	const struct value *public = get(s->want->spec, "public");

	s->out->public =
		!public || public->type != VALUE_BOOL || public->boolean;
	if (!a)
		return NULL;
	s->out->nat_ip = value_get_string(a, "ip", NULL);
	if (!s->out->public)
		return err_new(ERR_SYNTAX, pos_of(s->want, "public"),
		               "instance \"%s\" has an address and is not "
		               "public",
		               s->want->name);
	if (strcmp(region, s->out->region) != 0)
		return err_new(ERR_SYNTAX, pos_of(s->want, "address"),
		               "instance \"%s\" is in %s, and its address in "
		               "%s: an address belongs to one region",
		               s->want->name, s->out->zone, region);
	return NULL;
}

static struct err *refuse_volumes(struct parsing *s)
{
	if (!length(get(s->want->spec, "volumes"), VALUE_MAP))
		return NULL;
	return err_new(ERR_SYNTAX, pos_of(s->want, "volumes"),
	               "instance \"%s\": persistent disks are not supported "
	               "yet on gcp, so it cannot have volumes there",
	               s->want->name);
}

static struct err *parse_count(struct parsing *s)
{
	s->out->count = value_get_int(s->want->spec, "count", 1);
	if (s->out->count > 1 && get(s->want->spec, "address"))
		return err_new(ERR_SYNTAX, pos_of(s->want, "address"),
		               "instance \"%s\": several cannot share one "
		               "address",
		               s->want->name);
	return NULL;
}

static struct err *parse_rest(struct parsing *s)
{
	const struct value *image = get(s->want->spec, "image");
	const struct value *spot = get(s->want->spec, "spot");

	s->out->image = value_get_string(image, "link", "");
	s->out->spot = spot && spot->type == VALUE_BOOL && spot->boolean;
	s->out->service_account =
		value_get_string(s->want->spec, "service_account", NULL);
	return NULL;
}

struct err *gcp_spec_parse(struct provider *p, struct arena *mem,
                           const struct desired *want, struct gcp_spec *out)
{
	static struct err *(*const steps[])(struct parsing * s) = {
		parse_place, parse_tags, parse_address, refuse_volumes,
		parse_count, parse_name, parse_rest,
	};
	struct gcp_spec spec = {0};
	struct parsing s = {p, mem, want, &spec};
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(steps); i++)
		e = steps[i](&s);
	if (!e)
		*out = spec;
	return e;
}

const char *gcp_spec_path(struct arena *mem, const struct provider *p,
                          const struct gcp_spec *spec)
{
	if (spec->count > 1)
		return arena_printf(mem, "%s/instanceGroupManagers/%s",
		                    gcp_place_region(mem, p, spec->region),
		                    spec->name);
	return arena_printf(mem, "%s/instances/%s",
	                    gcp_place_zone(mem, p, spec->zone), spec->name);
}

/* --- boot lines ----------------------------------------------------------- */

/* Inside the port is the one behind the colon: nothing maps ports here. */
static void add_rule(struct image_boot *b, const char *allow,
                     const struct value *sources)
{
	struct schema_port r;

	if (!schema_allow_parse(allow, &r))
		return;
	for (size_t i = 0; i < length(sources, VALUE_LIST); i++)
		image_boot_allow(b, r.protocol, r.first, r.last,
		                 sources->list.v[i]->string.s);
}

static void add_filter(struct image_boot *b, const struct value *firewalls)
{
	for (size_t i = 0; i < length(firewalls, VALUE_MAP); i++) {
		const struct value *f = firewalls->map.v[i].value;
		const struct value *allow = value_get(f, "allow");

		for (size_t j = 0; j < length(allow, VALUE_LIST); j++)
			add_rule(b, allow->list.v[j]->string.s,
			         value_get(f, "sources"));
	}
}

/* The instances that are there by now, under their short names. */
static void add_peers(struct provider *p, struct image_boot *b, const char *me)
{
	pthread_mutex_lock(&p->lock);
	for (const struct gcp_peer *i = p->peers; i; i = i->next)
		if (!i->gone && i->ip && strcmp(i->name, me) != 0)
			image_boot_add(b, "host", "%s %s", i->ip, i->name);
	pthread_mutex_unlock(&p->lock);
}

struct err *gcp_spec_boot(struct provider *p, struct arena *mem,
                          const struct desired *want, const char **out)
{
	const struct value *spec = want->spec;
	const struct value *env = get(want->clear ? want->clear : spec, "env");
	struct image_boot b = {.mem = mem};
	struct err *e;

	image_boot_add(&b, "hostname", "%s",
	               value_get_string(spec, "hostname", want->name));
	image_boot_add(&b, "restart", "%s",
	               value_get_string(spec, "restart", "never"));
	if (get(spec, "log"))
		image_boot_add(
			&b, "log", "syslog %s",
			value_get_string(get(spec, "log"), "syslog", ""));
	if (get(spec, "args"))
		image_boot_add_args(&b, get(spec, "args"));
	if (env)
		image_boot_add_env(&b, env);
	add_peers(p, &b, want->name);
	add_filter(&b, get(spec, "firewalls"));
	e = image_boot_check(&b, want->pos);
	if (!e)
		*out = b.text;
	return e;
}

/* --- bodies --------------------------------------------------------------- */

static json_t *item(const char *key, const char *value)
{
	return json_pack("{s:s, s:s}", "key", key, "value", value);
}

struct err *gcp_spec_metadata(struct provider *p, struct arena *mem,
                              const struct desired *want, json_t **out)
{
	struct gcp_mark mark = gcp_mark_of(want);
	const char *boot;
	struct err *e = gcp_spec_boot(p, mem, want, &boot);

	if (e)
		return e;
	*out = json_pack(
		"[o, o, o, o]", item("serial-port-enable", "TRUE"),
		item("miso-boot", boot),
		item("miso-mark", gcp_mark_text(mem, &p->owner, &mark)),
		item("miso-spec", value_to_json(mem, want->spec)));
	return NULL;
}

static json_t *network_of(const struct provider *p, const struct gcp_spec *s)
{
	json_t *nic = json_pack(
		"{s:o}", "network",
		strchr(p->network, '/')
			? json_string(p->network)
			: json_sprintf("projects/%s/global/networks/%s",
	                               p->project, p->network));

	if (s->public)
		json_object_set_new(nic, "accessConfigs",
		                    json_pack("[{s:s, s:s, s:s*}]", "type",
		                              "ONE_TO_ONE_NAT", "name",
		                              "External NAT", "natIP",
		                              s->nat_ip));
	return json_pack("[o]", nic);
}

static json_t *tags_of(const struct gcp_spec *s)
{
	json_t *items = json_array();

	for (size_t i = 0; i < s->nr_tags; i++)
		json_array_append_new(items, json_string(s->tags[i]));
	return json_pack("{s:o}", "items", items);
}

static json_t *scheduling_of(const struct gcp_spec *s)
{
	if (!s->spot)
		return json_pack("{s:b}", "automaticRestart", 1);
	return json_pack("{s:s, s:b, s:s}", "provisioningModel", "SPOT",
	                 "automaticRestart", 0, "instanceTerminationAction",
	                 "STOP");
}

struct err *gcp_spec_body(struct provider *p, struct arena *mem,
                          const struct desired *want,
                          const struct gcp_spec *spec, bool template,
                          json_t **out)
{
	json_t *items, *b;
	struct err *e = gcp_spec_metadata(p, mem, want, &items);

	if (e)
		return e;
	b = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:[{s:b, s:b, s:{s:s}}]}",
	              "machineType",
	              template ? json_string(spec->machine)
	                       : json_sprintf("zones/%s/machineTypes/%s",
	                                      spec->zone, spec->machine),
	              "labels", gcp_mark_labels(&p->owner), "tags",
	              tags_of(spec), "metadata",
	              json_pack("{s:o}", "items", items), "networkInterfaces",
	              network_of(p, spec), "scheduling", scheduling_of(spec),
	              "disks", "boot", 1, "autoDelete", 1, "initializeParams",
	              "sourceImage", spec->image);
	if (spec->service_account)
		json_object_set_new(b, "serviceAccounts",
		                    json_pack("[{s:s, s:[s]}]", "email",
		                              spec->service_account, "scopes",
		                              "https://www.googleapis.com/auth/"
		                              "cloud-platform"));
	if (!template) {
		json_object_set_new(b, "name", json_string(spec->name));
		json_object_set_new(b, "deletionProtection",
		                    json_boolean(want->protect));
	}
	*out = b;
	return NULL;
}

struct err *gcp_spec_outline(struct provider *p, struct arena *mem,
                             const struct desired *want,
                             const struct gcp_spec *spec, bool template,
                             const char **out)
{
	struct desired masked = *want;
	json_t *body;
	struct err *e;
	char *text;

	masked.clear = NULL;
	e = gcp_spec_body(p, mem, &masked, spec, template, &body);
	if (e)
		return e;
	text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(body);
	*out = arena_strdup(mem, text);
	free(text);
	return NULL;
}
