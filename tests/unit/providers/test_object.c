#include "providers/object.h"

#include "tests/lib/arena.h"

#include <string.h>

/* An object that is all there in `mem`, and in nobody else's. */
static struct object make(struct arena *mem, const char *id)
{
	static const char spec[] =
		"{\"spec\":{\"memory\":1,\"tags\":[\"web\"]}}";
	const char **needs = ARENA_ARRAY(mem, const char *, 1);
	struct object o = {.kind = arena_strdup(mem, "instance"),
	                   .address = arena_printf(mem, "instance.%s", id),
	                   .id = arena_strdup(mem, id),
	                   .digest = arena_strdup(mem, "0123"),
	                   .fault = arena_strdup(mem, "it is gone"),
	                   .protect = true,
	                   .needs = needs,
	                   .nr_needs = 1};

	needs[0] = arena_strdup(mem, "image.a");
	assert_null(value_from_json(mem, spec, strlen(spec), &o.attrs));
	o.drift = value_get(o.attrs, "spec");
	return o;
}

static void check(struct arena *mem, const struct object *o, const char *id)
{
	assert_string_equal(o->kind, "instance");
	assert_string_equal(o->address, arena_printf(mem, "instance.%s", id));
	assert_string_equal(o->id, id);
	assert_string_equal(o->digest, "0123");
	assert_string_equal(o->fault, "it is gone");
	assert_true(o->protect);
	assert_int_equal(o->nr_needs, 1);
	assert_string_equal(o->needs[0], "image.a");
	assert_string_equal(value_to_json(mem, o->attrs),
	                    "{\"spec\":{\"memory\":1,\"tags\":[\"web\"]}}");
	assert_string_equal(value_to_json(mem, o->drift),
	                    "{\"memory\":1,\"tags\":[\"web\"]}");
}

static void a_copy_needs_nothing_of_the_first(void **state)
{
	struct arena from = {0};
	struct object o = make(&from, "a"), copy;

	copy = object_copy(*state, NULL, &o);
	arena_free(&from);
	check(*state, &copy, "a");
}

static void what_is_equal_in_a_set_is_there_once(void **state)
{
	struct arena from = {0};
	struct object v[] = {make(&from, "a"), make(&from, "b")};
	struct object_set copy =
		object_set_copy(*state, &(struct object_set){v, 2});

	arena_free(&from);
	assert_int_equal(copy.n, 2);
	check(*state, &copy.v[0], "a");
	check(*state, &copy.v[1], "b");
	assert_ptr_equal(copy.v[0].attrs, copy.v[1].attrs);
	assert_ptr_equal(copy.v[0].digest, copy.v[1].digest);
}

static void what_is_not_there_is_not_copied(void **state)
{
	const struct object o = {.kind = "image"};
	struct object copy = object_copy(*state, NULL, &o);
	struct object_set none =
		object_set_copy(*state, &(struct object_set){0});

	assert_null(copy.fault);
	assert_null(copy.drift);
	assert_null(copy.attrs);
	assert_int_equal(none.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_copy_needs_nothing_of_the_first),
		ARENA_TEST(what_is_equal_in_a_set_is_there_once),
		ARENA_TEST(what_is_not_there_is_not_copied),
	};

	return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
