/*
 * objects.c - what the fake holds, in memory and in files.
 *
 * A change appends a line to the log, so that n changes cost n lines, and so
 * that a process killed at any moment loses at most the line it was writing.
 * When the provider is closed, everything goes to the state's file, by address,
 * and the log is removed. To replay a log over a state that has it already
 * changes nothing.
 */
#include "providers/fake/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/object.h"

enum { LARGEST_STATE = 256 * 1024 * 1024 };

/* For copies of many objects into `mem`; the pool is in `scratch`. */
static struct value_pool *new_pool(struct arena *scratch, struct arena *mem)
{
	struct value_pool *pool = ARENA_NEW(scratch, struct value_pool);

	pool->mem = mem;
	return pool;
}

/* --- objects as JSON ------------------------------------------------------ */

static const struct value *needs_value(struct arena *mem,
                                       const struct object *o)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, o->nr_needs);

	for (size_t i = 0; i < o->nr_needs; i++)
		v[i] = value_string(mem, o->needs[i]);
	return value_list(mem, v, o->nr_needs);
}

static const struct value *text(struct arena *mem, const char *s)
{
	return s ? value_string(mem, s) : NULL;
}

/* NULL for what is usual: it is left out. */
static const struct value *flag(bool set)
{
	return set ? value_bool(true) : NULL;
}

/* Most objects are as they were made, and reading is what takes time. */
static const struct value *entry_value(struct arena *mem,
                                       const struct fake_entry *e)
{
	const struct object *o = &e->object;
	const struct value_entry all[] = {
		{"kind", text(mem, o->kind)},
		{"address", text(mem, o->address)},
		{"id", text(mem, o->id)},
		{"digest", text(mem, o->digest)},
		{"protect", flag(o->protect)},
		{"fault", text(mem, o->fault)},
		{"fault_updatable", flag(o->fault_updatable)},
		{"attrs", o->attrs},
		{"drift", o->drift},
		{"foreign", flag(o->foreign)},
		{"needs", o->nr_needs ? needs_value(mem, o) : NULL},
		{"lag", e->lag > 0 ? value_int(mem, e->lag) : NULL},
		{"gone", flag(e->gone)}, /* only the log tells of those */
	};
	struct value_entry v[ARRAY_LEN(all)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].value)
			v[n++] = all[i];
	return value_map(mem, v, n);
}

static struct fake_entry read_entry(struct arena *mem, const struct value *v)
{
	const struct value *needs = value_get(v, "needs");
	const struct value *attrs = value_get(v, "attrs");
	const struct value *drift = value_get(v, "drift");
	size_t n = needs && needs->type == VALUE_LIST ? needs->list.n : 0;
	const char **list = ARENA_ARRAY(mem, const char *, n);
	struct fake_entry e = {
		.lag = value_get_int(v, "lag", 0),
		.gone = value_get_bool(v, "gone", false),
	};
	struct object *o = &e.object;

	for (size_t i = 0; i < n; i++)
		if (needs->list.v[i]->type == VALUE_STRING)
			list[o->nr_needs++] = needs->list.v[i]->string.s;
	o->kind = value_get_string(v, "kind", "");
	o->address = value_get_string(v, "address", "");
	o->id = value_get_string(v, "id", "");
	o->digest = value_get_string(v, "digest", "");
	o->protect = value_get_bool(v, "protect", false);
	o->fault = value_get_string(v, "fault", NULL);
	o->fault_updatable = value_get_bool(v, "fault_updatable", false);
	o->attrs = attrs ? attrs : value_map(mem, NULL, 0);
	if (drift && drift->type == VALUE_MAP)
		o->drift = drift;
	o->foreign = value_get_bool(v, "foreign", false);
	o->needs = list;
	return e;
}

/* --- memory --------------------------------------------------------------- */

static void set_init(struct fake_set *s, struct arena *mem,
                     struct arena *values)
{
	*s = (struct fake_set){.mem = mem, .values = values};
	map_init(&s->by_id, mem);
}

static struct fake_entry *find(const struct fake_set *s, const char *id)
{
	struct fake_entry *e = NULL;

	if (s->by_id.n)
		memcpy(&e, &(const void *){map_get(&s->by_id, id)}, sizeof(e));
	return e;
}

struct fake_entry *fake_find_locked(const struct provider *p, const char *id)
{
	struct fake_entry *e = find(&p->set, id);

	return e && !e->gone ? e : NULL;
}

/* The place of `id`, also when what was there is gone. */
static struct fake_entry *slot(struct fake_set *s, const char *id)
{
	struct fake_entry *e = find(s, id);

