/* select.c - a part of a plan: --target, --exclude, --replace. */
#include <string.h>

#include "parser/base/str.h"
#include "planner/plan/internal.h"

/*
 * `*` is any text, `?` one byte; brackets are what addresses have. When the
 * rest does not fit, the last star takes one byte more.
 */
static bool glob(const char *pattern, const char *s, size_t len)
{
	const char *end = s + len, *star = NULL, *retry = NULL;

	while (s < end) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = s;
		} else if (*pattern && (*pattern == '?' || *pattern == *s)) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star;
			s = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool plan_matches(const char *pattern, const char *address)
{
	return glob(pattern, address, strlen(address)) ||
	       glob(pattern, address, strcspn(address, "["));
}

bool plan_matches_any(const char *const *patterns, size_t n,
                      const char *address)
{
	for (size_t i = 0; i < n; i++)
		if (plan_matches(patterns[i], address))
			return true;
	return false;
}

static bool is_object(const struct plan_node *n)
{
	return n->want || n->have;
}

void plan_report_unmatched(struct planner *p, const char *option,
                           const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str_guess near = {.word = patterns[i]};
		struct diag *m;
		size_t j;

		for (j = 0; j < p->plan->n; j++) {
			const struct plan_node *node = &p->plan->nodes[j];

			if (!is_object(node))
				continue;
			if (plan_matches(patterns[i], plan_address(node)))
				break;
			str_guess_try(&near, plan_address(node));
		}
		if (j < p->plan->n)
			continue;
		m = diags_error(p->diags, DIAG_UNDEFINED, (struct src_span){0},
		                "%s \"%s\" matches no object", option,
		                patterns[i]);
		if (near.best)
			diag_note(p->diags, m, "did you mean \"%s\"?",
			          near.best);
	}
}

static void leave_out(struct plan *plan, struct plan_node *n)
{
	if (!plan_is_change(n))
		return;
	plan->nr_left_out += !n->successor;
	n->left_out = true;
	n->diff = (struct diff){.action = DIFF_NONE};
	n->create_first = false;
}

/* Everything that must come before something chosen is chosen, too. */
static void keep_targets(struct planner *p, const struct graph *g,
                         const size_t *order, size_t n)
{
	bool *chosen = ARENA_ARRAY(&p->tmp, bool, p->plan->n);

	for (size_t at = n; at-- > 0;) {
		size_t i = order[at];
		struct plan_node *node = &p->plan->nodes[i];

		chosen[i] =
			is_object(node) &&
			plan_matches_any(p->how->targets, p->how->nr_targets,
		                         plan_address(node));
		for (size_t j = g->first[i]; j < g->first[i + 1]; j++)
			chosen[i] = chosen[i] || chosen[g->after[j]];
	}
	/* What a replacement leaves behind goes with it. */
	for (size_t i = 0; i < p->plan->n; i++) {
		struct plan_node *node = &p->plan->nodes[i];
		bool keep = node->successor
		                    ? chosen[node->successor - p->plan->nodes]
		                    : chosen[i];

		if (!keep)
			leave_out(p->plan, node);
	}
}

/* What comes after a change that is left out is left out, too. */
static void drop_excludes(struct planner *p, const struct graph *g,
                          const size_t *order, size_t n)
{
	bool *out = ARENA_ARRAY(&p->tmp, bool, p->plan->n);

	for (size_t at = 0; at < n; at++) {
		size_t i = order[at];
		struct plan_node *node = &p->plan->nodes[i];

		if (is_object(node)) {
			out[i] = plan_is_change(node) &&
			         (out[i] ||
			          plan_matches_any(p->how->excludes,
			                           p->how->nr_excludes,
			                           plan_address(node)));
			if (out[i])
				leave_out(p->plan, node);
		}
		for (size_t j = g->first[i]; j < g->first[i + 1]; j++)
			out[g->after[j]] = out[g->after[j]] || out[i];
	}
}

void plan_select(struct planner *p)
{
	const struct plan_options *how = p->how;
	size_t *order, n;
	struct graph g;

	plan_report_unmatched(p, "--target", how->targets, how->nr_targets);
	plan_report_unmatched(p, "--exclude", how->excludes, how->nr_excludes);
	plan_report_unmatched(p, "--replace", how->replaces, how->nr_replaces);
	if (!how->nr_targets && !how->nr_excludes)
		return;
	g = graph_build(&p->tmp, p->plan->n, &p->edges);
	order = ARENA_ARRAY(&p->tmp, size_t, p->plan->n);
	n = graph_order(&p->tmp, &g, order);
	if (how->nr_targets)
		keep_targets(p, &g, order, n);
	if (how->nr_excludes)
		drop_excludes(p, &g, order, n);
}
