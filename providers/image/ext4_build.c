/*
 * ext4_build.c - laid out by libext2fs, filled by us.
 *
 * libext2fs knows the superblock, groups, inodes, extents and bitmaps. File
 * content is copied straight into the image, where it lies in one piece as a
 * rule, and directories are written sorted and whole; ext2fs_link() would look
 * through a directory for each entry it adds.
 */
#include "providers/image/ext4_build.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <et/com_err.h>
#include <ext2fs/ext2fs.h>
#include <ext2fs/ext3_extents.h>

enum {
	BLOCK = EXT4_BUILD_BLOCK,
	INODE_SIZE = 256,
	BYTES_PER_INODE = 16 * 1024,
	SPARE_INODES = 64,
	FAST_LINK = 60, /* a target shorter than this lives in the inode */
	LINK_MAX_EXT4 = 65000,
	JOURNAL_BLOCKS = 1024, /* 4 MiB, the least that Linux takes */
	JOURNAL_SHARE = 4,     /* of the space that files leave, at most 1/4 */
};

/* What a driver must understand. One row to flip for each. A journal is added
 * by itself. */
static const uint32_t compat[] = {0};
static const uint32_t incompat[] = {
	EXT2_FEATURE_INCOMPAT_FILETYPE,
	EXT3_FEATURE_INCOMPAT_EXTENTS,
};
static const uint32_t ro_compat[] = {
	EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER,
	EXT2_FEATURE_RO_COMPAT_LARGE_FILE,
	EXT4_FEATURE_RO_COMPAT_DIR_NLINK,
	EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE,
};

struct building {
	const struct ext4_request *request;
	ext2_filsys fs;
	int image; /* descriptor of the image file */
	blk64_t goal;
	uint64_t nr_nodes;
	char *copy; /* COPY_SIZE bytes */
};

enum { COPY_SIZE = 256 * 1024 };

static uint32_t all_of(const uint32_t *v, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum |= v[i];
	return sum;
}

static struct err *failed(const struct building *b, errcode_t code,
                          const char *what)
{
	return err_new(ERR_IO, NO_POS, "%s: %s: %s", b->request->path, what,
	               error_message(code));
}

/* --- how large -------------------------------------------------------------
 */

static uint64_t blocks_of(uint64_t bytes)
{
	return bytes / BLOCK + (bytes % BLOCK != 0);
}

static uint32_t entry_size(const char *name)
{
	return (uint32_t)(8 + strlen(name) + 3) & ~3U;
}

/* Bytes of a directory's blocks. An entry never crosses a block. */
static uint64_t dir_size(const struct image_node *dir)
{
	uint64_t used = entry_size(".") + entry_size("..");

	for (size_t i = 0; i < dir->nr_children; i++) {
		uint32_t size = entry_size(dir->children[i]->name);

		if (used % BLOCK + size > BLOCK)
			used += BLOCK - used % BLOCK;
		used += size;
		/* A full block: the next entry begins a new one. */
	}
	return blocks_of(used) * BLOCK;
}

static uint64_t node_size(const struct image_node *n)
{
	switch (n->type) {
	case IMAGE_DIR:
		return dir_size(n);
	case IMAGE_LINK:
		return strlen(n->target) < FAST_LINK ? 0 : strlen(n->target);
	case IMAGE_FILE:
		return n->size;
	}
	return 0;
}

/* Blocks of `n` and of everything below it; extent trees are in the slack. */
static uint64_t tree_blocks(const struct image_node *n)
{
	uint64_t sum = blocks_of(node_size(n));

	for (size_t i = 0; i < n->nr_children; i++)
		sum += tree_blocks(n->children[i]);
	return sum;
}

static uint64_t inodes_for(const struct image_tree *tree, uint64_t size)
{
	uint64_t usual = size / BYTES_PER_INODE;
	uint64_t least = tree->nr_nodes + tree->nr_nodes / 4 + SPARE_INODES;

	return usual > least ? usual : least;
}

