#include "providers/qemu/mark.h"

#include "parser/base/fs.h"
#include "tests/lib/scratch.h"

static struct qemu_mark mark(struct scratch *s, const char *name)
{
	static const char *const needs[] = {"image.a", "firewall.b"};
	const struct value_entry spec = {.key = "memory",
	                                 .value = value_int(&s->mem, 7)};

	return (struct qemu_mark){
		.dir = qemu_mark_dir(&s->mem, scratch_path(s, "stacks/s/d"),
	                             "instance", name),
		.kind = "instance",
		.address = arena_printf(&s->mem, "instance.%s", name),
		.name = name,
		.digest = "d1",
		.protect = true,
		.needs = needs,
		.nr_needs = 2,
		.spec = value_map(&s->mem, &spec, 1),
		.ip = "10.20.0.1",
		.image = "abc",
	};
}

static void what_is_written_is_read_again(void **state)
{
	struct scratch *s = *state;
	struct qemu_mark m = mark(s, "x"), r;

	assert_null(qemu_mark_create(&m));
	assert_null(qemu_mark_read(&s->mem, m.dir, &r));
	assert_string_equal(r.address, "instance.x");
	assert_string_equal(r.digest, "d1");
	assert_true(r.protect);
	assert_int_equal(r.nr_needs, 2);
	assert_string_equal(r.needs[1], "firewall.b");
	assert_true(value_equal(r.spec, m.spec));
	assert_string_equal(r.ip, "10.20.0.1");
	assert_null(r.token);
}

static void what_is_there_is_not_made_again(void **state)
{
	struct scratch *s = *state;
	struct qemu_mark m = mark(s, "x");
	struct err *e;

	assert_null(qemu_mark_create(&m));
	e = qemu_mark_create(&m);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
}

static void a_list_has_what_is_there_and_nothing_hidden(void **state)
{
	struct scratch *s = *state;
	struct qemu_mark a = mark(s, "a"), b = mark(s, "b");
	struct qemu_marks all;
	bool used;

	assert_null(
		qemu_mark_list(&s->mem, scratch_path(s, "stacks/s/d"), &all));
	assert_int_equal(all.n, 0);
	assert_null(qemu_mark_create(&a));
	assert_null(qemu_mark_create(&b));
	scratch_text(s, "stacks/s/d/instance/.new-c/spec.json", "{");
	scratch_text(s, "stacks/s/d/lock", "");
	assert_null(
		qemu_mark_list(&s->mem, scratch_path(s, "stacks/s/d"), &all));
	assert_int_equal(all.n, 2);
	assert_null(qemu_mark_uses_image(s->dir, "abc", &used));
	assert_true(used);
	assert_null(qemu_mark_uses_image(s->dir, "xyz", &used));
	assert_false(used);
}

static void a_moved_object_has_all_it_had(void **state)
{
	struct scratch *s = *state;
	struct qemu_mark a = mark(s, "a"), b = mark(s, "b"), c = mark(s, "c");
	struct qemu_mark read;
	struct err *e;

	assert_null(qemu_mark_create(&a));
	assert_null(qemu_mark_create(&b));
	scratch_text(s, "stacks/s/d/instance/a/disk", "x");
	e = qemu_mark_move(a.dir, &b);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	assert_null(qemu_mark_move(a.dir, &c));
	assert_false(fs_exists(a.dir));
	assert_true(fs_exists(scratch_path(s, "stacks/s/d/instance/c/disk")));
	/* Killed now, it is what it was, and the next apply moves it. */
	assert_null(qemu_mark_read(&s->mem, c.dir, &read));
	assert_string_equal(read.address, a.address);
	assert_null(qemu_mark_move(c.dir, &c));
}

/* Killed while it removed: the mark was there, and the rest of the tree. */
static void what_is_half_removed_is_no_object_and_in_nobodys_way(void **state)
{
	struct scratch *s = *state;
	struct qemu_mark a = mark(s, "a");
	struct qemu_marks all;

	scratch_text(s, "stacks/s/d/instance/.gone-a/disk", "x");
	assert_null(qemu_mark_create(&a));
	scratch_text(s, "stacks/s/d/instance/a/disk", "y");
	assert_null(qemu_mark_remove(a.dir));
	assert_false(fs_exists(scratch_path(s, "stacks/s/d/instance")));
	assert_null(qemu_mark_remove(a.dir));

	scratch_text(s, "stacks/s/d/instance/.gone-a/disk", "x");
	scratch_text(s, "stacks/s/d/instance/.new-b/disk", "x");
	assert_null(
		qemu_mark_list(&s->mem, scratch_path(s, "stacks/s/d"), &all));
	assert_int_equal(all.n, 0);
	assert_null(qemu_mark_sweep(scratch_path(s, "stacks/s/d")));
	assert_false(fs_exists(scratch_path(s, "stacks/s/d/instance")));
}

static void a_damaged_mark_is_an_error_that_names_it(void **state)
{
	struct scratch *s = *state;
	struct qemu_marks all;
	struct err *e;

	scratch_text(s, "d/instance/x/spec.json", "{");
	e = qemu_mark_list(&s->mem, scratch_path(s, "d"), &all);
	assert_non_null(strstr(err_text(e), "d/instance/x cannot be read"));
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(what_is_written_is_read_again),
		SCRATCH_TEST(what_is_there_is_not_made_again),
		SCRATCH_TEST(a_list_has_what_is_there_and_nothing_hidden),
		SCRATCH_TEST(
			what_is_half_removed_is_no_object_and_in_nobodys_way),
		SCRATCH_TEST(a_damaged_mark_is_an_error_that_names_it),
		SCRATCH_TEST(a_moved_object_has_all_it_had),
	};

	return cmocka_run_group_tests_name("mark", tests, NULL, NULL);
}
