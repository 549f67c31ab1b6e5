/* store.c - publish by rename, find by name, drop what nobody uses. */
#include "providers/image/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/image/ext4_build.h"
#include "providers/image/hash_cache.h"
#include "providers/image/package_cache.h"

enum { MAX_META = 1024 * 1024, MAX_KERNEL = 64 * 1024 * 1024 };

struct store {
	struct arena mem;
	const char *home;
	const char *dir;                 /* HOME/images */
	struct image_hash_cache *hashes; /* locks itself */
};

struct err *store_home(struct arena *mem, const char **home)
{
	const char *miso = getenv("MISO_HOME");
	const char *data = getenv("XDG_DATA_HOME");
	const char *user = getenv("HOME");

	if (miso && *miso)
		*home = arena_strdup(mem, miso);
	else if (data && data[0] == '/')
		*home = arena_printf(mem, "%s/miso", data);
	else if (user && user[0] == '/')
		*home = arena_printf(mem, "%s/.local/share/miso", user);
	else
		return err_new(ERR_IO, NO_POS,
		               "there is no place to keep images: neither "
		               "MISO_HOME nor HOME is set");
	return NULL;
}

struct err *store_open(const char *home, struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	s->home = arena_strdup(&s->mem, home);
	s->dir = arena_printf(&s->mem, "%s/images", home);
	s->hashes = image_hash_cache_open(
		arena_printf(&s->mem, "%s/hashes", s->dir));
	*out = s;
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	image_hash_cache_close(s->hashes);
	arena_free(&s->mem);
	free(s);
}

struct err *store_hash_file(struct store *s, const char *path,
                            struct sha256 *out)
{
	return image_hash_cached(s->hashes, path, out);
}

/* --- names -------------------------------------------------------------------
 */

static char *root_path(struct store *s, struct arena *mem, const char *digest)
{
	return arena_printf(mem, "%s/root-%s.ext4", s->dir, digest);
}

static char *kernel_path(struct store *s, struct arena *mem, const char *digest)
{
	return arena_printf(mem, "%s/kernel-%s.elf", s->dir, digest);
}

static char *meta_path(struct store *s, struct arena *mem, const char *digest)
{
	return arena_printf(mem, "%s/%s.json", s->dir, digest);
}

static struct err *read_meta(struct arena *mem, const char *path,
                             const struct value **out)
{
	char *text;
	size_t len;
	struct err *e = fs_read(mem, path, MAX_META, &text, &len);

	return e ? e : value_from_json(mem, text, len, out);
}

/* A file that is there and whose content cannot be told, not a broken one. */
static bool is_unreadable(const char *path, const struct err *e)
{
	return err_code(e) == ERR_IO && fs_exists(path);
}

/* --- finding -----------------------------------------------------------------
 */

struct err *store_find(struct store *s, struct arena *mem, const char *digest,
                       struct store_image *out)
{
	const struct value *meta = value_null();
	struct err *e = read_meta(mem, meta_path(s, mem, digest), &meta);
	const char *root, *kernel;

	if (e && is_unreadable(meta_path(s, mem, digest), e))
		return e;
	err_free(e);
	root = root_path(s, mem, value_get_string(meta, "root", "none"));
	kernel = kernel_path(s, mem, value_get_string(meta, "kernel", "none"));
	if (access(root, R_OK) || access(kernel, R_OK))
		return err_new(ERR_REF, NO_POS,
		               "the image store has no image %.12s", digest);
	*out = (struct store_image){root, kernel,
	                            value_get_string(meta, "program", "")};
	return NULL;
}

/* --- listing -----------------------------------------------------------------
 */

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

/* `whole`: all of it is there. */
static struct err *read_entry(struct store *s, struct arena *mem,
                              const char *digest, struct store_entry *out,
                              bool *whole)
{
	const struct value *meta = value_null();
	const char *path = meta_path(s, mem, digest);
	struct err *e = read_meta(mem, path, &meta);
	struct stat root, kernel, st;

	if (e && is_unreadable(path, e))
		return e;
	err_free(e);
	*out = (struct store_entry){
		.digest = digest,
		.root = value_get_string(meta, "root", "none"),
		.kernel = value_get_string(meta, "kernel", "none"),
		.program = value_get_string(meta, "program", ""),
		.packages = value_get(meta, "packages"),
	};
	if (!out->packages)
		out->packages = value_list(mem, NULL, 0);
	*whole = !stat(path, &st) &&
	         !stat(root_path(s, mem, out->root), &root) &&
	         !stat(kernel_path(s, mem, out->kernel), &kernel);
	if (!*whole)
		return NULL;
	out->disk = (uint64_t)root.st_size;
	out->stored =
		((uint64_t)root.st_blocks + (uint64_t)kernel.st_blocks) * 512;
	out->built = st.st_mtime;
	return NULL;
}

