/* instance.c - instances: what is asked of them, and their states. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gce/cloud.h"
#include "tests/gce/guest.h"

enum { PATH = 512, CPUS_MOST = 100000 };

static const char *text_of(const json_t *r, const char *key)
{
	const char *s = json_string_value(json_object_get(r, key));

	return s ? s : "";
}

static json_t *find(struct call *k, char path[PATH])
{
	json_t *r;

	snprintf(path, PATH, "%s", resource_path(k->path));
	*strrchr(path, '/') = '\0';
	r = resource_find(k->c, path);
	if (!r)
		call_error(k, 404, "notFound",
		           "The resource '%s' was not found", path);
	return r;
}

/* --- insert --------------------------------------------------------------- */

static const char *last_part(const char *url)
{
	const char *slash = strrchr(url, '/');

	return slash ? slash + 1 : url;
}

static size_t count_instances(const struct cloud *c)
{
	const char *path;
	json_t *r;
	size_t n = 0;

	json_object_foreach(c->resources, path, r)
	{
		n += strstr(path, "/instances/") != NULL;
	}
	return n;
}

static bool check_machine(struct call *k, const json_t *r)
{
	const char *type = text_of(r, "machineType");

	if (place_cpus(last_part(type)))
		return true;
	call_error(k, 400, "invalid",
	           "Invalid value for field 'resource.machineType': '%s'. "
	           "The referenced resource does not exist.",
	           type);
	return false;
}

static json_t *boot_disk(const json_t *r)
{
	return json_array_get(json_object_get(r, "disks"), 0);
}

static const char *image_of(const json_t *r)
{
	return resource_path(
		text_of(json_object_get(boot_disk(r), "initializeParams"),
	                "sourceImage"));
}

static bool check_disk(struct call *k, const json_t *r)
{
	const char *image = image_of(r);
	json_t *found = resource_find(k->c, image);

	if (!found) {
		call_error(k, 404, "notFound",
		           "The resource '%s' was not found", image);
		return false;
	}
	if (strcmp(text_of(found, "status"), "READY") != 0) {
		call_error(k, 400, "resourceNotReady",
		           "The resource '%s' is not ready", image);
		return false;
	}
	return true;
}

static bool check_quota(struct call *k)
{
	if (!k->c->o.instances ||
	    (int64_t)count_instances(k->c) < k->c->o.instances)
		return true;
	call_error(k, 403, "quotaExceeded",
	           "Quota 'INSTANCES' exceeded. Limit: %lld.0 in region",
	           (long long)k->c->o.instances);
	return false;
}

/* The address must exist, be of the region and be free. */
static bool check_nat(struct call *k, const json_t *access)
{
	const char *ip = text_of(access, "natIP");
	const char *path, *zone = call_param(k, "zone");
	json_t *r;

	if (!*ip)
		return true;
	json_object_foreach(k->c->resources, path, r)
	{
		const char *region = text_of(r, "region");

		if (!strstr(path, "/addresses/") ||
		    strcmp(text_of(r, "address"), ip) != 0)
			continue;
		if (strncmp(last_part(region), zone,
		            strlen(last_part(region))) != 0)
			break;
		if (!address_user(k->c, r))
			return true;
		call_error(k, 400, "invalid",
		           "External IP address: %s is already in-use.", ip);
		return false;
	}
	call_error(k, 400, "invalid",
	           "Invalid value for field "
	           "'resource.networkInterfaces[0].accessConfigs[0].natIP': "
	           "'%s'. The specified external IP address was not found in "
	           "the region of zone '%s'.",
	           ip, zone);
	return false;
}

static json_t *next_public(struct cloud *c)
{
	unsigned a = 198, b = 18, d = 0, e = 1;
	uint64_t n;

	if (c->o.addresses)
		(void)sscanf(c->o.addresses, "%u.%u.%u.%u", &a, &b, &d, &e);
	n = ((uint64_t)a << 24 | b << 16 | d << 8 | e) + c->next_address++;
	return json_sprintf("%u.%u.%u.%u", (unsigned)(n >> 24 & 255),
	                    (unsigned)(n >> 16 & 255), (unsigned)(n >> 8 & 255),
	                    (unsigned)(n & 255));
}

