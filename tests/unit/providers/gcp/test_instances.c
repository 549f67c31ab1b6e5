#include "tests/unit/providers/gcp/fixture.h"

#include <pthread.h>

static struct err *update(const struct object *have, const char *more,
                          struct object *out)
{
	struct desired want = fixture_instance(more);

	return gcp_provider.update(fx.p, &fx.mem, have, &want, NULL, out);
}

static void a_firewall_rule_comes_and_goes_with_its_instance(void **state)
{
	struct desired want = fixture_instance(TAGGED);
	struct object o;

	(void)state;
	o = fixture_create(&want);
	assert_true(gce_has(&fx.gce, GLOBAL "/firewalls/s-default-http"));
	assert_int_equal(fixture_list().n, 1);
	assert_null(gcp_provider.delete(fx.p, &o, NULL));
	assert_false(gce_has(&fx.gce, GLOBAL "/firewalls/s-default-http"));
}

static void a_rule_that_nobody_carries_is_listed(void **state)
{
	struct desired want = fixture_instance(TAGGED);
	struct object_set all;

	(void)state;
	(void)fixture_create(&want);
	gce_control(&fx.gce, "drop", "{\"path\":\"" INSTANCE "\"}");
	gcp_provider.close(fx.p);
	fixture_open();
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_string_equal(all.v[0].kind, "firewall");
	assert_null(gcp_provider.delete(fx.p, &all.v[0], NULL));
	assert_int_equal(fixture_list().n, 0);
}

static void tags_of_others_are_kept(void **state)
{
	struct desired want = fixture_instance(TAGGED);
	struct object o, after;
	struct http_answer a;

	(void)state;
	o = fixture_create(&want);
	gce_control(&fx.gce, "set",
	            "{\"path\":\"" INSTANCE "\",\"set\":{\"tags\":{\"items\":"
	            "[\"theirs\",\"s-default-http\"],\"fingerprint\":\"x\"}}}");
	assert_null(update(&o, "", &after));
	a = gce_ask(&fx.gce, "GET", "/control/state", NULL);
	assert_non_null(strstr(a.body, "\"items\":[\"theirs\"]"));
}

static void a_change_of_memory_stops_it_and_starts_it_again(void **state)
{
	struct desired want = fixture_instance("");
	struct object o, after = {0};

	(void)state;
	o = fixture_create(&want);
	assert_null(update(&o, "\"machine\":\"e2-medium\"", &after));
	assert_string_equal(value_get_string(after.attrs, "machine", ""),
	                    "e2-medium");
	assert_string_equal(value_get_string(after.attrs, "state", ""),
	                    "running");
	assert_int_equal(gce_count(&fx.gce, "compute.instances.stop", 200), 1);
	assert_int_equal(gce_count(&fx.gce, "compute.instances.start", 200), 1);
}

static void a_change_that_it_does_not_see_stops_nothing(void **state)
{
	struct desired want = fixture_instance("");
	struct object o, after;

	(void)state;
	o = fixture_create(&want);
	assert_null(update(&o, TAGGED, &after));
	/* Its own filter changes with the tags, and that is read at boot. */
	assert_null(update(&after, TAGGED ",\"zone\":\"us-west2-a\"", &o));
	assert_int_equal(gce_count(&fx.gce, "compute.instances.stop", 200), 1);
}

static void a_fingerprint_that_changed_is_read_again(void **state)
{
	struct desired want = fixture_instance("");
	struct object o, after;

	(void)state;
	o = fixture_create(&want);
	gce_control(&fx.gce, "faults",
	            "{\"match\":\"compute.instances.setMetadata\",\"times\":3,"
	            "\"action\":\"status\",\"status\":412,\"reason\":"
	            "\"conditionNotMet\"}");
	assert_null(update(&o, "\"env\":{\"A\":\"1\"}", &after));
	assert_int_equal(
		gce_count(&fx.gce, "compute.instances.setMetadata", 412), 3);
}

