#include "tests/unit/providers/gcp/fixture.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static EVP_PKEY *key; /* made once: it takes a while */

static const char *pem(bool private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *out;
	char *data;
	long len;

	if (private)
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_PUBKEY(bio, key);
	len = BIO_get_mem_data(bio, &data);
	out = arena_strndup(&fx.mem, data, (size_t)len);
	BIO_free(bio);
	return out;
}

/* {"a":"b",...} of pairs. */
static const char *object(const char *const *pairs)
{
	const struct value *v = value_map(&fx.mem, NULL, 0);

	for (; *pairs; pairs += 2)
		v = value_with(&fx.mem, v, pairs[0],
		               value_string(&fx.mem, pairs[1]));
	return value_to_json(&fx.mem, v);
}

#define OBJECT(...) object((const char *const[]){__VA_ARGS__, NULL})

static const char *at(const char *path)
{
	return arena_printf(&fx.mem, "%s%s", fx.gce.url, path);
}

static struct err *list_with(const char *credentials, const char *endpoint)
{
	struct owner owner = {"s", "default", fx.s->dir};
	struct object_set all;
	struct err *e;

	gcp_provider.close(fx.p);
	fx.p = NULL;
	e = gcp_provider.open(
		fixture_json(OBJECT(
			"project", "test-project-1", "zone", "us-west2-a",
			"bucket", "test-bucket",
			*endpoint ? "endpoint" : "network",
			*endpoint ? endpoint : "default",
			*credentials ? "credentials" : "machine",
			*credentials
				? scratch_text(fx.s, "key.json", credentials)
				: "e2-micro")),
		&owner, &fx.p);
	return e ? e : gcp_provider.list(fx.p, &fx.mem, &all);
}

static void add_account(const char *name, const char *text)
{
	gce_control(&fx.gce, "accounts",
	            arena_printf(&fx.mem, "{\"%s\":%s}", name, text));
}

static const char *key_file(const char *uri)
{
	return OBJECT("type", "service_account", "client_email", "robot@test",
	              "private_key_id", "k1", "private_key", pem(true),
	              "token_uri", uri);
}

static void a_key_signs_for_a_token(void **state)
{
	(void)state;
	add_account("robot@test", OBJECT("kid", "k1", "pem", pem(false)));
	assert_null(list_with(key_file(at("/token")), fx.gce.url));
}

static void a_key_that_is_not_the_accounts_is_refused(void **state)
{
	EVP_PKEY *mine = key;
	const char *others;
	struct err *e;

	(void)state;
	key = EVP_RSA_gen(2048);
	others = pem(false);
	EVP_PKEY_free(key);
	key = mine;
	add_account("robot@test", OBJECT("kid", "k1", "pem", others));
	e = list_with(key_file(at("/token")), fx.gce.url);
	assert_non_null(e);
	assert_non_null(strstr(err_text(err_cause(e) ? err_cause(e) : e),
	                       "Invalid JWT Signature"));
	err_free(e);
}

static void a_broken_key_file_is_told_at_once(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"{", "credentials file"},
		{"[]", "credentials file"},
		{"{\"type\":\"x\"}", "has the type \"x\""},
		{"{\"type\":\"service_account\"}", "has no \"client_email\""},
		{"{\"type\":\"authorized_user\",\"client_id\":\"a\"}",
	         "has no \"client_secret\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err *e = list_with(cases[i].text, fx.gce.url);

		assert_non_null(e);
		assert_non_null(strstr(err_text(e), cases[i].says));
		err_free(e);
	}
}

static const char *user_file(void)
{
	return OBJECT("type", "authorized_user", "client_id", "c",
	              "client_secret", "s", "refresh_token", "r1", "token_uri",
	              at("/token"));
}

static void a_user_has_a_refresh_token(void **state)
{
	(void)state;
	add_account("me@test", OBJECT("refresh_token", "r1"));
	assert_null(list_with(user_file(), fx.gce.url));
}

