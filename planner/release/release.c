/* release.c - records: made, read, and removed in time. */
#include "planner/release/release.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "planner/apply/apply.h"
#include "planner/plan/plan.h"
#include "planner/release/commit.h"

/* --- making one ----------------------------------------------------------- */

static const struct value *now(struct arena *mem)
{
	char text[40];
	time_t t = time(NULL);
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	return value_string(mem, text);
}

static const struct value *myself(struct arena *mem)
{
	char host[256] = "";
	struct passwd *user = getpwuid(getuid());

	(void)gethostname(host, sizeof(host) - 1);
	return value_string(mem, arena_printf(mem, "%s@%s",
	                                      user ? user->pw_name : "somebody",
	                                      host));
}

/*
 * Is the object of node `i` there, now that it is over? Before it began (`r` is
 * NULL): will it be there all the while?
 */
static bool remains(const struct plan *p, const struct apply_result *r,
                    size_t i)
{
	const struct plan_node *n = &p->nodes[i];

	if ((!n->want && !n->have) || n->successor)
		return false;
	switch (n->diff.action) {
	case DIFF_CREATE:
		return r && r->states[i] == APPLY_DONE;
	case DIFF_REPLACE:
		return (r && r->states[i] != APPLY_FAILED) || n->create_first;
	case DIFF_DELETE:
		return r && r->states[i] != APPLY_DONE;
	case DIFF_NONE:
	case DIFF_UPDATE:
		break;
	}
	return n->have != NULL;
}

static const struct value *objects(struct arena *mem, const struct plan *p,
                                   const struct apply_result *r)
{
	const struct value **v = ARENA_ARRAY(mem, const struct value *, p->n);
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (remains(p, r, i))
			v[n++] = value_string(mem, plan_address(&p->nodes[i]));
	return value_list(mem, v, n);
}

static const char *digest_at(const struct plan *p, const struct apply_result *r,
                             size_t i)
{
	const struct plan_node *n = &p->nodes[i];
	const struct value *now = r ? r->values[i] : n->value;
	const struct value *v = n->want ? now : n->have ? n->have->attrs : NULL;

	return value_get_string(v, "digest", NULL);
}

/* The images there are then, also those that no instance boots any more. */
static const struct value *images(struct arena *mem, const struct plan *p,
                                  const struct apply_result *r)
{
	struct value_entry *v = ARENA_ARRAY(mem, struct value_entry, p->n);
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_node *node = &p->nodes[i];
		const char *digest = digest_at(p, r, i);

		if ((node->want || remains(p, r, i)) && digest &&
		    !strcmp(plan_kind(node), "image"))
			v[n++] = (struct value_entry){
				.key = plan_address(node),
				.value = value_string(mem, digest)};
	}
	return value_map(mem, v, n);
}

static const struct value *count(struct arena *mem, size_t n)
{
	return value_int(mem, (int64_t)n);
}

static size_t count_changes(const struct plan *p)
{
	return p->counts[DIFF_CREATE] + p->counts[DIFF_UPDATE] +
	       p->counts[DIFF_REPLACE] + p->counts[DIFF_DELETE];
}

