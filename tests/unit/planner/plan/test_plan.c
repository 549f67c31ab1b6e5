#include "tests/unit/planner/fixture.h"

#include "parser/base/strbuf.h"

#include <malloc.h>
#include <time.h>

#define TWO                                                                    \
	"  b: {image: \"${image.a}\"}\n"                                       \
	"  c: {image: \"${image.a}\", env: {M: \"${instance.b.ip}\"}}\n"

static size_t place_in_order(struct fixture *f, const char *address)
{
	size_t node = node_of(f, address), i = 0;

	while (f->p.order[i] != node)
		i++;
	return i;
}

static void everything_new_is_created_after_what_it_needs(void **state)
{
	struct fixture *f = *state;

	assert_true(plan_text(f, FAKE("") TWO, false));
	assert_int_equal(f->p.counts[DIFF_CREATE], 3);
	assert_true(place_in_order(f, "image.a") <
	            place_in_order(f, "instance.b"));
	assert_true(place_in_order(f, "instance.b") <
	            place_in_order(f, "instance.c"));
	assert_true(f->p.nodes[node_of(f, "instance.c")].waits);
	assert_false(f->p.nodes[node_of(f, "instance.b")].waits);
}

static void after_an_apply_there_is_nothing_to_do(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") TWO);
	assert_true(plan_text(f, FAKE("") TWO, false));
	assert_true(plan_is_empty(&f->p));
}

/* A group, one that uses a member, and one that uses all of them. */
#define GROUP(n)                                                               \
	"  w: {image: '${image.a}', for_each: 2, env: {K: '${each.key}'}}\n"   \
	"  c: {image: '${image.a}', env: {M: '${instance.w[\"0\"].ip}'}}\n"    \
	"  d: {image: '${image.a}', env: {N: " n ",\n"                         \
	"      M: '${join(\",\", instance.w[*].ip)}'}}\n"

/* Nobody needs the bodies of what stays, until somebody asks. */
static void what_stays_can_still_tell_its_body(void **state)
{
	struct fixture *f = *state;
	const struct plan_node *n;

	apply_text(f, FAKE("") GROUP("1"));
	assert_true(plan_text(f, FAKE("") GROUP("2"), false));
	assert_int_equal(f->p.counts[DIFF_UPDATE], 1);
	for (size_t i = 0; i < f->p.n; i++) {
		n = &f->p.nodes[i];
		if (!n->want)
			continue;
		assert_int_equal(!n->desired.spec, n->diff.action == DIFF_NONE);
		assert_string_equal(
			value_digest(&f->mem,
		                     plan_node_spec(&f->mem, &f->p, n)),
			n->desired.digest);
		assert_string_equal(
			value_get_string(n->value, "name", ""),
			value_get_string(n->have->attrs, "name", "?"));
	}
	assert_int_equal(action_of(f, "instance.d"), DIFF_UPDATE);
}

static void what_is_gone_is_deleted_before_what_it_needed(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") TWO);
	assert_true(
		plan_text(f, FAKE("") "  d: {image: \"${image.a}\"}\n", false));
	assert_int_equal(f->p.counts[DIFF_DELETE], 2);
	assert_int_equal(f->p.counts[DIFF_CREATE], 1);
	assert_true(place_in_order(f, "instance.c") <
	            place_in_order(f, "instance.b"));
	/* The deletions free names and ports for what is created. */
	assert_true(place_in_order(f, "instance.b") <
	            place_in_order(f, "instance.d"));
}

static void a_user_is_changed_before_what_it_used_is_deleted(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") TWO);
	assert_true(plan_text(
		f, FAKE("") "  c: {image: \"${image.a}\", env: {M: x}}\n",
		false));
	assert_int_equal(action_of(f, "instance.c"), DIFF_UPDATE);
	assert_int_equal(action_of(f, "instance.b"), DIFF_DELETE);
	assert_true(place_in_order(f, "instance.c") <
	            place_in_order(f, "instance.b"));
}

static void destroying_goes_backwards(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") TWO);
	assert_true(plan_text(f, FAKE("") TWO, true));
	assert_int_equal(f->p.counts[DIFF_DELETE], 3);
	assert_true(place_in_order(f, "instance.c") <
	            place_in_order(f, "instance.b"));
	assert_true(place_in_order(f, "instance.b") <
	            place_in_order(f, "image.a"));
}

static void a_group_is_needed_as_a_whole(void **state)
{
	static const char text[] = FAKE("") "  b: {image: \"${image.a}\", "
					    "for_each: 3}\n"
					    "  c: {image: \"${image.a}\", env: "
					    "{M: '${join(\",\", "
					    "instance.b[*].ip)}'}}\n";
	struct fixture *f = *state;

	apply_text(f, text);
	assert_true(plan_text(f, text, false));
	assert_true(plan_is_empty(&f->p));
	assert_true(plan_text(f, text, true));
	for (int i = 0; i < 3; i++)
		assert_true(place_in_order(f, "instance.c") <
		            place_in_order(f, arena_printf(&f->mem,
		                                           "instance.b[\"%d\"]",
		                                           i)));
}