/* Blocks for what is not content: superblocks, bitmaps, inode tables. */
static uint64_t overhead(const struct image_tree *tree, uint64_t size)
{
	enum { GROUP = 8 * BLOCK, GROUP_DESCRIPTOR = 32, BITMAPS = 2 };
	uint64_t groups = (size / BLOCK + GROUP - 1) / GROUP;
	uint64_t backup = 1 + blocks_of(groups * GROUP_DESCRIPTOR);
	uint64_t inodes = blocks_of(inodes_for(tree, size) * INODE_SIZE);

	/* Inode tables are rounded up in each group. */
	return groups * (BITMAPS + backup + 1) + inodes;
}

uint64_t ext4_build_need(const struct image_tree *tree, uint64_t size)
{
	uint64_t need = tree_blocks(tree->root);

	need += need / 512 + 16; /* blocks of extent trees */
	return (need + overhead(tree, size)) * BLOCK;
}

/* --- the empty file system -------------------------------------------------
 */

static struct err *create_file(struct building *b)
{
	const struct ext4_request *q = b->request;

	b->image = open(q->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (b->image < 0 || ftruncate(b->image, (off_t)q->size))
		return err_sys(errno, "%s", q->path);
	return NULL;
}

static void fix_identity(struct building *b)
{
	struct ext2_super_block *super = b->fs->super;
	const struct ext4_request *q = b->request;

	memcpy(super->s_uuid, q->id, sizeof(q->id));
	memcpy(super->s_hash_seed, q->id, sizeof(q->id));
	super->s_def_hash_version = EXT2_HASH_HALF_MD4;
	super->s_flags = EXT2_FLAGS_UNSIGNED_HASH;
	super->s_mkfs_time = super->s_lastcheck = super->s_wtime = q->time;
	super->s_max_mnt_count = -1; /* mounting never asks for a check */
	super->s_default_mount_opts = 0;
	b->fs->now = (time_t)q->time;
}

static struct err *make_empty(struct building *b, const struct image_tree *tree)
{
	struct ext2_super_block want = {0};
	errcode_t code;

	ext2fs_blocks_count_set(&want, b->request->size / BLOCK);
	want.s_inodes_count = (uint32_t)inodes_for(tree, b->request->size);
	want.s_log_block_size = 2; /* 1024 << 2 */
	want.s_log_cluster_size = 2;
	want.s_rev_level = EXT2_DYNAMIC_REV;
	want.s_inode_size = INODE_SIZE;
	want.s_min_extra_isize = want.s_want_extra_isize = 32;
	want.s_feature_compat = all_of(compat, ARRAY_LEN(compat));
	want.s_feature_incompat = all_of(incompat, ARRAY_LEN(incompat));
	want.s_feature_ro_compat = all_of(ro_compat, ARRAY_LEN(ro_compat));
	code = ext2fs_initialize(b->request->path, EXT2_FLAG_64BITS, &want,
	                         unix_io_manager, &b->fs);
	if (code)
		return failed(b, code, "no file system can be made");
	fix_identity(b);
	code = ext2fs_allocate_tables(b->fs);
	return code ? failed(b, code, "no room for its tables") : NULL;
}

/* --- inodes ----------------------------------------------------------------
 */

static struct ext2_inode_large new_inode(const struct building *b,
                                         const struct image_node *n)
{
	static const uint16_t formats[] = {
		[IMAGE_DIR] = LINUX_S_IFDIR,
		[IMAGE_FILE] = LINUX_S_IFREG,
		[IMAGE_LINK] = LINUX_S_IFLNK,
	};
	/* Empty until content comes; blocks are asked of the library. */
	static const struct ext3_extent_header no_extents = {
		.eh_magic = EXT3_EXT_MAGIC,
		.eh_max = 4,
	};
	uint32_t now = b->request->time;
	struct ext2_inode_large inode = {
		.i_mode = (uint16_t)(formats[n->type] | n->mode),
		.i_links_count = 1,
		.i_atime = now,
		.i_ctime = now,
		.i_mtime = now,
		.i_crtime = now,
		.i_extra_isize = 32,
		.i_flags = EXT4_EXTENTS_FL,
	};

	memcpy(inode.i_block, &no_extents, sizeof(no_extents));
	return inode;
}

static struct err *write_inode(struct building *b, ext2_ino_t ino,
                               struct ext2_inode_large *inode)
{
	errcode_t code = ext2fs_write_inode_full(
		b->fs, ino, (struct ext2_inode *)inode, sizeof(*inode));

