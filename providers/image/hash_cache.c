/* hash_cache.c - a search tree by inode, kept as lines of text. */
#include "providers/image/hash_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "parser/base/arena.h"
#include "parser/base/fs.h"
#include "parser/base/strbuf.h"

enum {
	MAX_FILE = 16 * 1024 * 1024,
	MAX_ENTRIES = 64 * 1024, /* above it, what was not used goes */
	SETTLE_SECONDS = 2,      /* coarser than any file system's clock */
};

struct hashed {
	uint64_t dev, ino, size;
	int64_t mtime, ctime; /* nanoseconds */
	struct sha256 hash;
	bool used; /* in this run */
};

struct image_hash_cache {
	pthread_mutex_t lock;

	/* lock must be held for these. */
	struct arena mem;
	const char *path;
	void *tree; /* of struct hashed, by dev and ino */
	size_t n;
	bool loaded, changed;
};

static int by_inode(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return 0;
}

static struct hashed *find_locked(struct image_hash_cache *c,
                                  const struct hashed *key)
{
	struct hashed *const *at = tfind(key, &c->tree, by_inode);

	return at ? *at : NULL;
}

static void add_locked(struct image_hash_cache *c, const struct hashed *e)
{
	struct hashed *old = find_locked(c, e);

	if (!old) {
		old = ARENA_NEW(&c->mem, struct hashed);
		*old = *e;
		if (!tsearch(old, &c->tree, by_inode))
			return; /* no memory: it is a cache */
		c->n++;
	}
	*old = *e;
}

static void load_locked(struct image_hash_cache *c)
{
	char *text = NULL, *line;
	size_t len;
	struct err *e;

	if (c->loaded)
		return;
	c->loaded = true;
	e = fs_read(&c->mem, c->path, MAX_FILE, &text, &len);
	err_free(e);
	while (text && (line = strsep(&text, "\n"))) {
		struct hashed entry = {0};
		int n = sscanf(line,
		               "%" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		               " %" SCNx64 " %64[0-9a-f]",
		               &entry.dev, &entry.ino, &entry.size,
		               (uint64_t *)&entry.mtime,
		               (uint64_t *)&entry.ctime, entry.hash.hex);

		if (n == 6 && strlen(entry.hash.hex) == SHA256_HEX)
			add_locked(c, &entry);
	}
}

struct image_hash_cache *image_hash_cache_open(const char *path)
{
	struct image_hash_cache *c = calloc(1, sizeof(*c));

	if (!c)
		arena_no_memory();
	pthread_mutex_init(&c->lock, NULL);
	c->path = arena_strdup(&c->mem, path);
	return c;
}

struct printing {
	struct strbuf out;
	bool only_used;
};

static void print_entry(const void *node, VISIT which, void *closure)
{
	const struct hashed *e = *(const struct hashed *const *)node;
	struct printing *p = closure;

	if ((which != postorder && which != leaf) || (p->only_used && !e->used))
		return;
	strbuf_printf(&p->out,
	              "%" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64
	              " %s\n",
	              e->dev, e->ino, e->size, (uint64_t)e->mtime,
	              (uint64_t)e->ctime, e->hash.hex);
}

static void save_locked(struct image_hash_cache *c)
{
	struct printing p = {.only_used = c->n > MAX_ENTRIES};

	twalk_r(c->tree, print_entry, &p);
	/* Losing a cache is no error. */
	if (access(fs_parent(&c->mem, c->path), W_OK) == 0)
		err_free(fs_write(c->path, p.out.s, p.out.len, 0600));
	strbuf_fini(&p.out);
}

static void keep(UNUSED void *entry)
{
}

void image_hash_cache_close(struct image_hash_cache *c)
{
	if (!c)
		return;
	if (c->changed)
		save_locked(c);
	tdestroy(c->tree, keep);
	arena_free(&c->mem);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct hashed key_of(const struct stat *st)
{
	return (struct hashed){
		.dev = (uint64_t)st->st_dev,
		.ino = (uint64_t)st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime = nanoseconds(st->st_mtim),
		.ctime = nanoseconds(st->st_ctim),
		.used = true,
	};
}

static bool recall(struct image_hash_cache *c, const struct hashed *key,
                   struct sha256 *out)
{
	struct hashed *e;
	bool known;

	pthread_mutex_lock(&c->lock);
	load_locked(c);
	e = find_locked(c, key);
	known = e && e->size == key->size && e->mtime == key->mtime &&
	        e->ctime == key->ctime;
	if (known) {
		e->used = true;
		*out = e->hash;
	}
	pthread_mutex_unlock(&c->lock);
	return known;
}

static void remember(struct image_hash_cache *c, const struct hashed *entry)
{
	if (time(NULL) - entry->ctime / 1000000000 < SETTLE_SECONDS)
		return;
	pthread_mutex_lock(&c->lock);
	add_locked(c, entry);
	c->changed = true;
	pthread_mutex_unlock(&c->lock);
}

struct err *image_hash_cached(struct image_hash_cache *c, const char *path,
                              struct sha256 *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct hashed entry;
	struct stat st;
	struct err *e = NULL;

	if (fd < 0)
		return err_sys(errno, "%s", path);
	if (fstat(fd, &st)) {
		e = err_sys(errno, "%s", path);
		goto out;
	}
	entry = key_of(&st);
	if (recall(c, &entry, out))
		goto out;
	e = sha256_fd(fd, path, &entry.hash);
	if (!e) {
		remember(c, &entry);
		*out = entry.hash;
	}
out:
	close(fd);
	return e;
}