static void one_member_of_a_group_may_be_used(void **state)
{
	static const char text[] = FAKE("") "  b: {image: \"${image.a}\", "
					    "for_each: 3}\n"
					    "  c: {image: \"${image.a}\", env: "
					    "{M: \"${instance.b['1'].ip}\"}}\n";
	struct fixture *f = *state;

	apply_text(f, text);
	assert_true(plan_text(f, text, false));
	assert_true(plan_is_empty(&f->p));
}

static void a_protected_object_is_not_destroyed(void **state)
{
	struct fixture *f = *state;

	apply_text(f, FAKE("") "  b: {image: \"${image.a}\", protect: true}\n");
	assert_false(plan_text(f, FAKE("") TWO, true));
	assert_int_equal(f->d.v[0].code, DIAG_PROTECTED);
	diags_fini(&f->d);
	/* Also when the block is not in the file any more. */
	assert_false(
		plan_text(f, FAKE("") "  c: {image: \"${image.a}\"}\n", false));
	assert_int_equal(f->d.v[0].code, DIAG_PROTECTED);
}

static void a_kind_that_the_place_has_not_is_refused_with_its_block(
	void **state)
{
	struct fixture *f = *state;
	static struct provider_ops ops; /* closed with in teardown */

	assert_true(plan_text(f,
	                      FAKE("") "  b: {image: \"${image.a}\"}\n"
	                               "volumes: {v: {size: 1Gi}}\n",
	                      false));
	ops = *f->s.places[0].ops;
	ops.kinds = NULL;
	f->s.places[0].ops = &ops;
	assert_false(plan_make(&f->mem, &f->c, &f->s, &f->how, &f->d, &f->p));
	assert_int_equal(f->d.v[0].code, DIAG_NOT_YET);
	assert_int_equal(f->d.v[0].at.pos.line, 7);
}

/* Milliseconds of CPU for a first plan of n instances. */
static double cost(struct fixture *f, size_t n)
{
	const char *text = arena_printf(
		&f->mem,
		"version: 1\nname: s\nproviders: {here: {type: fake}}\n"
		"images: {a: {program: ./a}}\ninstances:\n"
		"  b: {image: \"${image.a}\", for_each: %zu, env: {I: "
		"\"${each.key}\"}}\n"
		"  c: {image: \"${image.a}\", for_each: %zu, env: {M: "
		"'${length(instance.b)}'}}\n",
		n, n);
	struct timespec a, b;
	double best = 1e9, ms;

	for (int i = 0; i < 3; i++) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		assert_true(plan_text(f, text, false));
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
		     (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
	}
	return best;
}

static void twice_the_objects_take_twice_the_time(void **state)
{
	struct fixture *f = *state;
	double ratio = 0;

	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	for (int tries = 0; tries < 5; tries++) {
		ratio = cost(f, 1000) / cost(f, 500);
		if (ratio < 2.3)
			return;
	}
	fail_msg("twice the objects took %.1f times as long", ratio);
}

/* N instances, each written out. */
static const char *many(struct arena *mem, size_t n)
{
	struct strbuf b = {0};
	const char *text;

	strbuf_add(&b, FAKE(""));
	for (size_t i = 0; i < n; i++)
		strbuf_printf(&b,
		              "  i%zu:\n    image: ${image.a}\n"
		              "    memory: 64Mi\n    ports: [1883]\n"
		              "    env: {N: n%zu, HOST: h%zu}\n",
		              i, i, i);
	text = arena_strndup(mem, b.s, b.len);
	strbuf_fini(&b);
	return text;
}

/* Where each object of an arena is a malloc() of its own, this says nothing. */
static void a_plan_without_changes_takes_little_memory(void **state)
{
	enum { OBJECTS = 4000, MOST = 6000 }; /* bytes of each */
	struct fixture *f = *state, again = {0};
	const char *text = many(&f->mem, OBJECTS);
	struct mallinfo2 before, after;

#ifdef ARENA_DEBUG
	skip();
#endif
	apply_text(f, text);
	plan_session_close(&f->s);
	memcpy(again.dir, f->dir, sizeof(again.dir));
	diags_init(&again.d);
	before = mallinfo2();
	assert_true(plan_text(&again, text, false));
	after = mallinfo2();
	assert_true(plan_is_empty(&again.p));
	assert_true(after.uordblks + after.hblkhd <
	            before.uordblks + before.hblkhd + (size_t)OBJECTS * MOST);
	plan_session_close(&again.s);
	diags_fini(&again.d);
	arena_free(&again.mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_new_is_created_after_what_it_needs),
		TEST(after_an_apply_there_is_nothing_to_do),
		TEST(what_stays_can_still_tell_its_body),
		TEST(what_is_gone_is_deleted_before_what_it_needed),
		TEST(a_user_is_changed_before_what_it_used_is_deleted),
		TEST(destroying_goes_backwards),
		TEST(a_group_is_needed_as_a_whole),
		TEST(one_member_of_a_group_may_be_used),
		TEST(a_protected_object_is_not_destroyed),
		TEST(a_kind_that_the_place_has_not_is_refused_with_its_block),
		TEST(twice_the_objects_take_twice_the_time),
		TEST(a_plan_without_changes_takes_little_memory),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
