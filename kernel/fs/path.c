/*
 * path.c - see path.h.
 *
 * A walk needs no giant lock from its caller: what is in the cache of names is
 * guarded by that cache's lock, and who asks a file system takes the giant one.
 */
#include "kernel/fs/path.h"

#include "kernel/fs/dentry.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/giant.h"

enum { TEXT_MAX = 2 * PATH_MAX }; /* a link's text and what was left */

static bool is_dot(const char *name, size_t len)
{
	return len == 1 && name[0] == '.';
}

static bool is_dotdot(const char *name, size_t len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

static bool is_link(const struct dentry *d)
{
	return d->inode && mode_is(d->inode->mode, S_IFLNK);
}

static bool is_folder(const struct dentry *d)
{
	return d->inode && mode_is(d->inode->mode, S_IFDIR);
}

int path_lookup_locked(struct dentry *dir, const char *name, size_t len,
                       struct dentry **out)
{
	struct inode *i = NULL;
	struct dentry *d = NULL;
	int rc;

	if (!dir->sb->dynamic)
		d = dentry_find(dir, name, len);
	if (!d) {
		if (!dir->inode->ops->lookup)
			return -ENOTDIR;
		rc = dir->inode->ops->lookup(dir->inode, name, len, &i);
		if (rc && rc != -ENOENT)
			return rc;
		d = dentry_add(dir, name, len, rc ? NULL : i);
		if (i)
			inode_put(i);
		if (!d)
			return -ENOMEM;
	}
	*out = d;
	return 0;
}

static int look_up(const struct walk *w, struct dentry *dir,
                   struct dentry **out)
{
	int rc;

	if (!dir->sb->dynamic) {
		*out = dentry_find(dir, w->name, w->len);
		if (*out)
			return 0;
	}
	if (w->resolve & RESOLVE_CACHED)
		return -EAGAIN;
	giant_lock();
	mutex_lock(&dir->inode->lock);
	rc = path_lookup_locked(dir, w->name, w->len, out);
	mutex_unlock(&dir->inode->lock);
	giant_unlock();
	return rc;
}

static int step_up(const struct walk *w, struct dentry **out)
{
	struct dentry *top = w->top ? w->top : vfs_root();

	if (w->at == top && w->resolve & RESOLVE_BENEATH)
		return -EXDEV;
	if (w->at == top || w->at == vfs_root()) {
		dentry_get(w->at);
		*out = w->at;
		return 0;
	}
	if (w->top && !dentry_is_below(w->at, w->top))
		return -EAGAIN; /* moved away while the walk slept */
	*out = dentry_mounted(dentry_up(w->at));
	return 0;
}

static int step_anywhere(const struct walk *w, struct dentry **out)
{
	int rc;

	if (!is_folder(w->at))
		return -ENOTDIR;
	if (w->len > NAME_MAX)
		return -ENAMETOOLONG;
	if (is_dot(w->name, w->len)) {
		dentry_get(w->at);
		*out = w->at;
		return 0;
	}
	if (is_dotdot(w->name, w->len))
		return step_up(w, out);
	rc = look_up(w, w->at, out);
	if (!rc)
		*out = dentry_mounted(*out);
	return rc;
}

/* `d` is put where it may not be gone to. */
static int check_mount(const struct walk *w, struct dentry *d)
{
	if (!(w->resolve & RESOLVE_NO_XDEV) || d->sb == w->at->sb)
		return 0;
	dentry_put(d);
	return -EXDEV;
}

/* One step, across mounts but not along links. */
static int step(const struct walk *w, struct dentry **out)
{
	int rc = step_anywhere(w, out);

	return rc ? rc : check_mount(w, *out);
}

int walk_begin_within(struct walk *w, struct dentry *at, const char *path,
                      unsigned resolve)
{
	bool scoped = resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT);
	size_t len = strnlen(path, PATH_MAX);

	*w = (struct walk){.rest = path, .resolve = resolve};
	if (len == 0)
		return -ENOENT;
	if (len == PATH_MAX)
		return -ENAMETOOLONG;
	if (path[0] == '/' && resolve & RESOLVE_BENEATH)
		return -EXDEV;
	if (path[0] == '/' && !scoped)
		at = vfs_root();
	w->at = at ? at : vfs_cwd();
	if (at)
		dentry_get(at);
	if (scoped) {
		dentry_get(w->at);
		w->top = w->at;
	}
	return 0;
}

int walk_begin(struct walk *w, struct dentry *at, const char *path)
{
	return walk_begin_within(w, at, path, 0);
}

