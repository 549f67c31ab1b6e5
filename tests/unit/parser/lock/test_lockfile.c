#include "parser/lock/lockfile.h"

#include "parser/value/value.h"
#include "tests/lib/scratch.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct lockfile_package libc6 = {
	"libc6", "1:2.36-9+deb12u1", "amd64", "glibc", 2759320, HASH};
static const struct lockfile_package server = {"server", "1.0~rc1-2", "amd64",
                                               "server", 100,         HASH};

static struct lockfile_request request(const char *const *packages, size_t n)
{
	static const char *const programs[] = {
		"/usr/bin/client", "/usr/lib/server/server", "/usr/sbin/server",
		"/usr/sbin/twin", "/usr/bin/twin"};
	static const struct lockfile_package *const whole[] = {&server};
	static const struct lockfile_package *const libraries[] = {&libc6};

	return (struct lockfile_request){.packages = {packages, n},
	                                 .programs = {programs, 5},
	                                 .size = 8192,
	                                 .whole = {whole, 1},
	                                 .libraries = {libraries, 1}};
}

static const char *const one[] = {"server"};
static const char *const two[] = {"server", "extra=1.0"};

static void what_is_written_is_read_again(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_request v[] = {request(two, 2), request(one, 1)};
	const char *text =
		lockfile_text(&s->mem, &(struct lockfile){v, ARRAY_LEN(v)});
	const struct lockfile_package *p;
	struct lockfile l;

	scratch_text(s, LOCKFILE_NAME, text);
	assert_null(lockfile_read(&s->mem, s->dir, &l));
	assert_int_equal(l.n, 2);
	/* Sorted, and each package once. */
	assert_int_equal(l.v[0].packages.n, 1);
	assert_int_equal(l.v[1].packages.n, 2);
	assert_ptr_equal(l.v[0].whole.v[0], l.v[1].whole.v[0]);
	p = l.v[0].libraries.v[0];
	assert_string_equal(p->name, "libc6");
	assert_string_equal(p->version, libc6.version);
	assert_string_equal(p->sha256, HASH);
	assert_int_equal(p->size, 2759320);
	assert_int_equal(l.v[0].size, 8192);
	assert_string_equal(lockfile_text(&s->mem, &l), text);
}

static void no_file_is_an_empty_one(void **state)
{
	struct scratch *s = *state;
	struct lockfile l;

	assert_null(lockfile_read(&s->mem, s->dir, &l));
	assert_int_equal(l.n, 0);
}

/* The text with its first `from` replaced. */
static void damage(struct scratch *s, const char *from, const char *to)
{
	const struct lockfile_request v[] = {request(one, 1)};
	const char *text = lockfile_text(&s->mem, &(struct lockfile){v, 1});
	const char *at = strstr(text, from);
	struct lockfile l;
	struct err *e;

	assert_non_null(at);
	scratch_text(s, LOCKFILE_NAME,
	             arena_printf(&s->mem, "%.*s%s%s", (int)(at - text), text,
	                          to, at + strlen(from)));
	e = lockfile_read(&s->mem, s->dir, &l);
	if (!e)
		fail_msg("%s for %s was accepted", to, from);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	assert_non_null(strstr(err_hint_text(e), "miso lock"));
	err_free(e);
}

static void a_damaged_file_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} damages[] = {
		{"\"version\": 1", "\"version\": 2"},
		{HASH, "0123"},
		{HASH, "../../../etc/passwd"},
		{"libc6=", "libc7="},
		{"\"name\": \"libc6\"", "\"name\": \"-o=x\""},
		{"\"version\": \"1:2", "\"version\": \"1 2"},
		{"\"amd64\"", "\"\""},
		{"\"packages\"", "\"bundles\""},
		{"\"/usr/bin/client\"", "\"client\""},
		{"\"/usr/bin/client\"", "7"},
		{"{", "["},
	};

	for (size_t i = 0; i < ARRAY_LEN(damages); i++)
		damage(*state, damages[i].from, damages[i].to);
}

static const struct value *list(struct arena *mem, const char *json)
{
	const struct value *v;

	assert_null(value_from_json(mem, json, strlen(json), &v));
	return v;
}

static void a_request_is_found_by_its_packages_in_order(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_request v[] = {request(one, 1), request(two, 2)};
	const struct lockfile l = {v, 2};
	const struct src_pos at = {"miso.yaml", 4, 5};
	static const char *const others[] = {"[\"extra=1.0\",\"server\"]",
	                                     "[\"server\",\"extra\"]",
	                                     "[\"serve\"]"};
	const struct lockfile_request *r;

	assert_null(lockfile_find(&l, list(&s->mem, "[\"server\"]"), at, &r));
	assert_ptr_equal(r, &v[0]);
	assert_null(lockfile_find(
		&l, list(&s->mem, "[\"server\",\"extra=1.0\"]"), at, &r));
	assert_ptr_equal(r, &v[1]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct err *e =
			lockfile_find(&l, list(&s->mem, others[i]), at, &r);

		assert_int_equal(err_code(e), ERR_REF);
		assert_int_equal(err_pos(e).line, 4);
		err_free(e);
	}
}

static void must_run(struct scratch *s, const char *program, const char *path)
{
	struct lockfile_request r = request(two, 2);
	const char *found;

	assert_null(lockfile_program(&s->mem, &r, program, NO_POS, &found));
	assert_string_equal(found, path);
}

static void must_not_run(struct scratch *s, const char *program,
                         enum err_code code)
{
	struct lockfile_request r = request(two, 2);
	const char *found;
	struct err *e = lockfile_program(&s->mem, &r, program, NO_POS, &found);

	assert_int_equal(err_code(e), code);
	err_free(e);
}

static void a_program_is_a_path_a_name_or_called_like_its_package(void **state)
{
	must_run(*state, NULL, "/usr/sbin/server");
	must_run(*state, "client", "/usr/bin/client");
	must_run(*state, "/usr/lib/server/server", "/usr/lib/server/server");
	must_not_run(*state, "nothing", ERR_REF);
	must_not_run(*state, "twin", ERR_REF);
	must_not_run(*state, "/usr/bin/nothing", ERR_REF);
	must_not_run(*state, "./client", ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(what_is_written_is_read_again),
		SCRATCH_TEST(no_file_is_an_empty_one),
		SCRATCH_TEST(a_damaged_file_is_refused),
		SCRATCH_TEST(a_request_is_found_by_its_packages_in_order),
		SCRATCH_TEST(
			a_program_is_a_path_a_name_or_called_like_its_package),
	};

	return cmocka_run_group_tests_name("lockfile", tests, NULL, NULL);
}