	if (e)
		return e;
	e = ARENA_NEW(s->mem, struct fake_entry);
	ARENA_RESERVE(s->mem, struct fake_entry *, s->v, s->n, s->cap);
	s->v[s->n++] = e;
	(void)map_add(&s->by_id, arena_strdup(s->mem, id), e);
	return e;
}

static int by_address(const void *a, const void *b)
{
	const struct fake_entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->object.address, (*y)->object.address);

	return order ? order : strcmp((*x)->object.id, (*y)->object.id);
}

/* What runs at the same time leaves no trace in the order. */
static void sort(struct fake_set *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_address);
}

/* --- files ---------------------------------------------------------------- */

static const char *log_path(const struct provider *p, struct arena *mem)
{
	return arena_printf(mem, "%s.log", p->state);
}

static struct err *log_locked(struct provider *p, const struct fake_entry *x)
{
	struct arena mem = {0};
	const char *path, *line;
	struct err *e = NULL;
	size_t len;

	if (!p->state)
		return NULL;
	path = log_path(p, &mem);
	line = arena_printf(&mem, "%s\n",
	                    value_to_json_clear(&mem, entry_value(&mem, x)));
	len = strlen(line);
	if (p->log_fd < 0)
		p->log_fd = open(
			path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	/* Behind the last whole line: see load_log_locked(). */
	if (p->log_fd >= 0 && !p->logged && ftruncate(p->log_fd, p->log_len))
		e = err_sys(errno, "%s", path);
	p->logged = true;
	if (p->log_fd < 0 || write(p->log_fd, line, len) != (ssize_t)len)
		e = err_sys(errno, "%s", path);
	arena_free(&mem);
	return e;
}

/* Where entries that are read go; `mem` is of the one being read. */
struct reading {
	struct fake_set *set;
	struct value_pool *pool; /* into the set's `values` */
	struct arena mem;
	size_t n;
};

enum { AT_ONCE = 64 }; /* entries, before `mem` is used again */

static struct err *take(void *ctx, const struct value *v)
{
	struct reading *r = ctx;
	struct fake_entry e = read_entry(&r->mem, v);
	struct fake_entry *at = slot(r->set, e.object.id);

	*at = e;
	at->object = object_copy(r->set->values, r->pool, &e.object);
	if (++r->n % AT_ONCE == 0)
		arena_free(&r->mem);
	return NULL;
}

static struct err *load_state(const struct provider *p, struct reading *r)
{
	struct arena mem = {0};
	struct err *e;
	char *text;
	size_t len;

	if (!fs_exists(p->state))
		return NULL;
	e = fs_read(&mem, p->state, LARGEST_STATE, &text, &len);
	if (!e)
		e = value_each_from_json(text, len, take, r);
	arena_free(&mem);
	return e ? err_wrap(e, NO_POS, "the fake's state %s", p->state) : NULL;
}

static struct err *take_line(struct reading *r, const char *line, size_t len)
{
	const struct value *v;
	struct err *e = value_from_json(&r->mem, line, len, &v);

