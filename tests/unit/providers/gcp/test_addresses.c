#include "tests/unit/providers/gcp/fixture.h"

#define THEIRS REGION "/addresses/old-one"

static struct desired address(const char *name, const char *spec)
{
	return (struct desired){
		.kind = "address",
		.address = arena_printf(&fx.mem, "address.%s", name),
		.name = name,
		.digest = value_digest(&fx.mem, fixture_json(spec)),
		.spec = fixture_json(spec),
		.pos = {"miso.yaml", 4, 3},
	};
}

static void reopen(void)
{
	gcp_provider.close(fx.p);
	fixture_open();
}

/* As somebody made it by hand, with a label of theirs. */
static void put_theirs(void)
{
	gce_control(&fx.gce, "put",
	            "{\"path\":\"" THEIRS "\",\"resource\":{\"name\":"
	            "\"old-one\",\"address\":\"203.0.113.7\",\"description\":"
	            "\"for the old machine\",\"labels\":{\"team\":\"b\"},"
	            "\"labelFingerprint\":\"f1\",\"region\":\"http://x/" REGION
	            "\",\"selfLink\":\"http://x/" THEIRS "\"}}");
}

static void one_that_nobody_marked_is_listed_by_its_path(void **state)
{
	struct object_set all;

	(void)state;
	put_theirs();
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_true(all.v[0].foreign);
	assert_null(all.v[0].address);
	assert_string_equal(value_get_string(all.v[0].attrs, "name", ""),
	                    THEIRS);
}

static void one_that_is_taken_over_keeps_its_number(void **state)
{
	struct desired want = address("front", "{}");
	struct object_set all;
	struct object o;
	struct http_answer a;

	(void)state;
	put_theirs();
	all = fixture_list();
	assert_null(
		gcp_provider.update(fx.p, &fx.mem, &all.v[0], &want, NULL, &o));
	assert_string_equal(value_get_string(o.attrs, "ip", ""), "203.0.113.7");
	reopen();
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_false(all.v[0].foreign);
	assert_string_equal(all.v[0].address, "address.front");
	assert_string_equal(all.v[0].digest, want.digest);
	a = gce_ask(&fx.gce, "GET", "/control/state", NULL);
	assert_non_null(strstr(a.body, "\"team\":\"b\""));
	assert_null(gcp_provider.delete(fx.p, &all.v[0], NULL));
	assert_false(gce_has(&fx.gce, THEIRS));
}

static void a_region_that_there_is_not_is_refused_where_it_is_named(
	void **state)
{
	struct desired want = address("front", "{\"region\":\"mars-east1\"}");
	const struct value *known;
	struct err *e = gcp_provider.resolve(fx.p, &fx.mem, &want, &known);

	(void)state;
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), "no region \"mars-east1\""));
	assert_int_equal(err_pos(e).line, 4);
	err_free(e);
	want = address("front", "{}");
	assert_null(gcp_provider.resolve(fx.p, &fx.mem, &want, &known));
}

static void one_that_moves_keeps_its_number(void **state)
{
	struct desired old = address("front", "{}");
	struct desired want = address("edge", "{}");
	struct object made = fixture_create(&old), o;
	struct object_set all;
	struct err *e;

	(void)state;
	assert_null(gcp_provider.update(fx.p, &fx.mem, &made, &want, NULL, &o));
	assert_string_equal(o.address, "address.edge");
	assert_string_equal(o.id, made.id);
	reopen();
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_string_equal(all.v[0].address, "address.edge");
	assert_string_equal(value_get_string(all.v[0].attrs, "ip", "?"),
	                    value_get_string(made.attrs, "ip", ""));
	/* Its name is taken: nobody gets it by another address. */
	e = gcp_provider.create(fx.p, &fx.mem, &old, NULL, &o);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "and is address.edge now"));
	err_free(e);
	assert_string_equal(fixture_list().v[0].address, "address.edge");
}

static void one_that_changes_keeps_its_number(void **state)
{
	static const char *const needs[] = {"image.a"};
	struct desired want = address("front", "{}");
	struct object made = fixture_create(&want), o;

	(void)state;
	want.needs = needs;
	want.nr_needs = 1;
	want.protect = true;
	gce_control(&fx.gce, "faults",
	            "{\"match\":\"compute.addresses.setLabels\",\"times\":2,"
	            "\"action\":\"status\",\"status\":412,\"reason\":"
	            "\"conditionNotMet\"}");
	assert_null(gcp_provider.update(fx.p, &fx.mem, &made, &want, NULL, &o));
	assert_string_equal(value_get_string(o.attrs, "ip", "x"),
	                    value_get_string(made.attrs, "ip", "y"));
	reopen();
	o = fixture_list().v[0];
	assert_true(o.protect);
	assert_int_equal(o.nr_needs, 1);
	assert_string_equal(o.needs[0], "image.a");
	assert_int_equal(gce_count(&fx.gce, "compute.addresses.delete", 0), 0);
}

static void one_in_another_region_is_not_taken_over(void **state)
{
	struct desired want =
		address("front", "{\"region\":\"europe-north1\"}");
	struct object_set all;
	struct object o;
	struct err *e;

	(void)state;
	put_theirs();
	all = fixture_list();
	e = gcp_provider.update(fx.p, &fx.mem, &all.v[0], &want, NULL, &o);
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), "one region"));
	assert_int_equal(err_pos(e).line, 4);
	err_free(e);
	assert_true(gce_has(&fx.gce, THEIRS));
	assert_int_equal(gce_count(&fx.gce, "compute.addresses.delete", 0), 0);
}

/* Another site's is neither ours nor to be had. */
static void anothers_is_not_listed(void **state)
{
	struct owner other = {"s", "elsewhere", fx.s->dir};
	struct desired want = address("front", "{}");
	struct object_set all;
	struct provider *p;

	(void)state;
	(void)fixture_create(&want);
	assert_null(gcp_provider.open(fixture_settings(), &other, &p));
	assert_null(gcp_provider.list(p, &fx.mem, &all));
	assert_int_equal(all.n, 0);
	gcp_provider.close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(one_that_nobody_marked_is_listed_by_its_path),
		FIXTURE_TEST(one_that_is_taken_over_keeps_its_number),
		FIXTURE_TEST(
			a_region_that_there_is_not_is_refused_where_it_is_named),
		FIXTURE_TEST(one_that_moves_keeps_its_number),
		FIXTURE_TEST(one_that_changes_keeps_its_number),
		FIXTURE_TEST(one_in_another_region_is_not_taken_over),
		FIXTURE_TEST(anothers_is_not_listed),
	};

	return cmocka_run_group_tests_name("gcp addresses", tests, NULL, NULL);
}