/* What is known of it before it begins. */
static const struct value *plan_of(struct arena *mem, const struct plan *p,
                                   const char *command)
{
	const struct config *c = p->config;
	bool dirty;
	const char *commit = release_commit(mem, c->dir, &dirty);
	const struct value_entry v[] = {
		{.key = "by", .value = myself(mem)},
		{.key = "commit",
	         .value = commit ? value_string(mem, commit) : value_null()},
		{.key = "dirty", .value = value_bool(dirty)},
		{.key = "version", .value = value_string(mem, MISO_VERSION)},
		{.key = "command", .value = value_string(mem, command)},
		{.key = "planned", .value = count(mem, count_changes(p))},
		{.key = "config",
	         .value = value_string(mem, config_text(mem, c))},
		{.key = "vars", .value = config_var_values(mem, c)},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

/* `record`, with how things are. `r` is NULL until it is finished. */
static const struct value *with_state(struct arena *mem,
                                      const struct value *record,
                                      const struct plan *p,
                                      const struct apply_result *r)
{
	const struct value_entry v[] = {
		{.key = "when", .value = now(mem)},
		{.key = "finished", .value = value_bool(r != NULL)},
		{.key = "done", .value = count(mem, r ? r->done : 0)},
		{.key = "failed", .value = count(mem, r ? r->failed : 0)},
		{.key = "not_tried", .value = count(mem, r ? r->waiting : 0)},
		{.key = "objects", .value = objects(mem, p, r)},
		{.key = "images", .value = images(mem, p, r)},
		{.key = "inputs", .value = config_inputs(mem, p->config)},
	};

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		record = value_with(mem, record, v[i].key, v[i].value);
	return record;
}

/* --- numbers -------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

/* Of all places, each once, from low to high. */
static struct err *numbers(struct arena *mem, struct plan_session *s,
                           unsigned **v, size_t *n)
{
	size_t cap = 0, kept = 0;
	struct err *e = NULL;

	*v = NULL;
	*n = 0;
	for (size_t i = 0; i < s->nr_places && !e; i++) {
		const struct plan_place *p = &s->places[i];
		unsigned *here = NULL;
		size_t nr = 0;

		if (p->ops->records)
			e = p->ops->records->list(p->provider, mem, &here, &nr);
		for (size_t j = 0; j < nr; j++) {
			ARENA_RESERVE(mem, unsigned, *v, *n, cap);
			(*v)[(*n)++] = here[j];
		}
	}
	if (*n)
		qsort(*v, *n, sizeof(**v), by_number);
	for (size_t i = 0; i < *n; i++)
		if (!i || (*v)[i] != (*v)[i - 1])
			(*v)[kept++] = (*v)[i];
	*n = kept;
	return e;
}

typedef struct err *write_fn(struct provider *p, unsigned number,
                             const char *text);

static write_fn *as_new(const struct record_ops *ops)
{
	return ops->write;
}

static write_fn *in_place(const struct record_ops *ops)
{
	return ops->replace;
}

static struct err *write_everywhere(struct plan_session *s,
                                    write_fn *(*how)(const struct record_ops *),
                                    unsigned number, const char *text)
{
	struct err *e = NULL;

	for (size_t i = 0; i < s->nr_places && !e; i++) {
		const struct plan_place *p = &s->places[i];

		if (p->ops->records)
			e = how(p->ops->records)(p->provider, number, text);
		if (e)
			e = err_wrap(e, NO_POS, "provider \"%s\"", p->name);
	}
	return e;
}

/* --- writing -------------------------------------------------------------- */

struct release_draft {
	struct arena *mem;
	const struct value *record;
	unsigned number; /* 0: nothing is written yet */
};

struct release_draft *release_draft(struct arena *mem, const struct plan *p,
                                    const char *command)
{
	struct release_draft *d = ARENA_NEW(mem, struct release_draft);

	*d = (struct release_draft){mem, plan_of(mem, p, command), 0};
	return d;
}

/* Under the next number. */
static struct err *write_new(struct release_draft *d, const struct plan *p,
                             const struct apply_result *r)
{
	unsigned *have, number;
	const struct value *record;
	size_t n;
	struct err *e = numbers(d->mem, p->session, &have, &n);

	if (e)
		return e;
	number = n ? have[n - 1] + 1 : 1;
	d->record = value_with(d->mem, d->record, "number",
	                       value_int(d->mem, number));
	record = with_state(d->mem, d->record, p, r);
	e = write_everywhere(p->session, as_new, number,
	                     value_to_json(d->mem, record));
	if (!e)
		d->number = number;
	return e;
}

struct err *release_begin(struct release_draft *d, const struct plan *p)
{
	return write_new(d, p, NULL);
}

struct err *release_finish(struct release_draft *d, const struct plan *p,
                           const struct apply_result *r)
{
	const struct value *record;

	if (!d->number)
		return write_new(d, p, r);
	record = with_state(d->mem, d->record, p, r);
	return write_everywhere(p->session, in_place, d->number,
	                        value_to_json(d->mem, record));
}

/* --- reading -------------------------------------------------------------- */

static struct release fill(struct arena *mem, unsigned number,
                           const struct value *v)
{
	const struct value *digests = value_get(v, "images");
	struct release r = {
		.number = number,
		.when = value_get_string(v, "when", "?"),
		.by = value_get_string(v, "by", "?"),
		.command = value_get_string(v, "command", "?"),
		.commit = value_get_string(v, "commit", NULL),
		.dirty = value_get_bool(v, "dirty", false),
		.done = (size_t)value_get_int(v, "done", 0),
		.failed = (size_t)value_get_int(v, "failed", 0),
		.not_tried = (size_t)value_get_int(v, "not_tried", 0),
		.finished = value_get_bool(v, "finished", true),
		.config = value_get_string(v, "config", NULL),
		.vars = value_get(v, "vars"),
		.inputs = value_get(v, "inputs"),
		.all = v,
	};

	map_init(&r.images, mem);
	for (size_t i = 0;
	     digests && digests->type == VALUE_MAP && i < digests->map.n; i++)
		if (digests->map.v[i].value->type == VALUE_STRING)
			(void)map_add(&r.images, digests->map.v[i].key,
			              digests->map.v[i].value->string.s);
	return r;
}

static struct err *read_from(struct arena *mem, const struct plan_place *p,
                             unsigned number, struct release *out)
{
	const struct value *v;
	const char *text;
	struct err *e = p->ops->records->read(p->provider, mem, number, &text);

	if (!e)
		e = value_from_json(mem, text, strlen(text), &v);
	if (e)
		return err_wrap(e, NO_POS, "the record of release %u", number);
	*out = fill(mem, number, v);
	return NULL;
}

static bool is_at(struct arena *mem, const struct plan_place *p,
                  unsigned number)
{
	unsigned *v;
	size_t n = 0;

	if (!p->ops->records)
		return false;
	err_free(p->ops->records->list(p->provider, mem, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (v[i] == number)
			return true;
	return false;
}

struct err *release_find(struct arena *mem, struct plan_session *s,
                         unsigned number, struct release *out)
{
	for (size_t i = 0; i < s->nr_places; i++)
		if (is_at(mem, &s->places[i], number))
			return read_from(mem, &s->places[i], number, out);
	return err_hint(
		err_new(ERR_REF, NO_POS, "there is no release %u", number),
		"miso history shows those that are kept");
}

const struct map *release_left(struct arena *mem, struct plan_session *s)
{
	const struct value *left = NULL;
	struct map *addresses;
	struct release last;
	unsigned *v;
	size_t n;
	struct err *e = numbers(mem, s, &v, &n);

	if (!e && n)
		e = release_find(mem, s, v[n - 1], &last);
	if (!e && n)
		left = value_get(last.all, "objects");
	err_free(e);
	if (!left || left->type != VALUE_LIST)
		return NULL;
	addresses = ARENA_NEW(mem, struct map);
	map_init(addresses, mem);
	for (size_t i = 0; i < left->list.n; i++)
		if (left->list.v[i]->type == VALUE_STRING)
			(void)map_add(addresses, left->list.v[i]->string.s,
			              left->list.v[i]);
	return addresses;
}

/* One bad record shall not hide the others; it counts as a failed one. */
static struct release unreadable(struct arena *mem, unsigned number,
                                 const struct err *e)
{
	const struct err *why = err_cause(e) ? err_cause(e) : e;
	const struct value_entry all[] = {
		{.key = "number", .value = value_int(mem, number)},
		{.key = "error", .value = value_string(mem, err_text(why))},
	};

	return (struct release){
		.number = number,
		.when = "?",
		.by = "?",
		.command = arena_printf(mem, "unreadable: %s", err_text(why)),
		.failed = 1,
		.finished = true,
		.all = value_map(mem, all, ARRAY_LEN(all)),
	};
}

struct err *release_list(struct arena *mem, struct plan_session *s,
                         struct release **v, size_t *n)
{
	unsigned *have;
	size_t nr;
	struct err *e = numbers(mem, s, &have, &nr);
	struct release *all;

	if (e)
		return e;
	all = ARENA_ARRAY(mem, struct release, nr);
	for (size_t i = 0; i < nr; i++) {
		e = release_find(mem, s, have[i], &all[i]);
		if (e)
			all[i] = unreadable(mem, have[i], e);
		err_free(e);
	}
	*v = all;
	*n = nr;
	return NULL;
}

/* --- what a killed apply left ----------------------------------------------
 */

/* Was `r` to do what `c` says? A record's 2.0 is a 2, as JSON has it. */
static bool is_of(struct arena *mem, const struct release *r,
                  const struct config *c)
{
	const struct value *vars = config_var_values(mem, c);

	return r->config && r->vars &&
	       !strcmp(r->config, config_text(mem, c)) &&
	       !strcmp(value_to_json(mem, r->vars), value_to_json(mem, vars));
}

/* All that was planned then, and it is as it shall be now. */
static struct err *settle(struct arena *mem, const struct release *last,
                          const struct plan *p)
{
	const struct apply_result nothing = {
		.states = ARENA_ARRAY(mem, enum apply_state, p->n),
		.values = ARENA_ARRAY(mem, const struct value *, p->n),
		.done = (size_t)value_get_int(last->all, "planned", 0),
	};
	struct release_draft d = {mem, last->all, last->number};

	for (size_t i = 0; i < p->n; i++)
		nothing.values[i] = p->nodes[i].value;
	return release_finish(&d, p, &nothing);
}

struct err *release_settle(struct arena *mem, const struct plan *p)
{
	struct release last;
	unsigned *v;
	size_t n;
	struct err *e = numbers(mem, p->session, &v, &n);

	if (e || !n)
		return e;
	e = release_find(mem, p->session, v[n - 1], &last);
	if (e || last.finished || !is_of(mem, &last, p->config))
		return e;
	return settle(mem, &last, p);
}

/* --- removing ------------------------------------------------------------- */

static struct err *remove_everywhere(struct plan_session *s, unsigned number)
{
	struct err *e = NULL;

	for (size_t i = 0; i < s->nr_places && !e; i++) {
		const struct plan_place *p = &s->places[i];

		if (p->ops->records)
			e = p->ops->records->remove(p->provider, number);
	}
	return e;
}

struct err *release_cancel(const struct release_draft *d, const struct plan *p)
{
	return d->number ? remove_everywhere(p->session, d->number) : NULL;
}

/* How many of the first ones are not kept. */
static size_t count_old(const struct release *v, size_t n, size_t keep)
{
	size_t whole = 0, i;

	for (i = n; i > 0 && whole < keep; i--)
		whole += v[i - 1].finished && !v[i - 1].failed &&
		         !v[i - 1].not_tried;
	return whole < keep ? 0 : i;
}

struct err *release_prune(struct plan_session *s, size_t keep)
{
	struct arena mem = {0};
	struct release *v;
	size_t n, old;
	struct err *e = release_list(&mem, s, &v, &n);

	old = e ? 0 : count_old(v, n, keep);
	for (size_t i = 0; i < old && !e; i++)
		e = remove_everywhere(s, v[i].number);
	arena_free(&mem);
	return e;
}
