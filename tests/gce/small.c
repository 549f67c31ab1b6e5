/* small.c - firewalls, addresses, templates, and places. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tests/gce/cloud.h"

static const char *const zones[] = {
	"us-central1-a", "us-central1-b",   "us-west2-a",
	"us-west2-b",    "europe-north1-a", "europe-north1-b",
};

static const struct {
	const char *name;
	int cpus, memory_mib;
} machines[] = {
	{"e2-micro", 2, 1024},       {"e2-small", 2, 2048},
	{"e2-medium", 2, 4096},      {"e2-standard-2", 2, 8192},
	{"e2-standard-4", 4, 16384}, {"n1-standard-1", 1, 3840},
	{"n2-standard-2", 2, 8192},  {"t2d-standard-1", 1, 4096},
	{"c3-standard-4", 4, 16384}, {"n4-standard-2", 2, 8192},
};

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

bool place_zone_known(const char *zone)
{
	for (size_t i = 0; i < LEN(zones); i++)
		if (!strcmp(zones[i], zone))
			return true;
	return false;
}

int place_cpus(const char *type)
{
	for (size_t i = 0; i < LEN(machines); i++)
		if (!strcmp(machines[i].name, type))
			return machines[i].cpus;
	return 0;
}

static bool region_known(const char *region)
{
	size_t len = strlen(region);

	for (size_t i = 0; i < LEN(zones); i++)
		if (!strncmp(zones[i], region, len) && zones[i][len] == '-')
			return true;
	return false;
}

static json_t *zone(struct call *k, const char *name)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "kind", "compute#zone", "name",
	                 name, "status", "UP", "region",
	                 json_sprintf("%s/compute/v1/projects/%s/regions/%.*s",
	                              k->c->url, call_param(k, "project"),
	                              (int)strlen(name) - 2, name));
}

static json_t *machine(size_t i)
{
	return json_pack("{s:s, s:s, s:i, s:i}", "kind", "compute#machineType",
	                 "name", machines[i].name, "guestCpus",
	                 machines[i].cpus, "memoryMb", machines[i].memory_mib);
}

static json_t *zones_of(struct call *k, const char *region)
{
	json_t *list = json_array();

	for (size_t i = 0; i < LEN(zones); i++)
		if (!strncmp(zones[i], region, strlen(region)))
			json_array_append_new(
				list,
				json_sprintf("%s/compute/v1/projects/%s/zones/"
			                     "%s",
			                     k->c->url,
			                     call_param(k, "project"),
			                     zones[i]));
	return list;
}

static json_t *place(struct call *k)
{
	const char *name;

	name = call_param(k, "machineType");
	for (size_t i = 0; name && i < LEN(machines); i++)
		if (!strcmp(machines[i].name, name))
			return machine(i);
	if (name)
		return NULL;
	name = call_param(k, "zone");
	if (name)
		return place_zone_known(name) ? zone(k, name) : NULL;
	name = call_param(k, "network");
	if (name)
		return strcmp(name, "default")
		               ? NULL
		               : json_pack("{s:s, s:s}", "kind",
		                           "compute#network", "name", name);
	name = call_param(k, "region");
	if (name)
		return region_known(name)
		               ? json_pack("{s:s, s:s, s:o}", "kind",
		                           "compute#region", "name", name,
		                           "zones", zones_of(k, name))
		               : NULL;
	return json_pack("{s:s, s:s, s:s, s:s}", "kind", "compute#project",
	                 "name", k->c->o.project, "id", "1234567890",
	                 "defaultNetworkTier", "PREMIUM");
}

void place_get(struct call *k)
{
	json_t *v = place(k);

	if (v)
		call_reply(k, 200, v);
	else
		call_error(k, 404, "notFound",
		           "The resource '%s' was not found",
		           resource_path(k->path));
}

void place_list(struct call *k)
{
	json_t *items = json_array();

	if (strstr(k->m->id, "machineTypes"))
		for (size_t i = 0; i < LEN(machines); i++)
			json_array_append_new(items, machine(i));
	else if (strstr(k->m->id, ".zones"))
		for (size_t i = 0; i < LEN(zones); i++)
			json_array_append_new(items, zone(k, zones[i]));
	select_page(k, "compute#list", items);
}

/* --- addresses ------------------------------------------------------------ */

