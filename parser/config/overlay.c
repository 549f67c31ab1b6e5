/*
 * overlay.c - a site's `override:` laid over the stack's file.
 *
 *	base      overlay          result
 *	map       map              merged by key, deeply
 *	any       any              replaced
 *	list      !append [...]    added at the end; !prepend at the start
 *	any       !delete          removed
 *	map       !replace {...}   the whole map replaced
 *	absent    resource body    an error, unless tagged !new
 */
#include <string.h>

#include "parser/config/internal.h"

struct overlay {
	struct arena *mem;
	struct diags *diags;
	struct loader *l;
	bool failed;
};

enum { SECTION_LEVEL = 1, BODY_LEVEL = 2 }; /* images: / images.broker */

static bool tagged(const struct yaml_node *n, const char *tag)
{
	return n->tagged && !strcmp(yaml_tag(n), tag);
}

static struct yaml_node *copy(struct overlay *o, const struct yaml_node *n)
{
	struct yaml_node *c = ARENA_NEW(o->mem, struct yaml_node);

	*c = *n;
	c->tagged = false;
	return c;
}

static void report(struct overlay *o, struct src_span at, const char *text)
{
	diags_error(o->diags, DIAG_OVERLAY, at, "%s", text);
	o->failed = true;
}

/* Remember what was replaced, for messages about what replaced it. */
static void note(struct overlay *o, const struct yaml_node *base,
                 const struct yaml_node *over)
{
	struct config_overridden *n =
		ARENA_NEW(o->mem, struct config_overridden);

	*n = (struct config_overridden){base, over, o->l->config->overridden};
	o->l->config->overridden = n;
}

static const struct yaml_node *join(struct overlay *o,
                                    const struct yaml_node *place,
                                    const struct yaml_node *a,
                                    const struct yaml_node *b)
{
	struct yaml_node *all = copy(o, place);
	const struct yaml_node **v = ARENA_ARRAY(
		o->mem, const struct yaml_node *, a->list.n + b->list.n);

	for (size_t i = 0; i < a->list.n; i++)
		v[i] = a->list.v[i];
	for (size_t i = 0; i < b->list.n; i++)
		v[a->list.n + i] = b->list.v[i];
	all->list.v = v;
	all->list.n = a->list.n + b->list.n;
	return all;
}

static const struct yaml_node *merge_maps(struct overlay *o,
                                          const struct yaml_node *base,
                                          const struct yaml_node *over,
                                          unsigned level);

static const struct yaml_node *merge(struct overlay *o,
                                     const struct yaml_node *base,
                                     const struct yaml_node *over,
                                     unsigned level)
{
	bool append = tagged(over, "!append"),
	     prepend = tagged(over, "!prepend");

	if (append || prepend) {
		if (base->kind == YAML_IS_LIST && over->kind == YAML_IS_LIST)
			return append ? join(o, over, base, over)
			              : join(o, over, over, base);
		report(o, yaml_at(over), "only a list can be added to a list");
		return base;
	}
	if (tagged(over, "!replace")) {
		note(o, base, over);
		return copy(o, over);
	}
	if (tagged(over, "!new")) {
		report(o, yaml_at(over), "this is not new: the stack has it");
		return base;
	}
	if (base->kind == YAML_IS_MAP && over->kind == YAML_IS_MAP)
		return merge_maps(o, base, over, level);
	note(o, base, over);
	return over;
}

/* A name that `base` does not have: perhaps another was meant. */
static void report_absent(struct overlay *o, const struct yaml_node *base,
                          const struct yaml_node *key, const char *text)
{
	struct str_guess near = {.word = key->scalar.s};
	struct diag *m =
		diags_error(o->diags, DIAG_OVERLAY, yaml_at(key), "%s", text);

	for (size_t i = 0; i < base->map.n; i++)
		str_guess_try(&near, base->map.v[i].key->scalar.s);
	if (near.best)
		diag_label(o->diags, m, "did you mean \"%s\"?", near.best);
	o->failed = true;
}

/* What the base does not have. */
static const struct yaml_node *add(struct overlay *o,
                                   const struct yaml_node *base,
                                   const struct yaml_pair *pair, unsigned level)
{
	const struct yaml_node *over = pair->value;

	if (tagged(over, "!new"))
		return copy(o, over);
	if (tagged(over, "!delete") || tagged(over, "!append") ||
	    tagged(over, "!prepend") || tagged(over, "!replace"))
		report_absent(o, base, pair->key,
		              "the stack has nothing of that name");
	else if (level == BODY_LEVEL)
		report_absent(o, base, pair->key,
		              "the stack has nothing of that name; tag it !new "
		              "if it is meant to be added");
	return over;
}

static const struct yaml_node *merge_maps(struct overlay *o,
                                          const struct yaml_node *base,
                                          const struct yaml_node *over,
                                          unsigned level)
{
	struct yaml_node *all = copy(o, base);
	struct yaml_pair *v = ARENA_ARRAY(o->mem, struct yaml_pair,
	                                  base->map.n + over->map.n);
	struct map changes, known;
	size_t n = 0;

	map_init(&changes, o->mem);
	map_init(&known, o->mem);
	for (size_t i = 0; i < over->map.n; i++)
		(void)map_add(&changes, over->map.v[i].key->scalar.s,
		              over->map.v[i].value);
	for (size_t i = 0; i < base->map.n; i++) {
		const char *key = base->map.v[i].key->scalar.s;
		const struct yaml_node *change = map_get(&changes, key);

		(void)map_add(&known, key, base);
		v[n] = base->map.v[i];
		if (change && tagged(change, "!delete"))
			continue;
		if (change)
			v[n].value = merge(o, v[n].value, change, level + 1);
		n++;
	}
	for (size_t i = 0; i < over->map.n; i++) {
		v[n] = over->map.v[i];
		if (map_get(&known, v[n].key->scalar.s))
			continue;
		v[n].value = add(o, base, &over->map.v[i], level + 1);
		n++;
	}
	all->map.v = v;
	all->map.n = (uint32_t)n;
	return all;
}

static bool lies_within(struct src_pos p, const struct yaml_node *n)
{
	if (!p.file || strcmp(p.file, n->file->name) || p.line < n->line ||
	    p.line > n->end_line)
		return false;
	if (p.line == n->line && p.col < n->col)
		return false;
	return p.line < n->end_line || p.col <= n->end_col;
}

void config_show_overridden(const struct config *c, struct diags *d)
{
	for (size_t i = 0; c->overridden && i < d->n; i++) {
		struct diag *m = &d->v[i];

		for (const struct config_overridden *o = c->overridden;
		     o && !m->places; o = o->next)
			if (lies_within(m->at.pos, o->over))
				diag_also(d, m, yaml_at(o->base),
				          "it replaces this");
	}
}

const struct yaml_node *config_overlay(struct loader *l,
                                       const struct yaml_node *over)
{
	struct overlay o = {.mem = l->mem, .diags = l->diags, .l = l};
	const struct yaml_node *all;

	if (over->kind != YAML_IS_MAP) {
		report(&o, yaml_at(over), "override must be a map");
		return NULL;
	}
	all = merge_maps(&o, l->root, over, 0);
	return o.failed ? NULL : all;
}
