/*
 * path.h - the walk along a path, for the VFS's operations on names.
 *
 *	walk_begin();
 *	rc = walk_to_last();	at is the folder, name[0..len) what is in it
 *	rc = walk_last();	or on to the end
 *	walk_end();
 *
 * Symbolic links in the middle are followed, mount points are crossed both
 * ways. Nothing is recursive: a link's text is put in front of what is left.
 */
#ifndef KERNEL_FS_PATH_H
#define KERNEL_FS_PATH_H

#include "kernel/fs/vfs.h"

struct walk {
	struct dentry *at; /* how far we are; a reference */
	const char *rest;  /* what is still to go */
	char *owned;       /* the memory of `rest` once a link was followed */
	unsigned links;    /* followed so far */

	unsigned resolve;   /* RESOLVE_ flags */
	struct dentry *top; /* nothing above counts; a reference; NULL: the
	                     * root */

	/* After walk_to_last(). len 0: `at` itself (a path like "/"). */
	const char *name;
	size_t len;
	bool slash; /* there are slashes behind it: it must be a folder */
};

/* `at` NULL: the working directory. walk_end() is due also after an error. */
NODISCARD int walk_begin(struct walk *w, struct dentry *at, const char *path);

/* The same within what `resolve` allows: steps say -EXDEV, -ELOOP, -EAGAIN. */
NODISCARD int walk_begin_within(struct walk *w, struct dentry *at,
                                const char *path, unsigned resolve);
void walk_end(struct walk *w);

NODISCARD int walk_to_last(struct walk *w);

/* The end, with LOOKUP_ flags. *out may stand for "not there". */
NODISCARD int walk_last(struct walk *w, unsigned flags, struct dentry **out);

/* Go on at the symbolic link `d`, found as w->name in w->at. */
NODISCARD int walk_follow(struct walk *w, struct dentry *d);

/* Is the last part missing, "." or ".."? */
bool walk_is_dots(const struct walk *w);

/*
 * What `name` in `dir` is, without following or crossing anything; the lock of
 * dir's inode is held. *out may stand for "not there".
 */
NODISCARD int path_lookup_locked(struct dentry *dir, const char *name,
                                 size_t len, struct dentry **out);

#endif
