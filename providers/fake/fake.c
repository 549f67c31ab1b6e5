/* fake.c - objects in a list behind one lock. */
#include "providers/fake/fake.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "parser/base/sha256.h"

enum { LARGEST_STATE = 64 * 1024 * 1024 };

struct entry {
	struct object object;
	int64_t lag; /* how many lists do not show it yet */
	struct entry *next;
};

struct provider {
	struct arena settings; /* constant after open() */
	const char *owner;     /* "stack/site" */
	const char *state;     /* NULL: memory only */
	const char *fail, *conflict;
	int64_t fail_at, delay_ms, lag;

	pthread_mutex_t lock;

	/* lock must be held for these. */
	struct arena mem;
	struct entry *first;
	int64_t calls;
	int lock_fd; /* -1: not locked */
};

static const struct attr_rule rules[] = {
	{"instance", "hostname", .replaces = true},
	{"instance", "tags", .set = true},
	{"volume", "size", .replaces = true},
	{0},
};

static const char *const kinds[] = {"image", "instance", "volume", NULL};
/* Data is not made twice. */
static const char *const create_first[] = {"image", "instance", NULL};
static const char *const computed[] = {"instance.ip", "instance.public_ip",
                                       NULL};

/* --- copies: what callers pass in does not live long enough --------------- */

static const struct value *copy_value(struct arena *mem, const struct value *v)
{
	const char *json = value_to_json_clear(mem, v);
	const struct value *copy = value_null();
	struct err *e = value_from_json(mem, json, strlen(json), &copy);

	err_free(e); /* our own JSON */
	return copy;
}

static const char *copy_text(struct arena *mem, const char *s)
{
	return s ? arena_strdup(mem, s) : NULL;
}

static struct object copy_object(struct arena *mem, const struct object *o)
{
	const char **needs = ARENA_ARRAY(mem, const char *, o->nr_needs);

	for (size_t i = 0; i < o->nr_needs; i++)
		needs[i] = copy_text(mem, o->needs[i]);
	return (struct object){
		.kind = copy_text(mem, o->kind),
		.address = copy_text(mem, o->address),
		.id = copy_text(mem, o->id),
		.digest = copy_text(mem, o->digest),
		.protect = o->protect,
		.fault = copy_text(mem, o->fault),
		.fault_updatable = o->fault_updatable,
		.attrs = copy_value(mem, o->attrs),
		.drift = o->drift ? copy_value(mem, o->drift) : NULL,
		.foreign = o->foreign,
		.needs = needs,
		.nr_needs = o->nr_needs,
	};
}

/* --- the state file ------------------------------------------------------- */

static const struct value *needs_value(struct arena *mem,
                                       const struct object *o)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, o->nr_needs);

	for (size_t i = 0; i < o->nr_needs; i++)
		v[i] = value_string(mem, o->needs[i]);
	return value_list(mem, v, o->nr_needs);
}

static const struct value *entry_value(struct arena *mem, const struct entry *e)
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
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static struct err *save_locked(struct provider *p)
{
	struct arena mem = {0};
	const struct value **v = NULL;
	size_t n = 0, cap = 0;
	const char *json;
	struct err *e;

	if (!p->state)
		return NULL;
	for (const struct entry *x = p->first; x; x = x->next) {
		ARENA_RESERVE(&mem, const struct value *, v, n, cap);
		v[n++] = entry_value(&mem, x);
	}
	json = value_to_json_clear(&mem, value_list(&mem, v, n));
	e = fs_write(p->state, json, strlen(json), 0644);
	arena_free(&mem);
	return e;
}

