#include "providers/image/package_lock.h"

#include "providers/image/package_cache.h"
#include "tests/unit/providers/image/make_repo.h"

static struct err *lock(struct scratch *s, const char *package,
                        struct lockfile_request *out)
{
	const char *const packages[] = {package};
	const struct lockfile_names names = {
		memcpy(ARENA_ARRAY(&s->mem, const char *, 1), packages,
	               sizeof(packages)),
		1};
	struct package_lock *l = NULL;
	struct err *e =
		package_lock_open(&s->mem, scratch_path(s, "home"), NULL, &l);

	if (!e)
		e = package_lock_make(l, &names,
		                      (struct src_pos){"miso.yaml", 3, 5}, out);
	package_lock_close(l);
	return e;
}

static void expect(const struct lockfile_set *set, size_t i, const char *name,
                   const char *version)
{
	assert_true(i < set->n);
	assert_string_equal(set->v[i]->name, name);
	assert_string_equal(set->v[i]->version, version);
}

static void a_lock_has_what_is_needed_and_nothing_else(void **state)
{
	struct scratch *s = *state;
	struct lockfile_request r;
	int fd;

	repo_make(s);
	assert_null(lock(s, "server", &r));
	assert_int_equal(r.whole.n, 2);
	expect(&r.whole, 0, "server", "1.0-2");
	expect(&r.whole, 1, "server-common", "1.0-2");
	assert_int_equal(r.libraries.n, 1);
	expect(&r.libraries, 0, "libc6", "2.36-9");
	assert_string_equal(r.libraries.v[0]->source, "glibc");
	assert_string_equal(r.libraries.v[0]->architecture, "amd64");
	assert_int_equal(r.programs.n, 1);
	assert_string_equal(r.programs.v[0], "/usr/sbin/server");
	assert_null(package_cache_open(&s->mem, scratch_path(s, "home"),
	                               r.whole.v[0], &fd));
	close(fd);
}

static void a_version_may_be_asked_for(void **state)
{
	struct scratch *s = *state;
	struct lockfile_request r;

	repo_make(s);
	assert_null(lock(s, "server=0.9-1", &r));
	expect(&r.whole, 0, "server", "0.9-1");
}

static void hooks_of_the_host_are_not_run(void **state)
{
	struct scratch *s = *state;
	struct lockfile_request r;

	repo_make(s);
	assert_null(lock(s, "tool", &r));
	assert_int_not_equal(access(scratch_path(s, "hooked"), F_OK), 0);
}

static void must_fail(struct scratch *s, const char *package, const char *why)
{
	struct lockfile_request r;
	struct err *e = lock(s, package, &r);
	const struct err *last = e;

	assert_non_null(e);
	assert_int_equal(err_pos(e).line, 3);
	while (err_cause(last))
		last = err_cause(last);
	if (!strstr(err_text(last), why))
		fail_msg("\"%s\" is not in: %s", why, err_text(last));
	err_free(e);
}

static void what_cannot_be_locked_says_why(void **state)
{
	struct scratch *s = *state;

	repo_make(s);
	must_fail(s, "servre", "Unable to locate package servre");
	must_fail(s, "server=7", "Version '7' for 'server' was not found");
	must_fail(s, "service", "there is no package \"service\"");
	must_fail(s, "server.*", "server.*");
	must_fail(s, "server-common", "no ELF program");
}

static void a_host_without_apt_says_so(void **state)
{
	struct scratch *s = *state;
	const char *path = arena_strdup(&s->mem, getenv("PATH"));
	struct lockfile_request r;
	struct err *e;

	repo_make(s);
	assert_int_equal(setenv("PATH", s->dir, 1), 0);
	e = lock(s, "server", &r);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(err_code(e), ERR_REF);
	assert_non_null(strstr(err_text(e), "apt-get is not on this host"));
	err_free(e);
}

/* The lock as another host got it: its packages are not here. */
static struct lockfile_request lock_elsewhere(struct scratch *s)
{
	struct lockfile_request r;

	repo_make(s);
	assert_null(lock(s, "server", &r));
	assert_int_equal(scratch_shell(s, "rm -r home"), 0);
	return r;
}

static void what_is_locked_is_fetched_where_it_is_missing(void **state)
{
	struct scratch *s = *state;
	const char *home = scratch_path(s, "home");
	const struct lockfile_request r = lock_elsewhere(s);
	struct lockfile_set missing;

	assert_null(package_cache_fetch(&s->mem, home, &r.whole));
	assert_null(package_cache_missing(&s->mem, home, &r.whole, &missing));
	assert_int_equal(missing.n, 0);
	/* What is there needs no apt. */
	assert_int_equal(scratch_shell(s, "rm -r repo home/packages/apt"), 0);
	assert_null(package_cache_fetch(&s->mem, home, &r.whole));
}

static void a_damaged_package_is_fetched_again(void **state)
{
	struct scratch *s = *state;
	const char *home = scratch_path(s, "home");
	struct lockfile_request r;
	int fd;

	repo_make(s);
	assert_null(lock(s, "server", &r));
	assert_int_equal(
		scratch_shell(s, "for f in home/packages/*.deb; do echo x >>$f;"
	                         " done"),
		0);
	assert_null(package_cache_fetch(&s->mem, home, &r.whole));
	assert_null(package_cache_open(&s->mem, home, r.whole.v[0], &fd));
	close(fd);
}

static void a_version_that_is_gone_says_how_to_go_on(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_request r = lock_elsewhere(s);
	struct err *e;

	assert_int_equal(scratch_shell(s, "rm -r p/server-1* repo"), 0);
	repo_publish(s);
	e = package_cache_fetch(&s->mem, scratch_path(s, "home"), &r.whole);
	assert_int_equal(err_code(e), ERR_REF);
	assert_non_null(strstr(err_text(e), "1.0-2"));
	assert_non_null(strstr(err_hint_text(e), "miso lock --update"));
	err_free(e);
}

static void other_bytes_of_the_same_version_are_refused(void **state)
{
	struct scratch *s = *state;
	const struct lockfile_request r = lock_elsewhere(s);
	struct err *e;

	scratch_text(s, "p/server-1.0-2/etc/version", "evil");
	repo_publish(s);
	e = package_cache_fetch(&s->mem, scratch_path(s, "home"), &r.whole);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "server 1.0-2"));
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_lock_has_what_is_needed_and_nothing_else),
		SCRATCH_TEST(a_version_may_be_asked_for),
		SCRATCH_TEST(hooks_of_the_host_are_not_run),
		SCRATCH_TEST(what_cannot_be_locked_says_why),
		SCRATCH_TEST(a_host_without_apt_says_so),
		SCRATCH_TEST(what_is_locked_is_fetched_where_it_is_missing),
		SCRATCH_TEST(a_damaged_package_is_fetched_again),
		SCRATCH_TEST(a_version_that_is_gone_says_how_to_go_on),
		SCRATCH_TEST(other_bytes_of_the_same_version_are_refused),
	};

	return cmocka_run_group_tests_name("package_lock", tests, NULL, NULL);
}