static json_t *first_nic(const json_t *r)
{
	return json_array_get(json_object_get(r, "networkInterfaces"), 0);
}

static bool check_network(struct call *k, const json_t *r)
{
	const json_t *nic = first_nic(r);
	const json_t *access =
		json_array_get(json_object_get(nic, "accessConfigs"), 0);

	if (!nic)
		call_error(k, 400, "invalid", "No network interface");
	return nic && (!access || check_nat(k, access));
}

static void set_network(struct cloud *c, json_t *r)
{
	json_t *nic = first_nic(r);
	json_t *access =
		json_array_get(json_object_get(nic, "accessConfigs"), 0);
	uint64_t n = c->next_ip++ + 2;

	json_object_set_new(nic, "name", json_string("nic0"));
	json_object_set_new(
		nic, "networkIP",
		json_sprintf("172.%u.%u.%u", 16 + (unsigned)(n >> 16 & 7),
	                     (unsigned)(n >> 8 & 255), (unsigned)(n & 255)));
	json_object_set_new(nic, "fingerprint", resource_fingerprint(nic));
	if (access && !json_object_get(access, "natIP"))
		json_object_set_new(access, "natIP", next_public(c));
}

static void set_disk(const struct cloud *c, json_t *r, const char *zone)
{
	json_t *disk = boot_disk(r);

	json_object_set_new(r, "_image", json_string(image_of(r)));
	json_object_set_new(
		disk, "source",
		json_sprintf("%s/compute/v1/projects/%s/zones/%s/disks/%s",
	                     c->url, c->o.project, zone, text_of(r, "name")));
	json_object_del(disk, "initializeParams");
}

static void set_marks(json_t *r)
{
	static const char *const names[] = {"tags", "metadata"};

	for (size_t i = 0; i < 2; i++) {
		json_t *v = json_object_get(r, names[i]);

		if (!v) {
			v = json_object();
			json_object_set_new(r, names[i], v);
		}
		json_object_set_new(v, "fingerprint", resource_fingerprint(v));
	}
}

void instance_equip(struct cloud *c, json_t *r, const char *zone)
{
	set_disk(c, r, zone);
	set_network(c, r);
	set_marks(r);
	json_object_set_new(r, "status", json_string("PROVISIONING"));
}

bool instance_prepare(struct call *k, json_t *r)
{
	if (!place_zone_known(call_param(k, "zone"))) {
		call_error(k, 404, "notFound", "Unknown zone");
		return false;
	}
	if (!check_quota(k) || !check_machine(k, r) || !check_disk(k, r) ||
	    !check_network(k, r))
		return false;
	instance_equip(k->c, r, call_param(k, "zone"));
	return true;
}

const char *instance_made(struct cloud *c, json_t *r, const char **message)
{
	json_object_set_new(r, "status", json_string("RUNNING"));
	json_object_set_new(r, "lastStartTimestamp", cloud_stamp(c));
	if (!c->o.guests)
		return NULL;
	return guest_start(c, r, message);
}

void instance_gone(struct cloud *c, const json_t *r)
{
	guest_stop(c, r);
}

/* --- changes -------------------------------------------------------------- */

const char *instance_do(struct cloud *c, json_t *r, const char *verb,
                        const char **message)
{
	if (!strcmp(verb, "stop")) {
		guest_stop(c, r);
		json_object_set_new(r, "status", json_string("TERMINATED"));
	} else if (!strcmp(verb, "start")) {
		return instance_made(c, r, message);
	}
	return NULL;
}

