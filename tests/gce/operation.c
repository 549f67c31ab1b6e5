/* operation.c - changes that take their time. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/gce/cloud.h"
#include "tests/gce/guest.h"

enum { PATH = 512, LONGEST_WAIT_MS = 120 * 1000, RUNS_DOWN_MS = 50 };

/* "projects/p/zones/z" of ".../zones/z/instances/i". */
static void scope_of(const char *target, char out[PATH])
{
	const char *end = strstr(target, "/global/");

	if (end)
		end += strlen("/global");
	else
		end = strrchr(target, '/');
	snprintf(out, PATH, "%.*s", (int)(end - target), target);
	if (!strstr(target, "/global/"))
		*strrchr(out, '/') = '\0';
}

static json_t *shown(const struct cloud *c, json_t *op)
{
	json_t *r = resource_shown(op);
	const char *error = json_string_value(json_object_get(op, "_error"));

	(void)c;
	if (error &&
	    !strcmp(json_string_value(json_object_get(op, "status")), "DONE"))
		json_object_set_new(r, "error",
		                    json_pack("{s:[{s:s, s:O}]}", "errors",
		                              "code", error, "message",
		                              json_object_get(op, "_message")));
	return r;
}

/* What makes two requests the same one. */
static json_t *essence(const struct call *k)
{
	return json_pack("{s:s, s:s, s:O*}", "verb", k->verb, "path", k->path,
	                 "body", k->body);
}

static bool is_uuid(const char *s)
{
	size_t i;

	if (strlen(s) != 36 || strspn(s, "0-") == 36)
		return false;
	for (i = 0; i < 36; i++)
		if ((i == 8 || i == 13 || i == 18 || i == 23)
		            ? s[i] != '-'
		            : !strchr("0123456789abcdefABCDEF", s[i]))
			return false;
	return true;
}

bool operation_repeated(struct call *k)
{
	const char *id = call_query(k, "requestId");
	const json_t *seen;
	json_t *now;
	bool same;

	if (!id)
		return false;
	if (!is_uuid(id)) {
		call_error(k, 400, "invalid",
		           "Invalid value for field 'requestId': '%s'", id);
		return true;
	}
	seen = json_object_get(k->c->requests, id);
	if (!seen)
		return false;
	now = essence(k);
	same = json_equal(now, json_object_get(seen, "what"));
	json_decref(now);
	if (same)
		call_reply(
			k, 200,
			shown(k->c,
		              json_object_get(k->c->operations,
		                              json_string_value(json_object_get(
						      seen, "op")))));
	else
		call_error(k, 400, "invalid",
		           "requestId '%s' was used for another request", id);
	return true;
}

static void remember(struct call *k, const char *path)
{
	const char *id = call_query(k, "requestId");

	if (id)
		json_object_set_new(k->c->requests, id,
		                    json_pack("{s:s, s:o}", "op", path, "what",
		                              essence(k)));
}

static void add_place(json_t *op, const struct cloud *c, const char *scope,
                      const char *kind)
{
	const char *at = strstr(scope, kind);

	if (at)
		json_object_set_new(
			op, kind[1] == 'z' ? "zone" : "region",
			json_sprintf("%s/compute/v1/%s", c->url, scope));
}