	return e ? e : take(r, v);
}

/*
 * The last line may be one that was never finished: it did not happen. `whole`
 * is the length of the others.
 */
static struct err *load_log(const struct provider *p, struct reading *r,
                            off_t *whole)
{
	struct arena mem = {0};
	const char *path = log_path(p, &mem);
	struct err *e = NULL;
	char *text, *end;
	size_t len;

	*whole = 0;
	if (fs_exists(path)) {
		e = fs_read(&mem, path, LARGEST_STATE, &text, &len);
		while (!e && (end = strchr(text, '\n'))) {
			*whole += end + 1 - text;
			e = take_line(r, text, (size_t)(end - text));
			text = end + 1;
		}
	}
	if (e)
		e = err_wrap(e, NO_POS, "the fake's log %s", path);
	arena_free(&mem);
	return e;
}

/* What the files hold now, into the empty `set`. */
static struct err *load(const struct provider *p, struct fake_set *set,
                        off_t *whole)
{
	struct arena scratch = {0};
	struct reading r = {.set = set,
	                    .pool = new_pool(&scratch, set->values)};
	struct err *e = load_state(p, &r);

	if (!e)
		e = load_log(p, &r, whole);
	arena_free(&r.mem);
	arena_free(&scratch);
	return e;
}

static void close_log_locked(struct provider *p)
{
	if (p->log_fd >= 0)
		close(p->log_fd);
	p->log_fd = -1;
	p->logged = false;
	p->log_len = 0;
}

static struct fake_version version_of(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return (struct fake_version){0};
	return (struct fake_version){st.st_dev, st.st_ino, st.st_size,
	                             st.st_mtim};
}

static bool same_version(const struct fake_version *a,
                         const struct fake_version *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec &&
	       a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* Is what is in memory what the files hold? Notes their versions. */
static bool is_loaded_locked(struct provider *p)
{
	struct arena mem = {0};
	const struct fake_version now[] = {version_of(p->state),
	                                   version_of(log_path(p, &mem))};
	bool same = p->loaded[0].ino && same_version(&now[0], &p->loaded[0]) &&
	            same_version(&now[1], &p->loaded[1]);

	memcpy(p->loaded, now, sizeof(now));
	arena_free(&mem);
	return same;
}

void fake_forget_locked(struct provider *p)
{
	arena_free(&p->mem);
	set_init(&p->set, &p->mem, &p->mem);
	p->pool = (struct value_pool){.mem = &p->mem};
}

struct err *fake_load_locked(struct provider *p)
{
	struct err *e;

	if (!p->state || p->log_fd >= 0 || is_loaded_locked(p))
		return NULL;
	close_log_locked(p);
	fake_forget_locked(p);
	e = load(p, &p->set, &p->log_len);
	if (e)
		p->loaded[0].ino = 0;
	return e;
}

struct err *fake_settle_locked(struct provider *p)
{
	struct arena mem = {0};
	const struct value **v;
	const char *json;
	struct err *e;
	size_t n = 0;

	if (!p->state || p->log_fd < 0)
		return NULL;
	sort(&p->set);
	v = ARENA_ARRAY(&mem, const struct value *, p->set.n);
	for (size_t i = 0; i < p->set.n; i++)
		if (!p->set.v[i]->gone)
			v[n++] = entry_value(&mem, p->set.v[i]);
	json = value_to_json_clear(&mem, value_list(&mem, v, n));
	e = fs_write(p->state, json, strlen(json), 0644);
	if (!e)
		(void)unlink(log_path(p, &mem));
	close_log_locked(p);
	arena_free(&mem);
	return e;
}

/* --- what calls do -------------------------------------------------------- */

struct err *fake_put_locked(struct provider *p, const struct object *o)
{
	struct fake_entry *at = slot(&p->set, o->id);
	bool new = !at->object.id || at->gone;

	*at = (struct fake_entry){.object = object_copy(&p->mem, &p->pool, o),
	                          .lag = new ? p->lag : at->lag};
	return log_locked(p, at);
}

struct err *fake_drop_locked(struct provider *p, const char *id)
{
	struct fake_entry *at = fake_find_locked(p, id);

	if (!at)
		return NULL;
	at->gone = true;
	return log_locked(p, at);
}

static bool is_lagging(const struct fake_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i]->lag > 0 && !s->v[i]->gone)
			return true;
	return false;
}

/* Those of `p`; to count the lag down is a change. */
static struct err *list_memory_locked(struct provider *p, struct arena *mem,
                                      struct object_set *out)
{
	struct object *v = ARENA_ARRAY(mem, struct object, p->set.n);
	struct arena scratch = {0};
	struct value_pool *pool = new_pool(&scratch, mem);
	struct err *e = NULL;
	size_t n = 0;

	sort(&p->set);
	for (size_t i = 0; i < p->set.n && !e; i++) {
		struct fake_entry *x = p->set.v[i];

		if (x->gone)
			continue;
		if (x->lag > 0) {
			x->lag--;
			e = log_locked(p, x);
			continue;
		}
		v[n++] = object_copy(mem, pool, &x->object);
	}
	arena_free(&scratch);
	if (!e)
		*out = (struct object_set){v, n};
	return e;
}

/* Those of a set whose values are the caller's already. */
static struct object_set list_set(struct fake_set *s, struct arena *mem)
{
	struct object_set out = {ARENA_ARRAY(mem, struct object, s->n), 0};

	sort(s);
	for (size_t i = 0; i < s->n; i++)
		if (!s->v[i]->gone)
			out.v[out.n++] = s->v[i]->object;
	return out;
}

/*
 * What stands in files is read into the caller's memory, and kept nowhere else
 * unless something changes.
 */
struct err *fake_listed_locked(struct provider *p, struct arena *mem,
                               struct object_set *out)
{
	struct arena scratch = {0};
	struct fake_set set;
	struct err *e;
	off_t whole;

	if (!p->state || p->log_fd >= 0)
		return list_memory_locked(p, mem, out);
	set_init(&set, &scratch, mem);
	e = load(p, &set, &whole);
	if (!e && is_lagging(&set)) {
		e = fake_load_locked(p);
		if (!e)
			e = list_memory_locked(p, mem, out);
	} else if (!e) {
		*out = list_set(&set, mem);
	}
	arena_free(&scratch);
	return e;
}
