/*
 * test_gcp_faults.c - what goes wrong on the way to Compute Engine, and that
 * nothing is made twice or forgotten then.
 */
#include "tests/unit/providers/gcp/fixture.h"

#include <signal.h>

#include "providers/gcp/place.h"
#include "providers/gcp/storage.h"

#define FIREWALL GLOBAL "/firewalls/s-default-http"

static void inject(const char *match, int nth, const char *action, pid_t pid)
{
	gce_control(&fx.gce, "faults",
	            arena_printf(&fx.mem,
	                         "{\"match\":\"%s\",\"nth\":%d,\"action\":"
	                         "\"%s\",\"status\":503,\"pid\":%d}",
	                         match, nth, action, (int)pid));
}

static void reopen(void)
{
	gcp_provider.close(fx.p);
	fixture_open();
}

/* What the planner would do: delete what nobody wants, make what is not there,
 * change what is not as it should be. */
static void apply(const struct desired *want)
{
	struct object_set all = fixture_list();
	struct object out;
	bool there = false;

	for (size_t i = 0; i < all.n; i++) {
		const struct object *o = &all.v[i];

		if (strcmp(o->kind, "instance") != 0) {
			assert_null(gcp_provider.delete(fx.p, o, NULL));
			continue;
		}
		there = true;
		if (o->fault || strcmp(o->digest, want->digest) != 0)
			assert_null(gcp_provider.update(fx.p, &fx.mem, o, want,
			                                NULL, &out));
	}
	if (!there)
		(void)fixture_create(want);
}

static void destroy(void)
{
	struct object_set all = fixture_list();

	for (size_t i = 0; i < all.n; i++)
		assert_null(gcp_provider.delete(fx.p, &all.v[i], NULL));
}

static void expect_one(const struct desired *want)
{
	struct object_set all;

	reopen();
	all = fixture_list();
	assert_int_equal(all.n, 1);
	assert_string_equal(all.v[0].digest, want->digest);
	assert_null(all.v[0].fault);
	assert_true(gce_has(&fx.gce, INSTANCE));
	assert_true(gce_has(&fx.gce, FIREWALL));
}

/* --- answers and cuts ----------------------------------------------------- */

static const char *const methods[] = {
	"compute.images.list",       "compute.instances.aggregatedList",
	"compute.firewalls.list",    "compute.firewalls.insert",
	"compute.firewalls.get",     "compute.instances.insert",
	"compute.zoneOperations",    "compute.instances.get",
	"compute.instances.setTags", "compute.instances.setMetadata",
	"compute.instances.stop",    "compute.instances.start",
	"compute.instances.delete",  "compute.firewalls.delete",
	"compute.globalOperations",
};

static void live_through(const char *action)
{
	struct desired one = fixture_instance(TAGGED);
	struct desired two = fixture_instance(
		"\"env\":{\"A\":\"1\"},\"machine\":\"e2-small\"," TAGGED);

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		inject(methods[i], 1, action, 0);
	apply(&one);
	expect_one(&one);
	apply(&two);
	expect_one(&two);
	destroy();
	assert_false(gce_has(&fx.gce, INSTANCE));
	assert_false(gce_has(&fx.gce, FIREWALL));
}

static void a_503_to_any_call_changes_nothing(void **state)
{
	(void)state;
	live_through("status");
}

static void a_cut_before_any_request_changes_nothing(void **state)
{
	(void)state;
	live_through("cut_before");
}

static void a_cut_after_any_request_does_nothing_twice(void **state)
{
	(void)state;
	live_through("cut_after");
	assert_int_equal(gce_count(&fx.gce, "compute.instances.insert", 409),
	                 0);
}

/* The n-th request is not answered in time, and is done after its repetition.
 */
static void a_stall_of_any_request_does_nothing_twice(void **state)
{
	enum { MOST = 60 };
	struct desired one = fixture_instance(TAGGED);
	size_t calls = MOST;

	(void)state;
	for (size_t nth = 1; nth <= calls; nth++) {
		fx.p->try_ms = 300;
		gce_control(&fx.gce, "faults",
		            arena_printf(&fx.mem,
		                         "{\"match\":\"\",\"nth\":%zu,"
		                         "\"action\":\"stall\",\"ms\":700}",
		                         nth));
		apply(&one);
		if (nth == 1)
			calls = gce_requests(&fx.gce) - 1;
		gce_forget(&fx.gce);
		expect_one(&one);
		destroy();
		assert_false(gce_has(&fx.gce, INSTANCE));
		assert_false(gce_has(&fx.gce, FIREWALL));
		reopen();
	}
	assert_in_range(calls, 12, MOST - 1);
}

/* --- in use --------------------------------------------------------------- */

/* An address that an instance has. */
static void make_used_address(void)
{
	struct desired want = fixture_instance("");
	struct object o;

	want.kind = "address";
	want.address = "address.a";
	want.name = "a";
	o = fixture_create(&want);
	want = fixture_instance(arena_printf(
		&fx.mem, "\"address\":{\"ip\":\"%s\",\"region\":\"us-west2\"}",
		value_get_string(o.attrs, "ip", "")));
	(void)fixture_create(&want);
}

static struct object find(const char *kind)
{
	struct object_set all = fixture_list();

	for (size_t i = 0; i < all.n; i++)
		if (!strcmp(all.v[i].kind, kind))
			return all.v[i];
	fail_msg("there is no %s", kind);
	return (struct object){0};
}

static void a_user_that_is_being_deleted_is_waited_for(void **state)
{
	struct object instance, address;

	(void)state;
	gce_control(&fx.gce, "options", "{\"linger_ms\":1500}");
	make_used_address();
	instance = find("instance");
	address = find("address");
	assert_null(gcp_provider.delete(fx.p, &instance, NULL));
	assert_null(gcp_provider.delete(fx.p, &address, NULL));
	assert_int_equal(fixture_list().n, 0);
	assert_true(gce_count(&fx.gce, "compute.addresses.delete", 0) > 1);
}