static int by_age(const void *a, const void *b)
{
	const struct store_entry *x = a, *y = b;

	if (x->built != y->built)
		return x->built < y->built ? 1 : -1;
	return strcmp(x->digest, y->digest);
}

struct err *store_list(struct store *s, struct arena *mem,
                       struct store_entry **out, size_t *n)
{
	DIR *dir = opendir(s->dir);
	struct store_entry *v = NULL;
	size_t len = 0, cap = 0;
	struct err *e = NULL;
	struct dirent *d;

	if (!dir && errno != ENOENT)
		return err_sys(errno, "%s", s->dir);
	while (dir && !e && (d = readdir(dir))) {
		size_t name = strlen(d->d_name);
		bool whole = false;

		if (!has_suffix(d->d_name, ".json"))
			continue;
		ARENA_RESERVE(mem, struct store_entry, v, len, cap);
		e = read_entry(s, mem, arena_strndup(mem, d->d_name, name - 5),
		               &v[len], &whole);
		len += whole;
	}
	if (dir)
		closedir(dir);
	if (e)
		return e;
	if (len)
		qsort(v, len, sizeof(*v), by_age);
	*out = v;
	*n = len;
	return NULL;
}

struct err *store_match(struct store *s, struct arena *mem, const char *prefix,
                        struct store_entry *out)
{
	enum { SHORTEST = 6 };
	const struct store_entry *found = NULL;
	struct store_entry *all;
	size_t n, len = strlen(prefix);
	struct err *e = store_list(s, mem, &all, &n);

	for (size_t i = 0; !e && i < n; i++) {
		if (len < SHORTEST || strncmp(all[i].digest, prefix, len) != 0)
			continue;
		if (found)
			return err_new(ERR_REF, NO_POS,
			               "more than one image begins with %s",
			               prefix);
		found = &all[i];
	}
	if (!e && !found)
		e = err_new(ERR_REF, NO_POS,
		            "the image store has no image \"%s\"", prefix);
	if (!e)
		*out = *found;
	return e;
}

/* --- building ----------------------------------------------------------------
 */

static struct err *lock_store(struct store *s, int *lock)
{
	struct arena mem = {0};
	const char *path = arena_printf(&mem, "%s/lock", s->dir);
	struct err *e = fs_make_dirs(s->dir, 0700);

	if (!e) {
		*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (*lock < 0 || flock(*lock, LOCK_EX))
			e = err_sys(errno, "%s", path);
	}
	arena_free(&mem);
	return e;
}

/* Under the lock nobody builds: what a crashed builder left can go. */
static struct err *begin(struct store *s, struct arena *mem, const char **temp)
{
	*temp = arena_printf(mem, "%s/building", s->dir);
	return fs_remove_tree(*temp);
}

/* The disk at q->path, from all the image is made of. */
static struct err *build_disk(struct store *s, struct arena *mem,
                              const struct image *image,
                              const struct ext4_request *q)
{
	const char *unpacked = arena_printf(mem, "%s/unpacked", s->dir);
	struct image_tree tree;
	struct err *e = fs_remove_tree(unpacked);

	if (!e && image->whole.n)
		e = fs_make_dirs(unpacked, 0700);
	if (!e)
		e = image_whole_tree(mem, s->home, unpacked, image, &tree);
	if (!e)
		e = ext4_build(&tree, q);
	err_free(fs_remove_tree(unpacked));
	return e;
}

static struct err *publish(struct store *s, const char *temp, const char *path)
{
	if (chmod(temp, 0400) || rename(temp, path))
		return err_sys(errno, "%s", path);
	return fs_sync_dir(s->dir);
}

static void set_id(const char *digest, uint8_t *id)
{
	sha256_bytes(digest, id, EXT4_BUILD_ID);
	/* A UUID by hash of a name: version 8, RFC 9562 section 5.8. */
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x80);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

static struct err *build_root(struct store *s, struct arena *mem,
                              const struct image *image)
{
	const char *path = root_path(s, mem, image->root.hex);
	struct ext4_request q = {.size = image->disk, .time = IMAGE_TIME};
	struct err *e;

	if (access(path, R_OK) == 0)
		return NULL;
	set_id(image->root.hex, q.id);
	e = begin(s, mem, &q.path);
	if (!e)
		e = build_disk(s, mem, image, &q);
	if (!e)
		e = image_verify(s, image);
	if (!e)
		e = publish(s, q.path, path);
	return e;
}