static void load_entry(struct provider *p, const struct value *v)
{
	struct entry *e = ARENA_NEW(&p->mem, struct entry), **end = &p->first;
	const struct value *needs = value_get(v, "needs");
	const struct value *attrs = value_get(v, "attrs");
	const struct value *drift = value_get(v, "drift");
	size_t n = needs && needs->type == VALUE_LIST ? needs->list.n : 0;
	const char **list = ARENA_ARRAY(&p->mem, const char *, n);

	for (size_t i = 0; i < n; i++)
		if (needs->list.v[i]->type == VALUE_STRING)
			list[e->object.nr_needs++] = needs->list.v[i]->string.s;
	e->object.kind = value_get_string(v, "kind", "");
	e->object.address = value_get_string(v, "address", "");
	e->object.id = value_get_string(v, "id", "");
	e->object.digest = value_get_string(v, "digest", "");
	e->object.protect = value_get_bool(v, "protect", false);
	e->object.fault = value_get_string(v, "fault", NULL);
	e->object.fault_updatable = value_get_bool(v, "fault_updatable", true);
	e->object.attrs = attrs ? attrs : value_map(&p->mem, NULL, 0);
	if (drift && drift->type == VALUE_MAP)
		e->object.drift = drift;
	e->object.foreign = value_get_bool(v, "foreign", false);
	e->object.needs = list;
	e->lag = value_get_int(v, "lag", 0);
	while (*end)
		end = &(*end)->next;
	*end = e;
}

static struct err *load(struct provider *p)
{
	const struct value *all;
	struct err *e;
	char *text;
	size_t len;

	if (!p->state || !fs_exists(p->state))
		return NULL;
	e = fs_read(&p->mem, p->state, LARGEST_STATE, &text, &len);
	if (!e)
		e = value_from_json(&p->mem, text, len, &all);
	if (e)
		return err_wrap(e, NO_POS, "the fake's state %s", p->state);
	for (size_t i = 0; all->type == VALUE_LIST && i < all->list.n; i++)
		load_entry(p, all->list.v[i]);
	return NULL;
}

/* --- open and close ------------------------------------------------------- */

static struct err *check_settings(const struct value *settings)
{
	static const char *const known[] = {"state", "fail", "fail_at",
	                                    "delay", "lag",  "conflict"};

	for (size_t i = 0; i < settings->map.n; i++) {
		const struct value_entry *s = &settings->map.v[i];
		size_t j;

		for (j = 0; j < ARRAY_LEN(known); j++)
			if (!strcmp(known[j], s->key))
				break;
		if (j == ARRAY_LEN(known))
			return err_new(ERR_SYNTAX, s->value->pos,
			               "a fake provider has no setting \"%s\"",
			               s->key);
	}
	return NULL;
}

static struct err *fake_open(const struct value *settings,
                             const struct owner *owner, struct provider **out)
{
	struct err *e = check_settings(settings);
	struct provider *p;
	const char *state;

	if (e)
		return e;
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_sys(ENOMEM, "fake");
	pthread_mutex_init(&p->lock, NULL);
	p->lock_fd = -1;
	p->owner =
		arena_printf(&p->settings, "%s/%s", owner->stack, owner->site);
	settings = copy_value(&p->settings, settings);
	state = value_get_string(settings, "state", NULL);
	if (state)
		p->state = fs_join(&p->settings, owner->dir, state);
	p->fail = value_get_string(settings, "fail", NULL);
	p->conflict = value_get_string(settings, "conflict", NULL);
	p->fail_at = value_get_int(settings, "fail_at", 0);
	p->delay_ms =
		strtoll(value_get_string(settings, "delay", "0"), NULL, 10);
	p->lag = value_get_int(settings, "lag", 0);
	e = load(p);
	if (e) {
		fake_provider.close(p);
		return e;
	}
	*out = p;
	return NULL;
}

static void fake_unlock(struct provider *p)
{
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	p->lock_fd = -1;
}

static void fake_close(struct provider *p)
{
	if (!p)
		return;
	fake_unlock(p);
	pthread_mutex_destroy(&p->lock);
	arena_free(&p->mem);
	arena_free(&p->settings);
	free(p);
}

