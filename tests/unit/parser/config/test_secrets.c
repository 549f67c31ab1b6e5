#include "tests/unit/parser/config/fixture.h"

#define SECRET HEAD "vars: {pw: {type: secret, default: {from_env: TEST_PW}}}\n"

static unsigned keys_asked;

static struct err *give_key(unsigned char key[CONFIG_SECRET_KEY])
{
	memset(key, 7, CONFIG_SECRET_KEY);
	keys_asked++;
	return NULL;
}

static bool load_with_key(struct fixture *f, const char *text)
{
	static const char *const types[] = {"fake", "qemu", NULL};
	static const char *const readers[] = {"fake", NULL};
	struct config_options how = {
		.file = fs_join(&f->mem, f->dir, "miso.yaml"),
		.vars = f->vars,
		.nr_vars = f->nr_vars,
		.provider_types = types,
		.default_provider = "qemu",
		.secret_types = readers,
		.secret_key = give_key,
	};

	diags_fini(&f->d);
	write_file(f, "miso.yaml", text);
	return config_load(&f->mem, &how, &f->d, &f->c);
}

/* The env of instance.a with these values, as JSON; loaded with a key. */
static const char *env_of(struct fixture *f, const char *env)
{
	const struct value *v;
	const char *text = arena_printf(
		&f->mem,
		SECRET "locals: {l: \"<${var.pw}>\"}\n"
		       "instances: {a: {image: \"${image.a}\", env: %s}}\n",
		env);

	if (!load_with_key(f, text)) {
		diags_print(stderr, &f->d);
		fail_msg("not loaded");
	}
	v = config_spec(&f->mem, &f->c, want(f, "instance.a"), NULL, &f->d);
	assert_non_null(v);
	return value_to_json(&f->mem, value_get(v, "env"));
}

static const struct value *value_of(const void *ctx, size_t node)
{
	(void)node;
	return ctx;
}

/* The same with secrets in clear. */
static const char *clear_env_of(struct fixture *f, const char *env)
{
	struct config_world world = {.ctx = value_map(&f->mem, NULL, 0),
	                             .value_of = value_of};
	const struct config_want *w;
	const struct value *v, *clear;

	(void)env_of(f, env);
	w = want(f, "instance.a");
	v = config_spec(&f->mem, &f->c, w, &world, &f->d);
	assert_null(config_spec_clear(&f->mem, &f->c, w, &world, v, &clear));
	return value_to_json_clear(&f->mem, value_get(clear, "env"));
}

static void a_stand_in_changes_with_its_secret(void **state)
{
	struct fixture *f = *state;
	const char *one, *same, *two;

	setenv("TEST_PW", "hunter1", 1);
	one = env_of(f, "{A: \"${var.pw}\"}");
	same = env_of(f, "{A: \"${var.pw}\"}");
	setenv("TEST_PW", "hunter2", 1);
	two = env_of(f, "{A: \"${var.pw}\"}");
	assert_null(strstr(one, "hunter"));
	assert_non_null(strstr(one, "\"(sensitive "));
	assert_string_equal(one, same);
	assert_string_not_equal(one, two);
	assert_true(strlen(one) == strlen(two));
}

static void what_is_made_of_a_secret_is_one(void **state)
{
	static const char *const envs[] = {
		"{A: \"x${var.pw}\"}",
		"{A: \"${local.l}\"}",
		"{A: \"${upper(var.pw)}\"}",
		"{A: \"${sha256(var.pw)}\"}",
		"{A: \"${length(var.pw)}\"}",
		"{A: \"${var.pw == 'hunter1'}\"}",
		"{A: \"${if(var.pw == 'hunter1', 'a', 'b')}\"}",
		"{A: \"${json_encode([var.pw])}\"}",
		"{A: \"${var.pw ?? 'x'}\"}",
		"{A: \"${split('u', var.pw)[0]}\"}",
		"{A: \"${not (var.pw == 'a') and true}\"}",
		"{A: {from_env: TEST_PW}}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(envs); i++) {
		const char *one, *two;

		setenv("TEST_PW", "hunter1", 1);
		one = env_of(f, envs[i]);
		setenv("TEST_PW", "hunter22", 1);
		two = env_of(f, envs[i]);
		if (!strstr(one, "\"(sensitive ") || !strcmp(one, two))
			fail_msg("%s: %s, then %s", envs[i], one, two);
	}
}

