#include "providers/qemu/spec.h"

#include "providers/qemu/boot_text.h"
#include "tests/lib/scratch.h"

static struct err *parse(struct scratch *s, const char *json,
                         struct qemu_spec *out)
{
	struct desired want = {.kind = "instance",
	                       .address = "instance.a",
	                       .name = "a",
	                       .pos = {"miso.yaml", 9, 1}};

	assert_null(value_from_json(&s->mem, json, strlen(json), &want.spec));
	return qemu_spec_parse(&s->mem, &want, out);
}

static void defaults_and_units_are_understood(void **state)
{
	struct scratch *s = *state;
	struct qemu_spec spec;

	assert_null(parse(s, "{}", &spec));
	assert_int_equal(spec.memory, 128 << 20);
	assert_int_equal(spec.cpus, 1);
	assert_null(parse(s,
	                  "{\"memory\":\"24Mi\",\"cpus\":2,\"wait_for\":"
	                  "{\"log\":\"up\",\"timeout\":\"1500ms\"}}",
	                  &spec));
	assert_int_equal(spec.memory, 24 << 20);
	assert_int_equal(spec.wait_ms, 1500);
	assert_string_equal(spec.wait_log, "up");
	assert_null(parse(s, "{\"wait_for\":{\"tcp\":1883}}", &spec));
	assert_int_equal(spec.wait_port, 1883);
}

static void bad_specs_have_messages_with_positions(void **state)
{
	static const struct {
		const char *json, *text;
		enum err_code code;
	} cases[] = {
		{"{\"memory\":\"4Mi\"}",
	         "has 4096 KiB of memory; a machine boots with 8 MiB",
	         ERR_LIMIT},
		{"{\"memory\":\"much\"}", "must be a size", ERR_SYNTAX},
		{"{\"cpus\":0}", "\"cpus\" must be 1 to", ERR_LIMIT},
		{"{\"restart\":\"maybe\"}", "never, on-failure or always",
	         ERR_SYNTAX},
		{"{\"wait_for\":{\"log\":\"(\"}}", "the pattern \"(\" is wrong",
	         ERR_SYNTAX},
		{"{\"wait_for\":{\"tcp\":70000}}", "takes a log pattern",
	         ERR_SYNTAX},
		{"{\"count\":3}", "qemu has no managed groups", ERR_SYNTAX},
		{"{\"volumes\":{\"/x\":{}}}",
	         "volumes are not supported yet by qemu", ERR_SYNTAX},
	};
	struct scratch *s = *state;
	struct qemu_spec spec;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err *e = parse(s, cases[i].json, &spec);

		assert_non_null(e);
		assert_int_equal(err_code(e), cases[i].code);
		assert_int_equal(err_pos(e).line, 9);
		assert_non_null(strstr(err_text(e), cases[i].text));
		err_free(e);
	}
}

static void the_kernel_is_told_everything(void **state)
{
	static const struct owner owner = {"stack", "default", "/"};
	static const struct qemu_peer peer = {"instance.b", "b", 0x0a140001};
	struct scratch *s = *state;
	struct qemu_spec spec;
	struct qemu_forward f = {QEMU_TCP, 0, 8883, 1883};
	struct qemu_forwards forwards = {&f, 1};
	struct image_boot boot;
	struct qemu_boot_request q = {.owner = &owner,
	                              .address = "instance.a",
	                              .name = "a",
	                              .spec = &spec,
	                              .forwards = &forwards,
	                              .ip = "10.20.0.2",
	                              .peers = &peer,
	                              .nr_peers = 1};

	assert_null(parse(s,
	                  "{\"args\":[\"-v\"],\"env\":{\"M\":\"a\\nb\"},"
	                  "\"restart\":\"always\",\"security\":{\"wx\":"
	                  "\"deny\"},\"firewalls\":{\"t\":{"
	                  "\"allow\":[\"tcp/1883\",\"udp/5-9\",\"icmp\"],"
	                  "\"sources\":[\"10.0.0.0/8\"]}}}",
	                  &spec));
	assert_null(qemu_boot_text(&s->mem, &q, &boot));
	assert_non_null(strstr(boot.text, "hostname a\nrestart always\n"
	                                  "security wx-deny\n"));
	assert_non_null(strstr(boot.text, "arg -v\nenv M=a\\nb\nnet 52:"));
	assert_non_null(strstr(boot.text, " dhcp\nnet 52:"));
	assert_non_null(strstr(boot.text, " 10.20.0.2/16\nhost 10.20.0.1 b\n"));
	assert_non_null(strstr(boot.text, "allow tcp/1883 10.0.0.0/8\n"
	                                  "allow udp/5-9 10.0.0.0/8\n"
	                                  "allow icmp 10.0.0.0/8\n"
	                                  "allow tcp/1883 10.0.2.2/32\nseed "));
}

static void too_many_boot_lines_name_what_takes_most(void **state)
{
	static const struct owner owner = {"stack", "default", "/"};
	struct scratch *s = *state;
	char *big = arena_alloc(&s->mem, 300 * 1024 + 1, 1);
	struct qemu_spec spec;
	struct qemu_forwards forwards = {0};
	struct image_boot boot;
	struct qemu_boot_request q = {.owner = &owner,
	                              .address = "instance.a",
	                              .name = "a",
	                              .spec = &spec,
	                              .forwards = &forwards,
	                              .pos = {"miso.yaml", 4, 2}};
	struct err *e;

	memset(big, 'x', 300 * 1024);
	assert_null(parse(
		s, arena_printf(&s->mem, "{\"env\":{\"BIG\":\"%s\"}}", big),
		&spec));
	e = qemu_boot_text(&s->mem, &q, &boot);
	assert_int_equal(err_code(e), ERR_LIMIT);
	assert_int_equal(err_pos(e).line, 4);
	assert_non_null(strstr(err_text(e), "\"env\" takes most of it"));
	err_free(e);
}

static void names_must_fit_a_directory(void **state)
{
	(void)state;
	assert_true(qemu_spec_name_ok("client-0"));
	assert_false(qemu_spec_name_ok(".."));
	assert_false(qemu_spec_name_ok("a/b"));
	assert_false(qemu_spec_name_ok(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(defaults_and_units_are_understood),
		SCRATCH_TEST(bad_specs_have_messages_with_positions),
		SCRATCH_TEST(the_kernel_is_told_everything),
		SCRATCH_TEST(too_many_boot_lines_name_what_takes_most),
		SCRATCH_TEST(names_must_fit_a_directory),
	};

	return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
