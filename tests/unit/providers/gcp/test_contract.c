/* test_contract.c - the contract of all providers, on the test cloud. */
#include "tests/unit/providers/contract.h"

#include "tests/unit/providers/gcp/fixture.h"

int main(void)
{
	static const char *const args[] = {"--lag-ms", "50", NULL};
	const struct CMUnitTest tests[] = {CONTRACT_TESTS};
	int failed;

	if (fixture_start(args))
		return 1;
	gcp_provider.close(fx.p);
	fx.p = NULL;
	contract.ops = &gcp_provider;
	contract.owner = (struct owner){"s", "default", fx.s->dir};
	contract.settings = fixture_settings();
	contract.want = fixture_instance(TAGGED);
	contract.other = fixture_instance(TAGGED ",\"env\":{\"A\":\"1\"}");
	failed = cmocka_run_group_tests_name("gcp contract", tests, NULL, NULL);
	arena_free(&contract.mem);
	return fixture_teardown(NULL) || failed;
}
