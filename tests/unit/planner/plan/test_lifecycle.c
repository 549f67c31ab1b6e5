#include "tests/unit/planner/fixture.h"

static size_t place_in_order(struct fixture *f, size_t node)
{
	size_t i = 0;

	while (f->p.order[i] != node)
		i++;
	return i;
}

/* The node that deletes what is at `address`. */
static size_t deletion_of(struct fixture *f, const char *address)
{
	for (size_t i = 0; i < f->p.n; i++) {
		const struct plan_node *n = &f->p.nodes[i];

		if (n->have && !n->want && !strcmp(n->have->address, address))
			return i;
	}
	fail_msg("the plan does not delete %s", address);
	return 0;
}

static void an_ignored_attribute_stays_as_it_is(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") "  b: {image: \"${image.a}\", memory: 8Mi, "
	                       "env: {A: x, B: y}}\n");
	assert_true(plan_text(f,
	                      FAKE("") "  b: {image: \"${image.a}\", memory: "
	                               "16Mi, env: {A: z, B: y}, ignore: "
	                               "[memory, env.A]}\n",
	                      false));
	assert_true(plan_is_empty(&f->p));
	apply_text(f, FAKE("") "  b: {image: \"${image.a}\", memory: 16Mi, "
	                       "env: {A: z, B: q}, ignore: [memory, env.A]}\n");
	assert_int_equal(f->r.done, 1);
	assert_null(plan_list(&f->mem, &f->s));
	for (size_t i = 0; i < f->s.places[0].objects.n; i++) {
		const struct object *o = &f->s.places[0].objects.v[i];
		const struct value *spec = value_get(o->attrs, "spec");

		if (strcmp(o->address, "instance.b") != 0)
			continue;
		assert_int_equal(value_get_int(spec, "memory", 0), 8 << 20);
		assert_string_equal(
			value_to_json(&f->mem, value_get(spec, "env")),
			"{\"A\":\"x\",\"B\":\"q\"}");
	}
}

static void what_moved_is_not_made_again(void **state)
{
	struct fixture *f = *state;
	static const char then[] =
		FAKE("") "  c: {image: \"${image.a}\"}\n"
			 "  e: {image: \"${image.a}\", for_each: 2}\n"
			 "moved:\n"
			 "  - {from: instance.b, to: instance.c}\n"
			 "  - {from: instance.d, to: instance.e}\n";

	apply_text(f, FAKE("") "  b: {image: \"${image.a}\"}\n"
	                       "  d: {image: \"${image.a}\", for_each: 2}\n");
	assert_true(plan_text(f, then, false));
	assert_int_equal(f->p.counts[DIFF_UPDATE], 3);
	assert_int_equal(f->p.counts[DIFF_CREATE], 0);
	assert_int_equal(f->p.counts[DIFF_DELETE], 0);
	assert_int_equal(f->p.nodes[node_of(f, "instance.c")].diff.reasons,
	                 DIFF_MOVED);
	apply_plan(f);
	assert_true(plan_text(f, then, false));
	assert_true(plan_is_empty(&f->p));
}

static void what_stayed_comes_before_what_moved_there(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") "  b: {image: \"${image.a}\"}\n"
	                       "  c: {image: \"${image.a}\"}\n");
	assert_true(plan_text(f,
	                      FAKE("") "  c: {image: \"${image.a}\"}\n"
	                               "moved: [{from: instance.b, to: "
	                               "instance.c}]\n",
	                      false));
	assert_int_equal(action_of(f, "instance.c"), DIFF_NONE);
	assert_int_equal(action_of(f, "instance.b"), DIFF_DELETE);
	assert_int_equal(f->p.nodes[node_of(f, "instance.b")].diff.reasons,
	                 DIFF_EXTRA);
}

/* Something called s-b that nobody marked. */
static void put_foreign(struct fixture *f)
{
	static const char text[] =
		"[{\"kind\":\"instance\",\"address\":\"\",\"id\":\"x/7\","
		"\"foreign\":true,\"attrs\":{\"name\":\"b\"}}]";
	const char *path = fs_join(&f->mem, f->dir, "state.json");

	assert_null(fs_write(path, text, strlen(text), 0600));
}

static void what_is_not_ours_is_never_touched(void **state)
{
	struct fixture *f = *state;

	put_foreign(f);
	assert_false(
		plan_text(f, FAKE("") "  b: {image: \"${image.a}\"}\n", false));
	assert_int_equal(f->d.v[0].code, DIAG_CONFLICT);
	diags_fini(&f->d);
	assert_true(
		plan_text(f, FAKE("") "  c: {image: \"${image.a}\"}\n", false));
	assert_int_equal(f->p.counts[DIFF_DELETE], 0);
}

