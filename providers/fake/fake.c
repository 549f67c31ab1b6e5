/* fake.c - the table of functions, and what its settings do to them. */
#include "providers/fake/fake.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parser/base/fs.h"
#include "parser/base/sha256.h"
#include "providers/fake/place.h"
#include "providers/object.h"

static const struct attr_rule rules[] = {
	{"instance", "hostname", .replaces = true},
	{"instance", "tags", .set = true},
	{"volume", "size", .replaces = true},
	{0},
};

static const char *const kinds[] = {"image", "instance", "volume", "address",
                                    NULL};
/* Data is not made twice. */
static const char *const create_first[] = {"image", "instance", NULL};
static const char *const computed[] = {"instance.ip", "instance.public_ip",
                                       "address.ip", NULL};

/* --- settings, open and close --------------------------------------------- */

static struct err *check_settings(const struct value *settings)
{
	static const char *const known[] = {
		"state",        "trace",    "fail",  "fail_at",    "crash_at",
		"crash_record", "crash",    "delay", "list_delay", "page",
		"lag",          "conflict", "clock", "no_cell",    "hold"};

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

/* "50ms", "2s". */
static int64_t millis(const struct value *settings, const char *key)
{
	char *end;
	int64_t n = strtoll(value_get_string(settings, key, "0"), &end, 10);

	return strcmp(end, "s") ? n : n * 1000;
}

static const char *path(struct provider *p, const struct owner *owner,
                        const struct value *settings, const char *key)
{
	const char *name = value_get_string(settings, key, NULL);

	return name ? fs_join(&p->settings, owner->dir, name) : NULL;
}

static enum fake_when when(const struct value *settings)
{
	const char *word = value_get_string(settings, "crash", "before");

	return !strcmp(word, "inside")  ? FAKE_INSIDE
	       : !strcmp(word, "after") ? FAKE_AFTER
	                                : FAKE_BEFORE;
}

static void read_settings(struct provider *p, const struct owner *owner,
                          const struct value *settings)
{
	p->state = path(p, owner, settings, "state");
	p->trace = path(p, owner, settings, "trace");
	p->clock = path(p, owner, settings, "clock");
	p->hold = path(p, owner, settings, "hold");
	p->fail = value_get_string(settings, "fail", NULL);
	p->conflict = value_get_string(settings, "conflict", NULL);
	p->fail_at = value_get_int(settings, "fail_at", 0);
	p->crash_at = value_get_int(settings, "crash_at", 0);
	p->crash_record = value_get_int(settings, "crash_record", 0);
	p->crash = when(settings);
	p->delay_ms = millis(settings, "delay");
	p->list_delay_ms = millis(settings, "list_delay");
	p->page = value_get_int(settings, "page", 0);
	p->lag = value_get_int(settings, "lag", 0);
	p->no_cell = value_get_int(settings, "no_cell", 0);
}

static struct err *fake_open(const struct value *settings,
                             const struct owner *owner, struct provider **out)
{
	struct err *e = check_settings(settings);
	struct provider *p;

	if (e)
		return e;
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_sys(ENOMEM, "fake");
	pthread_mutex_init(&p->lock, NULL);
	p->log_fd = -1;
	fake_forget_locked(p);
	p->owner =
		arena_printf(&p->settings, "%s/%s", owner->stack, owner->site);
	read_settings(p, owner, value_copy(&p->settings, settings));
	*out = p;
	return NULL;
}

static void fake_close(struct provider *p)
{
	if (!p)
		return;
	err_free(fake_settle_locked(p)); /* else the log has it */
	pthread_mutex_destroy(&p->lock);
	arena_free(&p->mem);
	arena_free(&p->settings);
	free(p);
}

/* --- looking -------------------------------------------------------------- */

/* An image is made of its spec alone here; a pinned one is as it was. */
static const char *image_digest(const struct desired *want)
{
	return want->pinned ? want->pinned : want->digest;
}

static struct err *fake_resolve(struct provider *p UNUSED, struct arena *mem,
                                const struct desired *want,
                                const struct value **known)
{
	const struct value_entry v[] = {
		{.key = "name", .value = value_string(mem, want->name)},
		{.key = "digest",
	         .value = value_string(mem, image_digest(want))},
	};
	bool image = !strcmp(want->kind, "image");

	*known = value_map(mem, v, image ? 2 : 1);
	return NULL;
}

static void wait_ms(int64_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (ms > 0 && nanosleep(&t, &t) && errno == EINTR)
		;
}

static void list_a_page(struct provider *p)
{
	fake_trace(p, "list", "");
	wait_ms(p->list_delay_ms);
}

/* One page after the other: the next one's name is in the last one. */
static struct err *fake_list(struct provider *p, struct arena *mem,
                             struct object_set *out)
{
	struct object_set all = {0};
	struct err *e;

	pthread_mutex_lock(&p->lock);
	e = fake_listed_locked(p, mem, &all);
	pthread_mutex_unlock(&p->lock);
	list_a_page(p);
	for (size_t n = (size_t)p->page; p->page && n < all.n;
	     n += (size_t)p->page)
		list_a_page(p);
	if (e)
		return e;
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].foreign)
			all.v[i].address = NULL; /* whatever the file says */
	*out = all;
	return NULL;
}

/* --- changes -------------------------------------------------------------- */

/* One change, from being asked to its effect. */
struct change {
	struct provider *p;
	const char *call, *address;
	bool dies; /* this is the one at which the process is killed */
};

static void die_if(const struct change *c, enum fake_when now)
{
	if (c->dies && c->p->crash == now)
		(void)raise(SIGKILL);
}

