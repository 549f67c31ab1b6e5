#include "kernel/lib/rbtree.h"

#include "kernel/lib/attr.h"
#include "tests/lib/test.h"

#include <stdlib.h>

enum { MANY = 2000 };

struct item {
	struct rb_node node;
	int key;
	bool in;
};

static struct item items[MANY];

static struct item *item_of(struct rb_node *n)
{
	return n ? CONTAINER_OF(n, struct item, node) : NULL;
}

static void insert(struct rb_tree *t, struct item *i)
{
	struct rb_node *parent = NULL, **link = &t->root;
	int side = 0;

	while (*link) {
		parent = *link;
		side = i->key > item_of(parent)->key;
		link = &parent->child[side];
	}
	rb_insert(t, &i->node, parent, side);
	i->in = true;
}

/* The black height below `n`; fails where the rules are broken. */
static int check(const struct rb_node *n, const struct rb_node *parent)
{
	int left, right;

	if (!n)
		return 1;
	assert_ptr_equal(n->parent, parent);
	assert_false(n->red && parent && parent->red);
	left = check(n->child[0], n);
	right = check(n->child[1], n);
	assert_int_equal(left, right);
	return left + !n->red;
}

static void check_order(const struct rb_tree *t, int expected)
{
	int n = 0, last = -1;

	for (struct rb_node *i = rb_first(t); i; i = rb_next(i), n++) {
		assert_true(item_of(i)->key > last);
		last = item_of(i)->key;
	}
	assert_int_equal(n, expected);
	for (struct rb_node *i = rb_last(t); i; i = rb_prev(i))
		n--;
	assert_int_equal(n, 0);
}

static void an_empty_tree_has_no_first_and_no_last(void **state)
{
	struct rb_tree t = {0};

	(void)state;
	assert_null(rb_first(&t));
	assert_null(rb_last(&t));
}

static void the_rules_hold_after_every_random_step(void **state)
{
	struct rb_tree t = {0};
	unsigned seed = 1;
	int in = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		items[i] = (struct item){.key = i};
	for (int step = 0; step < 3 * MANY; step++) {
		struct item *i;

		seed = seed * 1103515245 + 12345;
		i = &items[(seed >> 8) % MANY];
		if (i->in) {
			rb_remove(&t, &i->node);
			i->in = false;
			in--;
		} else {
			insert(&t, i);
			in++;
		}
		if (step % 16 == 0) {
			check(t.root, NULL);
			check_order(&t, in);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_tree_has_no_first_and_no_last),
		cmocka_unit_test(the_rules_hold_after_every_random_step),
	};

	return cmocka_run_group_tests_name("rbtree", tests, NULL, NULL);
}