static struct err *fake_lock(struct provider *p)
{
	struct arena mem = {0};
	struct err *e = NULL;
	const char *path;

	if (!p->state)
		return NULL;
	path = arena_printf(&mem, "%s.lock", p->state);
	p->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (p->lock_fd < 0) {
		e = err_sys(errno, "%s", path);
	} else if (flock(p->lock_fd, LOCK_EX | LOCK_NB)) {
		e = err_new(ERR_CONFLICT, NO_POS,
		            "another apply of %s is running", p->owner);
		fake_unlock(p);
	}
	arena_free(&mem);
	return e;
}

/* --- objects -------------------------------------------------------------- */

static struct err *fake_resolve(struct provider *p UNUSED, struct arena *mem,
                                const struct desired *want,
                                const struct value **known)
{
	const struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, want->name)},
		{.key = "digest", .value = value_string(mem, want->digest)},
	};
	bool image = !strcmp(want->kind, "image");

	*known = value_map(mem, v, image ? 2 : 1);
	return NULL;
}

static struct err *fake_list(struct provider *p, struct arena *mem,
                             struct object_set *out)
{
	struct object *v = NULL;
	size_t n = 0, cap = 0;
	struct err *e;

	pthread_mutex_lock(&p->lock);
	for (struct entry *x = p->first; x; x = x->next) {
		if (x->lag > 0) {
			x->lag--;
			continue;
		}
		ARENA_RESERVE(mem, struct object, v, n, cap);
		v[n++] = copy_object(mem, &x->object);
	}
	e = p->lag ? save_locked(p) : NULL;
	pthread_mutex_unlock(&p->lock);
	if (e)
		return e;
	*out = (struct object_set){v, n};
	return NULL;
}

static void wait_ms(int64_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (ms > 0 && nanosleep(&t, &t) && errno == EINTR)
		;
}

/* Every call that changes something comes through here. */
static struct err *begin(struct provider *p, const char *address,
                         const struct progress *progress)
{
	int64_t call;

	pthread_mutex_lock(&p->lock);
	call = ++p->calls;
	pthread_mutex_unlock(&p->lock);
	if (progress && progress->say)
		progress->say(progress->ctx, address, "pretending");
	wait_ms(p->delay_ms);
	if (call == p->fail_at || (p->fail && !strcmp(p->fail, address)))
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: the fake was told to fail", address);
	return NULL;
}

/* An address that looks like one and is always the same. */
static const struct value *ip_of(struct arena *mem, const char *address)
{
	struct sha256 hash = sha256_of(address, strlen(address));
	unsigned long bits;

	hash.hex[6] = '\0';
	bits = strtoul(hash.hex, NULL, 16);
	return value_string(mem, arena_printf(mem, "10.%lu.%lu.%lu", bits >> 16,
	                                      bits >> 8 & 255, bits & 255));
}

static struct object make_object(struct arena *mem, const struct desired *want)
{
	const char *digest = value_digest(mem, want->spec);
	const struct value_entry image[] = {
		{.key = "spec", .value = want->spec},
		{.key = "name", .value = value_string(mem, want->name)},
		{.key = "digest", .value = value_string(mem, digest)},
	};
	const struct value_entry instance[] = {
		{.key = "spec", .value = want->spec},
		{.key = "name", .value = value_string(mem, want->name)},
		{.key = "state", .value = value_string(mem, "running")},
		{.key = "ip", .value = ip_of(mem, want->address)},
		{.key = "public_ip", .value = value_string(mem, "192.0.2.1")},
	};
	bool runs = !strcmp(want->kind, "instance");

	return (struct object){
		.kind = want->kind,
		.address = want->address,
		.id = arena_printf(mem, "fake/%s/%.8s", want->address,
	                           want->digest),
		.digest = want->digest,
		.protect = want->protect,
		.attrs = runs ? value_map(mem, instance, ARRAY_LEN(instance))
	                      : value_map(mem, image, ARRAY_LEN(image)),
		.needs = want->needs,
		.nr_needs = want->nr_needs,
	};
}

