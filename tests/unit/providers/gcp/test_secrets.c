#include "tests/unit/providers/gcp/fixture.h"

#define SEVEN "projects/test-project-1/secrets/pw/versions/7"

static struct err *read_it(const char *name, char **text)
{
	size_t len = 0;
	struct err *e =
		gcp_provider.read_secret(fx.p, &fx.mem, name, text, &len);

	if (!e)
		assert_int_equal(len, strlen(*text));
	return e;
}

static void keep(const char *version)
{
	gce_control(&fx.gce, "secrets",
	            arena_printf(&fx.mem, "{\"" SEVEN "\":%s}", version));
}

static void a_version_is_read(void **state)
{
	/* Of each length modulo three: base64 has padding. */
	static const char *const texts[] = {"", "t", "ti", "tig",
	                                    "t\303\257ger \\\"7\\\"\\n"};
	static const char *const same[] = {"", "t", "ti", "tig",
	                                   "t\303\257ger \"7\"\n"};
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		keep(arena_printf(&fx.mem, "{\"data\":\"%s\"}", texts[i]));
		assert_null(read_it(SEVEN, &text));
		assert_string_equal(text, same[i]);
	}
}

static void refused(const char *name, const char *why)
{
	char *text;
	struct err *e = read_it(name, &text);

	assert_non_null(e);
	if (!strstr(err_text(e), why))
		fail_msg("\"%s\" does not say \"%s\"", err_text(e), why);
	assert_non_null(strstr(err_text(e), name));
	assert_null(strstr(err_text(e), "tiger"));
	err_free(e);
}

static void a_version_that_cannot_be_had_tells_why(void **state)
{
	(void)state;
	refused("projects/test-project-1/secrets/pw/versions/8", "not found");
	keep("{\"data\":\"tiger\",\"state\":\"DISABLED\"}");
	refused(SEVEN, "is in DISABLED state");
	keep("{\"data\":\"tiger\",\"state\":\"DESTROYED\"}");
	refused(SEVEN, "is in DESTROYED state");
	keep("{\"data\":\"tiger\",\"dataCrc32c\":\"1\"}");
	refused(SEVEN, "its CRC-32C differs");
	keep("{\"data\":\"tiger\",\"dataCrc32c\":null}");
	refused(SEVEN, "no secret and checksum");
}

static void who_may_not_read_it_is_named(void **state)
{
	(void)state;
	keep("{\"data\":\"tiger\"}");
	gce_control(&fx.gce, "accounts", "{\"me@test\":{\"read_only\":true}}");
	refused(SEVEN, "lacks the permission secretmanager.versions.access");
}

static void an_api_that_is_not_enabled_is_told(void **state)
{
	(void)state;
	gce_control(&fx.gce, "faults",
	            "{\"match\":\"secretmanager\",\"action\":\"status\","
	            "\"status\":403,\"reason\":\"accessNotConfigured\"}");
	refused(SEVEN, "the Secret Manager API is not enabled");
}

static void trouble_on_the_way_is_tried_again(void **state)
{
	static const char *const faults[] = {
		"\"action\":\"status\",\"status\":503,\"retry_after\":\"0\"",
		"\"action\":\"status\",\"status\":429,\"retry_after\":\"0\"",
		"\"action\":\"status\",\"status\":401,\"reason\":\"authError\"",
		"\"action\":\"cut_after\"",
	};
	char *text;

	(void)state;
	keep("{\"data\":\"tiger\"}");
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		gce_control(&fx.gce, "faults",
		            arena_printf(&fx.mem,
		                         "{\"match\":\"secretmanager\",%s}",
		                         faults[i]));
		assert_null(read_it(SEVEN, &text));
		assert_string_equal(text, "tiger");
		gce_forget(&fx.gce);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_version_is_read),
		FIXTURE_TEST(a_version_that_cannot_be_had_tells_why),
		FIXTURE_TEST(who_may_not_read_it_is_named),
		FIXTURE_TEST(an_api_that_is_not_enabled_is_told),
		FIXTURE_TEST(trouble_on_the_way_is_tried_again),
	};

	return cmocka_run_group_tests_name("gcp secrets", tests, NULL, NULL);
}
