/* login.c - which way, and a token that is kept until it is nearly old. */
#include "providers/gcp/login.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/base/str.h"
#include "providers/gcp/api.h"
#include "providers/gcp/login_private.h"

enum {
	EARLY_MS = 5 * 60 * 1000, /* before it expires */
	LARGEST_FILE = 1 << 20,
	FILE_TOKEN_S = 3600,
	METADATA_DEADLINE_MS = 10 * 1000,
	TOKEN_DEADLINE_MS = 60 * 1000,
};

static const struct http_rule rules[] = {
	{408, NULL, HTTP_BACK_OFF}, {429, NULL, HTTP_BACK_OFF},
	{500, NULL, HTTP_BACK_OFF}, {502, NULL, HTTP_BACK_OFF},
	{503, NULL, HTTP_BACK_OFF}, {504, NULL, HTTP_BACK_OFF},
	{0, NULL, HTTP_TAKE},
};

/* --- files ---------------------------------------------------------------- */

static struct err *read_file(struct gcp_login *l, const char *path,
                             struct src_pos pos)
{
	char *text;
	size_t len;
	struct err *e = fs_read(&l->mem, path, LARGEST_FILE, &text, &len);

	l->path = arena_strdup(&l->mem, path);
	if (!e)
		e = value_from_json(&l->mem, text, len, &l->file);
	if (!e && l->file->type != VALUE_MAP)
		e = err_new(ERR_SYNTAX, NO_POS, "it is no JSON object");
	if (e)
		return err_wrap(e, pos, "the credentials file \"%s\"", path);
	return NULL;
}

/* The members each kind of file must have. */
static const struct kind {
	const char *type;
	enum gcp_login_way way;
	const char *account; /* member that names it */
	const char *needs[5];
} kinds[] = {
	{"service_account",
         GCP_KEY,
         "client_email",
         {"client_email", "private_key", "token_uri", NULL}},
	{"authorized_user",
         GCP_USER,
         "account",
         {"client_id", "client_secret", "refresh_token", NULL}},
	{"external_account",
         GCP_EXTERNAL,
         "audience",
         {"audience", "subject_token_type", "token_url", NULL}},
};

static struct err *check_file(struct gcp_login *l, struct src_pos pos)
{
	const char *type = value_get_string(l->file, "type", "");
	const struct kind *k = kinds;
	const struct kind *end = kinds + ARRAY_LEN(kinds);

	while (k < end && strcmp(k->type, type) != 0)
		k++;
	if (k == end)
		return err_new(ERR_SYNTAX, pos,
		               "the credentials file \"%s\" has the type "
		               "\"%s\"; miso knows service_account, "
		               "authorized_user and external_account",
		               l->path, type);
	for (const char *const *n = k->needs; *n; n++)
		if (!*value_get_string(l->file, *n, ""))
			return err_new(ERR_SYNTAX, pos,
			               "the credentials file \"%s\" has no "
			               "\"%s\"",
			               l->path, *n);
	l->way = k->way;
	l->account = value_get_string(l->file, k->account, k->type);
	return NULL;
}

static const char *gcloud_file(struct arena *mem)
{
	const char *dir = getenv("CLOUDSDK_CONFIG");
	const char *home = getenv("HOME");

	if (dir && *dir)
		return arena_printf(
			mem, "%s/application_default_credentials.json", dir);
	return arena_printf(
		mem, "%s/.config/gcloud/application_default_credentials.json",
		home ? home : "");
}