static struct entry **find_locked(struct provider *p, const char *id)
{
	struct entry **e = &p->first;

	while (*e && strcmp((*e)->object.id, id))
		e = &(*e)->next;
	return e;
}

/* By address, so that what runs at the same time leaves no trace. */
static struct entry *insert_locked(struct provider *p, const char *address)
{
	struct entry *new = ARENA_NEW(&p->mem, struct entry);
	struct entry **at = &p->first;

	while (*at && strcmp((*at)->object.address, address) < 0)
		at = &(*at)->next;
	new->next = *at;
	new->lag = p->lag;
	*at = new;
	return new;
}

/* Two objects of one address and digest are two all the same. */
static const char *unique_id_locked(struct provider *p, struct arena *mem,
                                    const char *id)
{
	const char *base = id;

	for (int n = 2; *find_locked(p, id); n++)
		id = arena_printf(mem, "%s.%d", base, n);
	return id;
}

/* The entry of `old_id` for what will be at `address`; else a new one. */
static struct entry *entry_for_locked(struct provider *p, const char *old_id,
                                      const char *address)
{
	struct entry **at = old_id ? find_locked(p, old_id) : NULL;

	if (at && *at && !strcmp((*at)->object.address, address))
		return *at;
	if (at && *at)
		*at = (*at)->next;
	return insert_locked(p, address);
}

static struct err *put(struct provider *p, struct arena *mem,
                       const struct desired *want, const char *old_id,
                       struct object *out)
{
	struct object made = make_object(mem, want);
	struct entry *at;
	struct err *e;

	pthread_mutex_lock(&p->lock);
	at = entry_for_locked(p, old_id, want->address);
	at->object.id = ""; /* its old one may be had again */
	made.id = unique_id_locked(p, mem, made.id);
	at->object = copy_object(&p->mem, &made);
	*out = copy_object(mem, &made);
	e = save_locked(p);
	pthread_mutex_unlock(&p->lock);
	return e;
}

static struct err *fake_create(struct provider *p, struct arena *mem,
                               const struct desired *want,
                               const struct progress *progress,
                               struct object *out)
{
	struct err *e = begin(p, want->address, progress);

	if (e)
		return e;
	if (p->conflict && !strcmp(p->conflict, want->name))
		return err_new(ERR_CONFLICT, want->pos,
		               "something called \"%s\" exists and is not ours",
		               want->name);
	return put(p, mem, want, NULL, out);
}

static struct err *fake_update(struct provider *p, struct arena *mem,
                               const struct object *have,
                               const struct desired *want,
                               const struct progress *progress,
                               struct object *out)
{
	struct err *e = begin(p, want->address, progress);

	return e ? e : put(p, mem, want, have->id, out);
}

static struct err *fake_delete(struct provider *p, const struct object *have,
                               const struct progress *progress)
{
	struct err *e = begin(p, have->address, progress);
	struct entry **at;

	if (e)
		return e;
	pthread_mutex_lock(&p->lock);
	at = find_locked(p, have->id);
	if (*at)
		*at = (*at)->next;
	e = save_locked(p);
	pthread_mutex_unlock(&p->lock);
	return e;
}

static struct err *fake_logs(struct provider *p UNUSED,
                             const struct log_request *request)
{
	fprintf(request->out, "%s pretends to run\n", request->address);
	return NULL;
}

const struct provider_ops fake_provider = {
	.type = "fake",
	.rules = rules,
	.computed = computed,
	.kinds = kinds,
	.create_first = create_first,
	.moves = true,
	.open = fake_open,
	.close = fake_close,
	.resolve = fake_resolve,
	.list = fake_list,
	.create = fake_create,
	.update = fake_update,
	.delete = fake_delete,
	.lock = fake_lock,
	.unlock = fake_unlock,
	.logs = fake_logs,
};
