#include "planner/graph/graph.h"

#include "tests/lib/test.h"

#include <malloc.h>
#include <time.h>

static int setup(void **state)
{
	static struct arena a;

	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void what_is_needed_comes_first(void **state)
{
	struct graph_edges e = {0};
	size_t order[4];
	struct graph g;

	graph_add_edge(*state, &e, 3, 1);
	graph_add_edge(*state, &e, 1, 0);
	graph_add_edge(*state, &e, 3, 1); /* twice does no harm */
	g = graph_build(*state, 4, &e);
	assert_int_equal(graph_order(*state, &g, order), 4);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 3);
	assert_int_equal(order[2], 1);
	assert_int_equal(order[3], 0);
}

static void a_circle_is_left_out(void **state)
{
	struct graph_edges e = {0};
	size_t order[3];
	struct graph g;

	graph_add_edge(*state, &e, 0, 1);
	graph_add_edge(*state, &e, 1, 2);
	graph_add_edge(*state, &e, 2, 1);
	g = graph_build(*state, 3, &e);
	assert_int_equal(graph_order(*state, &g, order), 1);
}

static void an_empty_graph_has_an_order(void **state)
{
	struct graph_edges e = {0};
	struct graph g = graph_build(*state, 0, &e);

	assert_int_equal(graph_order(*state, &g, NULL), 0);
}

/* Milliseconds for a chain and a fan of n nodes; the least of a few tries. */
static double cost(size_t n)
{
	double best = 1e9;

	for (int i = 0; i < 3; i++) {
		struct arena mem = {0};
		struct graph_edges e = {0};
		size_t *order = ARENA_ARRAY(&mem, size_t, n);
		struct timespec a, b;
		struct graph g;
		double ms;

		for (size_t j = 1; j < n; j++) {
			graph_add_edge(&mem, &e, j - 1, j);
			graph_add_edge(&mem, &e, 0, j);
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		g = graph_build(&mem, n, &e);
		assert_int_equal(graph_order(&mem, &g, order), n);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
		     (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
		arena_free(&mem);
	}
	return best;
}

/* A quadratic step would make it four times; machines are noisy. */
static void twice_the_nodes_take_twice_the_time(void **state)
{
	double ratio = 0;

	/* Large blocks are always new: else the allocator is what we measure.
	 */
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	(void)state;
	for (int tries = 0; tries < 5; tries++) {
		ratio = cost(400000) / cost(200000);
		if (ratio < 2.3)
			return;
	}
	fail_msg("twice the nodes took %.1f times as long", ratio);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_needed_comes_first),
		TEST(a_circle_is_left_out),
		TEST(an_empty_graph_has_an_order),
		TEST(twice_the_nodes_take_twice_the_time),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