static void an_expired_token_is_renewed(void **state)
{
	struct object_set all;

	(void)state;
	add_account("me@test", OBJECT("refresh_token", "r1"));
	assert_null(list_with(user_file(), fx.gce.url));
	gce_control(&fx.gce, "clock", "{\"advance_ms\":7200000}");
	assert_null(gcp_provider.list(fx.p, &fx.mem, &all));
	assert_int_equal(gce_count(&fx.gce, "compute.images.list", 401), 1);
}

/* What is signed says when, so it takes the server's word for the time. */
static void a_clock_that_is_hours_away_logs_in(void **state)
{
	static const char *const hours[] = {"-18000000", "36000000"};

	(void)state;
	add_account("robot@test", OBJECT("pem", pem(false), "kid", "k1"));
	for (size_t i = 0; i < ARRAY_LEN(hours); i++) {
		gce_control(
			&fx.gce, "clock",
			arena_printf(&fx.mem, "{\"advance_ms\":%s}", hours[i]));
		assert_null(list_with(key_file(at("/token")), fx.gce.url));
	}
}

static void the_metadata_server_knows_the_machines_account(void **state)
{
	(void)state;
	setenv("GCE_METADATA_HOST", fx.gce.url + strlen("http://"), 1);
	setenv("CLOUDSDK_CONFIG", fx.s->dir, 1);
	unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
	assert_null(list_with("", fx.gce.url));
}

static const char *external_file(bool impersonate)
{
	const char *token = scratch_text(fx.s, "subject", "oidc-1\n");
	const struct value *v = fixture_json(OBJECT(
		"type", "external_account", "audience", "//iam/pool",
		"subject_token_type", "urn:ietf:params:oauth:token-type:jwt",
		"token_url", at("/sts/v1/token")));

	if (impersonate)
		v = value_with(
			&fx.mem, v, "service_account_impersonation_url",
			value_string(&fx.mem,
		                     at("/v1/projects/-/serviceAccounts/"
		                        "robot@test:generateAccessToken")));
	v = value_with(&fx.mem, v, "credential_source",
	               fixture_json(OBJECT("file", token)));
	return value_to_json(&fx.mem, v);
}

static void somebody_elses_token_is_exchanged(void **state)
{
	(void)state;
	add_account("ci@test", OBJECT("subject_token", "oidc-1"));
	assert_null(list_with(external_file(false), fx.gce.url));
}

static void and_exchanged_once_more_for_an_account(void **state)
{
	(void)state;
	add_account("ci@test", OBJECT("subject_token", "oidc-1"));
	add_account("robot@test", "{}");
	assert_null(list_with(external_file(true), fx.gce.url));
}

static void other_hosts_get_no_key(void **state)
{
	struct err *e = list_with(key_file("https://evil.example/token"), "");
	const struct err *last = e;

	(void)state;
	assert_non_null(e);
	while (err_cause(last))
		last = err_cause(last);
	assert_non_null(strstr(err_text(last), "not one of Google's hosts"));
	err_free(e);
	e = list_with(key_file("https://x.googleapis.com.evil.example/t"), "");
	assert_non_null(e);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_key_signs_for_a_token),
		FIXTURE_TEST(a_key_that_is_not_the_accounts_is_refused),
		FIXTURE_TEST(a_broken_key_file_is_told_at_once),
		FIXTURE_TEST(a_user_has_a_refresh_token),
		FIXTURE_TEST(an_expired_token_is_renewed),
		FIXTURE_TEST(a_clock_that_is_hours_away_logs_in),
		FIXTURE_TEST(the_metadata_server_knows_the_machines_account),
		FIXTURE_TEST(somebody_elses_token_is_exchanged),
		FIXTURE_TEST(and_exchanged_once_more_for_an_account),
		FIXTURE_TEST(other_hosts_get_no_key),
	};
	int failed;

	key = EVP_RSA_gen(2048);
	failed = cmocka_run_group_tests_name("gcp login", tests, NULL, NULL);
	EVP_PKEY_free(key);
	return failed;
}
