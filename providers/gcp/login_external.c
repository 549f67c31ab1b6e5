/*
 * login_external.c - workload identity federation: somebody else's token (a
 * file or a URL gives it) for one of Google's (RFC 8693), and that, if asked
 * for, for one of a service account.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parser/base/fs.h"
#include "providers/gcp/login_private.h"

enum { LARGEST = 1 << 20, DEADLINE_MS = 60 * 1000, LIFE_S = 3600 };

/* The token as it is, or a member of JSON. */
static struct err *extract(const struct gcp_login *l, struct arena *mem,
                           const char *text, size_t len, const char **out)
{
	const struct value *source = value_get(l->file, "credential_source");
	const struct value *format = value_get(source, "format"), *v;
	struct err *e;

	if (strcmp(value_get_string(format, "type", "text"), "json") != 0) {
		*out = arena_strndup(mem, text, strcspn(text, "\r\n"));
		return NULL;
	}
	e = value_from_json(mem, text, len, &v);
	if (e)
		return e;
	*out = value_get_string(
		v, value_get_string(format, "subject_token_field_name", ""),
		NULL);
	return *out ? NULL
	            : err_new(ERR_SYNTAX, NO_POS,
	                      "%s: the subject token's JSON lacks the field "
	                      "that subject_token_field_name names",
	                      l->path);
}

/* "Name: value" of a map, ended by NULL. */
static const char *const *headers_of(struct arena *mem, const struct value *map)
{
	size_t n = map && map->type == VALUE_MAP ? map->map.n : 0;
	const char **out = ARENA_ARRAY(mem, const char *, n + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = arena_printf(
			mem, "%s: %s", map->map.v[i].key,
			value_get_string(map, map->map.v[i].key, ""));
	return out;
}

static struct err *subject_token(struct gcp_login *l, struct arena *mem,
                                 const char **out)
{
	const struct value *source = value_get(l->file, "credential_source");
	const char *file = value_get_string(source, "file", NULL);
	const char *url = value_get_string(source, "url", NULL);
	struct http_request r = {.method = "GET",
	                         .url = url,
	                         .repeatable = true,
	                         .deadline_ms = DEADLINE_MS};
	struct http_answer a;
	struct err *e;
	char *text;
	size_t len;

	if (file) {
		e = fs_read(mem, file, LARGEST, &text, &len);
		return e ? e : extract(l, mem, text, len, out);
	}
	if (!url)
		return err_new(ERR_SYNTAX, NO_POS,
		               "%s: its credential_source has neither file nor "
		               "url; others are not supported",
		               l->path);
	r.headers = headers_of(mem, value_get(source, "headers"));
	e = http_send(l->http, mem, &r, &a);
	if (e)
		return e;
	if (a.status != 200)
		return err_new(ERR_REMOTE, NO_POS,
		               "the subject token's URL answers %d", a.status);
	return extract(l, mem, a.body, a.len, out);
}

static struct err *post(struct gcp_login *l, struct arena *mem, const char *url,
                        json_t *body, const char *bearer,
                        const struct value **out)
{
	const char *headers[] = {
		bearer ? arena_printf(mem, "Authorization: Bearer %s", bearer)
		       : NULL,
		NULL};
	char *text = json_dumps(body, JSON_COMPACT);
	struct http_request r = {
		.method = "POST",
		.url = url,
		.body = text,
		.len = strlen(text),
		.headers = headers,
		.repeatable = true,
		.deadline_ms = DEADLINE_MS,
	};
	struct err *e = gcp_login_check_url(l, url);

	if (!e)
		e = gcp_login_ask(l, mem, &r, out);
	json_decref(body);
	explicit_bzero(text, strlen(text));
	free(text);
	return e;
}

static struct err *exchange(struct gcp_login *l, struct arena *mem,
                            const char *subject, struct gcp_token *out)
{
	const struct value *answer;
	json_t *body =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "grantType",
	                  "urn:ietf:params:oauth:grant-type:token-exchange",
	                  "audience", value_get_string(l->file, "audience", ""),
	                  "scope", GCP_SCOPE, "requestedTokenType",
	                  "urn:ietf:params:oauth:token-type:access_token",
	                  "subjectToken", subject, "subjectTokenType",
	                  value_get_string(l->file, "subject_token_type", ""));
	struct err *e = post(l, mem, value_get_string(l->file, "token_url", ""),
	                     body, NULL, &answer);

	return e ? e : gcp_login_take(l, answer, out);
}

/* Seconds until an RFC 3339 time in UTC; LIFE_S when it is none. */
static int64_t seconds_until(const struct gcp_login *l, const char *when)
{
	struct tm t = {0};

	if (!strptime(when, "%Y-%m-%dT%H:%M:%S", &t))
		return LIFE_S;
	return (int64_t)timegm(&t) - l->clock->now_ms(l->clock->ctx) / 1000;
}

static struct err *impersonate(struct gcp_login *l, struct arena *mem,
                               const char *url, struct gcp_token *token)
{
	const struct value *answer;
	json_t *body = json_pack("{s:[s], s:s}", "scope", GCP_SCOPE, "lifetime",
	                         "3600s");
	struct err *e = post(l, mem, url, body, token->text, &answer);

	if (e)
		return e;
	token->text = value_get_string(answer, "accessToken", "");
	token->seconds =
		seconds_until(l, value_get_string(answer, "expireTime", ""));
	if (!*token->text || token->seconds <= 0)
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: the answer has no access token", url);
	return NULL;
}

struct err *gcp_login_external_token(struct gcp_login *l, struct arena *mem,
                                     struct gcp_token *out)
{
	const char *url = value_get_string(
		l->file, "service_account_impersonation_url", NULL);
	const char *subject;
	struct gcp_token token;
	struct err *e = subject_token(l, mem, &subject);

	if (!e)
		e = exchange(l, mem, subject, &token);
	if (!e && url)
		e = impersonate(l, mem, url, &token);
	if (!e)
		*out = token;
	return e;
}