static void replace_part(struct call *k, const char *part, const char *verb)
{
	char path[PATH];
	json_t *r, *body, *had;

	if (operation_repeated(k))
		return;
	r = find(k, path);
	if (!r)
		return;
	had = json_object_get(r, part);
	if (!json_equal(json_object_get(k->body, "fingerprint"),
	                json_object_get(had, "fingerprint"))) {
		call_error(k, 412, "conditionNotMet",
		           "Supplied fingerprint does not match current %s "
		           "fingerprint.",
		           part);
		return;
	}
	body = json_deep_copy(k->body);
	json_object_del(body, "fingerprint");
	json_object_set_new(body, "fingerprint", resource_fingerprint(body));
	operation_start(k, verb, path, json_pack("{s:o}", part, body));
}

void instance_set_tags(struct call *k)
{
	replace_part(k, "tags", "setTags");
}

void instance_set_metadata(struct call *k)
{
	replace_part(k, "metadata", "setMetadata");
}

void instance_set_machine_type(struct call *k)
{
	char path[PATH];
	json_t *r;

	if (operation_repeated(k))
		return;
	r = find(k, path);
	if (!r || !check_machine(k, k->body))
		return;
	if (strcmp(text_of(r, "status"), "TERMINATED") != 0) {
		call_error(k, 400, "resourceNotReady",
		           "The instance must be stopped before its machine "
		           "type is changed");
		return;
	}
	operation_start(k, "setMachineType", path,
	                json_pack("{s:O}", "machineType",
	                          json_object_get(k->body, "machineType")));
}

static void change_state(struct call *k, const char *verb)
{
	char path[PATH];

	if (!operation_repeated(k) && find(k, path))
		operation_start(k, verb, path, NULL);
}

void instance_start(struct call *k)
{
	change_state(k, "start");
}

void instance_stop(struct call *k)
{
	change_state(k, "stop");
}

void instance_protect(struct call *k)
{
	const char *on = call_query(k, "deletionProtection");
	char path[PATH];

	if (!operation_repeated(k) && find(k, path))
		operation_start(k, "setDeletionProtection", path,
		                json_pack("{s:b}", "deletionProtection",
		                          on && !strcmp(on, "true")));
}

static json_t *with_access(json_t *r, json_t *access)
{
	json_t *nics = json_deep_copy(json_object_get(r, "networkInterfaces"));
	json_t *nic = json_array_get(nics, 0);

	json_object_set_new(nic, "accessConfigs",
	                    access ? json_pack("[o]", access) : json_array());
	return json_pack("{s:o}", "networkInterfaces", nics);
}

void instance_add_access(struct call *k)
{
	char path[PATH];
	json_t *r, *access;

	if (operation_repeated(k))
		return;
	r = find(k, path);
	if (!r || !check_nat(k, k->body))
		return;
	access = json_deep_copy(k->body);
	if (!json_object_get(access, "natIP"))
		json_object_set_new(access, "natIP", next_public(k->c));
	operation_start(k, "addAccessConfig", path, with_access(r, access));
}

void instance_delete_access(struct call *k)
{
	char path[PATH];
	json_t *r;

	if (operation_repeated(k))
		return;
	r = find(k, path);
	if (r)
		operation_start(k, "deleteAccessConfig", path,
		                with_access(r, NULL));
}

/* --- the serial port ------------------------------------------------------ */

void instance_serial(struct call *k)
{
	enum { MOST = 1024 * 1024 };
	int64_t start = call_number(k, "start", 0), end;
	char path[PATH];
	json_t *r = find(k, path);
	char *all;
	size_t len;

	if (!r)
		return;
	all = guest_serial(k->c, r, &len);
	end = (int64_t)len;
	if (start < 0)
		start = end + start < 0 ? 0 : end + start;
	if (start > end)
		start = end;
	if (end - start > MOST)
		start = end - MOST;
	call_reply(k, 200,
	           json_pack("{s:s, s:o, s:o, s:o}", "kind",
	                     "compute#serialPortOutput", "contents",
	                     json_stringn_nocheck(all + start,
	                                          (size_t)(end - start)),
	                     "start", json_sprintf("%lld", (long long)start),
	                     "next", json_sprintf("%lld", (long long)end)));
	free(all);
}
