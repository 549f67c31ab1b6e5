/*
 * tmpfs.c - see tmpfs.h.
 *
 * An inode's own part hangs at inode->priv: for a folder the list of its
 * entries, each of which holds a reference to its inode; for a symbolic link
 * its text. A page that was stored to is "dirty" for ever: that is how the
 * pages that count are told from those read from a hole.
 */
#include "kernel/fs/tmpfs.h"

#include "kernel/core/lock.h"
#include "kernel/fs/vfs.h"
#include "kernel/fs/xattr.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	MAGIC = 0x01021994,
	MEMORY_SHARE = 2, /* 1/2 of memory may be used */
	SECTORS_PER_PAGE = PAGE_SIZE / 512,
};

/* Of all tmpfs together: they share one memory. */
static struct {
	struct lock lock;
	uint64_t pages; /* lock must be held */
	uint64_t next_ino;
} usage = {
	.lock = LOCK_INIT(LOCK_TABLE),
	.next_ino = 1,
};

struct entry {
	struct list link;
	struct inode *i;
	int64_t pos; /* for readdir: grows with each new entry */
	size_t len;
	char name[];
};

/* What priv points at. */
struct node {
	struct list entries; /* guarded by the folder's lock */
	int64_t next_pos;
	char *target;
	struct list xattrs; /* guarded by the inode's lock */
};

static const struct inode_ops tmpfs_ops;
static const struct mapping_ops tmpfs_mapping_ops;

static struct node *node_of(const struct inode *i)
{
	return i->priv;
}

/* --- pages --- */

static uint64_t max_pages(void)
{
	return page_total() / MEMORY_SHARE;
}

static int read_pages(struct mapping *m, struct page **pages, unsigned nr)
{
	(void)m;
	for (unsigned i = 0; i < nr; i++)
		memset(page_virt(pages[i]), 0, PAGE_SIZE);
	return 0;
}

static int reserve(struct mapping *m, uint64_t index)
{
	const struct page *p = radix_get(&m->pages, index);
	struct inode *i = m->owner;
	int rc = 0;

	if (p && (p->flags & PAGE_DIRTY))
		return 0;
	lock_acquire(&usage.lock);
	if (usage.pages >= max_pages())
		rc = -ENOSPC;
	else
		usage.pages++;
	lock_release(&usage.lock);
	if (!rc)
		i->blocks += SECTORS_PER_PAGE;
	return rc;
}

static void unreserve(struct mapping *m)
{
	struct inode *i = m->owner;

	lock_acquire(&usage.lock);
	usage.pages--;
	lock_release(&usage.lock);
	i->blocks -= SECTORS_PER_PAGE;
}

static const struct mapping_ops tmpfs_mapping_ops = {
	.read_pages = read_pages,
	.reserve = reserve,
	.unreserve = unreserve,
	.own_locks = true,
};

/* --- inodes --- */

static int make(struct superblock *sb, uint32_t mode, uint64_t rdev,
                struct inode **out)
{
	struct node *n = mem_zalloc(sizeof(*n));
	struct inode *i;
	uint64_t ino;

	if (!n)
		return -ENOMEM;
	lock_acquire(&usage.lock);
	ino = usage.next_ino++;
	lock_release(&usage.lock);
	i = inode_new(sb, ino, mode);
	if (!i) {
		mem_free(n);
		return -ENOMEM;
	}
	list_init(&n->entries);
	list_init(&n->xattrs);
	i->ops = &tmpfs_ops;
	i->mapping.ops = &tmpfs_mapping_ops;
	i->priv = n;
	i->rdev = rdev;
	if (mode_is(mode, S_IFREG))
		i->seals = SEALS_POSSIBLE | SEAL_SEAL;
	if (mode_is(mode, S_IFDIR))
		i->nlink = 2;
	*out = i;
	return 0;
}

static void evict(struct inode *i)
{
	struct node *n = i->priv;

	if (!n)
		return;
	i->priv = NULL;
	xattr_free_all(&n->xattrs);
	mem_free(n->target);
	mem_free(n);
}

/* --- folders --- */

static struct entry *find(const struct inode *dir, const char *name, size_t len)
{
	LIST_EACH(l, &node_of(dir)->entries)
	{
		struct entry *e = LIST_ENTRY(l, struct entry, link);

		if (e->len == len && !memcmp(e->name, name, len))
			return e;
	}
	return NULL;
}