static void a_stopped_machine_is_a_fault_that_update_mends(void **state)
{
	struct desired want = fixture_instance("");
	struct object_set all;
	struct object after;

	(void)state;
	(void)fixture_create(&want);
	gce_control(&fx.gce, "set",
	            "{\"path\":\"" INSTANCE
	            "\",\"set\":{\"status\":\"TERMINATED\"}}");
	all = fixture_list();
	assert_string_equal(all.v[0].fault, "it is stopped");
	assert_true(all.v[0].fault_updatable);
	assert_null(update(&all.v[0], "", &after));
	assert_null(fixture_list().v[0].fault);
}

static void what_is_not_ours_is_not_touched(void **state)
{
	struct desired want = fixture_instance("");
	struct object_set all;
	struct object o;
	struct err *e;

	(void)state;
	gce_control(&fx.gce, "put",
	            "{\"path\":\"" INSTANCE "\",\"resource\":{\"name\":"
	            "\"s-default-web\",\"selfLink\":\"http://x/" INSTANCE
	            "\"}}");
	e = gcp_provider.create(fx.p, &fx.mem, &want, NULL, &o);
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_true(all.v[0].foreign);
	assert_string_equal(value_get_string(all.v[0].attrs, "name", ""),
	                    "web");
	/* Not even when it is asked for: it boots nothing of ours. */
	e = gcp_provider.update(fx.p, &fx.mem, &all.v[0], &want, NULL, &o);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "cannot take over"));
	err_free(e);
}

static void what_was_deleted_can_be_made_again_at_once(void **state)
{
	struct desired want = fixture_instance("");
	struct object o;

	(void)state;
	o = fixture_create(&want);
	assert_null(gcp_provider.delete(fx.p, &o, NULL));
	(void)fixture_create(&want);
	assert_int_equal(fixture_list().n, 1);
}

static void ipv6_sources_are_left_out_of_a_rule(void **state)
{
	struct desired want = fixture_instance(
		"\"tags\":[\"http\"],\"firewalls\":{\"http\":{\"allow\":["
		"\"tcp/80\"],\"sources\":[\"::/0\",\"192.0.2.9/24\"]}}");
	struct http_answer a;

	(void)state;
	(void)fixture_create(&want);
	a = gce_ask(&fx.gce, "GET", "/control/state", NULL);
	assert_non_null(strstr(a.body, "\"sourceRanges\":[\"192.0.2.0/24\"]"));
}

static void a_group_has_a_template_and_rolls_over(void **state)
{
	struct desired want = fixture_instance(TAGGED ",\"count\":3");
	struct object o, after;
	struct http_answer a;

	(void)state;
	o = fixture_create(&want);
	assert_int_equal(value_get_int(o.attrs, "count", 0), 3);
	assert_int_equal(fixture_list().n, 1);
	assert_null(update(&o, TAGGED ",\"count\":2,\"env\":{\"A\":\"1\"}",
	                   &after));
	assert_int_equal(value_get_int(after.attrs, "count", 0), 2);
	assert_int_equal(
		gce_count(&fx.gce, "compute.instanceTemplates.delete", 200), 1);
	assert_null(gcp_provider.delete(fx.p, &after, NULL));
	a = gce_ask(&fx.gce, "GET", "/control/state", NULL);
	assert_null(strstr(a.body, "s-default-"
	                           "web\",\"status\""));
	assert_int_equal(fixture_list().n, 0);
}

/* What is derived from it is longer than a name may be. */
static void a_group_may_have_the_longest_name(void **state)
{
	struct desired want = fixture_instance("\"count\":2");
	struct object o;

	(void)state;
	want.name = "a-name-of-fifty-three-characters-that-is-just-allowed";
	o = fixture_create(&want);
	assert_int_equal(value_get_int(o.attrs, "count", 0), 2);
	assert_null(gcp_provider.delete(fx.p, &o, NULL));
	assert_int_equal(fixture_list().n, 0);
}

/* "s-default" at "x" and "s" at "default-x" give the same names. */
static void the_same_name_in_another_stack_is_in_the_way(void **state)
{
	struct owner other = {"s-default", "x", fx.s->dir};
	struct desired want = fixture_instance("");
	struct provider *ours = fx.p;
	struct object_set all;

	(void)state;
	want.name = "web";
	assert_null(gcp_provider.open(fixture_settings(), &other, &fx.p));
	(void)fixture_create(&want);
	gcp_provider.close(fx.p);
	fx.p = ours;
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_true(all.v[0].foreign);
	assert_string_equal(value_get_string(all.v[0].attrs, "name", ""),
	                    "x-web");
}