void operation_start(struct call *k, const char *verb, const char *target,
                     json_t *set)
{
	struct cloud *c = k->c;
	char scope[PATH], path[PATH + 80], name[64];
	json_t *op, *stamp = cloud_stamp(c);

	scope_of(target, scope);
	snprintf(name, sizeof(name), "operation-%llu",
	         (unsigned long long)c->next_id);
	snprintf(path, sizeof(path), "%s/operations/%s", scope, name);
	op = json_pack("{s:s, s:o, s:s, s:s, s:s, s:i, s:O, s:O}", "kind",
	               "compute#operation", "id", cloud_id(c), "name", name,
	               "operationType", verb, "status", "RUNNING", "progress",
	               0, "insertTime", stamp, "startTime", stamp);
	json_decref(stamp);
	json_object_set_new(op, "user", json_string(k->account));
	json_object_set_new(op, "targetLink",
	                    json_sprintf("%s/compute/v1/%s", c->url, target));
	json_object_set_new(op, "selfLink",
	                    json_sprintf("%s/compute/v1/%s", c->url, path));
	add_place(op, c, scope, "/zones/");
	add_place(op, c, scope, "/regions/");
	json_object_set_new(op, "_due",
	                    json_integer(cloud_now(c) + c->o.op_ms));
	json_object_set_new(op, "_verb", json_string(verb));
	json_object_set_new(op, "_target", json_string(target));
	if (set)
		json_object_set_new(op, "_set", set);
	json_object_set_new(c->operations, path, op);
	json_array_append_new(c->pending, json_string(path));
	remember(k, path);
	call_reply(k, 200, shown(c, op));
}

/* --- settling ------------------------------------------------------------- */

static const char *do_insert(struct cloud *c, json_t *r, const char *path,
                             const char **message)
{
	const struct resource_kind *kind = resource_kind_of(path);

	json_object_set_new(r, "_visible",
	                    json_integer(cloud_now(c) + c->o.lag_ms));
	return kind->made ? kind->made(c, r, message) : NULL;
}

/* Somebody who uses it, or did a moment ago. */
static const char *user_of(struct cloud *c, const json_t *r,
                           const struct resource_kind *kind)
{
	const char *user = kind->user ? kind->user(c, r) : NULL;
	json_int_t until =
		json_integer_value(json_object_get(r, "_used_until"));

	if (!user && until > cloud_now(c))
		user = json_string_value(json_object_get(r, "_used_by"));
	return user;
}

/* What `path` uses is not free at once when that is deleted. */
static void haunt(struct cloud *c, const char *path)
{
	const char *at;
	json_t *r;

	json_object_foreach(c->resources, at, r)
	{
		const struct resource_kind *kind = resource_kind_of(at);
		const char *user = kind->user ? kind->user(c, r) : NULL;

		if (!user || strcmp(user, path) != 0)
			continue;
		json_object_set_new(r, "_used_by", json_string(path));
		json_object_set_new(
			r, "_used_until",
			json_integer(cloud_now(c) + c->o.linger_ms));
	}
}

static const char *do_delete(struct cloud *c, json_t *r, const char *path,
                             const char **message)
{
	static char text[PATH];
	const struct resource_kind *kind = resource_kind_of(path);
	const char *user = user_of(c, r, kind);

	if (user) {
		snprintf(text, sizeof(text),
		         "The resource '%s' is already being used by '%s'",
		         path, user);
		*message = text;
		return "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE";
	}
	if (c->o.linger_ms)
		haunt(c, path);
	if (kind->gone)
		kind->gone(c, r);
	json_object_del(c->resources, path);
	return NULL;
}

static void merge(json_t *r, json_t *set)
{
	const char *key;
	json_t *v;

	json_object_foreach(set, key, v)
	{
		if (json_is_null(v))
			json_object_del(r, key);
		else
			json_object_set(r, key, v);
	}
}

/* As a test wants it; what was to be made is not there then. */
static const char *refuse(struct cloud *c, const char *verb, const char *path,
                          const char **message)
{
	static char code[64];
	const char *want = json_string_value(json_object_get(c->refused, path));

	if (!want)
		return NULL;
	snprintf(code, sizeof(code), "%s", want);
	json_object_del(c->refused, path);
	if (!strcmp(verb, "insert"))
		json_object_del(c->resources, path);
	*message = "The change was refused";
	return code;
}