	return code ? failed(b, code, "writing an inode") : NULL;
}

static struct err *read_inode(struct building *b, ext2_ino_t ino,
                              struct ext2_inode_large *inode)
{
	errcode_t code = ext2fs_read_inode_full(
		b->fs, ino, (struct ext2_inode *)inode, sizeof(*inode));

	return code ? failed(b, code, "reading an inode") : NULL;
}

/*
 * Write the inode and give it blocks for `size` bytes, in one piece if there
 * is one.
 */
static struct err *allocate(struct building *b, ext2_ino_t ino,
                            struct ext2_inode_large *inode, uint64_t size)
{
	struct err *e;
	errcode_t code;

	inode->i_size = (uint32_t)size;
	inode->i_size_high = (uint32_t)(size >> 32);
	e = write_inode(b, ino, inode);
	if (e)
		return e;
	code = ext2fs_fallocate(b->fs, EXT2_FALLOCATE_FORCE_INIT, ino,
	                        (struct ext2_inode *)inode, b->goal, 0,
	                        blocks_of(size));
	if (code)
		return err_wrap(failed(b, code, "no room for a file"), NO_POS,
		                "its files do not fit its disk");
	/* The library keeps only the first half of the inode up to date. */
	return read_inode(b, ino, inode);
}

/* --- content ---------------------------------------------------------------
 */

/* Where content comes from: a descriptor, or memory. */
struct source {
	int fd;
	const char *data;
	uint64_t left;
	const char *name; /* of the host's file */
};

static struct err *changed(const struct source *s)
{
	return err_new(ERR_CONFLICT, NO_POS,
	               "\"%s\" became shorter while it was copied", s->name);
}

static struct err *next_chunk(struct building *b, struct source *s, size_t want,
                              const char **out)
{
	size_t got = 0;

	if (s->data) {
		*out = s->data;
		s->data += want;
		return NULL;
	}
	while (got < want) {
		ssize_t n = read(s->fd, b->copy + got, want - got);

		if (n < 0 && errno != EINTR)
			return err_sys(errno, "%s", s->name);
		if (n == 0)
			return changed(s);
		got += n > 0 ? (size_t)n : 0;
	}
	*out = b->copy;
	return NULL;
}

static struct err *write_at(struct building *b, uint64_t offset,
                            const char *data, size_t len)
{
	while (len) {
		ssize_t n = pwrite(b->image, data, len, (off_t)offset);

		if (n < 0 && errno != EINTR)
			return err_sys(errno, "%s", b->request->path);
		if (n > 0) {
			data += n;
			offset += (uint64_t)n;
			len -= (size_t)n;
		}
	}
	return NULL;
}

/* The next `bytes` of `s` to where they belong in the image. */
static struct err *copy_piece(struct building *b, struct source *s,
                              uint64_t offset, uint64_t bytes)
{
	struct err *e = NULL;

	while (!e && bytes) {
		size_t want = bytes < COPY_SIZE ? bytes : COPY_SIZE;
		const char *data = NULL;

		e = next_chunk(b, s, want, &data);
		if (!e)
			e = write_at(b, offset, data, want);
		offset += want;
		bytes -= want;
	}
	return e;
}

/* Fill one extent of a file. */
static struct err *fill_extent(struct building *b, struct source *s,
                               const struct ext2fs_extent *extent)
{
	uint64_t bytes = (uint64_t)extent->e_len * BLOCK;

	bytes = bytes < s->left ? bytes : s->left;
	s->left -= bytes;
	b->goal = extent->e_pblk + extent->e_len;
	return copy_piece(b, s, extent->e_pblk * BLOCK, bytes);
}

/* Fill the blocks of `ino` from `s`. */
static struct err *fill(struct building *b, ext2_ino_t ino, struct source *s)
{
	ext2_extent_handle_t handle;
	struct ext2fs_extent extent;
	struct err *e = NULL;
	errcode_t code = ext2fs_extent_open(b->fs, ino, &handle);