/* Behind our back, in the console. */
static void labels_that_somebody_changed_hide_nothing(void **state)
{
	struct desired want = fixture_instance("");
	struct object_set all;
	struct object o;

	(void)state;
	(void)fixture_create(&want);
	gce_control(&fx.gce, "set",
	            "{\"path\":\"" INSTANCE
	            "\",\"set\":{\"labels\":{\"team\":\"b\"}}}");
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_false(all.v[0].foreign);
	assert_string_equal(all.v[0].fault, "somebody changed its labels");
	assert_true(all.v[0].fault_updatable);
	assert_null(
		gcp_provider.update(fx.p, &fx.mem, &all.v[0], &want, NULL, &o));
	assert_null(o.fault);
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_null(all.v[0].fault);
	assert_int_equal(gce_count(&fx.gce, "compute.instances.stop", 0), 0);
	assert_non_null(
		strstr(gce_ask(&fx.gce, "GET", "/control/state", NULL).body,
	               "\"team\":\"b\""));
}

static void put(const char *path, const char *name)
{
	gce_control(&fx.gce, "put",
	            arena_printf(&fx.mem,
	                         "{\"path\":\"%s/%s\",\"resource\":{\"name\":"
	                         "\"%s\",\"selfLink\":\"http://x/%s/%s\"}}",
	                         path, name, name, path, name));
}

static void what_is_in_the_way_is_told_by_a_plan(void **state)
{
	static const struct {
		const char *more, *text;
	} cases[] = {
		{TAGGED, "a firewall rule called \"s-default-http\" exists"},
		{"\"count\":2", "a group called \"s-default-web\" exists in"},
	};

	(void)state;
	put(GLOBAL "/firewalls", "s-default-http");
	put(REGION "/instanceGroupManagers", "s-default-web");
	(void)fixture_list();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct desired want = fixture_instance(cases[i].more);
		const struct value *known;
		struct err *e =
			gcp_provider.resolve(fx.p, &fx.mem, &want, &known);

		assert_non_null(e);
		assert_int_equal(err_code(e), ERR_CONFLICT);
		assert_non_null(strstr(err_text(e), cases[i].text));
		err_free(e);
	}
}

/* An instance without a mark that has `more`, and what a plan says of it. */
static struct err *adopt(const char *disk, const char *more, const char *spec)
{
	struct desired want = fixture_instance(spec);
	const struct value *known;

	gce_control(&fx.gce, "put",
	            arena_printf(&fx.mem,
	                         "{\"path\":\"" ZONE "/disks/d\",\"resource\":{"
	                         "\"name\":\"d\",\"sourceImage\":"
	                         "\"http://x/%s\"}}",
	                         disk));
	gce_control(&fx.gce, "put",
	            arena_printf(&fx.mem,
	                         "{\"path\":\"" INSTANCE "\",\"resource\":{"
	                         "\"name\":\"s-default-web\",\"selfLink\":"
	                         "\"http://x/" INSTANCE
	                         "\",\"disks\":[{\"source\":"
	                         "\"http://x/" ZONE "/disks/d\"}]%s%s}}",
	                         *more ? "," : "", more));
	(void)fixture_list();
	want.id = INSTANCE;
	want.pos = (struct src_pos){"miso.yaml", 9, 3};
	return gcp_provider.resolve(fx.p, &fx.mem, &want, &known);
}

#define ON(network)                                                            \
	"\"networkInterfaces\":[{\"network\":\"http://x/" network "\"}]"