static void another_user_is_named(void **state)
{
	struct object address;
	struct err *e;

	(void)state;
	make_used_address();
	address = find("address");
	e = gcp_provider.delete(fx.p, &address, NULL);
	assert_non_null(e);
	assert_non_null(strstr(err_text(e), INSTANCE));
	err_free(e);
	assert_int_equal(gce_count(&fx.gce, "compute.addresses.delete", 0), 1);
}

/* --- silence -------------------------------------------------------------- */

static char heard[1024];

static void hear(void *ctx, const char *address, const char *text)
{
	size_t n = strlen(heard);

	(void)ctx;
	snprintf(heard + n, sizeof(heard) - n, "%s: %s\n", address, text);
}

static void a_cloud_that_is_away_is_told_of(void **state)
{
	const struct progress progress = {.trouble = hear};
	struct desired want = fixture_instance("");
	struct object o;

	(void)state;
	*heard = '\0';
	gce_control(&fx.gce, "faults",
	            "{\"match\":\"compute.instances.insert\",\"action\":"
	            "\"status\",\"status\":503,\"retry_after\":\"2\"}");
	assert_null(gcp_provider.create(fx.p, &fx.mem, &want, &progress, &o));
	assert_string_equal(heard,
	                    "instance.web: 503, backendError; again in 2 s\n"
	                    "instance.web: going on\n");
}

/* --- death ---------------------------------------------------------------- */

/* A process that applies and is killed at request `nth`. True: it was. */
static bool die_at(int nth, const char *action, const struct desired *want)
{
	int go[2], status;
	char c;
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (!pid) {
		close(fx.gce.in);
		close(go[1]);
		if (read(go[0], &c, 1) == 1) {
			fixture_open();
			apply(want);
		}
		_exit(0);
	}
	inject("", nth, action, pid);
	assert_int_equal(write(go[1], "x", 1), 1);
	close(go[0]);
	close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	gce_forget(&fx.gce);
	return WIFSIGNALED(status);
}

static void die_everywhere(const char *action)
{
	enum { MOST = 60 };
	struct desired one = fixture_instance(TAGGED);
	struct desired two = fixture_instance("\"env\":{\"A\":\"1\"}," TAGGED);
	int died = 0;

	for (int nth = 1; nth < MOST; nth++) {
		bool again = die_at(nth, action, &one);

		reopen();
		apply(&one);
		expect_one(&one);
		again = die_at(nth, action, &two) || again;
		reopen();
		apply(&two);
		expect_one(&two);
		destroy();
		assert_false(gce_has(&fx.gce, INSTANCE));
		assert_false(gce_has(&fx.gce, FIREWALL));
		if (!again)
			break;
		died++;
	}
	assert_in_range(died, 15, MOST - 2);
}

static void death_before_any_request_leaves_nothing_behind(void **state)
{
	(void)state;
	die_everywhere("kill_before");
}

static void death_after_any_request_leaves_nothing_behind(void **state)
{
	(void)state;
	die_everywhere("kill_after");
}

/* --- uploads -------------------------------------------------------------- */

static void an_upload_goes_on_where_it_was_cut(void **state)
{
	enum { SIZE = 20 * 1024 * 1024 + 12345 };
	char *data = malloc(SIZE);
	const char *path;

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i * 2654435761u >> 13);
	path = scratch_write(fx.s, "file", data, SIZE);
	free(data);
	inject("storage.upload.put", 1, "cut_after", 0);
	inject("storage.upload.put", 3, "status", 0);
	inject("storage.upload.put", 5, "cut_before", 0);
	assert_null(gcp_storage_upload(fx.p, "o", path, NULL, "image.x"));
	assert_int_equal(gce_count(&fx.gce, "storage.upload.start", 0), 1);
	gce_forget(&fx.gce);
	assert_null(gcp_storage_upload(fx.p, "o", path, NULL, "image.x"));
	assert_int_equal(gce_count(&fx.gce, "storage.upload.put", 0), 0);
}

static void the_lease_is_written_by_one_only(void **state)
{
	const struct cell_ops *ops = gcp_provider.cell;
	struct cell a, b;
	struct err *e;

	(void)state;
	inject("storage.upload.start", 1, "cut_after", 0);
	assert_null(ops->write(fx.p, &fx.mem, "mine", 0, &a));
	e = ops->write(fx.p, &fx.mem, "theirs", 0, &b);
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	assert_null(ops->read(fx.p, &fx.mem, &b));
	assert_string_equal(b.text, "mine");
	assert_int_equal(b.generation, a.generation);
	assert_null(ops->remove(fx.p, a.generation));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_503_to_any_call_changes_nothing),
		FIXTURE_TEST(a_cut_before_any_request_changes_nothing),
		FIXTURE_TEST(a_cut_after_any_request_does_nothing_twice),
		FIXTURE_TEST(a_stall_of_any_request_does_nothing_twice),
		FIXTURE_TEST(a_user_that_is_being_deleted_is_waited_for),
		FIXTURE_TEST(another_user_is_named),
		FIXTURE_TEST(a_cloud_that_is_away_is_told_of),
		FIXTURE_TEST(death_before_any_request_leaves_nothing_behind),
		FIXTURE_TEST(death_after_any_request_leaves_nothing_behind),
		FIXTURE_TEST(an_upload_goes_on_where_it_was_cut),
		FIXTURE_TEST(the_lease_is_written_by_one_only),
	};

	return cmocka_run_group_tests_name("gcp faults", tests, NULL, NULL);
}
