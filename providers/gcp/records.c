/*
 * records.c - what stands next to the images in the bucket:
 *
 *	miso/STACK/SITE/lease
 *	miso/STACK/SITE/releases/N.json
 */
#include "providers/gcp/records.h"

#include <stdlib.h>
#include <string.h>

#include "providers/gcp/images.h"
#include "providers/gcp/storage.h"

/* Later, a lease that is renewed by it would be over. */
enum { LEASE_MS = 40 * 1000 };

/* --- the lease ------------------------------------------------------------ */

static const char *lease_name(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "%slease", gcp_storage_prefix(mem, p));
}

static struct cell as_cell(const struct gcp_stored *s)
{
	return (struct cell){s->text, s->generation, s->written_ms, s->now_ms};
}

static struct err *cell_read(struct provider *p, struct arena *mem,
                             struct cell *out)
{
	struct gcp_stored s;
	struct err *e = gcp_storage_read(p, mem, lease_name(mem, p), &s);

	if (!e)
		*out = as_cell(&s);
	return e;
}

static struct err *cell_write(struct provider *p, struct arena *mem,
                              const char *text, int64_t if_generation,
                              struct cell *out)
{
	struct gcp_stored s;
	struct err *e = gcp_storage_write(p, mem, lease_name(mem, p), text,
	                                  if_generation, LEASE_MS, &s);

	if (!e)
		*out = as_cell(&s);
	return e;
}

static struct err *cell_remove(struct provider *p, int64_t if_generation)
{
	struct arena mem = {0};
	struct err *e =
		gcp_storage_remove(p, lease_name(&mem, p), if_generation);

	arena_free(&mem);
	return e;
}

const struct cell_ops gcp_cell = {
	.read = cell_read, .write = cell_write, .remove = cell_remove};

/* --- releases ------------------------------------------------------------- */

static const char *folder(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "%sreleases/", gcp_storage_prefix(mem, p));
}

static const char *record_name(struct arena *mem, const struct provider *p,
                               unsigned number)
{
	return arena_printf(mem, "%s%u.json", folder(mem, p), number);
}

static struct err *records_list(struct provider *p, struct arena *mem,
                                unsigned **numbers, size_t *n)
{
	const char *prefix = folder(mem, p);
	const struct value *names;
	struct err *e = gcp_storage_list(p, mem, prefix, &names);

	if (e)
		return e;
	*numbers = ARENA_ARRAY(mem, unsigned, names->list.n);
	*n = 0;
	for (size_t i = 0; i < names->list.n; i++) {
		const char *name = names->list.v[i]->string.s + strlen(prefix);
		char *end;
		unsigned long number = strtoul(name, &end, 10);

		if (end != name && !strcmp(end, ".json"))
			(*numbers)[(*n)++] = (unsigned)number;
	}
	return NULL;
}

static struct err *records_read(struct provider *p, struct arena *mem,
                                unsigned number, const char **text)
{
	struct gcp_stored s;
	struct err *e =
		gcp_storage_read(p, mem, record_name(mem, p, number), &s);

	if (e)
		return e;
	if (!s.text)
		return err_new(ERR_REF, NO_POS, "there is no release %u",
		               number);
	*text = s.text;
	return NULL;
}

static struct err *records_write(struct provider *p, unsigned number,
                                 const char *text)
{
	struct arena mem = {0};
	struct err *e = gcp_storage_write(p, &mem, record_name(&mem, p, number),
	                                  text, 0, 0, NULL);

	arena_free(&mem);
	return e;
}

static struct err *records_replace(struct provider *p, unsigned number,
                                   const char *text)
{
	struct arena mem = {0};
	const char *name = record_name(&mem, p, number);
	struct gcp_stored old;
	struct err *e = gcp_storage_read(p, &mem, name, &old);

	if (!e)
		e = gcp_storage_write(p, &mem, name, text, old.generation, 0,
		                      NULL);
	arena_free(&mem);
	return e;
}

static struct err *records_remove(struct provider *p, unsigned number)
{
	struct arena mem = {0};
	struct err *e = gcp_storage_remove(p, record_name(&mem, p, number), 0);

	arena_free(&mem);
	return e ? e : gcp_images_prune(p);
}

const struct record_ops gcp_records = {
	.list = records_list,
	.read = records_read,
	.write = records_write,
	.replace = records_replace,
	.remove = records_remove,
};

struct digests {
	const char **v;
	size_t n, cap;
};

static void add_digests(struct arena *mem, const char *text, struct digests *d)
{
	const struct value *v = value_null(), *images;

	err_free(value_from_json(mem, text, strlen(text), &v));
	images = value_get(v, "images");
	for (size_t i = 0;
	     images && images->type == VALUE_MAP && i < images->map.n; i++) {
		const struct value *digest = images->map.v[i].value;

		if (digest->type != VALUE_STRING)
			continue;
		ARENA_RESERVE(mem, const char *, d->v, d->n, d->cap);
		d->v[d->n++] = digest->string.s;
	}
}

struct err *gcp_records_images(struct provider *p, struct arena *mem,
                               const char *const **out, size_t *n)
{
	struct digests d = {0};
	unsigned *numbers;
	size_t nr = 0;
	struct err *e = records_list(p, mem, &numbers, &nr);

	for (size_t i = 0; !e && i < nr; i++) {
		struct gcp_stored s;

		e = gcp_storage_read(p, mem, record_name(mem, p, numbers[i]),
		                     &s);
		if (!e && s.text)
			add_digests(mem, s.text, &d);
	}
	if (e)
		return e;
	*out = d.v;
	*n = d.n;
	return NULL;
}