static void what_cannot_be_taken_over_says_why(void **state)
{
	static const struct {
		const char *disk, *more, *spec, *attr;
	} cases[] = {
		{"projects/debian-cloud/global/images/d", ON("default"), "",
	         "image would need"},
		{IMAGE, ON("other"), "", "the provider's network would need"},
		{IMAGE,
	         ON("default") ",\"scheduling\":{\"provisioningModel\":"
	                       "\"SPOT\"}",
	         "", "spot would need"},
		{IMAGE, ON("default"), "\"spot\":true", "spot would need"},
		{IMAGE,
	         ON("default") ",\"serviceAccounts\":[{\"email\":\"a@b\"}]", "",
	         "service_account would need another one (it has a@b)"},
		{IMAGE, ON("default"), "\"zone\":\"us-west2-b\"",
	         "zone would need"},
		{IMAGE, ON("default"), "\"count\":2", "count would need"},
	};

	(void)state;
	assert_null(adopt(IMAGE, ON("default"), ""));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err *e =
			adopt(cases[i].disk, cases[i].more, cases[i].spec);

		if (!e || !strstr(err_text(e), cases[i].attr))
			fail_msg("case %zu: %s", i, e ? err_text(e) : "fine");
		assert_int_equal(err_pos(e).line, 9);
		err_free(e);
	}
}

static void create_fails(const struct desired *want, const char *text)
{
	struct object o;
	struct err *e = gcp_provider.create(fx.p, &fx.mem, want, NULL, &o);

	assert_non_null(e);
	if (!strstr(err_text(e), text))
		fail_msg("\"%s\" does not say \"%s\"", err_text(e), text);
	if (strstr(text, "EXHAUSTED"))
		assert_non_null(strstr(err_hint_text(e), "us-west2-b"));
	err_free(e);
}

/* The same request is answered by what became of it then, for an hour. */
static void what_failed_is_asked_for_anew(void **state)
{
	struct desired want = fixture_instance("");

	(void)state;
	gce_control(&fx.gce, "refused",
	            "{\"" INSTANCE "\":\"ZONE_RESOURCE_POOL_EXHAUSTED\"}");
	create_fails(&want, "(ZONE_RESOURCE_POOL_EXHAUSTED)");
	assert_int_equal(gce_count(&fx.gce, "compute.instances.insert", 200),
	                 1);
	gce_control(&fx.gce, "refused",
	            "{\"" INSTANCE "\":\"ZONE_RESOURCE_POOL_EXHAUSTED\"}");
	create_fails(&want, "(ZONE_RESOURCE_POOL_EXHAUSTED)");
	(void)fixture_create(&want);
	assert_int_equal(fixture_list().n, 1);
}

/* More of them will not be allowed by waiting. */
static void a_quota_of_things_is_not_waited_for(void **state)
{
	struct desired want = fixture_instance("");

	(void)state;
	gce_control(&fx.gce, "options", "{\"instances\":1}");
	gce_control(&fx.gce, "put",
	            "{\"path\":\"" ZONE "/instances/theirs\",\"resource\":{"
	            "\"name\":\"theirs\"}}");
	create_fails(&want, "Quota 'INSTANCES' exceeded");
	assert_int_equal(gce_count(&fx.gce, "compute.instances.insert", 0), 1);
}

static void a_zone_that_is_away_is_not_empty(void **state)
{
	struct desired want = fixture_instance("");
	struct object_set all;
	struct err *e;

	(void)state;
	(void)fixture_create(&want);
	gce_control(&fx.gce, "away", "{\"zones/us-west2-a\":true}");
	e = gcp_provider.list(fx.p, &fx.mem, &all);
	assert_non_null(e);
	assert_non_null(strstr(err_text(e),
	                       "/aggregated/instances: "
	                       "zones/us-west2-a cannot be asked"));
	err_free(e);
	gce_control(&fx.gce, "away", "{\"zones/us-west2-a\":false}");
	assert_int_equal(fixture_list().n, 1);
}

static const char *link_of(const struct desired *want)
{
	const struct value *known;

	assert_null(gcp_provider.resolve(fx.p, &fx.mem, want, &known));
	return value_get_string(known, "link", "");
}

static struct desired called(const char *name)
{
	struct desired want = fixture_instance("");

	want.name = name;
	want.address = arena_printf(&fx.mem, "instance.%s", name);
	return want;
}

