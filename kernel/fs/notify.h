/*
 * notify.h - telling who watches (inotify) what happens to files and names.
 *
 * The VFS says what happens; a hook of the layer above has the watches, which
 * hang at inode->watches. While there is no watch at all, this costs a load.
 */
#ifndef KERNEL_FS_NOTIFY_H
#define KERNEL_FS_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

struct dentry;
struct file;
struct inode;
struct inode_attr;

/* Linux's numbers (uapi/linux/inotify.h). */
enum {
	NOTIFY_ACCESS = 0x1,
	NOTIFY_MODIFY = 0x2,
	NOTIFY_ATTRIB = 0x4,
	NOTIFY_CLOSE_WRITE = 0x8,
	NOTIFY_CLOSE_NOWRITE = 0x10,
	NOTIFY_OPEN = 0x20,
	NOTIFY_MOVED_FROM = 0x40,
	NOTIFY_MOVED_TO = 0x80,
	NOTIFY_CREATE = 0x100,
	NOTIFY_DELETE = 0x200,
	NOTIFY_DELETE_SELF = 0x400,
	NOTIFY_MOVE_SELF = 0x800,
	NOTIFY_ALL = 0xfff,
	NOTIFY_IS_DIR = 0x40000000,
	NOTIFY_NAME_IS_GONE = 0x01000000, /* to the hook only */
};

struct notify_event {
	uint32_t mask, cookie;
	const char *name; /* NULL: about the inode itself */
	size_t len;
};

/*
 * Called for each event at a watched inode; may sleep as little as a spin
 * lock's holder. `nr_watches` is the hook's own count of all watches.
 */
void notify_set_hook(void (*fn)(struct inode *i, const struct notify_event *e),
                     const unsigned *nr_watches);

/* To those who watch the inode. */
void notify_inode(struct inode *i, uint32_t mask);
/* To those who watch the folder `dir`; mask has NOTIFY_IS_DIR or not. */
void notify_name(struct inode *dir, uint32_t mask, const char *name,
                 size_t len);
/* To those who watch the folder a thing is in, and the thing. */
void notify_dentry(struct dentry *d, uint32_t mask);
/* What setting these attributes is. */
void notify_change(struct dentry *d, const struct inode_attr *a);
/* A name became another; the same cookie on both sides. */
void notify_move(struct inode *from, const char *name, size_t len,
                 struct inode *to, const char *new_name, size_t new_len,
                 struct inode *moved);

#endif
