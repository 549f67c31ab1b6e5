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

enum { LARGEST_STATE = 256 * 1024 * 1024 };

/* --- copies: what callers pass in does not live long enough --------------- */

const struct value *fake_copy_value(struct arena *mem, const struct value *v)
{
	return value_copy(mem, v);
}

static const char *copy_text(struct arena *mem, const char *s)
{
	return s ? arena_strdup(mem, s) : NULL;
}

struct object fake_copy_object(struct arena *mem, const struct object *o)
{
	const char **needs = ARENA_ARRAY(mem, const char *, o->nr_needs);
	struct object copy = *o;

	for (size_t i = 0; i < o->nr_needs; i++)
		needs[i] = copy_text(mem, o->needs[i]);
	copy.kind = copy_text(mem, o->kind);
	copy.address = copy_text(mem, o->address);
	copy.id = copy_text(mem, o->id);
	copy.digest = copy_text(mem, o->digest);
	copy.fault = copy_text(mem, o->fault);
	copy.attrs = fake_copy_value(mem, o->attrs);
	copy.drift = o->drift ? fake_copy_value(mem, o->drift) : NULL;
	copy.needs = needs;
	return copy;
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

static const struct value *entry_value(struct arena *mem,
                                       const struct fake_entry *e)
{
	const struct object *o = &e->object;
	const struct value_entry v[] = {
		{.key = "kind", .value = value_string(mem, o->kind)},
		{.key = "address", .value = value_string(mem, o->address)},
		{.key = "id", .value = value_string(mem, o->id)},
		{.key = "digest", .value = value_string(mem, o->digest)},
		{.key = "protect", .value = value_bool(o->protect)},
		{.key = "fault",
	         .value =
	                 o->fault ? value_string(mem, o->fault) : value_null()},
		{.key = "fault_updatable",
	         .value = value_bool(o->fault_updatable)},
		{.key = "attrs", .value = o->attrs},
		{.key = "drift", .value = o->drift ? o->drift : value_null()},
		{.key = "foreign", .value = value_bool(o->foreign)},
		{.key = "needs", .value = needs_value(mem, o)},
		{.key = "lag", .value = value_int(mem, e->lag)},
		{.key = "gone", .value = value_bool(e->gone)},
	};

	/* Only the log tells of what is gone. */
	return value_map(mem, v, ARRAY_LEN(v) - !e->gone);
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
	o->fault_updatable = value_get_bool(v, "fault_updatable", true);
	o->attrs = attrs ? attrs : value_map(mem, NULL, 0);
	if (drift && drift->type == VALUE_MAP)
		o->drift = drift;
	o->foreign = value_get_bool(v, "foreign", false);
	o->needs = list;
	return e;
}

/* --- memory --------------------------------------------------------------- */

struct fake_entry *fake_find_locked(const struct provider *p, const char *id)
{
	struct fake_entry *e = NULL;

	if (p->by_id.n)
		memcpy(&e, &(const void *){map_get(&p->by_id, id)}, sizeof(e));
	return e && !e->gone ? e : NULL;
}

/* The place of `id`, also when what was there is gone. */
static struct fake_entry *slot_locked(struct provider *p, const char *id)
{
	struct fake_entry *e = NULL;

	memcpy(&e, &(const void *){map_get(&p->by_id, id)}, sizeof(e));
	if (e)
		return e;
	e = ARENA_NEW(&p->mem, struct fake_entry);
	ARENA_RESERVE(&p->mem, struct fake_entry *, p->entries, p->nr_entries,
	              p->cap_entries);
	p->entries[p->nr_entries++] = e;
	(void)map_add(&p->by_id, arena_strdup(&p->mem, id), e);
	return e;
}

static int by_address(const void *a, const void *b)
{
	const struct fake_entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->object.address, (*y)->object.address);

	return order ? order : strcmp((*x)->object.id, (*y)->object.id);
}

/* What runs at the same time leaves no trace in the order. */
static void sort_locked(struct provider *p)
{
	if (p->nr_entries)
		qsort(p->entries, p->nr_entries, sizeof(*p->entries),
		      by_address);
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

static void take_locked(struct provider *p, const struct value *v)
{
	struct fake_entry e = read_entry(&p->mem, v);

	*slot_locked(p, e.object.id) = e;
}

static struct err *load_state_locked(struct provider *p)
{
	struct arena scratch = {0};
	const struct value *all;
	struct err *e;
	char *text;
	size_t len;

	if (!fs_exists(p->state))
		return NULL;
	e = fs_read(&scratch, p->state, LARGEST_STATE, &text, &len);
	if (!e)
		e = value_from_json(&p->mem, text, len, &all);
	arena_free(&scratch);
	if (e)
		return err_wrap(e, NO_POS, "the fake's state %s", p->state);
	for (size_t i = 0; all->type == VALUE_LIST && i < all->list.n; i++)
		take_locked(p, all->list.v[i]);
	return NULL;
}

/* The last line may be one that was never finished: it did not happen. */
static struct err *load_log_locked(struct provider *p)
{
	const char *path = log_path(p, &p->mem);
	const struct value *v;
	char *text, *end;
	struct err *e;
	size_t len;

	p->log_len = 0;
	if (!fs_exists(path))
		return NULL;
	e = fs_read(&p->mem, path, LARGEST_STATE, &text, &len);
	while (!e && (end = strchr(text, '\n'))) {
		p->log_len += end + 1 - text;
		e = value_from_json(&p->mem, text, (size_t)(end - text), &v);
		if (!e)
			take_locked(p, v);
		text = end + 1;
	}
	return e ? err_wrap(e, NO_POS, "the fake's log %s", path) : NULL;
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

struct err *fake_load_locked(struct provider *p)
{
	struct err *e;

	if (!p->state || is_loaded_locked(p))
		return NULL;
	close_log_locked(p);
	arena_free(&p->mem);
	p->entries = NULL;
	p->nr_entries = p->cap_entries = 0;
	map_init(&p->by_id, &p->mem);
	e = load_state_locked(p);
	if (!e)
		e = load_log_locked(p);
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
	sort_locked(p);
	v = ARENA_ARRAY(&mem, const struct value *, p->nr_entries);
	for (size_t i = 0; i < p->nr_entries; i++)
		if (!p->entries[i]->gone)
			v[n++] = entry_value(&mem, p->entries[i]);
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
	struct fake_entry *at = slot_locked(p, o->id);
	bool new = !at->object.id || at->gone;

	*at = (struct fake_entry){.object = fake_copy_object(&p->mem, o),
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

struct err *fake_listed_locked(struct provider *p, struct arena *mem,
                               struct object_set *out)
{
	struct object *v = ARENA_ARRAY(mem, struct object, p->nr_entries);
	struct err *e = NULL;
	size_t n = 0;

	sort_locked(p);
	for (size_t i = 0; i < p->nr_entries && !e; i++) {
		struct fake_entry *x = p->entries[i];

		if (x->gone)
			continue;
		if (x->lag > 0) {
			x->lag--;
			e = log_locked(p, x);
			continue;
		}
		v[n++] = fake_copy_object(mem, &x->object);
	}
	if (!e)
		*out = (struct object_set){v, n};
	return e;
}
