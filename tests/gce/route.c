/* route.c - from a path to a method, its checks, and its handler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gce/cloud.h"

static const struct {
	const char *id; /* of the method, or what it ends with */
	handler *fn;
} handlers[] = {
	{"compute.instances.setTags", instance_set_tags},
	{"compute.instances.setMetadata", instance_set_metadata},
	{"compute.instances.setMachineType", instance_set_machine_type},
	{"compute.instances.start", instance_start},
	{"compute.instances.stop", instance_stop},
	{"compute.instances.reset", instance_start},
	{"compute.instances.addAccessConfig", instance_add_access},
	{"compute.instances.deleteAccessConfig", instance_delete_access},
	{"compute.instances.setDeletionProtection", instance_protect},
	{"compute.instances.getSerialPortOutput", instance_serial},
	{"compute.regionInstanceGroupManagers.resize", group_resize},
	{"compute.regionInstanceGroupManagers.listManagedInstances",
         group_list_instances},
	{"compute.globalOperations.get", operation_get},
	{"compute.regionOperations.get", operation_get},
	{"compute.zoneOperations.get", operation_get},
	{"compute.globalOperations.wait", operation_wait},
	{"compute.regionOperations.wait", operation_wait},
	{"compute.zoneOperations.wait", operation_wait},
	{"compute.globalOperations.list", operation_list},
	{"compute.regionOperations.list", operation_list},
	{"compute.zoneOperations.list", operation_list},
	{"compute.zones.get", place_get},
	{"compute.zones.list", place_list},
	{"compute.regions.get", place_get},
	{"compute.regions.list", place_list},
	{"compute.machineTypes.get", place_get},
	{"compute.machineTypes.list", place_list},
	{"compute.projects.get", place_get},
	{"compute.networks.get", place_get},
	{"compute.networks.list", place_list},
	{"storage.buckets.get", storage_bucket_get},
	{"storage.buckets.testIamPermissions", storage_test_permissions},
	{"storage.objects.get", storage_get},
	{"storage.objects.list", storage_list},
	{"storage.objects.delete", storage_delete},
	{"storage.objects.patch", storage_patch},
	{"storage.upload.start", storage_start},
	{"storage.upload.put", storage_put},
	{"secretmanager.projects.secrets.versions.access", secret_access},
	{".insert", resource_insert},
	{".get", resource_get},
	{".list", resource_list},
	{".aggregatedList", resource_aggregated},
	{".delete", resource_delete},
	{".patch", resource_patch},
	{".setLabels", resource_set_labels},
};

static handler *handler_of(const char *id)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		const char *h = handlers[i].id;

		if (!strcmp(*h == '.' ? strrchr(id, '.') : id, h))
			return handlers[i].fn;
	}
	return NULL;
}

/* --- matching ------------------------------------------------------------- */

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* A part of a path, with its escapes undone. */
static json_t *unescaped(const char *s, size_t n)
{
	char *out = malloc(n + 1);
	size_t len = 0;
	json_t *v;

	for (size_t i = 0; i < n; i++) {
		bool escape = s[i] == '%' && i + 2 < n &&
		              digit(s[i + 1]) >= 0 && digit(s[i + 2]) >= 0;

		out[len++] =
			escape ? (char)(digit(s[i + 1]) << 4 | digit(s[i + 2]))
			       : s[i];
		i += escape ? 2 : 0;
	}
	v = json_stringn(out, len);
	free(out);
	return v;
}

/* Does the path fit the template? Its parts go into `params`. */
static bool fits(const char *template, const char *path, json_t *params)
{
	json_object_clear(params);
	for (;;) {
		size_t a = strcspn(template, "/"), b = strcspn(path, "/");
		char name[64];

		if (*template == '{') {
			size_t n = strcspn(template, "}");
			size_t tail = a - n - 1; /* ":access" */

			if (b <= tail || strncmp(path + b - tail,
			                         template + n + 1, tail) != 0)
				return false;
			snprintf(name, sizeof(name), "%.*s", (int)n - 1,
			         template + 1);
			json_object_set_new(params, name,
			                    unescaped(path, b - tail));
		} else if (a != b || strncmp(template, path, a) != 0) {
			return false;
		}
		template += a;
		path += b;
		if (!*template || !*path)
			return *template == *path;
		template ++;
		path++;
	}
}

const struct gce_method *route_method(struct call *k)
{
	for (const struct gce_method *m = gce_methods; m->id; m++)
		if (!strcmp(m->verb, k->verb) &&
		    fits(m->path, k->path, k->params))
			return m;
	return NULL;
}