static void in_clear_expressions_see_the_secret(void **state)
{
	static const struct {
		const char *env, *json;
	} rows[] = {
		{"{A: \"x${var.pw}\", B: y}",
	         "{\"A\":\"xhunter1\",\"B\":\"y\"}"},
		{"{A: \"${local.l}\"}", "{\"A\":\"<hunter1>\"}"},
		{"{A: \"${upper(var.pw)}\"}", "{\"A\":\"HUNTER1\"}"},
		{"{A: \"${if(var.pw == 'hunter1', 'a', 'b')}\"}",
	         "{\"A\":\"a\"}"},
		{"{A: {from_env: TEST_PW}}", "{\"A\":\"hunter1\"}"},
		{"{A: {from_file: pw.txt}}", "{\"A\":\"from a file\"}"},
	};
	struct fixture *f = *state;

	setenv("TEST_PW", "hunter1", 1);
	write_file(f, "pw.txt", "from a file\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(clear_env_of(f, rows[i].env), rows[i].json);
}

static void a_secret_may_go_only_into_an_instances_env(void **state)
{
	static const char *const rows[] = {
		"images: {b: {program: ./b, env: {A: \"${var.pw}\"}}}\n"
		"instances: {a: {image: \"${image.b}\"}}\n",
		"images: {b: {program: \"./${var.pw}\"}}\n"
		"instances: {a: {image: \"${image.b}\"}}\n",
		"instances: {a: {image: \"${image.a}\", args: "
		"[\"${var.pw}\"]}}",
		"instances: {a: {image: \"${image.a}\", hostname: "
		"\"${local.l}\"}}\n",
		"instances: {a: {image: \"${image.a}\", for_each: "
		"[\"${var.pw}\"]}}\n",
		"instances: {a: {image: \"${image.a}\", when: "
		"\"${var.pw == 'x'}\"}}\n",
		"outputs: {o: \"${var.pw}\"}\n",
		"providers: {p: {type: fake, state: \"${var.pw}\"}}\n",
		"firewalls: {w: {allow: [\"tcp/${length(var.pw)}\"]}}\n",
	};
	struct fixture *f = *state;

	setenv("TEST_PW", "hunter1", 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool images = strstr(rows[i], "images:");
		char *shown = NULL;
		size_t len;
		FILE *out = open_memstream(&shown, &len);

		(void)load_with_key(
			f, arena_printf(&f->mem, "%s%s%s",
		                        images ? "version: 1\nname: s\n" : HEAD,
		                        "vars: {pw: {type: secret, default: "
		                        "{from_env: TEST_PW}}}\n"
		                        "locals: {l: \"${var.pw}\"}\n",
		                        rows[i]));
		config_check(&f->c, &f->d);
		if (first(f)->code != DIAG_SECRET)
			fail_msg("%s: %s", rows[i], first(f)->message);
		diags_print(out, &f->d);
		fclose(out);
		assert_null(strstr(shown, "hunter"));
		free(shown);
	}
}

static void a_sensitive_output_may_hold_one(void **state)
{
	struct fixture *f = *state;
	const struct value *v;

	setenv("TEST_PW", "hunter1", 1);
	assert_true(load_with_key(f, SECRET "outputs: {o: {value: \"${var.pw}"
	                                    "\", sensitive: true}}\n"));
	v = config_output(&f->mem, &f->c, &f->c.outputs[0], NULL, &f->d);
	assert_true(v->tainted);
	assert_null(strstr(value_to_json_clear(&f->mem, v), "hunter"));
}

static void a_secret_is_never_written_down(void **state)
{
	static const char *const from_line[] = {"pw=hunter1"};
	static const char *const as_json[] = {"pw={\"from_env\": \"TEST_PW\"}"};
	struct fixture *f = *state;
	char *shown = NULL;
	size_t len;
	FILE *out;

	assert_false(load_with_key(
		f, HEAD "vars: {pw: {type: secret, default: hunter1}}\n"));
	says(f, DIAG_SECRET, "never written down");
	out = open_memstream(&shown, &len);
	diags_print(out, &f->d);
	fclose(out);
	assert_null(strstr(shown, "hunter"));
	free(shown);
	f->vars = from_line;
	f->nr_vars = 1;
	assert_false(load_with_key(f, SECRET));
	says(f, DIAG_SECRET, "never written down");
	assert_null(strstr(f->d.v[0].message, "hunter"));
	f->vars = as_json;
	setenv("TEST_PW", "x", 1);
	assert_true(load_with_key(f, SECRET));
}

static void nothing_can_be_asked_of_a_secret(void **state)
{
	struct fixture *f = *state;

	assert_false(load_with_key(f, HEAD "vars: {pw: {type: secret, pattern: "
	                                   "x, default: {from_env: A}}}\n"));
	says(f, DIAG_TYPE, "not looked at");
}

/* --- of Secret Manager ---------------------------------------------------- */

#define READER "providers: {r: {type: fake}}\n"
#define MANAGED                                                                \
	"instances: {a: {image: \"${image.a}\", env: {A: "                     \
	"{secret_manager: projects/p/secrets/s/versions/%d}}}}\n"

static void a_version_of_a_secret_is_named_by_its_number(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"projects/p", "no version of a secret"},
		{"projects/p/secrets/s", "no version of a secret"},
		{"projects/p/secrets/s/versions/", "no version of a secret"},
		{"projects/p/secrets/s/versions/1/x", "no version"},
		{"projects/p/secrets/s?x/versions/1", "no version"},
		{"projects/../secrets/s/versions/1?a", "no number"},
		{"projects/a%2f/secrets/s/versions/1", "no version"},
		{"projects/p/locations/l/secrets/s/versions/1", "no version"},
		{"projects/p/secrets/s/versions/latest", "no number"},
		{"projects/p/secrets/s/versions/7a", "no number"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text = arena_printf(
			&f->mem,
			HEAD READER "vars: {pw: {type: secret, default: "
				    "{secret_manager: \"%s\"}}}\n",
			rows[i].name);

		assert_false(load_with_key(f, text));
		says(f, DIAG_SECRET, rows[i].text);
		assert_int_equal(first(f)->at.pos.line, 5);
	}
}