static struct err *choose(struct gcp_login *l,
                          const struct gcp_login_options *how)
{
	const char *env = getenv("GOOGLE_APPLICATION_CREDENTIALS");
	const char *gcloud = gcloud_file(&l->mem), *path = how->credentials;
	struct err *e;

	if (how->access_token_file) {
		l->way = GCP_TOKEN_FILE;
		l->path = arena_strdup(&l->mem, how->access_token_file);
		l->account = arena_printf(&l->mem, "the token in %s", l->path);
		if (!fs_exists(l->path))
			return err_new(ERR_REF, how->pos,
			               "the file \"%s\" is not there", l->path);
		return NULL;
	}
	if (!path && env && *env)
		path = env;
	if (!path && fs_exists(gcloud))
		path = gcloud;
	if (!path) {
		l->way = GCP_METADATA;
		l->account = "the machine's service account";
		return NULL;
	}
	e = read_file(l, path, how->pos);
	return e ? e : check_file(l, how->pos);
}

struct err *gcp_login_open(const struct gcp_login_options *how,
                           struct gcp_login **out)
{
	struct http_options http = {.user_agent = "miso/" MISO_VERSION,
	                            .rules = rules,
	                            .clock = how->clock,
	                            .trace = http_traced("http") ? stderr
	                                                         : NULL};
	struct gcp_login *l = calloc(1, sizeof(*l));
	struct err *e;

	if (!l)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	pthread_mutex_init(&l->lock, NULL);
	l->clock = how->clock ? how->clock : &http_system_clock;
	l->elsewhere = how->elsewhere;
	l->pos = how->pos;
	e = choose(l, how);
	if (!e)
		e = http_open(&http, &l->http);
	if (e) {
		gcp_login_close(l);
		return e;
	}
	*out = l;
	return NULL;
}

void gcp_login_close(struct gcp_login *l)
{
	if (!l)
		return;
	if (l->token)
		explicit_bzero(l->token, strlen(l->token));
	free(l->token);
	http_close(l->http);
	pthread_mutex_destroy(&l->lock);
	arena_free(&l->mem);
	free(l);
}

const char *gcp_login_account(struct gcp_login *l, struct arena *mem)
{
	return arena_strdup(mem, l->account);
}

/* --- endpoints ------------------------------------------------------------ */

struct err *gcp_login_check_url(const struct gcp_login *l, const char *url)
{
	if (l->elsewhere || gcp_place_is_googles(url))
		return NULL;
	return err_hint(err_new(ERR_SYNTAX, NO_POS,
	                        "%s: \"%s\" is not one of Google's hosts",
	                        l->path, url),
	                "other hosts are only asked when the provider's "
	                "endpoint: is set");
}

static void learn_clock_locked(struct gcp_login *l, const struct http_answer *a)
{
	const char *date = http_header(a, "date");
	int64_t theirs = date ? http_date(date) : 0;

	if (theirs)
		l->ahead_ms = theirs - l->clock->now_ms(l->clock->ctx);
}

struct err *gcp_login_ask(struct gcp_login *l, struct arena *mem,
                          const struct http_request *r,
                          const struct value **out)
{
	struct http_answer a;
	struct gcp_answer said;
	struct err *e = http_send(l->http, mem, r, &a);

	if (e)
		return e;
	said = gcp_api_read(mem, &a);
	if (a.status != 200)
		learn_clock_locked(l, &a);
	if (a.status != 200)
		return err_new(ERR_REMOTE, NO_POS, "%s: %s (%d, %s)",
		               l->account, said.message, a.status, said.reason);
	*out = said.body;
	return NULL;
}

struct err *gcp_login_take(const struct gcp_login *l,
                           const struct value *answer, struct gcp_token *out)
{
	out->text = value_get_string(answer, "access_token", "");
	out->seconds = value_get_int(answer, "expires_in", 0);
	if (!*out->text || out->seconds <= 0)
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: the answer has no access token",
		               l->account);
	return NULL;
}

