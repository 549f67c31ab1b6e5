/* change.c - see change.h. */
#include "providers/gcp/change.h"

#include <stdlib.h>
#include <string.h>

#include "providers/gcp/operation.h"
#include "providers/gcp/wait.h"

struct changing {
	struct provider *p;
	struct arena *mem;
	const char *path;
	const struct desired *want;
	const struct gcp_spec *spec;
	const struct progress *progress;
	const struct value *now; /* as it was last read */
};

static struct err *read_now(struct changing *c)
{
	return gcp_get_new(c->p, c->mem, c->path, c->want->address, c->progress,
	                   &c->now);
}

static struct gcp_change call(const struct changing *c, const char *verb,
                              const char *query, json_t *body)
{
	return (struct gcp_change){
		.method = "POST",
		.path = arena_printf(c->mem, "%s/%s", c->path, verb),
		.query = query,
		.body = body,
		.address = c->want->address,
		.progress = c->progress,
	};
}

static struct err *run(struct changing *c, const char *verb, const char *query,
                       json_t *body)
{
	struct gcp_change change = call(c, verb, query, body);
	struct gcp_done done;

	return gcp_change_must(c->p, c->mem, &change, &done);
}

/* --- with a fingerprint --------------------------------------------------- */

static struct err *merge(struct changing *c, const char *verb,
                         json_t *(*make)(void *ctx, const struct value *now))
{
	const struct gcp_merge m = {.path = c->path,
	                            .change = call(c, verb, NULL, NULL),
	                            .make = make,
	                            .ctx = c};

	return gcp_merge(c->p, c->mem, &m, &c->now);
}

static const char *fingerprint(const struct value *of)
{
	return value_get_string(of, "fingerprint", "");
}

static bool is_ours(const struct changing *c, const char *tag)
{
	return gcp_mark_is_name(&c->p->owner, tag);
}

static bool wants_tag(const struct changing *c, const char *tag)
{
	for (size_t i = 0; i < c->spec->nr_tags; i++)
		if (!strcmp(c->spec->tags[i], tag))
			return true;
	return false;
}

/* Ours as wanted, and everybody else's. */
static json_t *make_tags(void *ctx, const struct value *now)
{
	const struct changing *c = ctx;
	const struct value *have = value_get(now, "tags");
	const struct value *items = have ? value_get(have, "items") : NULL;
	size_t n = items && items->type == VALUE_LIST ? items->list.n : 0;
	size_t right = 0, wrong = 0;
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const char *tag = items->list.v[i]->type == VALUE_STRING
		                          ? items->list.v[i]->string.s
		                          : "";

		if (!*tag)
			continue;
		right += wants_tag(c, tag);
		wrong += !wants_tag(c, tag) && is_ours(c, tag);
		if (!is_ours(c, tag))
			json_array_append_new(list, json_string(tag));
	}
	for (size_t i = 0; i < c->spec->nr_tags; i++)
		json_array_append_new(list, json_string(c->spec->tags[i]));
	if (right == c->spec->nr_tags && !wrong) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:o, s:s}", "items", list, "fingerprint",
	                 fingerprint(have));
}

static json_t *make_labels(void *ctx, const struct value *now)
{
	const struct changing *c = ctx;
	const struct owner *owner = &c->p->owner;

	return gcp_mark_has_labels(owner, now)
	               ? NULL
	               : gcp_mark_labels_body(now, gcp_mark_labels(owner));
}

