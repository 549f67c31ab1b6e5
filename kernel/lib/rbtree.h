/*
 * rbtree.h - balanced trees whose links are members of what they link.
 *
 * Red-black trees with parent pointers: insertion and removal take O(log n) and
 * at most three rotations. The caller finds the place.
 */
#ifndef KERNEL_LIB_RBTREE_H
#define KERNEL_LIB_RBTREE_H

#include <stdbool.h>
#include <stddef.h>

struct rb_node {
	struct rb_node *parent, *child[2]; /* left, right */
	bool red;
};

struct rb_tree {
	struct rb_node *root;
};

/* Link `n` below `parent` as child[side] (NULL parent: the root), balance. */
void rb_insert(struct rb_tree *t, struct rb_node *n, struct rb_node *parent,
               int side);
void rb_remove(struct rb_tree *t, struct rb_node *n);

/* In order; NULL at the end. */
struct rb_node *rb_first(const struct rb_tree *t);
struct rb_node *rb_last(const struct rb_tree *t);
struct rb_node *rb_next(const struct rb_node *n);
struct rb_node *rb_prev(const struct rb_node *n);

#endif
