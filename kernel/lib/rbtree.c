/* rbtree.c - red-black trees (Cormen et al., Introduction to Algorithms, 13).
 */
#include "kernel/lib/rbtree.h"

static int side_of(const struct rb_node *n)
{
	return n->parent->child[1] == n;
}

/* Put `n` (may be NULL) where `old` hangs. */
static void replace(struct rb_tree *t, struct rb_node *old, struct rb_node *n)
{
	if (!old->parent)
		t->root = n;
	else
		old->parent->child[side_of(old)] = n;
	if (n)
		n->parent = old->parent;
}

/* Turn so that n sinks to `side` and its other child rises. */
static void rotate(struct rb_tree *t, struct rb_node *n, int side)
{
	struct rb_node *up = n->child[!side];

	n->child[!side] = up->child[side];
	if (up->child[side])
		up->child[side]->parent = n;
	replace(t, n, up);
	up->child[side] = n;
	n->parent = up;
}

static bool is_red(const struct rb_node *n)
{
	return n && n->red;
}

void rb_insert(struct rb_tree *t, struct rb_node *n, struct rb_node *parent,
               int side)
{
	n->parent = parent;
	n->child[0] = n->child[1] = NULL;
	n->red = true;
	if (parent)
		parent->child[side] = n;
	else
		t->root = n;

	while (is_red(n->parent)) {
		struct rb_node *p = n->parent, *g = p->parent;
		int s = side_of(p);
		struct rb_node *uncle = g->child[!s];

		if (is_red(uncle)) {
			p->red = uncle->red = false;
			g->red = true;
			n = g;
			continue;
		}
		if (side_of(n) != s) {
			rotate(t, p, s);
			p = n;
		}
		p->red = false;
		g->red = true;
		rotate(t, g, !s);
		break;
	}
	t->root->red = false;
}

/* The black height at parent->child[s] is one too small: mend it. */
static void rebalance(struct rb_tree *t, struct rb_node *parent, int s)
{
	while (parent && !is_red(parent->child[s])) {
		struct rb_node *sib = parent->child[!s];

		if (sib->red) {
			sib->red = false;
			parent->red = true;
			rotate(t, parent, s);
			sib = parent->child[!s];
		}
		if (!is_red(sib->child[0]) && !is_red(sib->child[1])) {
			sib->red = true;
			if (!parent->parent)
				return;
			s = side_of(parent);
			parent = parent->parent;
			continue;
		}
		if (!is_red(sib->child[!s])) {
			sib->child[s]->red = false;
			sib->red = true;
			rotate(t, sib, !s);
			sib = parent->child[!s];
		}
		sib->red = parent->red;
		parent->red = false;
		sib->child[!s]->red = false;
		rotate(t, parent, s);
		return;
	}
	if (parent)
		parent->child[s]->red = false;
}

void rb_remove(struct rb_tree *t, struct rb_node *n)
{
	struct rb_node *parent, *child;
	bool black;
	int s;

	if (n->child[0] && n->child[1]) {
		struct rb_node *next = rb_next(n);

		/* The successor takes n's place and colour. */
		black = !next->red;
		child = next->child[1];
		parent = next->parent == n ? next : next->parent;
		s = next->parent == n ? 1 : 0;
		if (next->parent != n) {
			replace(t, next, child);
			next->child[1] = n->child[1];
			next->child[1]->parent = next;
		}
		replace(t, n, next);
		next->child[0] = n->child[0];
		next->child[0]->parent = next;
		next->red = n->red;
	} else {
		black = !n->red;
		child = n->child[0] ? n->child[0] : n->child[1];
		parent = n->parent;
		s = parent ? side_of(n) : 0;
		replace(t, n, child);
	}
	if (!black)
		return;
	if (is_red(child))
		child->red = false;
	else if (parent)
		rebalance(t, parent, s);
}

static struct rb_node *outermost(struct rb_node *n, int side)
{
	while (n && n->child[side])
		n = n->child[side];
	return n;
}

static struct rb_node *step(const struct rb_node *n, int side)
{
	if (n->child[side])
		return outermost(n->child[side], !side);
	while (n->parent && side_of(n) == side)
		n = n->parent;
	return n->parent;
}

struct rb_node *rb_first(const struct rb_tree *t)
{
	return outermost(t->root, 0);
}

struct rb_node *rb_last(const struct rb_tree *t)
{
	return outermost(t->root, 1);
}

struct rb_node *rb_next(const struct rb_node *n)
{
	return step(n, 1);
}

struct rb_node *rb_prev(const struct rb_node *n)
{
	return step(n, 0);
}
