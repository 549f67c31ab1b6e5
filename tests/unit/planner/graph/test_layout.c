#include "planner/graph/layout.h"

#include "tests/lib/test.h"

static const struct graph_sizes sizes = {
	.box_width = 100, .box_height = 20, .gap_x = 40, .gap_y = 10};

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

/* No box is over another one, and all are within the drawing. */
static void boxes_are_apart(const struct graph_layout *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(l->at[i].x >= 50 && l->at[i].x <= l->width - 50);
		assert_true(l->at[i].y >= 9.9 && l->at[i].y <= l->height - 9.9);
		for (size_t j = 0; j < i; j++) {
			double dx = l->at[i].x - l->at[j].x;
			double dy = l->at[i].y - l->at[j].y;

			dx = dx < 0 ? -dx : dx;
			dy = dy < 0 ? -dy : dy;
			assert_true(dx >= 99.9 || dy >= 19.9);
		}
	}
}

static void what_comes_after_is_further_right(void **state)
{
	struct arena *mem = *state;
	struct graph_edges e = {0};
	struct graph_layout l;

	graph_add_edge(mem, &e, 0, 1);
	graph_add_edge(mem, &e, 1, 2);
	graph_add_edge(mem, &e, 0, 2); /* passes layer 1 in a bend */
	graph_add_edge(mem, &e, 0, 3);
	l = graph_lay_out(mem, 4, &e, &sizes);
	boxes_are_apart(&l, 4);
	for (size_t i = 0; i < e.n; i++) {
		const struct graph_line *line = &l.lines[i];

		assert_true(l.at[e.v[i].before].x < l.at[e.v[i].after].x);
		for (size_t j = 1; j < line->n; j++)
			assert_true(line->v[j - 1].x < line->v[j].x);
	}
	assert_int_equal(l.lines[0].n, 2);
	assert_int_equal(l.lines[2].n, 3);
	/* The bend is not within the box it passes. */
	assert_true(l.lines[2].v[1].y < l.at[1].y - 10 ||
	            l.lines[2].v[1].y > l.at[1].y + 10);
}

static size_t crossings(const struct graph_layout *l,
                        const struct graph_edges *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		for (size_t j = 0; j < i; j++) {
			double a = l->at[e->v[i].before].y -
			           l->at[e->v[j].before].y;
			double b =
				l->at[e->v[i].after].y - l->at[e->v[j].after].y;

			n += a * b < 0;
		}
	return n;
}

static void lines_do_not_cross_without_need(void **state)
{
	struct arena *mem = *state;
	struct graph_edges e = {0};
	struct graph_layout l;

	/* Given crosswise. */
	for (size_t i = 0; i < 6; i++)
		graph_add_edge(mem, &e, i, 6 + (5 - i));
	l = graph_lay_out(mem, 12, &e, &sizes);
	boxes_are_apart(&l, 12);
	assert_int_equal(crossings(&l, &e), 0);
}

static void nothing_and_one_box_are_drawings(void **state)
{
	struct graph_edges none = {0};
	struct graph_layout l = graph_lay_out(*state, 0, &none, &sizes);

	assert_true(l.height >= 0);
	l = graph_lay_out(*state, 1, &none, &sizes);
	boxes_are_apart(&l, 1);
}

static void long_chains_do_not_recurse(void **state)
{
	struct arena *mem = *state;
	enum { LONG = 50 * 1000 };
	struct graph_edges e = {0};
	struct graph_layout l;

	for (size_t i = 1; i < LONG; i++)
		graph_add_edge(mem, &e, i - 1, i);
	graph_add_edge(mem, &e, 0, LONG - 1);
	l = graph_lay_out(mem, LONG, &e, &sizes);
	assert_true(l.at[LONG - 1].x > l.at[0].x);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_after_is_further_right),
		TEST(lines_do_not_cross_without_need),
		TEST(nothing_and_one_box_are_drawings),
		TEST(long_chains_do_not_recurse),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