bool address_prepare(struct call *k, json_t *r)
{
	unsigned n = (unsigned)k->c->next_address++;
	struct in_addr base = {0};
	char text[INET_ADDRSTRLEN];

	if (!region_known(call_param(k, "region"))) {
		call_error(k, 404, "notFound", "Unknown region");
		return false;
	}
	if (json_object_get(r, "labels")) {
		call_error(k, 400, "invalid",
		           "Labels cannot be given on insert of an address");
		return false;
	}
	inet_pton(AF_INET, k->c->o.addresses ? k->c->o.addresses : "198.18.0.1",
	          &base);
	base.s_addr = htonl(ntohl(base.s_addr) + n);
	inet_ntop(AF_INET, &base, text, sizeof(text));
	json_object_set_new(r, "address", json_string(text));
	json_object_set_new(r, "status", json_string("RESERVED"));
	json_object_set_new(r, "addressType", json_string("EXTERNAL"));
	return true;
}

static bool uses(const json_t *instance, const char *ip)
{
	const json_t *nic = json_array_get(
		json_object_get(instance, "networkInterfaces"), 0);
	const json_t *access =
		json_array_get(json_object_get(nic, "accessConfigs"), 0);
	const char *nat = json_string_value(json_object_get(access, "natIP"));

	return nat && !strcmp(nat, ip);
}

const char *address_user(struct cloud *c, const json_t *r)
{
	const char *ip = json_string_value(json_object_get(r, "address"));
	const char *path;
	json_t *i;

	json_object_foreach(c->resources, path, i)
	{
		if (strstr(path, "/instances/") && uses(i, ip))
			return path;
	}
	return NULL;
}

/* --- firewalls ------------------------------------------------------------ */

static bool is_protocol(const char *s)
{
	static const char *const known[] = {"tcp", "udp",  "icmp", "esp",
	                                    "ah",  "sctp", "ipip", "all"};

	for (size_t i = 0; i < LEN(known); i++)
		if (!strcmp(known[i], s))
			return true;
	return false;
}

static bool mixes_versions(const json_t *ranges)
{
	bool seen[2] = {false, false};
	const json_t *one;
	size_t i;

	json_array_foreach(ranges, i, one)
	{
		seen[strchr(json_string_value(one), ':') != NULL] = true;
	}
	return seen[0] && seen[1];
}

bool firewall_prepare(struct call *k, json_t *r)
{
	json_t *rule;
	size_t i;

	if (mixes_versions(json_object_get(r, "sourceRanges"))) {
		call_error(k, 400, "invalid",
		           "Invalid value for field 'resource.sourceRanges': "
		           "IPv4 and IPv6 ranges cannot be mixed");
		return false;
	}
	if (!json_array_size(json_object_get(r, "allowed")) &&
	    !json_array_size(json_object_get(r, "denied"))) {
		call_error(k, 400, "required",
		           "Either allowed or denied must be specified");
		return false;
	}
	json_array_foreach(json_object_get(r, "allowed"), i, rule)
	{
		const char *p =
			json_string_value(json_object_get(rule, "IPProtocol"));

		if (!p || !is_protocol(p)) {
			call_error(k, 400, "invalid",
			           "Invalid value for field "
			           "'resource.allowed[%zu].IPProtocol'",
			           i);
			return false;
		}
	}
	if (!json_object_get(r, "priority"))
		json_object_set_new(r, "priority", json_integer(1000));
	if (!json_object_get(r, "direction"))
		json_object_set_new(r, "direction", json_string("INGRESS"));
	if (!json_object_get(r, "network"))
		json_object_set_new(
			r, "network",
			json_sprintf("%s/compute/v1/projects/%s/global/"
		                     "networks/default",
		                     k->c->url, call_param(k, "project")));
	return true;
}