static struct err *keep_kernel(struct store *s, struct arena *mem,
                               const struct image *image)
{
	const char *path = kernel_path(s, mem, image->kernel.hex);
	char *data;
	size_t len;
	struct err *e;

	if (access(path, R_OK) == 0)
		return NULL;
	e = fs_read(mem, image->kernel_path, MAX_KERNEL, &data, &len);
	if (e)
		return e;
	if (strcmp(sha256_of(data, len).hex, image->kernel.hex) != 0)
		return err_new(
			ERR_CONFLICT, NO_POS,
			"the kernel \"%s\" has changed since it was planned",
			image->kernel_path);
	return fs_write(path, data, len, 0400);
}

static const struct value *packages_of(struct arena *mem,
                                       const struct image *image)
{
	const struct lockfile_set sets[] = {image->whole, image->libraries};
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, sets[0].n + sets[1].n);
	size_t n = 0;

	for (size_t k = 0; k < ARRAY_LEN(sets); k++)
		for (size_t i = 0; i < sets[k].n; i++)
			v[n++] = value_string(
				mem,
				arena_printf(mem, "%s=%s", sets[k].v[i]->name,
			                     sets[k].v[i]->version));
	return value_list(mem, v, n);
}

static struct err *write_meta(struct store *s, struct arena *mem,
                              const struct image *image)
{
	const struct value_entry meta[] = {
		{.key = "kernel",
	         .value = value_string(mem, image->kernel.hex)},
		{.key = "packages", .value = packages_of(mem, image)},
		{.key = "program", .value = value_string(mem, image->program)},
		{.key = "root", .value = value_string(mem, image->root.hex)},
	};
	const char *text = arena_printf(
		mem, "%s\n",
		value_to_json(mem, value_map(mem, meta, ARRAY_LEN(meta))));

	return fs_write(meta_path(s, mem, image->digest.hex), text,
	                strlen(text), 0600);
}

/* Before the store is locked: others may build meanwhile. */
static struct err *fetch_packages(struct store *s, struct arena *mem,
                                  const struct image *image)
{
	size_t n = image->whole.n, m = image->libraries.n;
	const struct lockfile_package **v =
		ARENA_ARRAY(mem, const struct lockfile_package *, n + m);
	const struct lockfile_set all = {v, n + m};

	for (size_t i = 0; i < n + m; i++)
		v[i] = i < n ? image->whole.v[i] : image->libraries.v[i - n];
	return package_cache_fetch(mem, s->home, &all);
}

struct err *store_build(struct store *s, const struct image *image, bool *built)
{
	struct arena mem = {0};
	struct store_image there;
	int lock = -1;
	struct err *e = store_find(s, &mem, image->digest.hex, &there);

	*built = e != NULL;
	if (!e)
		goto out;
	err_free(e);
	e = fetch_packages(s, &mem, image);
	if (!e)
		e = lock_store(s, &lock);
	if (!e)
		e = build_root(s, &mem, image);
	if (!e)
		e = keep_kernel(s, &mem, image);
	if (!e)
		e = write_meta(s, &mem, image);
out:
	if (lock >= 0)
		close(lock);
	arena_free(&mem);
	return e;
}

/* --- dropping ----------------------------------------------------------------
 */

/* True when an image still in the store names `digest` under `key`. */
static bool is_used(struct store *s, struct arena *mem, const char *key,
                    const char *digest)
{
	DIR *dir = opendir(s->dir);
	struct dirent *d;
	bool used = false;

	while (dir && !used && (d = readdir(dir))) {
		const struct value *meta = value_null();

		if (!has_suffix(d->d_name, ".json"))
			continue;
		err_free(
			read_meta(mem, fs_join(mem, s->dir, d->d_name), &meta));
		used = strcmp(value_get_string(meta, key, ""), digest) == 0;
	}
	if (dir)
		closedir(dir);
	return used;
}

static struct err *drop_files(struct store *s, struct arena *mem,
                              const struct value *meta)
{
	const char *root = value_get_string(meta, "root", "");
	const char *kernel = value_get_string(meta, "kernel", "");
	struct err *e = NULL;

	if (!is_used(s, mem, "root", root))
		e = fs_remove_tree(root_path(s, mem, root));
	if (!e && !is_used(s, mem, "kernel", kernel))
		e = fs_remove_tree(kernel_path(s, mem, kernel));
	return e;
}

struct err *store_drop(struct store *s, const char *digest)
{
	struct arena mem = {0};
	const struct value *meta = value_null();
	const char *path = meta_path(s, &mem, digest);
	int lock = -1;
	struct err *e = NULL;

	if (access(s->dir, F_OK) == 0)
		e = lock_store(s, &lock);
	if (!e)
		err_free(read_meta(&mem, path, &meta));
	if (!e && lock >= 0)
		e = fs_remove_tree(path);
	if (!e && meta->type == VALUE_MAP)
		e = drop_files(s, &mem, meta);
	if (lock >= 0)
		close(lock);
	arena_free(&mem);
	return e;
}
