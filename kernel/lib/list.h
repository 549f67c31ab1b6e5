/*
 * list.h - doubly linked lists whose links are members of what they link.
 *
 * A list is a ring with a head that is no element. An element that is in no
 * list has a node that points at itself after list_init(), or is zero.
 */
#ifndef KERNEL_LIB_LIST_H
#define KERNEL_LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/attr.h"

struct list {
	struct list *next, *prev;
};

#define LIST_HEAD(name)                                                        \
	{                                                                      \
		&(name), &(name)                                               \
	}

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* Is this node in a list? Also true to ask of a zeroed node. */
static inline bool list_linked(const struct list *n)
{
	return n->next && n->next != n;
}

static inline void list_insert_after(struct list *at, struct list *n)
{
	n->next = at->next;
	n->prev = at;
	at->next->prev = n;
	at->next = n;
}

/* At the front, at the back. */
static inline void list_push(struct list *l, struct list *n)
{
	list_insert_after(l, n);
}

static inline void list_append(struct list *l, struct list *n)
{
	list_insert_after(l->prev, n);
}

/* Taking out what is in no list does nothing. */
static inline void list_remove(struct list *n)
{
	if (!list_linked(n))
		return;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

/* The first element, taken out; NULL when there is none. */
static inline struct list *list_pop(struct list *l)
{
	struct list *n = l->next;

	if (n == l)
		return NULL;
	list_remove(n);
	return n;
}

#define LIST_ENTRY(node, T, member) CONTAINER_OF(node, T, member)

/* `n` is a struct list *; the element may not be removed inside the loop. */
#define LIST_EACH(n, head)                                                     \
	for (struct list *n = (head)->next; n != (head); n = n->next)

/* The same, and `n` may be removed. */
#define LIST_EACH_SAFE(n, after, head)                                         \
	for (struct list *n = (head)->next, *after = n->next; n != (head);     \
	     n = after, after = n->next)

#endif