static void one_that_moves_keeps_its_name_there(void **state)
{
	struct desired old = called("web"), want = called("front");
	struct object made = fixture_create(&old), o;

	(void)state;
	want.id = made.id;
	assert_string_equal(link_of(&want), INSTANCE);
	assert_null(gcp_provider.update(fx.p, &fx.mem, &made, &want, NULL, &o));
	assert_string_equal(o.id, INSTANCE);
	assert_string_equal(o.address, "instance.front");
	assert_string_equal(value_get_string(o.attrs, "name", ""), "front");
	gcp_provider.close(fx.p);
	fixture_open();
	assert_int_equal(fixture_list().n, 1);
	/* Also when it is made anew. */
	assert_null(gcp_provider.delete(fx.p, &o, NULL));
	o = fixture_create(&want);
	assert_string_equal(o.id, INSTANCE);
}

static void a_name_that_one_took_along_is_not_given_again(void **state)
{
	struct desired old = called("web"), want = called("front");
	struct object made = fixture_create(&old), o;
	const char *link;

	(void)state;
	want.id = made.id;
	assert_null(gcp_provider.update(fx.p, &fx.mem, &made, &want, NULL, &o));
	gcp_provider.close(fx.p);
	fixture_open();
	(void)fixture_list();
	link = link_of(&old);
	assert_string_not_equal(link, INSTANCE);
	o = fixture_create(&old);
	assert_string_equal(o.id, link);
	assert_int_equal(fixture_list().n, 2);
	assert_string_equal(link_of(&want), INSTANCE);
}

/* It was not there when the plan was made. */
static void one_that_became_anothers_is_not_taken(void **state)
{
	struct desired old = called("web"), want = called("front");
	struct provider *planned = fx.p;
	struct object made, o;
	struct err *e;

	(void)state;
	fixture_open();
	made = fixture_create(&old);
	assert_null(gcp_provider.update(fx.p, &fx.mem, &made, &want, NULL, &o));
	e = gcp_provider.create(planned, &fx.mem, &old, NULL, &o);
	gcp_provider.close(planned);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "has become instance.front"));
	err_free(e);
}

/* An env with PW=`text`, which the spec only has a stand-in for. */
static struct desired with_secret(const char *more, const char *text)
{
	struct desired want = fixture_instance(more);
	struct value_entry pw = {"PW", value_secret(&fx.mem, "5ec7e7")};

