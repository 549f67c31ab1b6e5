/*
 * orphan.c - inodes that are to go, or are being cut, and a crash may come
 * first.
 *
 * They are chained on the disk: the super block has the number of the first,
 * each has the next one's where others have the time of their deletion. In
 * memory the list is the same, so that one in the middle can be taken out.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/core/log.h"
#include "kernel/lib/errno.h"

static void set_first(struct ext4 *fs, uint64_t ino)
{
	fs->super.last_orphan = (uint32_t)ino;
	fs->super_dirty = true;
}

int ext4_orphan_add(struct inode *i)
{
	struct einode *e = einode_of(i);
	struct ext4 *fs = ext4_of(i);

	if (!fs->journal || list_linked(&e->orphan))
		return 0;
	e->next_orphan = fs->super.last_orphan;
	set_first(fs, i->ino);
	list_push(&fs->orphans, &e->orphan);
	return ext4_store(i);
}

int ext4_orphan_remove(struct inode *i)
{
	struct einode *e = einode_of(i), *before;
	struct ext4 *fs = ext4_of(i);
	int rc = 0;

	if (!list_linked(&e->orphan))
		return 0;
	if (e->orphan.prev == &fs->orphans) {
		set_first(fs, e->next_orphan);
	} else {
		before = LIST_ENTRY(e->orphan.prev, struct einode, orphan);
		before->next_orphan = e->next_orphan;
		rc = ext4_store(before->inode);
	}
	list_remove(&e->orphan);
	e->next_orphan = 0;
	return rc ? rc : ext4_store(i);
}

void ext4_orphan_forget(struct inode *i)
{
	struct ext4 *fs = ext4_of(i);

	mutex_lock(&fs->lock);
	list_remove(&einode_of(i)->orphan);
	mutex_unlock(&fs->lock);
}

/* --- after a crash --- */

/* All of the chain into the list, each with a reference. */
static int enter_all(struct superblock *sb)
{
	struct ext4 *fs = sb->priv;
	uint64_t ino = fs->super.last_orphan;
	struct inode *i;

	while (ino) {
		int rc = ino == EXT4_ROOT_INO
		                 ? -EUCLEAN
		                 : ext4_inode_get_orphan(sb, ino, &i);

		if (rc)
			return rc;
		if (list_linked(&einode_of(i)->orphan) || /* a ring */
		    (i->nlink > 0 && !mode_is(i->mode, S_IFREG))) {
			inode_put(i);
			return -EUCLEAN;
		}
		list_append(&fs->orphans, &einode_of(i)->orphan);
		ino = einode_of(i)->next_orphan;
	}
	return 0;
}

static struct inode *first(const struct ext4 *fs)
{
	return list_empty(&fs->orphans)
	               ? NULL
	               : LIST_ENTRY(fs->orphans.next, struct einode, orphan)
	                         ->inode;
}

/* Nothing is done about any of them. */
static int give_up(struct superblock *sb, int rc)
{
	struct ext4 *fs = sb->priv;
	struct inode *i;

	if (rc == -EUCLEAN) {
		log_line("%s: read-only, because its chain of orphans is "
		         "damaged",
		         sb->source);
		rc = 0;
	}
	sb->read_only = true;
	while ((i = first(fs))) {
		list_remove(&einode_of(i)->orphan);
		inode_put(i);
	}
	return rc;
}

int ext4_orphans_finish(struct superblock *sb)
{
	unsigned deleted = 0, cut = 0;
	struct ext4 *fs = sb->priv;
	struct inode *i;
	int rc = enter_all(sb);

	if (rc)
		return give_up(sb, rc);
	while (!rc && (i = first(fs))) {
		if (i->nlink > 0) {
			rc = ext4_cut_blocks(i,
			                     (uint32_t)block_up(fs, i->size));
			cut++;
		} else {
			deleted++;
		}
		inode_put(i); /* which deletes it, if it is to be */
	}
	if (!rc)
		log_line("%s: orphans: %u deleted, %u cut", sb->source, deleted,
		         cut);
	return rc ? give_up(sb, rc) : 0;
}
