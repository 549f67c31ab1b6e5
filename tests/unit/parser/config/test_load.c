#include "tests/unit/parser/config/fixture.h"

static void a_block_becomes_a_wanted_object(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD "instances:\n"
	                         "  web: {image: \"${image.a}\", memory: 1Gi, "
	                         "env: {A: NO}, ports: [80]}\n"));
	assert_int_equal(f->c.nr_wants, 2);
	assert_string_equal(want(f, "instance.web")->name, "web");
	assert_string_equal(
		spec(f, "instance.web"),
		"{\"cpus\":1,\"env\":{\"A\":\"NO\"},\"firewalls\":{},"
		"\"image\":\"(known after apply)\",\"memory\":1073741824,"
		"\"ports\":[\"80\"],\"restart\":\"never\"}");
	assert_string_equal(spec(f, "image.a"),
	                    "{\"disk\":67108864,\"program\":\"./a\"}");
}

static void without_providers_it_is_qemu(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD));
	assert_int_equal(f->c.nr_providers, 1);
	assert_string_equal(f->c.providers[0].type, "qemu");
}

static void settings_keep_their_values(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD "vars: {v: {default: x}}\n"
	                         "providers: {p: {type: fake, delay: 5ms, "
	                         "lag: 2, state: \"${var.v}.json\"}}\n"));
	assert_string_equal(
		value_to_json(&f->mem, f->c.providers[0].settings),
		"{\"delay\":\"5ms\",\"lag\":2,\"state\":\"x.json\"}");
}

static void with_two_providers_one_must_be_named(void **state)
{
	struct fixture *f = *state;

	assert_false(load(f, HEAD "providers: {p: {type: fake}, q: {type: "
	                          "fake}}\n"
	                          "instances: {w: {image: \"${image.a}\"}}\n"));
	says(f, DIAG_MISSING, "needs \"provider\"");
}

static void an_image_is_wanted_where_it_is_booted(void **state)
{
	struct fixture *f = *state;
	size_t n = 0;

	assert_true(load(f,
	                 HEAD "providers: {p: {type: fake}, q: {type: fake}}\n"
	                      "instances:\n"
	                      "  v: {image: \"${image.a}\", provider: p}\n"
	                      "  w: {image: \"${image.a}\", provider: q}\n"
	                      "  x: {image: \"${image.a}\", provider: q}\n"));
	for (size_t i = 0; i < f->c.nr_wants; i++)
		n += !strcmp(f->c.wants[i].address, "image.a");
	assert_int_equal(n, 2);
}

static void tags_bring_their_firewalls(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD "firewalls: {web: {allow: [tcp/80]}}\n"
	                         "instances: {w: {image: \"${image.a}\", tags: "
	                         "[web]}}\n"));
	assert_non_null(
		strstr(spec(f, "instance.w"),
	               "\"firewalls\":{\"web\":{\"allow\":[\"tcp/80\"]}}"));
}

static void a_tag_needs_its_firewall(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD "firewalls: {mqtt: {allow: [tcp/80]}}\n"
	                         "instances: {w: {image: \"${image.a}\", tags: "
	                         "[mqqt]}}\n"));
	config_check(&f->c, &f->d);
	says(f, DIAG_UNDEFINED, "no firewall \"mqqt\"");
	assert_string_equal(f->d.v[0].label, "did you mean \"mqtt\"?");
}

static void locals_may_use_each_other_in_any_order(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD "locals:\n"
	                         "  b: \"${local.a}2\"\n"
	                         "  a: \"${name}-${site}-\"\n"
	                         "outputs: {o: \"${local.b}\"}\n"));
	assert_string_equal(
		value_to_json(&f->mem,
	                      config_output(&f->mem, &f->c, &f->c.outputs[0],
	                                    NULL, &f->d)),
		"\"s-default-2\"");
}

static void a_long_chain_of_locals_is_no_problem(void **state)
{
	enum { LONG = 5000 };
	struct fixture *f = *state;
	char *text = calloc(LONG + 10, 40);
	size_t len = (size_t)snprintf(text, 100, HEAD "locals:\n");

	for (int i = 0; i < LONG; i++)
		len += (size_t)snprintf(text + len, 40, "  l%d: ${local.l%d}\n",
		                        i, i + 1);
	snprintf(text + len, 40, "  l%d: x\n", LONG);
	assert_true(load(f, text));
	free(text);
}

static void locals_cannot_grow_without_bound(void **state)
{
	struct fixture *f = *state;
	char text[4096] = HEAD "locals:\n  l0: [1, 2, 3, 4]\n";

	for (int i = 1; i < 30; i++)
		snprintf(text + strlen(text), 100,
		         "  l%d: [\"${local.l%d}\", \"${local.l%d}\"]\n", i,
		         i - 1, i - 1);
	assert_false(load(f, text));
	says(f, DIAG_LIMIT, "becomes too large");
}

static void the_environment_is_there_when_allowed(void **state)
{
	struct fixture *f = *state;

	setenv("MISO_TEST_X", "from outside", 1);
	assert_true(load(f, HEAD "env_allow: [MISO_TEST_X, MISO_TEST_NONE]\n"
	                         "outputs: {o: \"${env.MISO_TEST_X}"
	                         "${env.MISO_TEST_NONE ?? '!'}\"}\n"));
	assert_string_equal(
		value_to_json(&f->mem,
	                      config_output(&f->mem, &f->c, &f->c.outputs[0],
	                                    NULL, &f->d)),
		"\"from outside!\"");
}

static void all_mistakes_come_at_once(void **state)
{
	struct fixture *f = *state;

	assert_false(load(f, "version: 1\nname: s\nimages: {a: {}}\n"
	                     "instances: {w: {image: 3, memory: x, "
	                     "colour: red}}\n"));
	assert_int_equal(f->d.errors, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_block_becomes_a_wanted_object),
		TEST(without_providers_it_is_qemu),
		TEST(settings_keep_their_values),
		TEST(with_two_providers_one_must_be_named),
		TEST(an_image_is_wanted_where_it_is_booted),
		TEST(tags_bring_their_firewalls),
		TEST(a_tag_needs_its_firewall),
		TEST(locals_may_use_each_other_in_any_order),
		TEST(a_long_chain_of_locals_is_no_problem),
		TEST(locals_cannot_grow_without_bound),
		TEST(the_environment_is_there_when_allowed),
		TEST(all_mistakes_come_at_once),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