static bool is_our_key(const char *key)
{
	static const char *const keys[] = {"serial-port-enable", "miso-boot",
	                                   "miso-mark", "miso-spec"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static json_t *make_metadata(void *ctx, const struct value *now)
{
	const struct changing *c = ctx;
	const struct value *have = value_get(now, "metadata");
	const struct value *items = have ? value_get(have, "items") : NULL;
	json_t *list;

	if (gcp_spec_metadata(c->p, c->mem, c->want, &list))
		return NULL; /* it was checked before anything was done */
	for (size_t i = 0;
	     items && items->type == VALUE_LIST && i < items->list.n; i++) {
		const struct value *v = items->list.v[i];
		const char *key = value_get_string(v, "key", "");

		if (!is_our_key(key))
			json_array_append_new(
				list,
				json_pack("{s:s, s:s}", "key", key, "value",
			                  value_get_string(v, "value", "")));
	}
	return json_pack("{s:o, s:s}", "items", list, "fingerprint",
	                 fingerprint(have));
}

/* --- the rest ------------------------------------------------------------- */

static bool machine_differs(const struct changing *c)
{
	return strcmp(gcp_place_last(
			      value_get_string(c->now, "machineType", "")),
	              c->spec->machine) != 0;
}

/* The next line that is not about who else is there. */
static const char *next_line(const char *s, size_t *len)
{
	while (!strncmp(s, "host ", 5)) {
		s += strcspn(s, "\n");
		s += *s == '\n';
	}
	*len = strcspn(s, "\n");
	return s;
}

/* A neighbour that came or went is no reason to stop a machine. */
static bool same_boot(const char *a, const char *b)
{
	for (;;) {
		size_t n, m;

		a = next_line(a, &n);
		b = next_line(b, &m);
		if (n != m || strncmp(a, b, n) != 0)
			return false;
		a += n;
		b += m;
		if (!*a || !*b)
			break;
		a++;
		b++;
	}
	return !*next_line(a, &(size_t){0}) && !*next_line(b, &(size_t){0});
}

static bool boot_differs(const struct changing *c)
{
	const char *have = gcp_instances_item(c->now, "miso-boot"), *want;
	struct err *e = gcp_spec_boot(c->p, c->mem, c->want, &want);

	if (!e)
		return !have || !same_boot(have, want);
	err_free(e);
	return true;
}

static const struct value *first_of(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == VALUE_LIST && v->list.n ? v->list.v[0] : NULL;
}

/* An outside address as wanted: taken away, given, or exchanged. */
static struct err *change_access(struct changing *c)
{
	const struct value *nic = first_of(c->now, "networkInterfaces");
	const struct value *access = first_of(nic, "accessConfigs");
	const char *have = value_get_string(access, "natIP", NULL);
	const char *want = c->spec->nat_ip;
	const char *query;
	struct err *e = NULL;

	if (!!access == c->spec->public &&
	    (!want || (have && !strcmp(have, want))))
		return NULL;
	if (access) {
		query = arena_printf(
			c->mem, "networkInterface=nic0&accessConfig=%s",
			http_escape(c->mem, value_get_string(access, "name",
		                                             "External NAT")));
		e = run(c, "deleteAccessConfig", query, NULL);
	}
	if (!e && c->spec->public)
		e = run(c, "addAccessConfig", "networkInterface=nic0",
		        json_pack("{s:s, s:s, s:s*}", "type", "ONE_TO_ONE_NAT",
		                  "name", "External NAT", "natIP", want));
	return e;
}

static struct err *change_protection(struct changing *c)
{
	if (value_get_bool(c->now, "deletionProtection", false) ==
	    c->want->protect)
		return NULL;
	return run(c, "setDeletionProtection",
	           c->want->protect ? "deletionProtection=true"
	                            : "deletionProtection=false",
	           NULL);
}

static void say(const struct changing *c, const char *text)
{
	if (c->progress && c->progress->say)
		c->progress->say(c->progress->ctx, c->want->address, text);
}

static bool is_running(const struct changing *c)
{
	const char *status = value_get_string(c->now, "status", "");

	return !strcmp(status, "RUNNING") || !strcmp(status, "STAGING") ||
	       !strcmp(status, "PROVISIONING");
}

static struct err *change_all(struct changing *c, bool stop)
{
	struct err *e = NULL;

	if (stop && is_running(c)) {
		say(c, "stopping");
		e = run(c, "stop", NULL, NULL);
	}
	if (!e && machine_differs(c))
		e = run(c, "setMachineType", NULL,
		        json_pack("{s:o}", "machineType",
		                  json_sprintf("zones/%s/machineTypes/%s",
		                               c->spec->zone,
		                               c->spec->machine)));
	if (!e)
		e = merge(c, "setLabels", make_labels);
	if (!e)
		e = merge(c, "setTags", make_tags);
	if (!e)
		e = change_access(c);
	if (!e)
		e = change_protection(c);
	if (!e)
		e = merge(c, "setMetadata", make_metadata);
	return e;
}

static struct err *start(struct changing *c)
{
	struct err *e;

	say(c, "starting");
	e = run(c, "start", NULL, NULL);
	if (!e)
		e = read_now(c);
	return e;
}

struct err *gcp_change_instance(struct provider *p, struct arena *mem,
                                const struct object *have,
                                const struct desired *want,
                                const struct gcp_spec *spec,
                                const struct progress *progress,
                                struct object *out)
{
	struct changing c = {.p = p,
	                     .mem = mem,
	                     .path = have->id,
	                     .want = want,
	                     .spec = spec,
	                     .progress = progress};
	const char *boot;
	struct err *e = gcp_spec_boot(p, mem, want, &boot);
	bool stop = false, started = false;

	if (!e)
		e = read_now(&c);
	if (!e) {
		stop = machine_differs(&c) || boot_differs(&c);
		e = change_all(&c, stop);
	}
	if (!e)
		e = read_now(&c);
	if (!e && !is_running(&c)) {
		started = true;
		e = start(&c);
	}
	if (!e && !gcp_instances_object(p, mem, c.now, out))
		e = err_new(ERR_CONFLICT, NO_POS, "%s lost its mark", c.path);
	if (!e && started)
		e = gcp_wait(p, want, c.path,
		             value_get_string(out->attrs, "public_ip", NULL),
		             progress);
	return e;
}
