/*
 * login.c - who asks: tokens, and the five ways to one.
 *
 * An account is {pem, kid, refresh_token, subject_token, read_only, deny}; a
 * token is {account, expires}. Tests put accounts in by /control/accounts.
 */
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gce/cloud.h"

enum { LONGEST = 8192, SKEW_S = 300, LONGEST_JWT_S = 3600 };

#define GRANT_JWT "urn:ietf:params:oauth:grant-type:jwt-bearer"

static json_t *new_token(struct call *k, const char *account, char out[64])
{
	struct cloud *c = k->c;

	snprintf(out, 64, "ya29.test-%llu", (unsigned long long)c->next_id++);
	json_object_set_new(
		c->tokens, out,
		json_pack("{s:s, s:I}", "account", account, "expires",
	                  (json_int_t)(cloud_now(c) + c->o.token_s * 1000)));
	return json_pack("{s:s, s:I, s:s}", "access_token", out, "expires_in",
	                 (json_int_t)c->o.token_s, "token_type", "Bearer");
}

static void give_token(struct call *k, const char *account)
{
	char text[64];

	call_reply(k, 200, new_token(k, account, text));
}

static void refuse(struct call *k, const char *error, const char *why)
{
	call_reply(k, 400,
	           json_pack("{s:s, s:s}", "error", error, "error_description",
	                     why));
}

/* The account whose member `key` is `value`. */
static const char *account_with(const struct cloud *c, const char *key,
                                const char *value)
{
	const char *name;
	json_t *a;

	json_object_foreach(c->accounts, name, a)
	{
		const char *have = json_string_value(json_object_get(a, key));

		if (have && value && !strcmp(have, value))
			return name;
	}
	return NULL;
}

/* --- JWT (RFC 7515, RFC 7523) --------------------------------------------- */

static int unbase64url(const char *s, size_t n, unsigned char *out)
{
	char text[LONGEST];
	size_t i, pad = (4 - n % 4) % 4;
	int len;

	if (n + pad >= LONGEST)
		return -1;
	for (i = 0; i < n; i++)
		text[i] = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];
	memset(text + n, '=', pad);
	len = EVP_DecodeBlock(out, (unsigned char *)text, (int)(n + pad));
	return len < 0 ? -1 : len - (int)pad;
}

static json_t *part(const char *s, size_t n)
{
	unsigned char text[LONGEST];
	int len = unbase64url(s, n, text);

	return len < 0 ? NULL : json_loadb((char *)text, (size_t)len, 0, NULL);
}

static bool signature_good(const char *pem, const char *signed_part, size_t n,
                           const unsigned char *sig, int sig_len)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good =
		key && sig_len > 0 &&
		EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestVerify(ctx, sig, (size_t)sig_len,
	                         (const unsigned char *)signed_part, n) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return good;
}

static const char *text_of(const json_t *v, const char *key)
{
	const char *s = json_string_value(json_object_get(v, key));

	return s ? s : "";
}

static const char *claims_wrong(const struct call *k, const json_t *head,
                                const json_t *claims, const json_t *account)
{
	json_int_t now = cloud_now(k->c) / 1000;
	json_int_t iat = json_integer_value(json_object_get(claims, "iat"));
	json_int_t exp = json_integer_value(json_object_get(claims, "exp"));
	char audience[128];

	snprintf(audience, sizeof(audience), "%s/token", k->c->url);
	if (strcmp(text_of(head, "alg"), "RS256") != 0)
		return "alg is not RS256";
	if (!account)
		return "account not found";
	if (strcmp(text_of(head, "kid"), text_of(account, "kid")) != 0)
		return "kid is not known";
	if (strcmp(text_of(claims, "aud"), audience) != 0)
		return "aud is not this endpoint";
	if (!*text_of(claims, "scope"))
		return "scope is missing";
	if (iat > now + SKEW_S || exp < now || exp - iat > LONGEST_JWT_S)
		return "Token must be a short-lived token and in a reasonable "
		       "timeframe";
	return NULL;
}

static void take_jwt(struct call *k, const char *jwt)
{
	const char *dot = strchr(jwt, '.'), *dot2;
	unsigned char sig[LONGEST];
	json_t *head, *claims, *account;
	const char *wrong, *email;

	dot2 = dot ? strchr(dot + 1, '.') : NULL;
	if (!dot2) {
		refuse(k, "invalid_request", "assertion is no JWT");
		return;
	}
	head = part(jwt, (size_t)(dot - jwt));
	claims = part(dot + 1, (size_t)(dot2 - dot - 1));
	email = text_of(claims, "iss");
	account = json_object_get(k->c->accounts, email);
	wrong = claims_wrong(k, head, claims, account);
	if (!wrong &&
	    !signature_good(text_of(account, "pem"), jwt, (size_t)(dot2 - jwt),
	                    sig, unbase64url(dot2 + 1, strlen(dot2 + 1), sig)))
		wrong = "Invalid JWT Signature.";
	if (wrong)
		refuse(k, "invalid_grant", wrong);
	else
		give_token(k, email);
	json_decref(head);
	json_decref(claims);
}

/* The body has been taken apart into `query`, being a form. */
void login_token(struct call *k)
{
	const char *grant = call_query(k, "grant_type");
	const char *account;

	if (grant && !strcmp(grant, GRANT_JWT)) {
		const char *jwt = call_query(k, "assertion");

		take_jwt(k, jwt ? jwt : "");
		return;
	}
	if (grant && !strcmp(grant, "refresh_token")) {
		account = account_with(k->c, "refresh_token",
		                       call_query(k, "refresh_token"));
		if (account)
			give_token(k, account);
		else
			refuse(k, "invalid_grant", "Bad Request");
		return;
	}
	refuse(k, "unsupported_grant_type", grant ? grant : "");
}