	if (code)
		return failed(b, code, "reading extents");
	code = ext2fs_extent_get(handle, EXT2_EXTENT_ROOT, &extent);
	while (!code && !e) {
		if (extent.e_flags & EXT2_EXTENT_FLAGS_LEAF)
			e = fill_extent(b, s, &extent);
		if (!s->left)
			break;
		code = ext2fs_extent_get(handle, EXT2_EXTENT_NEXT, &extent);
	}
	ext2fs_extent_free(handle);
	if (!e && code)
		e = failed(b, code, "reading extents");
	return e;
}

static struct err *add_content(struct building *b, ext2_ino_t ino,
                               struct ext2_inode_large *inode, struct source *s)
{
	struct err *e = allocate(b, ino, inode, s->left);

	if (!e && s->left)
		e = fill(b, ino, s);
	return e;
}

static struct err *add_file(struct building *b, ext2_ino_t ino,
                            const struct image_node *n)
{
	struct ext2_inode_large inode = new_inode(b, n);
	struct source s = {-1, n->data, n->size, n->host};
	struct err *e;

	if (n->host) {
		s.fd = open(n->host, O_RDONLY | O_CLOEXEC);
		if (s.fd < 0)
			return err_sys(errno, "%s", n->host);
	}
	e = add_content(b, ino, &inode, &s);
	if (s.fd >= 0)
		close(s.fd);
	return e;
}

static struct err *add_link(struct building *b, ext2_ino_t ino,
                            const struct image_node *n)
{
	struct ext2_inode_large inode = new_inode(b, n);
	size_t len = strlen(n->target);
	struct source s = {-1, n->target, len, n->target};

	if (len >= FAST_LINK)
		return add_content(b, ino, &inode, &s);
	inode.i_flags = 0;
	inode.i_size = (uint32_t)len;
	memset(inode.i_block, 0, sizeof(inode.i_block));
	memcpy(inode.i_block, n->target, len);
	return write_inode(b, ino, &inode);
}

/* --- directories -----------------------------------------------------------
 */

/* A directory's blocks while they are filled. */
struct dir_blocks {
	char *data;
	uint64_t used;
	struct ext2_dir_entry_2 *last;
};

static void end_block(struct dir_blocks *d)
{
	uint64_t rest = (BLOCK - d->used % BLOCK) % BLOCK;

	d->last->rec_len = (uint16_t)(d->last->rec_len + rest);
	d->used += rest;
}

static void add_entry(struct dir_blocks *d, ext2_ino_t ino, const char *name,
                      enum image_node_type type)
{
	static const uint8_t types[] = {
		[IMAGE_DIR] = EXT2_FT_DIR,
		[IMAGE_FILE] = EXT2_FT_REG_FILE,
		[IMAGE_LINK] = EXT2_FT_SYMLINK,
	};
	uint32_t size = entry_size(name);