	want.spec = value_with(&fx.mem, want.spec, "env",
	                       value_map(&fx.mem, &pw, 1));
	want.digest = value_digest(&fx.mem, want.spec);
	pw.value = value_tainted(&fx.mem, value_string(&fx.mem, text));
	want.clear = value_with(&fx.mem, want.spec, "env",
	                        value_map(&fx.mem, &pw, 1));
	return want;
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void a_secret_is_in_boot_lines_and_nowhere_else(void **state)
{
	struct desired one = with_secret("", "tiger");
	struct desired many = with_secret("\"count\":2", "tiger");
	struct http_answer a;

	(void)state;
	many.address = "instance.many";
	many.name = "many";
	(void)fixture_create(&one);
	(void)fixture_create(&many);
	a = gce_ask(&fx.gce, "GET", "/control/state", NULL);
	/* A machine, a template, and two machines made from it. */
	assert_int_equal(count_of(a.body, "env PW=tiger\\n"), 4);
	assert_int_equal(count_of(a.body, "tiger"), 4);
	assert_int_equal(count_of(a.body, "env PW=5ec7e7"), 0);
}

/* Names and ids are seen by others, who could try what gives the same one. */
static void nothing_that_others_see_is_derived_from_a_secret(void **state)
{
	const char *ids[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct desired want =
			with_secret("\"count\":2", i ? "tiger" : "lion");
		struct object o = fixture_create(&want);
		struct http_answer a =
			gce_ask(&fx.gce, "GET", "/control/log", NULL);
		const char *at =
			strstr(a.body, "compute.instanceTemplates.insert");

		assert_non_null(at);
		at = strstr(at, "\"requestId\"");
		ids[i] = arena_strndup(&fx.mem, at, 50);
		assert_null(gcp_provider.delete(fx.p, &o, NULL));
		gce_control(&fx.gce, "reset", "{}");
	}
	assert_string_equal(ids[0], ids[1]);
}

static void logs_come_from_the_serial_port(void **state)
{
	struct desired want = fixture_instance("");
	struct log_request r = {.address = "instance.web", .lines = 2};
	char *text = NULL;
	size_t len;

	(void)state;
	(void)fixture_create(&want);
	gce_control(&fx.gce, "set",
	            "{\"path\":\"" INSTANCE
	            "\",\"set\":{\"_serial\":\"one\\r\\ntwo\\r\\nthree\\r\\n"
	            "\"}}");
	r.out = open_memstream(&text, &len);
	assert_null(gcp_provider.logs(fx.p, &r));
	fclose(r.out);
	assert_string_equal(text, "two\nthree\n");
	free(text);
}

static void mistakes_are_told_before_anything_is_made(void **state)
{
	static const struct {
		const char *more, *text;
	} cases[] = {
		{"\"machine\":\"c3-standard-4\"", "a driver for gVNIC"},
		{"\"machine\":\"z9-huge\"", "no family"},
		{"\"machine\":\"e2-giant\"", "no machine type \"e2-giant\""},
		{"\"machine\":\"e2-micro\",\"memory\":4294967296",
	         "4096 MiB are wanted"},
		{"\"zone\":\"mars\"", "no zone such as"},
		{"\"zone\":\"mars-east1-a\"", "no zone \"mars-east1-a\""},
		{"\"volumes\":{\"/d\":{\"name\":\"v\"}}", "persistent disks"},
		{"\"tags\":[\"h\"],\"firewalls\":{\"h\":{\"allow\":[\"tcp/1\"]"
	         "}}",
	         "has no sources"},
		{"\"tags\":[\"h\"],\"firewalls\":{\"h\":{\"allow\":[\"tcp/1\"]"
	         ",\"sources\":[\"::/0\",\"2001:db8::/32\"]}}",
	         "only IPv6 sources"},
		{"\"address\":{\"name\":\"a\",\"region\":\"europe-north1\"}",
	         "one region"},
		{"\"public\":false,\"wait_for\":{\"tcp\":80}", "not public"},
		{"\"tags\":[\"Web\"]", "lower-case"},
		{"\"tags\":[\"web-\"]", "lower-case"},
		{"\"tags\":[\"a123456789012345678901234567890123456789012345678"
	         "9012345678901\"]",
	         "63"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct desired want = fixture_instance(cases[i].more);
		const struct value *known;
		struct err *e;

		want.pos = (struct src_pos){"miso.yaml", 9, 3};
		e = gcp_provider.resolve(fx.p, &fx.mem, &want, &known);
		if (!e || !strstr(err_text(e), cases[i].text))
			fail_msg("case %zu: %s", i, e ? err_text(e) : "fine");
		assert_int_equal(err_pos(e).line, 9);
		err_free(e);
	}
	assert_int_equal(gce_count(&fx.gce, "compute.instances.insert", 0), 0);
}

static void a_missing_permission_is_named_with_its_account(void **state)
{
	struct desired want = fixture_instance("");
	struct object o;
	struct err *e;

	(void)state;
	gce_control(&fx.gce, "accounts",
	            "{\"me@test\":{\"deny\":[\"compute.instances.create\"]}}");
	e = gcp_provider.create(fx.p, &fx.mem, &want, NULL, &o);
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), "compute.instances.create"));
	err_free(e);
}

static void everything_that_is_missing_is_one_message(void **state)
{
	struct owner owner = {"s", "default", fx.s->dir};
	const struct value *settings = fixture_settings();
	struct object_set all;
	struct provider *p;
	struct err *e;

	(void)state;
	settings = value_with(&fx.mem, settings, "zone",
	                      value_string(&fx.mem, "mars-east1-a"));
	settings = value_with(&fx.mem, settings, "bucket",
	                      value_string(&fx.mem, "nobodys"));
	assert_null(gcp_provider.open(settings, &owner, &p));
	e = gcp_provider.list(p, &fx.mem, &all);
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), "zone mars-east1-a"));
	assert_non_null(strstr(err_text(e), "bucket nobodys"));
	err_free(e);
	gcp_provider.close(p);
}