static int lookup(struct inode *dir, const char *name, size_t len,
                  struct inode **out)
{
	struct entry *e = find(dir, name, len);

	if (!e)
		return -ENOENT;
	inode_get(e->i);
	*out = e->i;
	return 0;
}

/* The entry takes over the reference. */
static int add(struct inode *dir, const char *name, size_t len, struct inode *i)
{
	struct entry *e = mem_alloc(sizeof(*e) + len);

	if (!e)
		return -ENOMEM;
	e->i = i;
	e->len = len;
	e->pos = ++node_of(dir)->next_pos;
	memcpy(e->name, name, len);
	list_append(&node_of(dir)->entries, &e->link);
	inode_touch(dir);
	return 0;
}

/* The caller has a reference, so the inode stays for now. */
static void take(struct inode *dir, const char *name, size_t len)
{
	struct entry *e = find(dir, name, len);

	if (!e)
		return;
	list_remove(&e->link);
	inode_put(e->i);
	mem_free(e);
	inode_touch(dir);
}

static int create(struct inode *dir, const char *name, size_t len,
                  uint32_t mode, uint64_t rdev, struct inode **out)
{
	struct inode *i;
	int rc = make(dir->sb, mode, rdev, &i);

	if (rc)
		return rc;
	rc = add(dir, name, len, i);
	if (rc) {
		i->nlink = 0;
		inode_put(i);
		return rc;
	}
	if (mode_is(mode, S_IFDIR))
		dir->nlink++;
	inode_get(i); /* one for the entry, one for the caller */
	*out = i;
	return 0;
}

static int tmpfile(struct inode *dir, uint32_t mode, struct inode **out)
{
	int rc = make(dir->sb, mode, 0, out);

	if (!rc)
		(*out)->nlink = 0;
	return rc;
}

static int symlink(struct inode *dir, const char *name, size_t len,
                   const char *target, struct inode **out)
{
	size_t n = strlen(target);
	char *copy = mem_alloc(n + 1);
	int rc;

	if (!copy)
		return -ENOMEM;
	rc = create(dir, name, len, S_IFLNK | 0777, 0, out);
	if (rc) {
		mem_free(copy);
		return rc;
	}
	memcpy(copy, target, n + 1);
	node_of(*out)->target = copy;
	(*out)->size = n;
	return 0;
}

static int readlink(struct inode *i, char *out, size_t size)
{
	size_t n = (size_t)i->size;

	if (n > size)
		n = size;
	memcpy(out, node_of(i)->target, n);
	return (int)n;
}

static int link(struct inode *dir, const char *name, size_t len,
                struct inode *target)
{
	int rc = add(dir, name, len, target);

	if (rc)
		return rc;
	inode_get(target);
	target->nlink++;
	target->ctime = inode_now();
	return 0;
}

static int unlink(struct inode *dir, const char *name, size_t len,
                  struct inode *victim)
{
	take(dir, name, len);
	victim->nlink--;
	victim->ctime = inode_now();
	return 0;
}

static int rmdir(struct inode *dir, const char *name, size_t len,
                 struct inode *victim)
{
	if (!list_empty(&node_of(victim)->entries))
		return -ENOTEMPTY;
	take(dir, name, len);
	victim->nlink = 0;
	dir->nlink--;
	return 0;
}

static int rename(struct inode *from, const char *name, size_t len,
                  struct inode *to, const char *new_name, size_t new_len,
                  struct inode *moved, struct inode *replaced)
{
	bool folder = mode_is(moved->mode, S_IFDIR);
	int rc;

	if (replaced && folder && !list_empty(&node_of(replaced)->entries))
		return -ENOTEMPTY;
	rc = add(to, new_name, new_len, moved);
	if (rc)
		return rc;
	inode_get(moved);
	if (replaced) { /* found before the new entry, which is the last */
		take(to, new_name, new_len);
		replaced->nlink = folder ? 0 : replaced->nlink - 1;
		to->nlink -= folder;
	}
	take(from, name, len);
	from->nlink -= folder;
	to->nlink += folder;
	moved->ctime = inode_now();
	return 0;
}

static int exchange(struct inode *from, const char *name, size_t len,
                    struct inode *to, const char *new_name, size_t new_len,
                    struct inode *one, struct inode *other)
{
	struct entry *a = find(from, name, len);
	struct entry *b = find(to, new_name, new_len);

