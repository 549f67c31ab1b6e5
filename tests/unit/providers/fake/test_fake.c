#include "providers/fake/fake.h"

#include "tests/lib/scratch.h"
#include "tests/unit/providers/contract.h"

static struct desired desire(struct arena *mem, const char *json)
{
	static const char *const needs[] = {"image.a"};
	struct desired d = {.kind = "instance",
	                    .address = "instance.a",
	                    .name = "a",
	                    .needs = needs,
	                    .nr_needs = 1};

	assert_null(value_from_json(mem, json, strlen(json), &d.spec));
	d.digest = value_digest(mem, d.spec);
	return d;
}

/* Close it and open it with other settings. */
static void reopen(const char *json)
{
	const struct value *settings = NULL;

	contract.ops->close(contract.p);
	assert_null(
		value_from_json(&contract.mem, json, strlen(json), &settings));
	assert_null(contract.ops->open(settings, &contract.owner, &contract.p));
}

static struct err *create(struct object *out)
{
	return contract.ops->create(contract.p, &contract.mem, &contract.want,
	                            NULL, out);
}

static void it_fails_when_told_to(void **state)
{
	struct object o;
	struct err *e;

	(void)state;
	reopen("{\"fail_at\":2}");
	assert_null(create(&o));
	e = contract.ops->delete (contract.p, &o, NULL);
	assert_int_equal(err_code(e), ERR_REMOTE);
	err_free(e);
	assert_null(contract.ops->delete (contract.p, &o, NULL));
	reopen("{\"fail\":\"instance.a\"}");
	e = create(&o);
	assert_non_null(strstr(err_text(e), "told to fail"));
	err_free(e);
}

static void it_is_late_when_told_to(void **state)
{
	struct object o;

	(void)state;
	reopen("{\"lag\":2}");
	assert_null(create(&o));
	assert_int_equal(contract_count(), 0);
	assert_int_equal(contract_count(), 0);
	assert_int_equal(contract_count(), 1);
}

/* Settings that keep the state in a file of `s`. */
static const char *in_file(void *s, const char *more)
{
	return arena_printf(&contract.mem, "{\"state\":\"%s\"%s}",
	                    scratch_path(s, "state"), more);
}

static void what_is_listed_outlives_the_provider(void **state)
{
	struct object_set all;
	struct object o;
	void *dir;

	(void)state;
	assert_int_equal(scratch_setup(&dir), 0);
	reopen(in_file(dir, ""));
	assert_null(create(&o));
	reopen(in_file(dir, ""));
	assert_null(contract.ops->list(contract.p, &contract.mem, &all));
	reopen("{}");
	assert_int_equal(all.n, 1);
	assert_string_equal(all.v[0].id, o.id);
	assert_string_equal(value_to_json(&contract.mem, all.v[0].attrs),
	                    value_to_json(&contract.mem, o.attrs));
	assert_int_equal(scratch_teardown(&dir), 0);
}

static void a_file_is_late_when_told_to(void **state)
{
	struct object o;
	void *dir;

	(void)state;
	assert_int_equal(scratch_setup(&dir), 0);
	reopen(in_file(dir, ",\"lag\":2"));
	assert_null(create(&o));
	reopen(in_file(dir, ""));
	assert_int_equal(contract_count(), 0);
	assert_int_equal(contract_count(), 0);
	assert_int_equal(contract_count(), 1);
	reopen(in_file(dir, ""));
	assert_int_equal(contract_count(), 1);
	assert_null(contract.ops->delete (contract.p, &o, NULL));
	assert_int_equal(contract_count(), 0);
	reopen("{}");
	assert_int_equal(scratch_teardown(&dir), 0);
}

static void a_broken_state_is_told_when_it_is_needed(void **state)
{
	struct object_set all;
	struct object o;
	struct err *e;
	void *dir;

	(void)state;
	assert_int_equal(scratch_setup(&dir), 0);
	scratch_write(dir, "state", "[{]", 3);
	reopen(in_file(dir, ""));
	e = contract.ops->list(contract.p, &contract.mem, &all);
	assert_non_null(strstr(err_text(e), "the fake's state"));
	err_free(e);
	e = create(&o);
	assert_non_null(strstr(err_text(e), "the fake's state"));
	err_free(e);
	reopen("{}");
	assert_int_equal(scratch_teardown(&dir), 0);
}

static void what_is_not_ours_is_a_conflict(void **state)
{
	struct object o;
	struct err *e;

	(void)state;
	reopen("{\"conflict\":\"a\"}");
	e = create(&o);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
}

static void a_setting_it_does_not_know_is_refused(void **state)
{
	const struct value *settings =
		value_with(&contract.mem, value_map(&contract.mem, NULL, 0),
	                   "colour", value_null());
	struct provider *p;
	struct err *e = fake_provider.open(settings, &contract.owner, &p);

	(void)state;
	assert_int_equal(err_code(e), ERR_SYNTAX);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_TESTS,
		CONTRACT_TEST(it_fails_when_told_to),
		CONTRACT_TEST(it_is_late_when_told_to),
		CONTRACT_TEST(what_is_listed_outlives_the_provider),
		CONTRACT_TEST(a_file_is_late_when_told_to),
		CONTRACT_TEST(a_broken_state_is_told_when_it_is_needed),
		CONTRACT_TEST(what_is_not_ours_is_a_conflict),
		CONTRACT_TEST(a_setting_it_does_not_know_is_refused),
	};
	int status;

	contract.ops = &fake_provider;
	contract.owner = (struct owner){"s", "default", "/"};
	contract.settings = value_map(&contract.mem, NULL, 0);
	contract.want = desire(&contract.mem, "{\"memory\":1}");
	contract.other = desire(&contract.mem, "{\"memory\":2}");
	status = cmocka_run_group_tests_name("fake", tests, NULL, NULL);
	arena_free(&contract.mem);
	return status;
}
