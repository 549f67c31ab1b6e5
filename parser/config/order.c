/* order.c - depth first, without recursion: a chain may be as long as a file.
 */
#include "parser/config/internal.h"

enum mark { NEW, OPEN, DONE };

struct walk {
	const size_t *first, *to;
	size_t *next;  /* the use of each node to look at next */
	size_t *stack; /* open nodes */
	size_t depth;
	unsigned char *marks;
};

static void enter(struct walk *w, size_t node)
{
	w->marks[node] = OPEN;
	w->next[node] = w->first[node];
	w->stack[w->depth++] = node;
}

/* The uses that lead from `node`, which is open, back to itself. */
static size_t unroll(const struct walk *w, size_t node, size_t *out)
{
	size_t i = 0, n = 0;

	while (w->stack[i] != node)
		i++;
	for (; i < w->depth; i++)
		out[n++] = w->next[w->stack[i]] - 1;
	return n;
}

/* One step from the open node on top; false when it closes a cycle. */
static bool step(struct walk *w, size_t *order, size_t *count)
{
	size_t node = w->stack[w->depth - 1], use;

	if (w->next[node] == w->first[node + 1]) {
		w->marks[node] = DONE;
		order[(*count)++] = node;
		w->depth--;
		return true;
	}
	use = w->to[w->next[node]++];
	if (w->marks[use] == OPEN) {
		*count = unroll(w, use, order);
		return false;
	}
	if (w->marks[use] == NEW)
		enter(w, use);
	return true;
}

bool config_order(struct arena *mem, size_t n, const size_t *first,
                  const size_t *to, size_t *order, size_t *count)
{
	struct walk w = {.first = first, .to = to};

	w.next = ARENA_ARRAY(mem, size_t, n);
	w.stack = ARENA_ARRAY(mem, size_t, n);
	w.marks = ARENA_ARRAY(mem, unsigned char, n);
	*count = 0;
	for (size_t root = 0; root < n; root++) {
		if (w.marks[root] == NEW)
			enter(&w, root);
		while (w.depth)
			if (!step(&w, order, count))
				return false;
	}
	return true;
}
