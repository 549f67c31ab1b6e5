#include "tests/unit/parser/config/fixture.h"

/* Everything that was wanted, and how, as one text. */
static const char *all(struct fixture *f)
{
	const char *text = "";

	for (size_t i = 0; i < f->c.nr_wants; i++)
		text = arena_printf(&f->mem, "%s%s %s\n", text,
		                    f->c.wants[i].address,
		                    spec(f, f->c.wants[i].address));
	return text;
}

/* Load the text of what is loaded, with the values it had. */
static void load_again(struct fixture *f)
{
	struct config_options how = {
		.file = "/tmp/miso.yaml",
		.site = f->c.site,
		.text = config_text(&f->mem, &f->c),
		.text_name = "release 1",
		.values = config_var_values(&f->mem, &f->c),
		.provider_types = (const char *const[]){"fake", "qemu", NULL},
		.default_provider = "qemu",
	};
	struct config again;

	if (!config_load(&f->mem, &how, &f->d, &again)) {
		diags_print(stderr, &f->d);
		fail();
	}
	f->c = again;
}

static void what_is_written_down_loads_the_same(void **state)
{
	struct fixture *f = *state;
	const char *before, *text;

	bool good = load(
		f, HEAD
		"vars:\n"
		"  size: {type: size, default: 64Mi}\n"
		"  wait: {type: duration, default: 5s}\n"
		"  names: {type: list(string), default: [a, bee]}\n"
		"instances:\n"
		"  web:\n"
		"    for_each: '${var.names}'\n"
		"    image: ${image.a}\n"
		"    memory: ${var.size}\n"
		"    args: [plain, \"two\\nlines\", 'a # b', '', '~', 007]\n"
		"    env:\n"
		"      A: NO\n"
		"      \"ODD\": \"tab\\there\"\n"
		"      BLOCK: |\n"
		"        one\n"
		"          two\n"
		"      FOLDED: one\n"
		"        and the same\n"
		"    wait_for: {log: '^up \"now\"$', timeout: "
		"\"${var.wait}\"}\n");
	assert_true(good);
	before = all(f);
	text = config_text(&f->mem, &f->c);
	load_again(f);
	assert_string_equal(all(f), before);
	assert_string_equal(config_text(&f->mem, &f->c), text);
}

static void what_yaml_does_not_print_is_written_as_an_escape(void **state)
{
	struct fixture *f = *state;
	char key[1200];
	const char *before;

	memset(key, 'K', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	assert_true(load(f, arena_printf(&f->mem,
	                                 HEAD "instances:\n"
	                                      "  web:\n"
	                                      "    image: ${image.a}\n"
	                                      "    args: [\"\\x7f\\x80\\N\\L\\P"
	                                      "\\uFEFF\\uFFFE\\U0001F600\"]\n"
	                                      "    env:\n"
	                                      "      \"ODD\\u2028\": x\n"
	                                      "      ? %s\n      : y\n",
	                                 key)));
	before = all(f);
	load_again(f);
	assert_string_equal(all(f), before);
}

static void the_values_it_had_win(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, HEAD "vars: {m: {type: size, default: 64Mi}}\n"
	                         "instances: {w: {image: \"${image.a}\", "
	                         "memory: \"${var.m}\"}}\n"));
	setenv("MISO_VAR_m", "1Gi", 1);
	load_again(f);
	unsetenv("MISO_VAR_m");
	assert_non_null(strstr(spec(f, "instance.w"), "\"memory\":67108864"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_down_loads_the_same),
		TEST(what_yaml_does_not_print_is_written_as_an_escape),
		TEST(the_values_it_had_win),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