void login_sts(struct call *k)
{
	static const char *const wanted[] = {
		"grantType",          "audience",     "scope",
		"requestedTokenType", "subjectToken", "subjectTokenType"};
	const char *account;
	char text[64];
	json_t *answer;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!*text_of(k->body, wanted[i])) {
			refuse(k, "invalid_request", wanted[i]);
			return;
		}
	account = account_with(k->c, "subject_token",
	                       text_of(k->body, "subjectToken"));
	if (!account) {
		refuse(k, "invalid_grant", "the subject token is not known");
		return;
	}
	answer = new_token(k, account, text);
	json_object_set_new(
		answer, "issued_token_type",
		json_string("urn:ietf:params:oauth:token-type:access_token"));
	call_reply(k, 200, answer);
}

/* POST /v1/projects/-/serviceAccounts/EMAIL:generateAccessToken */
void login_impersonate(struct call *k)
{
	const char *email = strrchr(k->path, '/') + 1;
	const char *end = strchr(email, ':');
	char name[256], token[64], expires[32];

	snprintf(name, sizeof(name), "%.*s", end ? (int)(end - email) : 0,
	         email);
	if (!json_object_get(k->c->accounts, name)) {
		call_error(k, 403, "forbidden",
		           "Permission 'iam.serviceAccounts.getAccessToken' "
		           "denied on resource (or it may not exist).");
		return;
	}
	json_decref(new_token(k, name, token));
	cloud_time(k->c, cloud_now(k->c) + k->c->o.token_s * 1000, expires);
	call_reply(k, 200,
	           json_pack("{s:s, s:s}", "accessToken", token, "expireTime",
	                     expires));
}

void login_metadata(struct call *k)
{
	static const char start[] = "/computeMetadata/v1/";
	const char *what = k->path + strlen(start);
	const char *flavor = json_string_value(
		json_object_get(k->headers, "metadata-flavor"));

	if (!flavor || strcmp(flavor, "Google") != 0) {
		call_error(k, 403, "forbidden",
		           "Missing Metadata-Flavor:Google header.");
		return;
	}
	snprintf(k->header[0], sizeof(k->header[0]), "Metadata-Flavor: Google");
	if (!strcmp(what, "instance/service-accounts/default/token")) {
		give_token(k, "metadata@test.iam.gserviceaccount.com");
		return;
	}
	k->text = strdup(!strcmp(what, "project/project-id") ? k->c->o.project
	                 : !strcmp(what, "instance/service-accounts/default/"
	                                 "email")
	                         ? "metadata@test.iam.gserviceaccount.com"
	                         : "");
	k->text_len = strlen(k->text);
	k->text_type = "application/text";
	k->status = k->text_len ? 200 : 404;
}

/* --- may they? ------------------------------------------------------------ */

/* The permission behind a method, as IAM names it. */
static void permission_of(const struct gce_method *m, char out[96])
{
	static const char *const verbs[][2] = {
		{"insert", "create"}, {"aggregatedList", "list"},
		{"patch", "update"},  {"wait", "get"},
		{"start", "start"},   {NULL, NULL},
	};
	const char *verb = strrchr(m->id, '.') + 1, *name = verb;

	for (size_t i = 0; verbs[i][0]; i++)
		if (!strcmp(verb, verbs[i][0]))
			name = verbs[i][1];
	if (!strncmp(m->id, "storage.upload", 14))
		snprintf(out, 96, "storage.objects.create");
	else if (!strncmp(m->id, "secretmanager.", 14))
		snprintf(out, 96, "secretmanager.versions.%s", name);
	else
		snprintf(out, 96, "%.*s%s", (int)(verb - m->id), m->id, name);
}

static bool is_denied(const struct call *k, const json_t *account,
                      const char *permission)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(account, "deny"), i, one)
	{
		if (!strcmp(json_string_value(one), permission))
			return true;
	}
	/* Who may look at everything may not look into secrets. */
	return json_is_true(json_object_get(account, "read_only")) &&
	       (!strcmp(permission, "secretmanager.versions.access") ||
	        (strcmp(k->m->verb, "GET") != 0 &&
	         !strstr(k->m->id, "Operations.wait")));
}

bool login_check(struct call *k)
{
	static const char bearer[] = "Bearer ";
	const char *header =
		json_string_value(json_object_get(k->headers, "authorization"));
	const json_t *token = NULL;
	char permission[96];

	if (k->c->o.open) {
		k->account = "anybody@test";
		return true;
	}
	if (header && !strncmp(header, bearer, strlen(bearer)))
		token = json_object_get(k->c->tokens, header + strlen(bearer));
	if (!token || json_integer_value(json_object_get(token, "expires")) <=
	                      cloud_now(k->c)) {
		call_error(k, 401, "authError",
		           "Request had invalid authentication credentials.");
		return false;
	}
	k->account = text_of(token, "account");
	if (!k->m)
		return true;
	permission_of(k->m, permission);
	if (!is_denied(k, json_object_get(k->c->accounts, k->account),
	               permission))
		return true;
	call_error(k, 403, "forbidden", "Required '%s' permission for '%s'",
	           permission, resource_path(k->path));
	return false;
}
