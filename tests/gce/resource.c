/* resource.c - what all resources have in common. */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gce/cloud.h"

enum { PATH = 512 };

const struct resource_kind resource_kinds[] = {
	{"images", "compute#image", image_prepare, image_made, NULL,
         image_gone},
	{"instances", "compute#instance", instance_prepare, instance_made, NULL,
         instance_gone},
	{"firewalls", "compute#firewall", firewall_prepare, NULL, NULL, NULL},
	{"addresses", "compute#address", address_prepare, NULL, address_user,
         NULL},
	{"disks", "compute#disk", NULL, NULL, NULL, NULL},
	{"instanceTemplates", "compute#instanceTemplate", NULL, NULL,
         template_user, NULL},
	{"instanceGroupManagers", "compute#instanceGroupManager", group_prepare,
         group_made, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};

/* By the collection that stands before the name, or at the end. */
const struct resource_kind *resource_kind_of(const char *path)
{
	char slashed[64];

	for (const struct resource_kind *k = resource_kinds; k->collection;
	     k++) {
		snprintf(slashed, sizeof(slashed), "/%s", k->collection);
		if (strstr(path, slashed))
			return k;
	}
	fprintf(stderr, "gce: no kind for %s\n", path);
	abort();
}

const char *resource_path(const char *url)
{
	const char *at = strstr(url, "projects/");

	return at ? at : url;
}

json_t *resource_find(const struct cloud *c, const char *path)
{
	json_t *r = json_object_get(c->resources, path);
	const json_t *visible = json_object_get(r, "_visible");

	if (visible && json_integer_value(visible) > cloud_now(c))
		return NULL;
	return r;
}

json_t *resource_shown(const json_t *r)
{
	json_t *out = json_deep_copy(r), *v;
	const char *key;
	void *next;

	json_object_foreach_safe(out, next, key, v)
	{
		if (*key == '_')
			json_object_del(out, key);
	}
	return out;
}

json_t *resource_fingerprint(const json_t *v)
{
	char *text =
		json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	unsigned char hash[SHA256_DIGEST_LENGTH], base64[16];

	SHA256((const unsigned char *)text, strlen(text), hash);
	free(text);
	EVP_EncodeBlock(base64, hash, 8);
	return json_string((const char *)base64);
}

static void not_found(struct call *k, const char *path)
{
	call_error(k, 404, "notFound", "The resource '%s' was not found", path);
}

static void add_place(struct call *k, json_t *r)
{
	const char *zone = call_param(k, "zone");
	const char *region = call_param(k, "region");
	const char *project = call_param(k, "project");

	if (zone)
		json_object_set_new(
			r, "zone",
			json_sprintf("%s/compute/v1/projects/%s/zones/%s",
		                     k->c->url, project, zone));
	else if (region)
		json_object_set_new(
			r, "region",
			json_sprintf("%s/compute/v1/projects/%s/regions/%s",
		                     k->c->url, project, region));
}

static json_t *new_resource(struct call *k, const char *path,
                            const struct resource_kind *kind)
{
	json_t *r = json_deep_copy(k->body), *labels;

	json_object_set_new(r, "kind", json_string(kind->kind));
	json_object_set_new(r, "id", cloud_id(k->c));
	json_object_set_new(r, "creationTimestamp", cloud_stamp(k->c));
	json_object_set_new(r, "selfLink",
	                    json_sprintf("%s/compute/v1/%s", k->c->url, path));
	add_place(k, r);
	labels = json_object_get(r, "labels");
	if (strcmp(kind->collection, "firewalls") != 0 &&
	    strcmp(kind->collection, "instanceTemplates") != 0 &&
	    strcmp(kind->collection, "instanceGroupManagers") != 0)
		json_object_set_new(r, "labelFingerprint",
		                    resource_fingerprint(labels ? labels : r));
	/* Not before its operation has run. */
	json_object_set_new(r, "_visible", json_integer(INT64_MAX));
	return r;
}

void resource_insert(struct call *k)
{
	struct cloud *c = k->c;
	const struct resource_kind *kind = resource_kind_of(k->path);
	char path[PATH];
	json_t *r;

	if (operation_repeated(k))
		return;
	snprintf(path, sizeof(path), "%s/%s", resource_path(k->path),
	         json_string_value(json_object_get(k->body, "name")));
	if (json_object_get(c->resources, path)) {
		call_error(k, 409, "alreadyExists",
		           "The resource '%s' already exists", path);
		return;
	}
	r = new_resource(k, path, kind);
	if (kind->prepare && !kind->prepare(k, r)) {
		json_decref(r);
		return;
	}
	json_object_set_new(c->resources, path, r);
	operation_start(k, "insert", path, NULL);
}

void resource_get(struct call *k)
{
	const char *path = resource_path(k->path);
	json_t *r = resource_find(k->c, path);

	if (r)
		call_reply(k, 200, resource_shown(r));
	else
		not_found(k, path);
}

static bool list_passes(struct call *k, const json_t *r)
{
	const char *filter = call_query(k, "filter");
	bool understood, passes;

	if (!filter)
		return true;
	passes = select_passes(r, filter, &understood);
	if (!understood)
		call_error(k, 400, "invalid",
		           "Invalid value for field 'filter': '%s'", filter);
	return passes;
}

static bool is_in(const char *path, const char *collection)
{
	size_t len = strlen(collection);

	return !strncmp(path, collection, len) && path[len] == '/' &&
	       !strchr(path + len + 1, '/');
}

void resource_list(struct call *k)
{
	const struct resource_kind *kind = resource_kind_of(k->path);
	const char *collection = resource_path(k->path), *path;
	json_t *items = json_array(), *r;
	char name[96];

	json_object_foreach(k->c->resources, path, r)
	{
		if (is_in(path, collection) && resource_find(k->c, path) &&
		    list_passes(k, r))
			json_array_append_new(items, resource_shown(r));
		if (k->status)
			break;
	}
	if (k->status) {
		json_decref(items);
		return;
	}
	snprintf(name, sizeof(name), "%sList", kind->kind);
	select_page(k, name, items);
}

/* "zones/z" of projects/p/zones/z/instances/i. */
static void scope_key(const char *path, char out[128])
{
	const char *from = strchr(path + strlen("projects/"), '/') + 1;
	const char *end = strrchr(path, '/');

	while (end > from && end[-1] != '/')
		end--;
	snprintf(out, 128, "%.*s", (int)(end - 1 - from), from);
}

/* Items by scope, with a warning where there are none. */
static json_t *by_scope(const char *collection, json_t *page)
{
	json_t *scopes = json_object(), *r, *scope;
	size_t i;

	json_object_set_new(
		scopes, "zones/us-east1-b",
		json_pack("{s:{s:s, s:s}}", "warning", "code",
	                  "NO_RESULTS_ON_PAGE", "message",
	                  "There are no results for scope on this page."));
	json_array_foreach(page, i, r)
	{
		char key[128];
		const char *link =
			json_string_value(json_object_get(r, "selfLink"));

		scope_key(resource_path(link), key);
		scope = json_object_get(scopes, key);
		if (!json_object_get(scope, collection)) {
			scope = json_pack("{s:[]}", collection);
			json_object_set_new(scopes, key, scope);
		}
		json_array_append(json_object_get(scope, collection), r);
	}
	return scopes;
}

static bool is_away(const struct call *k, const char *path)
{
	char key[128];

	scope_key(path, key);
	return json_is_true(json_object_get(k->c->away, key));
}

/* A zone that cannot be asked is told of in a partial success only. */
static void tell_who_is_away(struct call *k)
{
	json_t *items = json_object_get(k->answer, "items"), *list, *v;
	const char *scope;

	json_object_foreach(k->c->away, scope, v)
	{
		if (!json_is_true(v))
			continue;
		list = json_object_get(k->answer, "unreachables");
		if (!list) {
			list = json_array();
			json_object_set_new(k->answer, "unreachables", list);
		}
		json_array_append_new(list, json_string(scope));
		json_object_set_new(items, scope,
		                    json_pack("{s:{s:s, s:s}}", "warning",
		                              "code", "UNREACHABLE", "message",
		                              "The scope is unreachable."));
	}
}

static bool wants_part(const struct call *k)
{
	const char *v = call_query(k, "returnPartialSuccess");

	return v && !strcmp(v, "true");
}

static bool any_away(const struct call *k)
{
	json_t *v;
	const char *scope;

	json_object_foreach(k->c->away, scope, v)
	{
		if (json_is_true(v))
			return true;
	}
	return false;
}

void resource_aggregated(struct call *k)
{
	const struct resource_kind *kind = resource_kind_of(k->path);
	json_t *items = json_array(), *r, *page;
	const char *path;
	char name[96], part[64];

	snprintf(part, sizeof(part), "/%s/", kind->collection);
	json_object_foreach(k->c->resources, path, r)
	{
		if (strstr(path, part) && resource_find(k->c, path) &&
		    !is_away(k, path) && list_passes(k, r))
			json_array_append_new(items, resource_shown(r));
		if (k->status)
			break;
	}
	if (!k->status && any_away(k) && !wants_part(k))
		call_error(k, 503, "backendError", "A scope is unreachable.");
	if (k->status) {
		json_decref(items);
		return;
	}
	snprintf(name, sizeof(name), "%sAggregatedList", kind->kind);
	select_page(k, name, items);
	page = json_object_get(k->answer, "items");
	json_object_set_new(k->answer, "items",
	                    by_scope(kind->collection, page));
	tell_who_is_away(k);
}

void resource_delete(struct call *k)
{
	const char *path = resource_path(k->path);

	if (operation_repeated(k))
		return;
	if (!resource_find(k->c, path)) {
		not_found(k, path);
		return;
	}
	operation_start(k, "delete", path, NULL);
}

void resource_patch(struct call *k)
{
	const char *path = resource_path(k->path);

	if (operation_repeated(k))
		return;
	if (!resource_find(k->c, path)) {
		not_found(k, path);
		return;
	}
	operation_start(k, "patch", path, json_deep_copy(k->body));
}

void resource_set_labels(struct call *k)
{
	char path[PATH];
	json_t *r, *set, *labels = json_object_get(k->body, "labels");
	const json_t *mark = json_object_get(k->body, "labelFingerprint");

	if (operation_repeated(k))
		return;
	snprintf(path, sizeof(path), "%s", resource_path(k->path));
	*strrchr(path, '/') = '\0';
	r = resource_find(k->c, path);
	if (!r) {
		not_found(k, path);
		return;
	}
	if (!json_equal(mark, json_object_get(r, "labelFingerprint"))) {
		call_error(k, 412, "conditionNotMet",
		           "Labels fingerprint either invalid or resource "
		           "labels have changed");
		return;
	}
	set = json_pack("{s:O?}", "labels", labels);
	json_object_set_new(set, "labelFingerprint",
	                    resource_fingerprint(labels ? labels : set));
	operation_start(k, "setLabels", path, set);
}
