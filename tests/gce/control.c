/*
 * control.c - what tests do to the cloud, under /control/.
 *
 *	POST   accounts   {email: {pem, kid, ...}}: see login.c
 *	POST   tokens     {token: {account, expires}}
 *	POST   buckets    {name: {name, projectNumber}}
 *	POST   secrets    {projects/P/secrets/S/versions/N: {data, state}}
 *	POST   away       {zones/Z: true}: it cannot be asked
 *	POST   refused    {path: code}: its next change fails, when it is made
 *	POST   clock      {advance_ms}
 *	POST   options    {op_ms, lag_ms, latency_ms, instances, token_s, ...}
 *	POST   set        {path, set}: change a resource behind everybody's back
 *	POST   drop       {path}: the resource is gone
 *	POST   put        {path, resource}: it is there, as if made
 *	POST   faults     one fault; DELETE: none any more
 *	POST   reset      forget everything but images and what tests have set
 *	GET    log        every request so far; DELETE: forget them
 *	GET    state      everything
 *
 * A fault: {match: method's id or its beginning, nth: first request it hits
 * (1), times: how many (1), action: status | cut_before | cut_after | stall |
 * kill_before | kill_after, status, reason, retry_after, ms, pid}. "mutation"
 * matches everything that is no GET.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/gce/cloud.h"
#include "tests/gce/guest.h"

/* --- faults --------------------------------------------------------------- */

static const char *text_of(const json_t *v, const char *key)
{
	const char *s = json_string_value(json_object_get(v, key));

	return s ? s : "";
}

static json_int_t number_of(const json_t *v, const char *key,
                            json_int_t otherwise)
{
	const json_t *n = json_object_get(v, key);

	return n ? json_integer_value(n) : otherwise;
}

static bool hits(struct call *k, json_t *f)
{
	const char *match = text_of(f, "match");
	json_int_t n, nth = number_of(f, "nth", 1);

	if (!strcmp(match, "mutation")
	            ? !strcmp(k->verb, "GET")
	            : strncmp(k->m->id, match, strlen(match)) != 0)
		return false;
	n = number_of(f, "_seen", 0) + 1;
	json_object_set_new(f, "_seen", json_integer(n));
	return n >= nth && n < nth + number_of(f, "times", 1);
}

static void stall_locked(struct cloud *c, json_int_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	pthread_mutex_unlock(&c->lock);
	nanosleep(&t, NULL);
	pthread_mutex_lock(&c->lock);
}

static enum control_fault commit(struct call *k, const json_t *f)
{
	const char *action = text_of(f, "action");
	json_int_t pid = number_of(f, "pid", 0);

	if (!strcmp(action, "stall")) {
		stall_locked(k->c, number_of(f, "ms", 1000));
		return FAULT_NONE;
	}
	if (!strcmp(action, "kill_before") && pid > 1) {
		kill((pid_t)pid, SIGKILL);
		return FAULT_CUT_BEFORE;
	}
	if (!strcmp(action, "kill_after"))
		return FAULT_CUT_AFTER; /* main.c kills once it is done */
	if (!strcmp(action, "cut_before"))
		return FAULT_CUT_BEFORE;
	if (!strcmp(action, "cut_after"))
		return FAULT_CUT_AFTER;
	if (*text_of(f, "retry_after"))
		snprintf(k->header[1], sizeof(k->header[1]), "Retry-After: %s",
		         text_of(f, "retry_after"));
	call_error(k, (int)number_of(f, "status", 503),
	           *text_of(f, "reason") ? text_of(f, "reason")
	                                 : "backendError",
	           "injected");
	return FAULT_STATUS;
}

enum control_fault control_fault_locked(struct call *k)
{
	json_t *f;
	size_t i;

	json_array_foreach(k->c->faults, i, f)
	{
		if (hits(k, f)) {
			enum control_fault what = commit(k, f);

			if (!strcmp(text_of(f, "action"), "kill_after"))
				json_object_set(k->headers, "_kill",
				                json_object_get(f, "pid"));
			return what;
		}
	}
	return FAULT_NONE;
}