#define RULE GLOBAL "/firewalls/s-default-http"

static const char *fault_now(void)
{
	struct object_set all;

	gcp_provider.close(fx.p);
	fixture_open();
	all = fixture_list();
	assert_int_equal(all.n, 1);
	return all.v[0].fault;
}

/* What an update puts right again. */
static void mends(const char *fault)
{
	struct object_set all;
	struct object after;

	assert_non_null(strstr(fault_now(), fault));
	all = fixture_list();
	assert_true(all.v[0].fault_updatable);
	assert_null(update(&all.v[0], TAGGED, &after));
	assert_null(fault_now());
}

static void a_rule_that_somebody_changed_is_put_right(void **state)
{
	static const char *const changes[] = {
		"\"sourceRanges\":[\"203.0.113.0/24\"]",
		"\"disabled\":true",
		"\"allowed\":[{\"IPProtocol\":\"tcp\"}]",
	};
	struct desired want = fixture_instance(TAGGED);

	(void)state;
	(void)fixture_create(&want);
	assert_null(fault_now());
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		gce_control(&fx.gce, "set",
		            arena_printf(&fx.mem,
		                         "{\"path\":\"" RULE "\",\"set\":{%s}}",
		                         changes[i]));
		mends("somebody changed its firewall rule s-default-http");
	}
	assert_int_equal(gce_count(&fx.gce, "compute.instances.stop", 0), 0);
}

static void a_rule_that_somebody_removed_is_made_again(void **state)
{
	struct desired want = fixture_instance(TAGGED);

	(void)state;
	(void)fixture_create(&want);
	gce_control(&fx.gce, "drop", "{\"path\":\"" RULE "\"}");
	mends("firewall rule s-default-http is gone");
	assert_true(gce_has(&fx.gce, RULE));
}

/* --- groups that are waited for ------------------------------------------- */

#define SPEAKS(log)                                                            \
	"\"count\":2,\"wait_for\":{\"log\":\"" log "\",\"timeout\":%d}"

/* Each member says something as soon as it is there. */
static void *speak(void *arg)
{
	struct gce g = fx.gce;
	const struct value *state;
	size_t spoke = 0;

	(void)arg;
	g.mem = (struct arena){0};
	while (spoke < 2) {
		struct http_answer a =
			gce_ask(&g, "GET", "/control/state", NULL);

		assert_null(value_from_json(&g.mem, a.body, a.len, &state));
		state = value_get(state, "resources");
		spoke = 0;
		for (size_t i = 0; i < state->map.n; i++) {
			if (!strstr(state->map.v[i].key, "/instances/"))
				continue;
			gce_control(&g, "set",
			            arena_printf(&g.mem,
			                         "{\"path\":\"%s\",\"set\":{"
			                         "\"_serial\":\"I am "
			                         "ready\\n\"}}",
			                         state->map.v[i].key));
			spoke++;
		}
	}
	arena_free(&g.mem);
	return NULL;
}

static void a_group_is_ready_when_its_members_are(void **state)
{
	struct desired want =
		fixture_instance(arena_printf(&fx.mem, SPEAKS("ready"), 60000));
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, speak, NULL), 0);
	(void)fixture_create(&want);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_true(gce_count(&fx.gce, "compute.instances.getSerialPortOutput",
	                      200) >= 2);
}

static void a_group_whose_members_say_nothing_is_not_ready(void **state)
{
	struct desired want =
		fixture_instance(arena_printf(&fx.mem, SPEAKS("ready"), 10));
	struct object o;
	struct err *e;

	(void)state;
	e = gcp_provider.create(fx.p, &fx.mem, &want, NULL, &o);
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_TIMEOUT);
	err_free(e);
}

