/* path.c - see path.h. */
#include "kernel/fs/path.h"

#include "kernel/fs/dentry.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

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

static int look_up(struct dentry *dir, const char *name, size_t len,
                   struct dentry **out)
{
	int rc;

	if (!dir->sb->dynamic) {
		*out = dentry_find(dir, name, len);
		if (*out)
			return 0;
	}
	mutex_lock(&dir->inode->lock);
	rc = path_lookup_locked(dir, name, len, out);
	mutex_unlock(&dir->inode->lock);
	return rc;
}

/* One step, across mounts but not along links. */
static int step(struct dentry *dir, const char *name, size_t len,
                struct dentry **out)
{
	int rc;

	if (!is_folder(dir))
		return -ENOTDIR;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	if (is_dot(name, len)) {
		dentry_get(dir);
		*out = dir;
		return 0;
	}
	if (is_dotdot(name, len)) {
		if (dir == vfs_root()) {
			dentry_get(dir);
			*out = dir;
		} else {
			*out = dentry_mounted(dentry_up(dir));
		}
		return 0;
	}
	rc = look_up(dir, name, len, out);
	if (!rc)
		*out = dentry_mounted(*out);
	return rc;
}

int walk_begin(struct walk *w, struct dentry *at, const char *path)
{
	size_t len = strnlen(path, PATH_MAX);

	*w = (struct walk){.rest = path};
	if (len == 0)
		return -ENOENT;
	if (len == PATH_MAX)
		return -ENAMETOOLONG;
	if (path[0] == '/')
		at = vfs_root();
	w->at = at ? at : vfs_cwd();
	if (at)
		dentry_get(at);
	return 0;
}

void walk_end(struct walk *w)
{
	if (w->at)
		dentry_put(w->at);
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
		rc = step(w->at, w->name, w->len, &d);
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
		rc = step(w->at, w->name, w->len, &d);
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
	int rc = i->ops->follow(i, &d);

	if (rc)
		return rc;
	go_to(w, d);
	w->rest = w->name + w->len;
	return 0;
}

/* The link's text and what stands behind its name, as the new rest. */
static int splice(struct walk *w, struct dentry *link)
{
	size_t behind = strlen(w->name + w->len);
	char *text = mem_alloc(TEXT_MAX);
	int n;

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
	memcpy(text + n, w->name + w->len, behind + 1);
	mem_free(w->owned);
	w->owned = text;
	w->rest = text;
	if (text[0] == '/') {
		struct dentry *root = vfs_root();

		dentry_get(root);
		go_to(w, root);
	}
	return 0;
}

int walk_follow(struct walk *w, struct dentry *d)
{
	if (++w->links > SYMLINKS_MAX)
		return -ELOOP;
	if (d->inode->ops->follow)
		return jump(w, d->inode);
	return splice(w, d);
}

bool walk_is_dots(const struct walk *w)
{
	return w->len == 0 || is_dot(w->name, w->len) ||
	       is_dotdot(w->name, w->len);
}