void control_log_locked(struct call *k)
{
	json_array_append_new(
		k->c->log, json_pack("{s:s, s:s, s:s, s:i, s:s*}", "id",
	                             k->m ? k->m->id : "", "verb", k->verb,
	                             "path", k->path, "status", k->status,
	                             "requestId", call_query(k, "requestId")));
}

/* --- calls ---------------------------------------------------------------- */

static void set_options(struct call *k)
{
	struct cloud_options *o = &k->c->o;
	struct {
		const char *name;
		int64_t *to;
	} rows[] = {
		{"op_ms", &o->op_ms},
		{"lag_ms", &o->lag_ms},
		{"latency_ms", &o->latency_ms},
		{"reads_minute", &o->reads_minute},
		{"writes_minute", &o->writes_minute},
		{"instances", &o->instances},
		{"token_s", &o->token_s},
		{"linger_ms", &o->linger_ms},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		*rows[i].to = number_of(k->body, rows[i].name, *rows[i].to);
}

static void set_resource(struct call *k)
{
	json_t *r = json_object_get(k->c->resources, text_of(k->body, "path"));

	if (!r) {
		call_error(k, 404, "notFound", "no such resource");
		return;
	}
	json_object_update(r, json_object_get(k->body, "set"));
}

static void drop_resource(struct call *k)
{
	const char *path = text_of(k->body, "path");
	json_t *r = json_object_get(k->c->resources, path);

	if (r)
		guest_stop(k->c, r);
	json_object_del(k->c->resources, path);
}

static json_t *state(const struct cloud *c)
{
	return json_pack("{s:O, s:O, s:O, s:O}", "resources", c->resources,
	                 "operations", c->operations, "objects", c->objects,
	                 "uploads", c->uploads);
}

static void post(struct call *k, const char *what)
{
	struct cloud *c = k->c;

	if (!strcmp(what, "accounts"))
		json_object_update(c->accounts, k->body);
	else if (!strcmp(what, "tokens"))
		json_object_update(c->tokens, k->body);
	else if (!strcmp(what, "secrets"))
		json_object_update(c->secrets, k->body);
	else if (!strcmp(what, "away"))
		json_object_update(c->away, k->body);
	else if (!strcmp(what, "refused"))
		json_object_update(c->refused, k->body);
	else if (!strcmp(what, "clock"))
		c->skew_ms += number_of(k->body, "advance_ms", 0);
	else if (!strcmp(what, "options"))
		set_options(k);
	else if (!strcmp(what, "set"))
		set_resource(k);
	else if (!strcmp(what, "drop"))
		drop_resource(k);
	else if (!strcmp(what, "put"))
		json_object_set(c->resources, text_of(k->body, "path"),
		                json_object_get(k->body, "resource"));
	else if (!strcmp(what, "faults"))
		json_array_append(c->faults, k->body);
	else if (!strcmp(what, "buckets"))
		json_object_update(c->buckets, k->body);
	else if (!strcmp(what, "reset"))
		cloud_reset_locked(c);
	else
		call_error(k, 404, "notFound", "no such control");
}

void control_call(struct call *k)
{
	const char *what = k->path + strlen("/control/");

	if (!strcmp(k->verb, "GET") && !strcmp(what, "log"))
		call_reply(k, 200, json_deep_copy(k->c->log));
	else if (!strcmp(k->verb, "GET") && !strcmp(what, "state"))
		call_reply(k, 200, state(k->c));
	else if (!strcmp(k->verb, "DELETE") && !strcmp(what, "log"))
		json_array_clear(k->c->log);
	else if (!strcmp(k->verb, "DELETE") && !strcmp(what, "faults"))
		json_array_clear(k->c->faults);
	else if (!strcmp(k->verb, "POST") && k->body)
		post(k, what);
	else
		call_error(k, 400, "invalid", "POST JSON, GET or DELETE");
	if (!k->status)
		call_reply(k, 200, json_object());
}
