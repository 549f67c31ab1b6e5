/*
 * compare.c - is a plan made now the one that was saved?
 *
 * When the world changed, what is wanted may differ only because of that, so
 * then only the world is talked about.
 */
#include <string.h>

#include "parser/base/strbuf.h"
#include "planner/saved/internal.h"

enum { MOST_LINES = 10 };

struct comparer {
	struct arena mem;
	const struct saved *then;
	struct saved_entry *now;
	size_t nr_now;
	struct map index; /* key -> entry of `now` */
	struct strbuf world, file;
	size_t nr_world, nr_file;
};

static void note(struct strbuf *b, size_t *n, const char *address,
                 const char *text)
{
	if ((*n)++ < MOST_LINES)
		strbuf_printf(b, "\n  %s: %s", address, text);
}

static void world(struct comparer *c, const struct saved_entry *e,
                  const char *text)
{
	note(&c->world, &c->nr_world, e->address, text);
}

static void file(struct comparer *c, const struct saved_entry *e,
                 const char *text)
{
	note(&c->file, &c->nr_file, e->address, text);
}

static void compare_seen(struct comparer *c, const struct saved_entry *then,
                         const struct saved_entry *now)
{
	if (!strcmp(then->seen, now->seen))
		return;
	if (!*then->seen)
		world(c, then, "exists now, and did not when planned");
	else if (!*now->seen)
		world(c, then, "was there when planned, and is gone");
	else
		world(c, then, "is not as it was when planned");
}

static void compare_pair(struct comparer *c, const struct saved_entry *then,
                         const struct saved_entry *now)
{
	compare_seen(c, then, now);
	if (strcmp(then->want, now->want) != 0)
		file(c, then, "something else is wanted of it now");
	else if (strcmp(then->action, now->action) != 0)
		file(c, then,
		     arena_printf(&c->mem, "planned was %s, now it is %s",
		                  then->action, now->action));
}

static void compare_then(struct comparer *c)
{
	for (size_t i = 0; i < c->then->n; i++) {
		const struct saved_entry *e = &c->then->entries[i];
		const struct saved_entry *now = map_get(&c->index, e->key);

		if (now)
			compare_pair(c, e, now);
		else if (*e->want)
			file(c, e, "is not wanted any more");
		else
			world(c, e, "was there when planned, and is gone");
	}
}

static void compare_new(struct comparer *c)
{
	struct map known;

	map_init(&known, &c->mem);
	for (size_t i = 0; i < c->then->n; i++)
		(void)map_add(&known, c->then->entries[i].key, c);
	for (size_t i = 0; i < c->nr_now; i++) {
		const struct saved_entry *e = &c->now[i];

		if (map_get(&known, e->key))
			continue;
		if (*e->want)
			file(c, e, "is wanted now, and was not when planned");
		else
			world(c, e, "exists now, and did not when planned");
	}
}

/* Is everything as the saved plan would have left it? */
static bool is_done(const struct comparer *c)
{
	bool any = false;

	for (size_t i = 0; i < c->then->n; i++) {
		const struct saved_entry *e = &c->then->entries[i];
		const struct saved_entry *now = map_get(&c->index, e->key);
		bool changed = strcmp(e->action, "none") != 0;

		any = any || changed;
		if (changed && (*e->want ? !now || strcmp(now->action, "none")
		                         : now != NULL))
			return false;
	}
	return any;
}

static struct err *stale(struct comparer *c)
{
	const struct strbuf *b = c->nr_world ? &c->world : &c->file;
	size_t n = c->nr_world ? c->nr_world : c->nr_file;
	const char *more = "";

	if (is_done(c))
		return err_new(ERR_CONFLICT, NO_POS,
		               "this plan was applied already");
	if (n > MOST_LINES)
		more = arena_printf(&c->mem, "\n  and %zu more",
		                    n - MOST_LINES);
	return err_hint(err_new(ERR_CONFLICT, NO_POS,
	                        "the plan is stale: %s changed since it was "
	                        "made%s%s",
	                        c->nr_world ? "the world" : "the stack", b->s,
	                        more),
	                "make a new plan and look at that");
}

/* What holds for all objects. */
static struct err *compare_stack(struct comparer *c, const struct plan *now)
{
	const struct saved *then = c->then;

	if (strcmp(then->stack, now->config->name) != 0)
		return err_new(ERR_CONFLICT, NO_POS,
		               "the plan is of stack \"%s\", and this is "
		               "\"%s\"",
		               then->stack, now->config->name);
	if (strcmp(then->site, now->config->site) != 0)
		return err_new(ERR_CONFLICT, NO_POS,
		               "the plan is of site \"%s\", and this is "
		               "\"%s\"",
		               then->site, now->config->site);
	if (strcmp(then->places, saved_places_digest(&c->mem, now)) != 0)
		return err_hint(err_new(ERR_CONFLICT, NO_POS,
		                        "the plan is stale: the providers have "
		                        "other settings now"),
		                "make a new plan and look at that");
	return NULL;
}

struct err *saved_compare(const struct saved *then, const struct plan *now)
{
	struct comparer c = {.then = then};
	struct err *e = compare_stack(&c, now);

	if (!e) {
		c.now = saved_entries(&c.mem, now, &c.nr_now);
		map_init(&c.index, &c.mem);
		for (size_t i = 0; i < c.nr_now; i++)
			(void)map_add(&c.index, c.now[i].key, &c.now[i]);
		compare_then(&c);
		compare_new(&c);
		if (c.nr_world || c.nr_file)
			e = stale(&c);
	}
	strbuf_fini(&c.world);
	strbuf_fini(&c.file);
	arena_free(&c.mem);
	return e;
}