/* --- checks --------------------------------------------------------------- */

/* Parameters that every method has (the descriptions list them once). */
#define COMMON_PARAMS "alt fields prettyPrint key quotaUser userIp $alt $.xgafv"

static bool check_query(struct call *k)
{
	const char *name;
	json_t *v;

	json_object_foreach(k->query, name, v)
	{
		if (!schema_lists(k->m->params, name) &&
		    !schema_lists(COMMON_PARAMS, name)) {
			call_error(k, 400, "badRequest",
			           "Unknown name \"%s\": Cannot bind query "
			           "parameter",
			           name);
			return false;
		}
	}
	return true;
}

static bool check_body(struct call *k)
{
	char problem[512];

	if (!k->m->request || !strcmp(k->m->id, "storage.upload.start"))
		return true;
	if (!k->body) {
		call_error(k, 400, "parseError", "This API needs JSON");
		return false;
	}
	if (schema_check(k->m->request, k->body, problem, sizeof(problem)) &&
	    schema_has(k->m->required, k->body, problem, sizeof(problem)))
		return true;
	call_error(k, 400, "invalid", "%s", problem);
	return false;
}

static bool check_project(struct call *k)
{
	const char *project = call_param(k, "project");

	if (!project || !strcmp(project, k->c->o.project))
		return true;
	call_error(k, 404, "notFound",
	           "The resource 'projects/%s' was not found", project);
	return false;
}

/*
 * Each has a count of its own a minute (Compute Engine: "Rate quotas"): reads,
 * changes, and reads of operations, of which wait is one.
 */
enum quota { READS, WRITES, OPERATIONS };

static enum quota quota_of(const struct call *k)
{
	if (strstr(k->m->id, "Operations."))
		return OPERATIONS;
	return !strcmp(k->verb, "GET") ? READS : WRITES;
}

static bool check_quota(struct call *k)
{
	struct cloud *c = k->c;
	int64_t minute = cloud_now(c) / 60000;
	const int64_t most[] = {
		[READS] = c->o.reads_minute,
		[WRITES] = c->o.writes_minute,
		[OPERATIONS] = c->o.reads_minute,
	};
	enum quota q = quota_of(k);

	if (!strncmp(k->m->id, "secretmanager.", 14))
		return true; /* 90,000 a minute */
	if (minute != c->minute) {
		c->minute = minute;
		memset(c->counts, 0, sizeof(c->counts));
	}
	if (++c->counts[q] <= most[q] || !most[q])
		return true;
	call_error(k, 403, "rateLimitExceeded",
	           "Quota exceeded for quota metric 'Queries' and limit "
	           "'Queries per minute'");
	return false;
}

/* Our own answers are checked, too: a mistake here would teach mistakes. */
static void check_answer(const struct call *k)
{
	char problem[512];

	if (k->status == 200 && k->answer && k->m->answer &&
	    !schema_check(k->m->answer, k->answer, problem, sizeof(problem))) {
		fprintf(stderr, "gce: a bad answer to %s: %s\n", k->m->id,
		        problem);
		abort();
	}
}

static void cut_fields(struct call *k)
{
	const char *fields = call_query(k, "fields");
	json_t *less;

	if (!fields || k->status != 200 || !k->answer)
		return;
	less = select_fields(k->answer, fields);
	if (less)
		call_reply(k, 200, less);
	else
		call_error(k, 400, "invalidParameter",
		           "Invalid field selection %s", fields);
}

static void call_method(struct call *k)
{
	handler *fn = handler_of(k->m->id);

	if (!login_check(k) || !check_quota(k) || !check_query(k) ||
	    !check_project(k) || !check_body(k))
		return;
	fn(k);
	check_answer(k);
	cut_fields(k);
}

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

void route_call(struct call *k)
{
	cloud_settle_locked(k->c);
	if (starts(k->path, "/control/"))
		control_call(k);
	else if (!strcmp(k->path, "/token"))
		login_token(k);
	else if (!strcmp(k->path, "/sts/v1/token"))
		login_sts(k);
	else if (starts(k->path, "/computeMetadata/"))
		login_metadata(k);
	else if (starts(k->path, "/v1/projects/-/serviceAccounts/")) {
		if (login_check(k))
			login_impersonate(k);
	} else if (k->m) {
		call_method(k);
	} else {
		call_error(k, 404, "notFound", "%s %s: there is no such method",
		           k->verb, k->path);
	}
}