static const char *perform(struct cloud *c, json_t *op, const char **message)
{
	const char *verb = json_string_value(json_object_get(op, "_verb"));
	const char *path = json_string_value(json_object_get(op, "_target"));
	const char *refused = refuse(c, verb, path, message);
	json_t *r = json_object_get(c->resources, path);

	if (refused)
		return refused;
	if (!r) {
		*message = "The resource was not found";
		return !strcmp(verb, "delete") ? NULL : "RESOURCE_NOT_FOUND";
	}
	if (!strcmp(verb, "insert"))
		return do_insert(c, r, path, message);
	if (!strcmp(verb, "delete"))
		return do_delete(c, r, path, message);
	merge(r, json_object_get(op, "_set"));
	if (strstr(path, "/instanceGroupManagers/"))
		group_changed(c, r);
	if (strstr(path, "/instances/"))
		return instance_do(c, r, verb, message);
	return NULL;
}

bool operation_must_wait(struct cloud *c, const json_t *op)
{
	const char *verb = json_string_value(json_object_get(op, "_verb"));
	const char *path = json_string_value(json_object_get(op, "_target"));
	const json_t *r = json_object_get(c->resources, path);

	if (!r || (strcmp(verb, "stop") != 0 && strcmp(verb, "delete") != 0))
		return false;
	if (strstr(path, "/instanceGroupManagers/"))
		return group_runs_down(c, r);
	return strstr(path, "/instances/") && guest_runs_down(c, r);
}

void operation_settle_locked(struct cloud *c, json_t *op)
{
	const char *message = "";
	const char *error = perform(c, op, &message);

	json_object_set_new(op, "status", json_string("DONE"));
	json_object_set_new(op, "progress", json_integer(100));
	json_object_set_new(op, "endTime", cloud_stamp(c));
	if (!error)
		return;
	json_object_set_new(op, "_error", json_string(error));
	json_object_set_new(op, "_message", json_string(message));
	json_object_set_new(op, "httpErrorStatusCode", json_integer(400));
	json_object_set_new(op, "httpErrorMessage", json_string("BAD REQUEST"));
}

/* --- calls ---------------------------------------------------------------- */

static json_t *find(struct call *k)
{
	char path[PATH];
	size_t len;

	snprintf(path, sizeof(path), "%s", resource_path(k->path));
	len = strlen(path);
	if (len > 5 && !strcmp(path + len - 5, "/wait"))
		path[len - 5] = '\0';
	return json_object_get(k->c->operations, path);
}

static void not_found(struct call *k)
{
	call_error(k, 404, "notFound", "The resource '%s' was not found",
	           resource_path(k->path));
}

void operation_get(struct call *k)
{
	json_t *op = find(k);

	if (op)
		call_reply(k, 200, shown(k->c, op));
	else
		not_found(k);
}

static void sleep_locked(struct cloud *c, int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	pthread_cond_timedwait(&c->changed, &c->lock, &t);
}

/* Returns at DONE, or after two minutes. */
void operation_wait(struct call *k)
{
	struct cloud *c = k->c;
	int64_t until = cloud_now(c) + LONGEST_WAIT_MS;
	json_t *op = find(k);

	if (!op) {
		not_found(k);
		return;
	}
	while (!c->stopping && cloud_now(c) < until &&
	       strcmp(json_string_value(json_object_get(op, "status")),
	              "DONE") != 0) {
		int64_t left = json_integer_value(json_object_get(op, "_due")) -
		               cloud_now(c);

		/* Due already: a machine runs down. */
		if (left <= 0)
			left = RUNS_DOWN_MS;
		sleep_locked(c, left < 1000 ? left : 1000);
		cloud_settle_locked(c);
	}
	call_reply(k, 200, shown(c, op));
}

void operation_list(struct call *k)
{
	const char *scope = resource_path(k->path);
	const char *path;
	json_t *op, *items = json_array();

	json_object_foreach(k->c->operations, path, op)
	{
		if (!strncmp(path, scope, strlen(scope)))
			json_array_append_new(items, shown(k->c, op));
	}
	select_page(k, "compute#operationList", items);
}