static void a_bucket_of_another_project_is_refused_where_it_is_named(
	void **state)
{
	struct owner owner = {"s", "default", fx.s->dir};
	struct value *bucket =
		(struct value *)(uintptr_t)value_string(&fx.mem, "theirs");
	struct object_set all;
	struct provider *p;
	struct err *e;

	(void)state;
	gce_control(&fx.gce, "buckets",
	            "{\"theirs\":{\"name\":\"theirs\",\"projectNumber\":"
	            "\"99\"}}");
	bucket->pos = (struct src_pos){"miso.yaml", 7, 11};
	assert_null(gcp_provider.open(
		value_with(&fx.mem, fixture_settings(), "bucket", bucket),
		&owner, &p));
	e = gcp_provider.list(p, &fx.mem, &all);
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), "another project, number 99"));
	assert_int_equal(err_pos(e).line, 7);
	err_free(e);
	gcp_provider.close(p);
}

static void a_token_that_expired_is_told_where_it_is_named(void **state)
{
	struct owner owner = {"s", "default", fx.s->dir};
	const struct value *settings = fixture_settings();
	struct value *file = (struct value *)(uintptr_t)value_get(
		settings, "access_token_file");
	struct object_set all;
	struct provider *p;
	struct err *e;

	(void)state;
	file->pos = (struct src_pos){"miso.yaml", 8, 22};
	gce_control(&fx.gce, "tokens",
	            "{\"t1\":{\"account\":\"me@test\",\"expires\":1}}");
	assert_null(gcp_provider.open(settings, &owner, &p));
	e = gcp_provider.list(p, &fx.mem, &all);
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), "not accepted"));
	assert_int_equal(err_pos(e).line, 8);
	err_free(e);
	gcp_provider.close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_firewall_rule_comes_and_goes_with_its_instance),
		FIXTURE_TEST(a_rule_that_nobody_carries_is_listed),
		FIXTURE_TEST(tags_of_others_are_kept),
		FIXTURE_TEST(a_change_of_memory_stops_it_and_starts_it_again),
		FIXTURE_TEST(a_change_that_it_does_not_see_stops_nothing),
		FIXTURE_TEST(a_fingerprint_that_changed_is_read_again),
		FIXTURE_TEST(a_stopped_machine_is_a_fault_that_update_mends),
		FIXTURE_TEST(what_is_not_ours_is_not_touched),
		FIXTURE_TEST(what_was_deleted_can_be_made_again_at_once),
		FIXTURE_TEST(ipv6_sources_are_left_out_of_a_rule),
		FIXTURE_TEST(a_group_has_a_template_and_rolls_over),
		FIXTURE_TEST(a_group_may_have_the_longest_name),
		FIXTURE_TEST(the_same_name_in_another_stack_is_in_the_way),
		FIXTURE_TEST(labels_that_somebody_changed_hide_nothing),
		FIXTURE_TEST(what_is_in_the_way_is_told_by_a_plan),
		FIXTURE_TEST(what_cannot_be_taken_over_says_why),
		FIXTURE_TEST(what_failed_is_asked_for_anew),
		FIXTURE_TEST(a_quota_of_things_is_not_waited_for),
		FIXTURE_TEST(a_zone_that_is_away_is_not_empty),
		FIXTURE_TEST(one_that_moves_keeps_its_name_there),
		FIXTURE_TEST(a_name_that_one_took_along_is_not_given_again),
		FIXTURE_TEST(one_that_became_anothers_is_not_taken),
		FIXTURE_TEST(a_secret_is_in_boot_lines_and_nowhere_else),
		FIXTURE_TEST(nothing_that_others_see_is_derived_from_a_secret),
		FIXTURE_TEST(logs_come_from_the_serial_port),
		FIXTURE_TEST(mistakes_are_told_before_anything_is_made),
		FIXTURE_TEST(a_missing_permission_is_named_with_its_account),
		FIXTURE_TEST(everything_that_is_missing_is_one_message),
		FIXTURE_TEST(a_rule_that_somebody_changed_is_put_right),
		FIXTURE_TEST(a_rule_that_somebody_removed_is_made_again),
		FIXTURE_TEST(a_group_is_ready_when_its_members_are),
		FIXTURE_TEST(a_group_whose_members_say_nothing_is_not_ready),
		FIXTURE_TEST(
			a_bucket_of_another_project_is_refused_where_it_is_named),
		FIXTURE_TEST(a_token_that_expired_is_told_where_it_is_named),
	};

	return cmocka_run_group_tests_name("gcp instances", tests, NULL, NULL);
}