void walk_end(struct walk *w)
{
	if (w->at)
		dentry_put(w->at);
	if (w->top)
		dentry_put(w->top);
	mem_free(w->owned);
}

static void go_to(struct walk *w, struct dentry *d)
{
	dentry_put(w->at);
	w->at = d;
}

static const char *skip_slashes(const char *s)
{
	while (*s == '/')
		s++;
	return s;
}

/* Find the next name in w->rest. Returns what is behind it and its slashes. */
static const char *next_name(struct walk *w)
{
	const char *end;

	w->name = skip_slashes(w->rest);
	for (end = w->name; *end && *end != '/'; end++)
		;
	w->len = (size_t)(end - w->name);
	w->slash = w->len > 0 ? *end == '/' : w->name > w->rest;
	return skip_slashes(end);
}

int walk_to_last(struct walk *w)
{
	for (;;) {
		const char *behind = next_name(w);
		struct dentry *d;
		int rc;

		if (*behind == '\0')
			return 0;
		rc = step(w, &d);
		if (rc)
			return rc;
		if (is_link(d)) {
			rc = walk_follow(w, d);
			dentry_put(d);
			if (rc)
				return rc;
		} else if (!d->inode) {
			dentry_put(d);
			return -ENOENT;
		} else {
			go_to(w, d);
			w->rest = behind;
		}
	}
}

int walk_last(struct walk *w, unsigned flags, struct dentry **out)
{
	struct dentry *d;
	int rc;

	for (;;) {
		rc = walk_to_last(w);
		if (rc)
			return rc;
		if (w->len == 0) {
			d = w->at;
			dentry_get(d);
			break;
		}
		rc = step(w, &d);
		if (rc)
			return rc;
		if (!is_link(d) || !(w->slash || (flags & LOOKUP_FOLLOW)))
			break;
		rc = walk_follow(w, d);
		dentry_put(d);
		if (rc)
			return rc;
	}
	if ((w->slash || (flags & LOOKUP_DIRECTORY)) && d->inode &&
	    !is_folder(d)) {
		dentry_put(d);
		return -ENOTDIR;
	}
	*out = d;
	return 0;
}

/* A link that is a thing, not a text. */
static int jump(struct walk *w, struct inode *i)
{
	struct dentry *d;
	int rc;

	if (w->resolve & RESOLVE_NO_MAGICLINKS)
		return -ELOOP;
	if (w->top)
		return -EXDEV;
	rc = i->ops->follow(i, &d);
	if (!rc)
		rc = check_mount(w, d);
	if (rc)
		return rc;
	go_to(w, d);
	w->rest = w->name + w->len;
	return 0;
}

/* At a link whose text begins with a slash. */
static int begin_anew(struct walk *w)
{
	struct dentry *root = w->top ? w->top : vfs_root();
	int rc;

	if (w->resolve & RESOLVE_BENEATH)
		return -EXDEV;
	dentry_get(root);
	rc = check_mount(w, root);
	if (!rc)
		go_to(w, root);
	return rc;
}

/* The link's text and what stands behind its name, as the new rest. */
static int splice(struct walk *w, struct dentry *link)
{
	size_t behind = strlen(w->name + w->len);
	char *text = mem_alloc(TEXT_MAX);
	int n, rc;

	if (!text)
		return -ENOMEM;
	n = vfs_readlink(link, text, PATH_MAX);
	if (n == 0)
		n = -ENOENT;
	else if (n > 0 && (size_t)n + behind + 1 > TEXT_MAX)
		n = -ENAMETOOLONG;
	if (n < 0) {
		mem_free(text);
		return n;
	}
	if (text[0] == '/') {
		rc = begin_anew(w);
		if (rc) {
			mem_free(text);
			return rc;
		}
	}
	memcpy(text + n, w->name + w->len, behind + 1);
	mem_free(w->owned);
	w->owned = text;
	w->rest = text;
	return 0;
}

int walk_follow(struct walk *w, struct dentry *d)
{
	int rc;

	if (w->resolve & RESOLVE_NO_SYMLINKS || ++w->links > SYMLINKS_MAX)
		return -ELOOP;
	giant_lock();
	rc = d->inode->ops->follow ? jump(w, d->inode) : splice(w, d);
	giant_unlock();
	return rc;
}

bool walk_is_dots(const struct walk *w)
{
	return w->len == 0 || is_dot(w->name, w->len) ||
	       is_dotdot(w->name, w->len);
}