static void what_is_adopted_is_ours_from_then_on(void **state)
{
	struct fixture *f = *state;
	static const char by_name[] =
		FAKE("") "  b: {image: \"${image.a}\", adopt: true}\n";
	static const char by_id[] =
		FAKE("") "  c: {image: \"${image.a}\", adopt: x/7}\n";

	put_foreign(f);
	assert_true(plan_text(f, by_id, false));
	assert_int_equal(f->p.nodes[node_of(f, "instance.c")].diff.reasons &
	                         DIFF_ADOPTED,
	                 DIFF_ADOPTED);
	assert_true(plan_text(f, by_name, false));
	assert_int_equal(action_of(f, "instance.b"), DIFF_UPDATE);
	apply_plan(f);
	assert_int_equal(f->r.failed + f->r.waiting, 0);
	assert_true(plan_text(f, by_name, false));
	assert_true(plan_is_empty(&f->p));
}

#define USED(host)                                                             \
	FAKE("")                                                               \
	"  b: {image: \"${image.a}\", hostname: " host "}\n"                   \
	"  c: {image: \"${image.a}\", env: {M: \"${instance.b.ip}\"}}\n"

static void the_new_one_is_there_before_the_old_one_goes(void **state)
{
	struct fixture *f = *state;
	size_t b, c, old;

	apply_text(f, USED("x"));
	assert_true(plan_text(f, USED("y"), false));
	b = node_of(f, "instance.b");
	c = node_of(f, "instance.c");
	old = deletion_of(f, "instance.b");
	assert_true(f->p.nodes[b].create_first);
	assert_ptr_equal(f->p.nodes[old].successor, &f->p.nodes[b]);
	assert_true(place_in_order(f, b) < place_in_order(f, c));
	assert_true(place_in_order(f, c) < place_in_order(f, old));
	assert_int_equal(f->p.counts[DIFF_DELETE], 0);
	apply_plan(f);
	assert_int_equal(f->r.failed + f->r.waiting, 0);
	assert_int_equal(f->r.counts[DIFF_REPLACE], 1);
	assert_int_equal(f->r.counts[DIFF_DELETE], 0);
	assert_true(plan_text(f, USED("y"), false));
	assert_true(plan_is_empty(&f->p));
	assert_int_equal(f->s.places[0].objects.n, 3);
}

static void the_old_one_stays_when_the_new_one_fails(void **state)
{
	struct fixture *f = *state;

	apply_text(f, USED("x"));
	assert_true(plan_text(f,
	                      FAKE(", fail: instance.b") "  b: {image: "
	                                                 "\"${image.a}\", "
	                                                 "hostname: y}\n",
	                      false));
	apply_plan(f);
	assert_int_equal(f->r.failed, 1);
	assert_null(plan_list(&f->mem, &f->s));
	assert_string_equal(f->s.places[0].objects.v[1].address, "instance.b");
}

/* The name of c hangs on b's address, which is the same for ever. */
#define WAITS(host, name)                                                      \
	FAKE("")                                                               \
	"  b: {image: \"${image.a}\", hostname: " host "}\n"                   \
	"  c: {image: \"${image.a}\", hostname: \"" name                       \
	"x-${replace(instance.b.ip, '.', '-')}\"}\n"                           \
	"  d: {image: \"${image.a}\", env: {M: \"${instance.c.ip}\"}}\n"

static void one_that_waited_and_is_not_replaced_stays(void **state)
{
	struct fixture *f = *state;
	size_t c;

	apply_text(f, WAITS("x", ""));
	assert_true(plan_text(f, WAITS("y", ""), false));
	c = node_of(f, "instance.c");
	assert_true(f->p.nodes[c].waits && f->p.nodes[c].create_first);
	assert_ptr_equal(f->p.nodes[deletion_of(f, "instance.c")].successor,
	                 &f->p.nodes[c]);
	apply_plan(f);
	assert_int_equal(f->r.failed + f->r.waiting, 0);
	assert_int_equal(f->r.states[c], APPLY_UNCHANGED);
	assert_int_equal(f->r.done, 1);
	assert_true(plan_text(f, WAITS("y", ""), false));
	assert_true(plan_is_empty(&f->p));
	assert_int_equal(f->s.places[0].objects.n, 4);
}

/* Its new one comes first, and the old one goes after all that used it. */
static void one_that_waited_and_is_replaced_has_its_new_one_first(void **state)
{
	struct fixture *f = *state;
	size_t c, d, old;

	apply_text(f, WAITS("x", ""));
	assert_true(plan_text(f, WAITS("y", "z"), false));
	c = node_of(f, "instance.c");
	d = node_of(f, "instance.d");
	old = deletion_of(f, "instance.c");
	assert_true(f->p.nodes[c].waits && f->p.nodes[c].create_first);
	assert_true(place_in_order(f, d) < place_in_order(f, old));
	apply_plan(f);
	assert_int_equal(f->r.failed + f->r.waiting, 0);
	assert_int_equal(f->r.states[c], APPLY_DONE);
	assert_int_equal(f->r.states[old], APPLY_DONE);
	assert_true(plan_text(f, WAITS("y", "z"), false));
	assert_true(plan_is_empty(&f->p));
	assert_int_equal(f->s.places[0].objects.n, 4);
}