static struct err *user_token(struct gcp_login *l, struct arena *mem,
                              struct gcp_token *out)
{
	const char *url = value_get_string(
		l->file, "token_uri", "https://oauth2.googleapis.com/token");
	const char *form = arena_printf(
		mem,
		"grant_type=refresh_token&client_id=%s&client_secret=%s"
		"&refresh_token=%s",
		http_escape(mem, value_get_string(l->file, "client_id", "")),
		http_escape(mem,
	                    value_get_string(l->file, "client_secret", "")),
		http_escape(mem,
	                    value_get_string(l->file, "refresh_token", "")));
	struct http_request r = {
		.method = "POST",
		.url = url,
		.body = form,
		.len = strlen(form),
		.content_type = "application/x-www-form-urlencoded",
		.repeatable = true,
		.deadline_ms = TOKEN_DEADLINE_MS,
	};
	const struct value *answer;
	struct err *e = gcp_login_check_url(l, url);

	if (!e)
		e = gcp_login_ask(l, mem, &r, &answer);
	return e ? e : gcp_login_take(l, answer, out);
}

static struct err *metadata_token(struct gcp_login *l, struct arena *mem,
                                  struct gcp_token *out)
{
	static const char *const headers[] = {"Metadata-Flavor: Google", NULL};
	const char *host = getenv("GCE_METADATA_HOST");
	struct http_request r = {
		.method = "GET",
		.url = arena_printf(mem,
	                            "http://%s/computeMetadata/v1/instance/"
	                            "service-accounts/default/token",
	                            host && *host ? host : "169.254.169.254"),
		.headers = headers,
		.repeatable = true,
		.deadline_ms = METADATA_DEADLINE_MS,
	};
	const struct value *answer;
	struct err *e = gcp_login_ask(l, mem, &r, &answer);

	if (e)
		return err_hint(
			err_wrap(e, NO_POS,
		                 "there are no credentials, and no metadata "
		                 "server answers"),
			"set credentials: in the provider, or "
			"GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth "
			"application-default login");
	return gcp_login_take(l, answer, out);
}

static struct err *file_token(struct gcp_login *l, struct arena *mem,
                              struct gcp_token *out)
{
	char *text;
	size_t len;
	struct err *e = fs_read(mem, l->path, LARGEST_FILE, &text, &len);

	if (e)
		return e;
	text[strcspn(text, " \r\n")] = '\0';
	*out = (struct gcp_token){text, FILE_TOKEN_S};
	if (!*text)
		return err_new(ERR_SYNTAX, NO_POS, "%s holds no token",
		               l->path);
	return NULL;
}

/* --- the token ------------------------------------------------------------ */

static struct err *new_token(struct gcp_login *l, struct arena *mem,
                             struct gcp_token *out)
{
	switch (l->way) {
	case GCP_KEY:
		return gcp_login_key_token(l, mem, out);
	case GCP_USER:
		return user_token(l, mem, out);
	case GCP_METADATA:
		return metadata_token(l, mem, out);
	case GCP_EXTERNAL:
		return gcp_login_external_token(l, mem, out);
	case GCP_TOKEN_FILE:
		break;
	}
	return file_token(l, mem, out);
}

static struct err *renew_locked(struct gcp_login *l)
{
	int64_t now = l->clock->now_ms(l->clock->ctx);
	struct arena mem = {0};
	struct gcp_token t;
	struct err *e = new_token(l, &mem, &t);

	if (!e) {
		free(l->token);
		l->token = strdup(t.text);
		l->expires_ms = now + t.seconds * 1000;
		/* Short-lived ones would always count as nearly old. */
		if (t.seconds * 1000 <= 2 * EARLY_MS)
			l->expires_ms = now + t.seconds * 500 + EARLY_MS;
	}
	arena_free(&mem);
	return e ? err_wrap(e, l->pos, "logging in to Google") : NULL;
}

struct err *gcp_login_header(void *ctx, struct arena *mem, bool renew,
                             const char **out)
{
	struct gcp_login *l = ctx;
	struct err *e = NULL;

	pthread_mutex_lock(&l->lock);
	if (renew || !l->token ||
	    l->clock->now_ms(l->clock->ctx) > l->expires_ms - EARLY_MS)
		e = renew_locked(l);
	if (!e)
		*out = arena_printf(mem, "Bearer %s", l->token);
	pthread_mutex_unlock(&l->lock);
	return e;
}
