/* records.c - see the header. */
#include "providers/qemu/records.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/qemu/host.h"
#include "providers/qemu/images.h"

enum { LARGEST_RECORD = 64 * 1024 * 1024 };

static const char *root_of(struct arena *mem, const char *home)
{
	return fs_join(mem, home, "releases");
}

static const char *dir_of(struct arena *mem, const struct provider *p)
{
	return arena_printf(mem, "%s/%s/%s", root_of(mem, p->home),
	                    p->owner.stack, p->owner.site);
}

static const char *path_of(struct arena *mem, const struct provider *p,
                           unsigned number)
{
	return arena_printf(mem, "%s/%u.json", dir_of(mem, p), number);
}

/* 0: the file is no record. */
static unsigned number_of(const char *name)
{
	char *end;
	unsigned long n = strtoul(name, &end, 10);

	return end != name && !strcmp(end, ".json") && n <= 1000 * 1000 * 1000
	               ? (unsigned)n
	               : 0;
}

static struct err *list(struct provider *p, struct arena *mem,
                        unsigned **numbers, size_t *n)
{
	const char *path = dir_of(mem, p);
	DIR *dir = opendir(path);
	struct dirent *d;
	size_t cap = 0;

	*numbers = NULL;
	*n = 0;
	if (!dir)
		return errno == ENOENT ? NULL : err_sys(errno, "%s", path);
	while ((d = readdir(dir))) {
		if (!number_of(d->d_name))
			continue;
		ARENA_RESERVE(mem, unsigned, *numbers, *n, cap);
		(*numbers)[(*n)++] = number_of(d->d_name);
	}
	closedir(dir);
	return NULL;
}

static struct err *read_text(struct provider *p, struct arena *mem,
                             unsigned number, const char **text)
{
	char *found;
	size_t len;
	struct err *e;

	if (!fs_exists(path_of(mem, p, number)))
		return err_new(ERR_REF, NO_POS, "there is no record %u",
		               number);
	e = fs_read(mem, path_of(mem, p, number), LARGEST_RECORD, &found, &len);
	if (!e)
		*text = found;
	return e;
}

static struct err *replace_text(struct provider *p, unsigned number,
                                const char *text)
{
	struct arena mem = {0};
	struct err *e = fs_make_dirs(dir_of(&mem, p), 0700);

	if (!e)
		e = fs_write(path_of(&mem, p, number), text, strlen(text),
		             0600);
	arena_free(&mem);
	return e;
}

/* Whoever writes holds the lock: nobody comes between looking and writing. */
static struct err *write_text(struct provider *p, unsigned number,
                              const char *text)
{
	struct arena mem = {0};
	bool there = fs_exists(path_of(&mem, p, number));

	arena_free(&mem);
	if (there)
		return err_new(ERR_CONFLICT, NO_POS, "there is a record %u",
		               number);
	return replace_text(p, number, text);
}

/* --- images that records need --------------------------------------------- */

/* The map of digests in a record, or NULL; what cannot be read names none. */
static const struct value *images_of(struct arena *mem, const char *path)
{
	const struct value *v = NULL;
	char *text;
	size_t len;
	struct err *e = fs_read(mem, path, LARGEST_RECORD, &text, &len);

	if (!e)
		e = value_from_json(mem, text, len, &v);
	err_free(e);
	v = v ? value_get(v, "images") : NULL;
	return v && v->type == VALUE_MAP ? v : NULL;
}

static bool names(const char *path, const char *digest)
{
	struct arena mem = {0};
	const struct value *images = images_of(&mem, path);
	bool found = false;

	for (size_t i = 0; images && i < images->map.n && !found; i++) {
		const struct value *v = images->map.v[i].value;

		found = v->type == VALUE_STRING && !strcmp(v->string.s, digest);
	}
	arena_free(&mem);
	return found;
}

/* STACK/SITE/N.json: folders to `depth`, then records. */
static bool any_names(const char *path, const char *digest, int depth)
{
	DIR *dir = opendir(path);
	struct arena mem = {0};
	struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir))) {
		const char *below = fs_join(&mem, path, d->d_name);

		if (d->d_name[0] == '.')
			continue;
		found = depth ? any_names(below, digest, depth - 1)
		              : names(below, digest);
	}
	if (dir)
		closedir(dir);
	arena_free(&mem);
	return found;
}

bool qemu_records_use_image(const char *home, const char *digest)
{
	struct arena mem = {0};
	bool used = any_names(root_of(&mem, home), digest, 2);

	arena_free(&mem);
	return used;
}

static struct err *release_images(struct provider *p,
                                  const struct value *images)
{
	struct err *e = NULL;

	for (size_t i = 0; images && i < images->map.n && !e; i++)
		if (images->map.v[i].value->type == VALUE_STRING)
			e = qemu_images_release(
				p, images->map.v[i].value->string.s);
	return e;
}

/* Folders go once nothing is in them; rmdir() knows. */
static struct err *remove_record(struct provider *p, unsigned number)
{
	struct arena mem = {0};
	const char *path = path_of(&mem, p, number), *dir = dir_of(&mem, p);
	const struct value *images = images_of(&mem, path);
	struct err *e = NULL;

	if (unlink(path) && errno != ENOENT)
		e = err_sys(errno, "%s", path);
	if (!e)
		e = release_images(p, images);
	for (int i = 0; i < 3 && !rmdir(dir); i++)
		dir = fs_parent(&mem, dir);
	arena_free(&mem);
	return e;
}

const struct record_ops qemu_record_ops = {
	.list = list,
	.read = read_text,
	.write = write_text,
	.replace = replace_text,
	.remove = remove_record,
};