	if (d->used % BLOCK + size > BLOCK)
		end_block(d);
	d->last = (struct ext2_dir_entry_2 *)(void *)(d->data + d->used);
	d->last->inode = ino;
	d->last->rec_len = (uint16_t)size;
	d->last->name_len = (uint8_t)strlen(name);
	d->last->file_type = types[type];
	memcpy(d->last->name, name, strlen(name));
	d->used += size;
}

/* Children got consecutive inodes, beginning with `first`. */
static struct err *add_dir(struct building *b, ext2_ino_t ino,
                           ext2_ino_t parent, ext2_ino_t first,
                           const struct image_node *n)
{
	struct ext2_inode_large inode = new_inode(b, n);
	struct dir_blocks d = {.data = calloc(1, dir_size(n))};
	uint64_t links = 2;
	struct err *e;

	if (!d.data)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	add_entry(&d, ino, ".", IMAGE_DIR);
	add_entry(&d, parent, "..", IMAGE_DIR);
	for (size_t i = 0; i < n->nr_children; i++) {
		const struct image_node *child = n->children[i];

		add_entry(&d, first + (ext2_ino_t)i, child->name, child->type);
		links += child->type == IMAGE_DIR;
	}
	end_block(&d);
	/* With dir_nlink 1 stands for "more than fit". */
	inode.i_links_count = links < LINK_MAX_EXT4 ? (uint16_t)links : 1;
	e = add_content(b, ino, &inode,
	                &(struct source){-1, d.data, d.used, n->name});
	free(d.data);
	return e;
}

/* --- the tree --------------------------------------------------------------
 */

static struct err *check_name(const char *name)
{
	if (strlen(name) > EXT2_NAME_LEN)
		return err_new(ERR_LIMIT, NO_POS,
		               "the name \"%s\" is longer than %d bytes", name,
		               EXT2_NAME_LEN);
	return NULL;
}

/* Hand out the next inodes, one after the other. */
static ext2_ino_t take_inodes(struct building *b, const struct image_node *dir)
{
	ext2_ino_t first = b->fs->super->s_first_ino + (ext2_ino_t)b->nr_nodes;

	for (size_t i = 0; i < dir->nr_children; i++)
		ext2fs_inode_alloc_stats2(b->fs, first + (ext2_ino_t)i, +1,
		                          dir->children[i]->type == IMAGE_DIR);
	b->nr_nodes += dir->nr_children;
	return first;
}

static struct err *add_tree(struct building *b, ext2_ino_t ino,
                            ext2_ino_t parent, const struct image_node *dir)
{
	ext2_ino_t first = take_inodes(b, dir);
	struct err *e = add_dir(b, ino, parent, first, dir);

	for (size_t i = 0; !e && i < dir->nr_children; i++) {
		const struct image_node *n = dir->children[i];
		ext2_ino_t child = first + (ext2_ino_t)i;

		e = check_name(n->name);
		if (e)
			return e;
		if (n->type == IMAGE_DIR)
			e = add_tree(b, child, ino, n);
		else if (n->type == IMAGE_FILE)
			e = add_file(b, child, n);
		else
			e = add_link(b, child, n);
	}
	return e;
}

/* Inodes 1 to 10 belong to the file system; the root is one of them. */
static struct err *reserve(struct building *b)
{
	struct ext2_inode bad = {0};
	errcode_t code;

	for (ext2_ino_t i = 1; i < b->fs->super->s_first_ino; i++)
		ext2fs_inode_alloc_stats2(b->fs, i, +1, i == EXT2_ROOT_INO);
	code = ext2fs_write_inode(b->fs, EXT2_BAD_INO, &bad);
	return code ? failed(b, code, "writing an inode") : NULL;
}

/*
 * Behind the files, so that it does not lie between them. Its blocks stay a
 * hole of the image but for the first: the kernel reads no other of an empty
 * journal. A disk that is nearly full has none.
 */
static struct err *add_journal(struct building *b)
{
	blk64_t room = ext2fs_free_blocks_count(b->fs->super) / JOURNAL_SHARE;
	errcode_t code;

	if (room < JOURNAL_BLOCKS)
		return NULL;
	code = ext2fs_add_journal_inode2(b->fs, JOURNAL_BLOCKS, b->goal,
	                                 EXT2_MKJOURNAL_LAZYINIT |
	                                         EXT2_MKJOURNAL_NO_MNT_CHECK);
	return code ? failed(b, code, "no journal can be made") : NULL;
}

static struct err *finish(struct building *b)
{
	errcode_t code = ext2fs_close_free(&b->fs);

	if (code)
		return failed(b, code, "writing the file system");
	if (fdatasync(b->image))
		return err_sys(errno, "%s", b->request->path);
	return NULL;
}

struct err *ext4_build(const struct image_tree *tree,
                       const struct ext4_request *request)
{
	struct building b = {.request = request, .image = -1};
	struct err *e;

	initialize_ext2_error_table();
	if (ext4_build_need(tree, request->size) > request->size)
		return err_new(ERR_LIMIT, NO_POS,
		               "the files do not fit into %" PRIu64 " bytes",
		               request->size);
	b.copy = malloc(COPY_SIZE);
	if (!b.copy)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	e = create_file(&b);
	if (!e)
		e = make_empty(&b, tree);
	if (!e)
		e = reserve(&b);
	if (!e)
		e = add_tree(&b, EXT2_ROOT_INO, EXT2_ROOT_INO, tree->root);
	if (!e)
		e = add_journal(&b);
	if (!e)
		e = finish(&b);
	if (b.fs)
		ext2fs_free(b.fs);
	if (b.image >= 0)
		close(b.image);
	free(b.copy);
	return e;
}