static void somebody_must_be_there_to_read_it(void **state)
{
	struct fixture *f = *state;

	assert_false(load_with_key(f, arena_printf(&f->mem, HEAD MANAGED, 7)));
	says(f, DIAG_SECRET, "no provider of this stack reads");
	assert_true(load_with_key(
		f, arena_printf(&f->mem, HEAD READER MANAGED, 7)));
}

static struct err *tell(const void *ctx, struct arena *mem, const char *name,
                        char **text, size_t *len)
{
	if (!strstr(name, "/versions/7"))
		return err_new(ERR_REMOTE, NO_POS, "%s is not there", name);
	*len = 5;
	*text = arena_strndup(mem, ctx ? "tiger" : "none?", *len);
	return NULL;
}

/* The env with stand-ins; *clear: with the secret, or NULL and *e says why. */
static const char *managed_env(struct fixture *f, int version,
                               const char **clear, struct err **e)
{
	struct config_world world = {.ctx = value_map(&f->mem, NULL, 0),
	                             .value_of = value_of,
	                             .read_secret = tell};
	const struct config_want *w;
	const struct value *v, *c;

	assert_true(load_with_key(
		f, arena_printf(&f->mem, HEAD READER MANAGED, version)));
	w = want(f, "instance.a");
	v = config_spec(&f->mem, &f->c, w, NULL, &f->d);
	*e = config_spec_clear(&f->mem, &f->c, w, &world, v, &c);
	*clear = *e ? NULL : value_to_json_clear(&f->mem, value_get(c, "env"));
	return value_to_json(&f->mem, value_get(v, "env"));
}

static void its_number_tells_that_it_changed(void **state)
{
	struct fixture *f = *state;
	const char *seven, *again, *eight, *clear;
	struct err *e;

	keys_asked = 0;
	seven = managed_env(f, 7, &clear, &e);
	assert_null(e);
	assert_string_equal(clear, "{\"A\":\"tiger\"}");
	again = managed_env(f, 7, &clear, &e);
	assert_null(e);
	eight = managed_env(f, 8, &clear, &e);
	assert_non_null(strstr(err_text(err_cause(e)), "8 is not there"));
	assert_int_equal(err_pos(e).line, 5);
	err_free(e);
	assert_string_equal(seven, again);
	assert_string_not_equal(seven, eight);
	assert_non_null(strstr(seven, "\"(sensitive "));
	/* So it is the same on every host that plans. */
	assert_int_equal(keys_asked, 0);
}

static void what_is_not_there_is_a_warning_until_it_is_needed(void **state)
{
	struct fixture *f = *state;
	const struct config_want *w;
	const struct value *v;
	struct err *e;

	unsetenv("TEST_PW");
	assert_string_equal(env_of(f, "{A: \"${var.pw}\"}"),
	                    "{\"A\":\"(sensitive)\"}");
	says(f, DIAG_SECRET_UNSEEN, "no TEST_PW");
	w = want(f, "instance.a");
	v = config_spec(&f->mem, &f->c, w, NULL, &f->d);
	e = config_spec_clear(&f->mem, &f->c, w, NULL, v, &v);
	assert_non_null(strstr(err_text(e), "no TEST_PW"));
	err_free(e);
}

static void the_key_is_asked_for_only_when_needed(void **state)
{
	struct fixture *f = *state;

	keys_asked = 0;
	assert_true(load_with_key(f, HEAD));
	assert_int_equal(keys_asked, 0);
	setenv("TEST_PW", "x", 1);
	(void)env_of(f, "{A: {from_env: TEST_PW}, B: {from_env: TEST_PW}}");
	assert_int_equal(keys_asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stand_in_changes_with_its_secret),
		TEST(what_is_made_of_a_secret_is_one),
		TEST(in_clear_expressions_see_the_secret),
		TEST(a_secret_may_go_only_into_an_instances_env),
		TEST(a_sensitive_output_may_hold_one),
		TEST(a_secret_is_never_written_down),
		TEST(nothing_can_be_asked_of_a_secret),
		TEST(a_version_of_a_secret_is_named_by_its_number),
		TEST(somebody_must_be_there_to_read_it),
		TEST(its_number_tells_that_it_changed),
		TEST(what_is_not_there_is_a_warning_until_it_is_needed),
		TEST(the_key_is_asked_for_only_when_needed),
	};

	return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