	if (!a || !b)
		return -ENOENT;
	a->i = other;
	b->i = one;
	if (mode_is(one->mode, S_IFDIR)) {
		from->nlink--;
		to->nlink++;
	}
	if (mode_is(other->mode, S_IFDIR)) {
		to->nlink--;
		from->nlink++;
	}
	inode_touch(from);
	inode_touch(to);
	one->ctime = other->ctime = inode_now();
	return 0;
}

static int setattr(struct inode *i, const struct inode_attr *a)
{
	if (a->set & ATTR_SIZE)
		inode_set_size(i, a->size);
	inode_set_fields(i, a);
	return 0;
}

static int readdir(struct inode *dir, int64_t pos, struct dir_sink *s)
{
	LIST_EACH(l, &node_of(dir)->entries)
	{
		struct entry *e = LIST_ENTRY(l, struct entry, link);

		if (e->pos <= pos)
			continue;
		if (!s->add(s, e->name, e->len, e->i->ino,
		            dirent_type(e->i->mode), e->pos))
			break;
	}
	return 0;
}

static int xattrs(struct inode *i, struct list *all)
{
	LIST_EACH(l, &node_of(i)->xattrs)
	{
		const struct xattr *x = LIST_ENTRY(l, struct xattr, link);
		struct xattr *copy = xattr_new(x->name, x->len, x->size);

		if (!copy) {
			xattr_free_all(all);
			return -ENOMEM;
		}
		memcpy(copy->value, x->value, x->size);
		list_append(all, &copy->link);
	}
	return 0;
}

static int set_xattrs(struct inode *i, struct list *all)
{
	struct list *mine = &node_of(i)->xattrs, *n;

	xattr_free_all(mine);
	while ((n = list_pop(all)))
		list_append(mine, n);
	return 0;
}

/* Pages are taken when they are stored to; a reservation only asks for room. */
static int fallocate(struct inode *i, uint64_t from, uint64_t n,
                     enum fallocate how)
{
	uint64_t pages = page_up(n) >> PAGE_SHIFT;

	(void)i;
	(void)from;
	if (how == FALLOCATE_RESERVE)
		return pages > max_pages() - usage.pages ? -ENOSPC : 0;
	return 0;
}

/* What was stored to has a page. */
static int next_data(struct inode *i, uint64_t from, bool data, uint64_t *out)
{
	struct mapping *m = &i->mapping;
	uint64_t index = from >> PAGE_SHIFT, at;

	mutex_lock(&m->lock);
	if (!data)
		while (radix_get(&m->pages, index))
			index++;
	else if (!radix_next(&m->pages, &index))
		index = UINT64_MAX >> PAGE_SHIFT;
	mutex_unlock(&m->lock);
	at = index << PAGE_SHIFT;
	at = at < from ? from : at;
	*out = at < i->size ? at : i->size;
	return 0;
}

static const struct inode_ops tmpfs_ops = {
	.lookup = lookup,
	.create = create,
	.symlink = symlink,
	.link = link,
	.unlink = unlink,
	.rmdir = rmdir,
	.rename = rename,
	.exchange = exchange,
	.readlink = readlink,
	.setattr = setattr,
	.readdir = readdir,
	.tmpfile = tmpfile,
	.xattrs = xattrs,
	.set_xattrs = set_xattrs,
	.fallocate = fallocate,
	.next_data = next_data,
};

/* --- the file system --- */

static int statfs(struct superblock *sb, struct fs_stat *out)
{
	(void)sb;
	out->type = MAGIC;
	out->blocks = max_pages();
	out->free = out->available = max_pages() - usage.pages;
	return 0;
}

static void close(struct superblock *sb)
{
	mem_free(sb);
}

static const struct superblock_ops tmpfs_sb_ops = {
	.evict = evict,
	.close = close,
	.statfs = statfs,
};

int tmpfs_new(struct superblock **out)
{
	struct superblock *sb = mem_alloc(sizeof(*sb));
	int rc;

	if (!sb)
		return -ENOMEM;
	superblock_init(sb, &tmpfs_sb_ops, "tmpfs", "tmpfs");
	rc = make(sb, S_IFDIR | 01777, 0, &sb->root);
	if (rc) {
		mem_free(sb);
		return rc;
	}
	*out = sb;
	return 0;
}

int tmpfs_mount(const char *path)
{
	struct superblock *sb;
	int rc = tmpfs_new(&sb);

	return rc ? rc : vfs_mount(sb, path);
}
