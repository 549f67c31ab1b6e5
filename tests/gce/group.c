/*
 * group.c - managed instance groups: members that are missing come at once,
 * those that are too many go when they have run down. Such a member has
 * _leaving, and its group is not stable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gce/cloud.h"
#include "tests/gce/guest.h"

enum { PATH = 512 };

static const char *text_of(const json_t *r, const char *key)
{
	const char *s = json_string_value(json_object_get(r, key));

	return s ? s : "";
}

static const char *template_of(const json_t *r)
{
	const json_t *v = json_array_get(json_object_get(r, "versions"), 0);
	const char *t = text_of(v, "instanceTemplate");

	return resource_path(*t ? t : text_of(r, "instanceTemplate"));
}

const char *template_user(struct cloud *c, const json_t *r)
{
	const char *me = resource_path(text_of(r, "selfLink")), *path;
	json_t *g;

	json_object_foreach(c->resources, path, g)
	{
		if (strstr(path, "/instanceGroupManagers/") &&
		    !strcmp(template_of(g), me))
			return path;
	}
	return NULL;
}

bool group_prepare(struct call *k, json_t *r)
{
	const char *t = template_of(r);

	if (!resource_find(k->c, t)) {
		call_error(k, 404, "notFound",
		           "The resource '%s' was not found", t);
		return false;
	}
	json_object_set_new(r, "fingerprint", resource_fingerprint(r));
	return true;
}

/* --- its instances -------------------------------------------------------- */

static bool is_member(const json_t *r, const json_t *group)
{
	return !strcmp(text_of(r, "_group"), text_of(group, "selfLink"));
}

static void add_member(struct cloud *c, json_t *g, size_t i)
{
	const char *region = strrchr(text_of(g, "region"), '/') + 1;
	json_t *t = json_object_get(c->resources, template_of(g));
	json_t *r = json_deep_copy(json_object_get(t, "properties"));
	char name[80], zone[64], path[PATH];
	const char *message, *error;

	snprintf(name, sizeof(name), "%s-%04llx",
	         text_of(g, "baseInstanceName"),
	         (unsigned long long)c->next_id & 0xffff);
	snprintf(zone, sizeof(zone), "%s-%c", region, i % 2 ? 'b' : 'a');
	snprintf(path, sizeof(path), "projects/%s/zones/%s/instances/%s",
	         c->o.project, zone, name);
	json_object_set_new(r, "kind", json_string("compute#instance"));
	json_object_set_new(r, "id", cloud_id(c));
	json_object_set_new(r, "name", json_string(name));
	json_object_set_new(r, "selfLink",
	                    json_sprintf("%s/compute/v1/%s", c->url, path));
	json_object_set_new(r, "_group",
	                    json_object_get(g, "selfLink")
	                            ? json_string(text_of(g, "selfLink"))
	                            : json_null());
	json_object_set_new(r, "_template", json_string(template_of(g)));
	instance_equip(c, r, zone);
	json_object_set_new(c->resources, path, r);
	error = instance_made(c, r, &message);
	if (error)
		fprintf(stderr, "gce: %s: %s: %s\n", path, error, message);
}

static void leave(json_t *r)
{
	json_object_set_new(r, "_leaving", json_true());
	json_object_set_new(r, "status", json_string("STOPPING"));
}

/* Is a member of the group still running down? NULL: of any group. */
static bool has_leaving(const struct cloud *c, const json_t *g)
{
	const char *path;
	json_t *r;

	json_object_foreach(c->resources, path, r)
	{
		if (json_object_get(r, "_leaving") && (!g || is_member(r, g)))
			return true;
	}
	return false;
}

static void tell_stable(const struct cloud *c, json_t *g)
{
	json_object_set_new(g, "status",
	                    json_pack("{s:b, s:{s:b}}", "isStable",
	                              !has_leaving(c, g), "versionTarget",
	                              "isReached", true));
}

void group_settle_locked(struct cloud *c)
{
	const char *path;
	json_t *r;
	void *next;

	if (!has_leaving(c, NULL))
		return;
	json_object_foreach_safe(c->resources, next, path, r)
	{
		if (!json_object_get(r, "_leaving") || guest_runs_down(c, r))
			continue;
		instance_gone(c, r);
		json_object_del(c->resources, path);
	}
	json_object_foreach(c->resources, path, r)
	{
		if (strstr(path, "/instanceGroupManagers/"))
			tell_stable(c, r);
	}
}

bool group_runs_down(struct cloud *c, const json_t *g)
{
	const char *path;
	json_t *r;

	json_object_foreach(c->resources, path, r)
	{
		if (is_member(r, g))
			leave(r);
	}
	group_settle_locked(c);
	return has_leaving(c, g);
}

/* Members that are too many or of an old template go, missing ones come. */
void group_changed(struct cloud *c, json_t *g)
{
	json_int_t want = json_integer_value(json_object_get(g, "targetSize"));
	json_int_t have = 0;
	const char *path;
	json_t *r;

	json_object_foreach(c->resources, path, r)
	{
		if (!is_member(r, g) || json_object_get(r, "_leaving"))
			continue;
		if (have < want &&
		    !strcmp(text_of(r, "_template"), template_of(g))) {
			have++;
			continue;
		}
		leave(r);
	}
	for (; have < want; have++)
		add_member(c, g, (size_t)have);
	group_settle_locked(c);
	tell_stable(c, g);
	json_object_del(g, "fingerprint");
	json_object_set_new(g, "fingerprint", resource_fingerprint(g));
}

const char *group_made(struct cloud *c, json_t *r, const char **message)
{
	(void)message;
	group_changed(c, r);
	return NULL;
}

void group_resize(struct call *k)
{
	int64_t size = call_number(k, "size", -1);
	char path[PATH];

	if (operation_repeated(k))
		return;
	snprintf(path, sizeof(path), "%s", resource_path(k->path));
	*strrchr(path, '/') = '\0';
	if (!resource_find(k->c, path))
		call_error(k, 404, "notFound",
		           "The resource '%s' was not found", path);
	else if (size < 0)
		call_error(k, 400, "required",
		           "Required parameter: size is missing");
	else
		operation_start(
			k, "resize", path,
			json_pack("{s:I}", "targetSize", (json_int_t)size));
}

void group_list_instances(struct call *k)
{
	char path[PATH];
	json_t *g, *r, *list = json_array();
	const char *at;

	snprintf(path, sizeof(path), "%s", resource_path(k->path));
	*strrchr(path, '/') = '\0';
	g = resource_find(k->c, path);
	json_object_foreach(k->c->resources, at, r)
	{
		if (g && is_member(r, g))
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:s}", "instance",
			                  text_of(r, "selfLink"),
			                  "instanceStatus",
			                  text_of(r, "status"), "currentAction",
			                  json_object_get(r, "_leaving")
			                          ? "DELETING"
			                          : "NONE"));
	}
	call_reply(k, 200, json_pack("{s:o}", "managedInstances", list));
}