static bool is_held(const struct provider *p, const char *address)
{
	enum { LONGEST = 4096 };
	struct arena mem = {0};
	char *text;
	size_t len;
	struct err *e = fs_read(&mem, p->hold, LONGEST, &text, &len);
	bool held = !e && !strncmp(text, address, strlen(address)) &&
	            text[strlen(address)] == '\n';

	err_free(e);
	arena_free(&mem);
	return held;
}

/* Every change comes through here, before it has an effect. */
static struct err *begin(struct change *c, const struct progress *progress)
{
	struct provider *p = c->p;
	struct err *e;
	int64_t nr;

	fake_trace(p, c->call, c->address);
	pthread_mutex_lock(&p->lock);
	nr = ++p->changes;
	e = fake_load_locked(p);
	pthread_mutex_unlock(&p->lock);
	if (e)
		return e;
	c->dies = nr == p->crash_at;
	die_if(c, FAKE_BEFORE);
	if (progress && progress->say)
		progress->say(progress->ctx, c->address, "pretending");
	wait_ms(p->delay_ms);
	while (p->hold && is_held(p, c->address))
		wait_ms(1);
	if (nr == p->fail_at || (p->fail && !strcmp(p->fail, c->address)))
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: the fake was told to fail", c->address);
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
	const char *digest = image_digest(want);
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
	const struct value_entry address[] = {
		{.key = "spec", .value = want->spec},
		{.key = "name", .value = value_string(mem, want->name)},
		{.key = "ip", .value = ip_of(mem, want->address)},
	};
	bool runs = !strcmp(want->kind, "instance");
	bool ip = !strcmp(want->kind, "address");

	return (struct object){
		.kind = want->kind,
		.address = want->address,
		.id = arena_printf(mem, "fake/%s/%.8s", want->address,
	                           want->digest),
		.digest = want->digest,
		.protect = want->protect,
		.attrs = runs ? value_map(mem, instance, ARRAY_LEN(instance))
	                 : ip ? value_map(mem, address, ARRAY_LEN(address))
	                      : value_map(mem, image, ARRAY_LEN(image)),
		.needs = want->needs,
		.nr_needs = want->nr_needs,
	};
}

/* `id`, or with a number behind it if an object has that one already. */
static const char *new_id(struct provider *p, struct arena *mem, const char *id)
{
	const char *free = id;

	pthread_mutex_lock(&p->lock);
	for (unsigned n = 2; fake_find_locked(p, free); n++)
		free = arena_printf(mem, "%s-%u", id, n);
	pthread_mutex_unlock(&p->lock);
	return free;
}

/* Put `made` there, in two steps if the process is to die between them. */
static struct err *put(const struct change *c, struct object *made)
{
	struct provider *p = c->p;
	struct object half = *made;
	struct err *e = NULL;

	half.fault = "it was never finished";
	half.fault_updatable = true;
	pthread_mutex_lock(&p->lock);
	if (c->dies)
		e = fake_put_locked(p, &half);
	die_if(c, FAKE_INSIDE);
	if (!e)
		e = fake_put_locked(p, made);
	die_if(c, FAKE_AFTER);
	pthread_mutex_unlock(&p->lock);
	return e;
}

static struct err *fake_create(struct provider *p, struct arena *mem,
                               const struct desired *want,
                               const struct progress *progress,
                               struct object *out)
{
	struct change c = {p, "create", want->address, false};
	struct err *e = begin(&c, progress);
	struct object made;

	if (e)
		return e;
	if (p->conflict && !strcmp(p->conflict, want->name))
		return err_new(ERR_CONFLICT, want->pos,
		               "something called \"%s\" exists and is not ours",
		               want->name);
	made = make_object(mem, want);
	made.id = new_id(p, mem, made.id);
	e = put(&c, &made);
	if (!e)
		*out = object_copy(mem, NULL, &made);
	return e;
}

static struct err *fake_update(struct provider *p, struct arena *mem,
                               const struct object *have,
                               const struct desired *want,
                               const struct progress *progress,
                               struct object *out)
{
	struct change c = {p, "update", want->address, false};
	struct err *e = begin(&c, progress);
	struct object made;

	if (e)
		return e;
	made = make_object(mem, want);
	made.id = have->id;
	e = put(&c, &made);
	if (!e)
		*out = object_copy(mem, NULL, &made);
	return e;
}

static struct err *drop(const struct change *c, const char *id)
{
	struct provider *p = c->p;
	struct fake_entry *at;
	struct err *e = NULL;

	pthread_mutex_lock(&p->lock);
	at = fake_find_locked(p, id);
	if (c->dies && at) {
		struct object half = at->object;

		half.fault = "it is half deleted";
		half.fault_updatable = false;
		e = fake_put_locked(p, &half);
	}
	die_if(c, FAKE_INSIDE);
	if (!e)
		e = fake_drop_locked(p, id);
	die_if(c, FAKE_AFTER);
	pthread_mutex_unlock(&p->lock);
	return e;
}

static struct err *fake_delete(struct provider *p, const struct object *have,
                               const struct progress *progress)
{
	struct change c = {p, "delete", have->address, false};
	struct err *e = begin(&c, progress);

	return e ? e : drop(&c, have->id);
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
	.adopts = kinds,
	.moves = kinds,
	.open = fake_open,
	.close = fake_close,
	.resolve = fake_resolve,
	.list = fake_list,
	.create = fake_create,
	.update = fake_update,
	.delete = fake_delete,
	.cell = &fake_cell_ops,
	.records = &fake_record_ops,
	.logs = fake_logs,
};
