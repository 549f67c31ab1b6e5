/* cloud.c - making the cloud, its clock, and answers. */
#include "tests/gce/cloud.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/gce/guest.h"

static void add_bucket(struct cloud *c)
{
	json_object_set_new(c->buckets, c->o.bucket,
	                    json_pack("{s:s, s:s, s:s, s:s}", "kind",
	                              "storage#bucket", "name", c->o.bucket,
	                              "location", "US", "projectNumber",
	                              "1234567890"));
}

void cloud_init(struct cloud *c, const struct cloud_options *o)
{
	pthread_condattr_t attr;

	memset(c, 0, sizeof(*c));
	c->o = *o;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	pthread_condattr_destroy(&attr);
	c->resources = json_object();
	c->operations = json_object();
	c->pending = json_array();
	c->requests = json_object();
	c->buckets = json_object();
	c->objects = json_object();
	c->uploads = json_object();
	c->secrets = json_object();
	c->away = json_object();
	c->refused = json_object();
	c->accounts = json_object();
	c->tokens = json_object();
	c->faults = json_array();
	c->log = json_array();
	c->checked = json_object();
	c->next_id = 1000;
	add_bucket(c);
}

void cloud_fini(struct cloud *c)
{
	json_t *all[] = {c->resources, c->operations, c->pending, c->requests,
	                 c->buckets,   c->objects,    c->uploads, c->accounts,
	                 c->tokens,    c->faults,     c->log,     c->checked,
	                 c->secrets,   c->away,       c->refused};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		json_decref(all[i]);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
}

int64_t cloud_now(const struct cloud *c)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + c->skew_ms;
}

void cloud_reset_locked(struct cloud *c)
{
	const char *path;
	void *next;
	json_t *r;

	json_object_foreach_safe(c->resources, next, path, r)
	{
		if (strstr(path, "/images/"))
			continue;
		guest_stop(c, r);
		json_object_del(c->resources, path);
	}
	json_object_clear(c->operations);
	json_array_clear(c->pending);
	json_object_clear(c->requests);
	json_object_clear(c->objects);
	json_object_clear(c->uploads);
	json_array_clear(c->faults);
	json_array_clear(c->log);
}

void cloud_time(const struct cloud *c, int64_t ms, char out[32])
{
	time_t s = (time_t)(ms / 1000);
	struct tm t;
	char day[24];

	(void)c;
	gmtime_r(&s, &t);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(out, 32, "%s.%03dZ", day, (int)(ms % 1000));
}

json_t *cloud_stamp(const struct cloud *c)
{
	char text[32];

	cloud_time(c, cloud_now(c), text);
	return json_string(text);
}

json_t *cloud_id(struct cloud *c)
{
	return json_sprintf("%llu", (unsigned long long)c->next_id++);
}

void cloud_settle_locked(struct cloud *c)
{
	int64_t now = cloud_now(c);
	size_t i = 0;

	guest_reap(c);
	group_settle_locked(c);
	while (i < json_array_size(c->pending)) {
		const char *path =
			json_string_value(json_array_get(c->pending, i));
		json_t *op = json_object_get(c->operations, path);

		if (json_integer_value(json_object_get(op, "_due")) > now ||
		    operation_must_wait(c, op)) {
			i++;
			continue;
		}
		json_array_remove(c->pending, i);
		operation_settle_locked(c, op);
		pthread_cond_broadcast(&c->changed);
	}
}

void call_reply(struct call *k, int status, json_t *answer)
{
	json_decref(k->answer);
	k->status = status;
	k->answer = answer;
}

/* google.rpc.Code names go with statuses (googleapis google/rpc/code.proto). */
static const char *status_name(int status)
{
	static const struct {
		int status;
		const char *name;
	} names[] = {
		{400, "INVALID_ARGUMENT"},   {401, "UNAUTHENTICATED"},
		{403, "PERMISSION_DENIED"},  {404, "NOT_FOUND"},
		{409, "ALREADY_EXISTS"},     {412, "FAILED_PRECONDITION"},
		{429, "RESOURCE_EXHAUSTED"}, {503, "UNAVAILABLE"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].status == status)
			return names[i].name;
	return "INTERNAL";
}

void call_error(struct call *k, int status, const char *reason, const char *fmt,
                ...)
{
	char message[600];
	json_t *error;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	error = json_pack("{s:i, s:s, s:s}", "code", status, "message", message,
	                  "status", status_name(status));
	if (reason)
		json_object_set_new(error, "errors",
		                    json_pack("[{s:s, s:s, s:s}]", "message",
		                              message, "domain", "global",
		                              "reason", reason));
	call_reply(k, status, json_pack("{s:o}", "error", error));
}

const char *call_param(const struct call *k, const char *name)
{
	return json_string_value(json_object_get(k->params, name));
}

const char *call_query(const struct call *k, const char *name)
{
	return json_string_value(json_object_get(k->query, name));
}

int64_t call_number(const struct call *k, const char *name, int64_t otherwise)
{
	const char *s = call_query(k, name);

	return s ? strtoll(s, NULL, 10) : otherwise;
}
