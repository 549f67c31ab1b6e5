/* notify.c - see notify.h. */
#include "kernel/fs/notify.h"

#include "kernel/fs/dentry.h"
#include "kernel/fs/vfs.h"
#include "kernel/sched/giant.h"

static struct {
	void (*fn)(struct inode *i, const struct notify_event *e);
	const unsigned *nr_watches;
	uint32_t cookie; /* atomic */
} hook;

void notify_set_hook(void (*fn)(struct inode *i, const struct notify_event *e),
                     const unsigned *nr_watches)
{
	hook.nr_watches = nr_watches;
	hook.fn = fn;
}

static bool anybody(void)
{
	return hook.fn && __atomic_load_n(hook.nr_watches, __ATOMIC_RELAXED);
}

static void tell(struct inode *i, uint32_t mask, const char *name, size_t len,
                 uint32_t cookie)
{
	const struct notify_event e = {mask, cookie, name, len};

	if (!list_empty(&i->watches))
		hook.fn(i, &e);
}

static uint32_t with_kind(const struct inode *i, uint32_t mask)
{
	return mode_is(i->mode, S_IFDIR) ? mask | NOTIFY_IS_DIR : mask;
}

void notify_inode(struct inode *i, uint32_t mask)
{
	if (anybody())
		tell(i, with_kind(i, mask), NULL, 0, 0);
}

void notify_name(struct inode *dir, uint32_t mask, const char *name, size_t len)
{
	if (anybody())
		tell(dir, mask, name, len, 0);
}

static void tell_of(struct dentry *d, uint32_t mask)
{
	struct inode *i = d->inode;

	mask = with_kind(i, mask);
	if (d->parent)
		tell(d->parent->inode,
		     d->gone ? mask | NOTIFY_NAME_IS_GONE : mask, d->name,
		     d->len, 0);
	tell(i, mask, NULL, 0, 0);
}

void notify_dentry(struct dentry *d, uint32_t mask)
{
	if (!anybody() || !d->inode)
		return;
	giant_lock();
	tell_of(d, mask);
	giant_unlock();
}

void notify_change(struct dentry *d, const struct inode_attr *a)
{
	enum { TIMES = ATTR_ATIME | ATTR_MTIME };
	uint32_t mask = 0;

	if (a->set & (ATTR_MODE | ATTR_UID | ATTR_GID))
		mask |= NOTIFY_ATTRIB;
	if (a->set & ATTR_SIZE)
		mask |= NOTIFY_MODIFY;
	if ((a->set & TIMES) == TIMES)
		mask |= NOTIFY_ATTRIB;
	else if (a->set & ATTR_ATIME)
		mask |= NOTIFY_ACCESS;
	else if (a->set & ATTR_MTIME)
		mask |= NOTIFY_MODIFY;
	if (mask)
		notify_dentry(d, mask);
}

void notify_move(struct inode *from, const char *name, size_t len,
                 struct inode *to, const char *new_name, size_t new_len,
                 struct inode *moved)
{
	uint32_t cookie;

	if (!anybody())
		return;
	cookie = __atomic_add_fetch(&hook.cookie, 1, __ATOMIC_RELAXED);
	tell(from, with_kind(moved, NOTIFY_MOVED_FROM), name, len, cookie);
	tell(to, with_kind(moved, NOTIFY_MOVED_TO), new_name, new_len, cookie);
}