static void the_file_may_ask_for_the_old_order(void **state)
{
	struct fixture *f = *state;

	apply_text(f, USED("x"));
	assert_true(plan_text(f, USED("y, replace: destroy_first"), false));
	assert_false(f->p.nodes[node_of(f, "instance.b")].create_first);
	assert_int_equal(action_of(f, "instance.b"), DIFF_REPLACE);
}

static void volumes_are_never_there_twice(void **state)
{
	struct fixture *f = *state;

	assert_false(plan_text(f,
	                       FAKE("") "  b: {image: \"${image.a}\"}\n"
	                                "volumes: {v: {size: 1Gi, replace: "
	                                "create_first}}\n",
	                       false));
	assert_int_equal(f->d.v[0].code, DIAG_RANGE);
}

static bool comes_after(const struct graph *g, size_t before, size_t after)
{
	for (size_t i = g->first[before]; i < g->first[before + 1]; i++)
		if (g->after[i] == after)
			return true;
	return false;
}

#define GROUP(memory, more)                                                    \
	FAKE("")                                                               \
	"  b: {image: \"${image.a}\", for_each: 4, memory: " memory more "}\n"

static void members_change_one_by_one(void **state)
{
	struct fixture *f = *state;

	assert_true(plan_text(f, GROUP("8Mi", ""), false));
	assert_false(comes_after(&f->p.graph, node_of(f, "instance.b[\"0\"]"),
	                         node_of(f, "instance.b[\"1\"]")));
	apply_plan(f);
	assert_true(plan_text(f, GROUP("9Mi", ""), false));
	for (int i = 0; i < 3; i++)
		assert_true(comes_after(
			&f->p.graph,
			node_of(f,
		                arena_printf(&f->mem, "instance.b[\"%d\"]", i)),
			node_of(f, arena_printf(&f->mem, "instance.b[\"%d\"]",
		                                i + 1))));
	assert_true(plan_text(f, GROUP("9Mi", ", roll: {max_unavailable: 2}"),
	                      false));
	assert_false(comes_after(&f->p.graph, node_of(f, "instance.b[\"0\"]"),
	                         node_of(f, "instance.b[\"1\"]")));
	assert_true(comes_after(&f->p.graph, node_of(f, "instance.b[\"0\"]"),
	                        node_of(f, "instance.b[\"2\"]")));
}

static void one_that_fails_stops_the_others(void **state)
{
	struct fixture *f = *state;

	apply_text(f, GROUP("8Mi", ""));
	assert_true(plan_text(f,
	                      FAKE(", fail: 'instance.b[\"1\"]'") "  b: "
	                                                          "{image: "
	                                                          "\"${image.a}"
	                                                          "\", "
	                                                          "for_each: "
	                                                          "4, memory: "
	                                                          "9Mi}\n",
	                      false));
	apply_plan(f);
	assert_int_equal(f->r.done, 1);
	assert_int_equal(f->r.failed, 1);
	assert_int_equal(f->r.waiting, 2);
}

static void a_check_that_fails_stops_the_plan(void **state)
{
	struct fixture *f = *state;

	assert_false(plan_text(f,
	                       FAKE("") "  b: {image: \"${image.a}\", memory: "
	                                "8Mi}\n"
	                                "checks: [{assert: "
	                                "\"${instance.b.name == 'c'}\", "
	                                "message: not so}]\n",
	                       false));
	assert_int_equal(f->d.v[0].code, DIAG_CHECK);
}

static void a_check_may_wait_for_the_world(void **state)
{
	struct fixture *f = *state;
	static const char text[] =
		FAKE("") "  b: {image: \"${image.a}\"}\n"
			 "checks: [{assert: \"${instance.b.ip != ''}\", "
			 "message: it has no address}]\n";

	assert_true(plan_text(f, text, false));
	assert_int_equal(f->p.checks[0], -1);
	apply_plan(f);
	assert_true(plan_text(f, text, false));
	assert_int_equal(f->p.checks[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_ignored_attribute_stays_as_it_is),
		TEST(what_moved_is_not_made_again),
		TEST(what_stayed_comes_before_what_moved_there),
		TEST(what_is_not_ours_is_never_touched),
		TEST(what_is_adopted_is_ours_from_then_on),
		TEST(the_new_one_is_there_before_the_old_one_goes),
		TEST(the_old_one_stays_when_the_new_one_fails),
		TEST(one_that_waited_and_is_not_replaced_stays),
		TEST(one_that_waited_and_is_replaced_has_its_new_one_first),
		TEST(the_file_may_ask_for_the_old_order),
		TEST(volumes_are_never_there_twice),
		TEST(members_change_one_by_one),
		TEST(one_that_fails_stops_the_others),
		TEST(a_check_that_fails_stops_the_plan),
		TEST(a_check_may_wait_for_the_world),
	};

	return cmocka_run_group_tests_name("lifecycle", tests, NULL, NULL);
}
