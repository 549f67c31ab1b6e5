/*
 * fuzz_kext4.c - a damaged disk: mount it, walk it, read it, change it.
 *
 * An input is a number, which picks a good file system, and changes to that:
 * three bytes of place, one of width, two of value. So a few bytes reach the
 * one field that matters. The file systems have no check sums, which would
 * stop nearly everything at the door, but for one.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/fs/ext4.h"
#include "kernel/fs/xattr.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/image.h"
#include "tests/lib/khost/khost.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	DISK_SIZE = 1 << 20,
	PATCH_SIZE = 6,
	NAMES_MAX = 200, /* visited in one run */
	DEPTH_MAX = 6,
	PATH_ROOM = 512,
};

/* The names of one folder. */
struct names {
	struct dir_sink sink;
	char name[16][64];
	int nr;
};

static int visited;

static bool add(struct dir_sink *s, const char *name, size_t len, uint64_t ino,
                unsigned type, int64_t next_pos)
{
	struct names *n = CONTAINER_OF(s, struct names, sink);

	(void)ino, (void)type, (void)next_pos;
	if (n->nr == 16)
		return false;
	if (len > 63 || name[0] == '.')
		return true;
	memcpy(n->name[n->nr], name, len);
	n->name[n->nr++][len] = '\0';
	return true;
}

static void read_file(const char *path)
{
	static char bytes[20000];
	int64_t size = drive_size(path);

	(void)drive_read(path, 0, bytes, sizeof(bytes));
	if (size > (int64_t)sizeof(bytes))
		(void)drive_read(path, size - 5000, bytes, sizeof(bytes));
}

static void visit(const char *path, int depth)
{
	struct names *n = calloc(1, sizeof(*n));
	struct file *f;
	char below[PATH_ROOM];

	read_file(path);
	n->sink.add = add;
	if (depth < DEPTH_MAX && !vfs_open(NULL, path, O_DIRECTORY, 0, &f)) {
		if (file_readdir(f, &n->sink))
			n->nr = 0;
		file_put(f);
	}
	for (int i = 0; i < n->nr && visited < NAMES_MAX; i++) {
		struct dentry *d;

		visited++;
		snprintf(below, sizeof(below), "%s/%s", path, n->name[i]);
		if (!vfs_lookup(NULL, below, 0, &d)) {
			(void)!vfs_readlink(d, below, sizeof(below));
			dentry_put(d);
		}
		snprintf(below, sizeof(below), "%s/%s", path, n->name[i]);
		visit(below, depth + 1);
	}
	free(n);
}

/* Attributes and space of one file, read and changed. */
static void use(const char *path)
{
	static char room[5000];
	struct dentry *d;
	struct inode *i;

	if (vfs_lookup(NULL, path, 0, &d))
		return;
	i = dentry_inode(d);
	(void)!vfs_listxattr(i, room, sizeof(room));
	(void)!vfs_getxattr(i, "user.a", room, sizeof(room));
	(void)!vfs_setxattr(i, "user.a", room, 300, 0);
	(void)!vfs_setxattr(i, "trusted.b", room, 20, 0);
	(void)!vfs_removexattr(i, "user.a");
	(void)!vfs_fallocate(i, 0, 3000, 50000);
	(void)!vfs_fallocate(i, 3, 5000, 90000);
	(void)!vfs_fallocate(i, 0x10, 1, 30000);
	dentry_put(d);
}

static void change(void)
{
	static char bytes[9000];

	(void)drive_write("/mnt/new", 100, bytes, sizeof(bytes));
	(void)drive_append("/mnt/hello", bytes, sizeof(bytes));
	(void)drive_write("/mnt/hello", 300000, bytes, 100);
	(void)!drive_mkdir("/mnt/folder");
	(void)!drive_touch("/mnt/dir/x", 0644);
	(void)!vfs_symlink(NULL, "/mnt/dir/l", "somewhere");
	(void)!vfs_rename(NULL, "/mnt/new", NULL, "/mnt/dir/moved", 0);
	(void)!vfs_rename(NULL, "/mnt/dir", NULL, "/mnt/folder/dir", 0);
	use("/mnt/hello");
	use("/mnt/big");
	use("/mnt/sparse");
	use("/mnt/dir");
	(void)!vfs_rename(NULL, "/mnt/big", NULL, "/mnt/dir", RENAME_EXCHANGE);
	(void)!vfs_unlink(NULL, "/mnt/hello");
	(void)!vfs_unlink(NULL, "/mnt/big");
	(void)!vfs_rmdir(NULL, "/mnt/folder");
	(void)!drive_truncate("/mnt/sparse", 4097);
	(void)!drive_fsync("/mnt/sparse");
}

static void run(struct khost_disk *d, bool read_only)
{
	struct superblock *sb;

	visited = 0;
	if (ext4_open(khost_disk_device(d), read_only, &sb))
		return;
	if (vfs_mount(sb, "/mnt"))
		abort();
	visit("/mnt", 0);
	change();
	visit("/mnt", 0);
	if (vfs_unmount("/mnt"))
		abort();
}

/* --- the good file systems --- */

static const char *const kinds[] = {
	"-t ext4 -b 1024 -O ^has_journal,^metadata_csum,^64bit",
	"-t ext4 -b 4096 -O ^has_journal,^metadata_csum",
	"-t ext2 -b 1024",
	"-t ext4 -b 1024 -g 256 -O ^has_journal,^metadata_csum,uninit_bg",
	"-t ext4 -b 1024 -O ^has_journal,metadata_csum",
};
static struct khost_disk *good[ARRAY_LEN(kinds)];

static void get_ready(void)
{
	const char *files = image_sample_files();
	char options[256];

	drive_init();
	if (drive_mkdir("/mnt"))
		abort();
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		snprintf(options, sizeof(options),
		         "%s -O ^resize_inode -N 96 -U "
		         "6d69736f-6d69-736f-6d69-736f6d69736f -E "
		         "hash_seed=6d69736f-6d69-736f-6d69-736f6d69736f",
		         kinds[k]);
		good[k] = image_make(options, "1M", files);
	}
}

static void patch(uint8_t *disk, const uint8_t *p)
{
	size_t at = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];

	at %= DISK_SIZE - 4;
	disk[at] = p[4];
	if (p[3] & 1)
		disk[at + 1] = p[5];
	if (p[3] & 2)
		memset(disk + at + 2, p[3] & 4 ? 0xff : 0, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct khost_disk *d;

	if (!good[0])
		get_ready();
	if (size == 0)
		return 0;
	d = khost_disk_new(khost_disk_bytes(good[data[0] % ARRAY_LEN(kinds)]),
	                   DISK_SIZE);
	for (size_t at = 1; at + PATCH_SIZE <= size; at += PATCH_SIZE)
		patch(khost_disk_bytes(d), data + at);
	run(d, data[0] & 0x80);
	khost_disk_free(d);
	return 0;
}
