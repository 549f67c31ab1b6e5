/*
 * xattr.c - extended attributes on the disk.
 *
 *	inode  | 128 bytes | extra_isize | magic | entries ->   <- values |
 *	block  | header (32 bytes)       | entries ->           <- values |
 *
 * Entries end with four zero bytes. A value's place is counted from the first
 * entry (inode) or from the start of the block. The block may be shared by
 * inodes with the same attributes; who changes it takes one of his own.
 * Changing an attribute lays all of them out anew: first the inode, what does
 * not fit there in the block.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/fs/xattr.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

struct entry {
	uint8_t name_len, name_index;
	uint16_t value_offs;
	uint32_t value_inum, value_size, hash;
};
static_assert(sizeof(struct entry) == 16, "ext4 xattr entry");

enum { END = 4, MAGIC = 4, PAD = 3 };

/* What stands for the beginning of a name, by its index. */
static const char *const prefixes[] = {
	[1] = "user.",
	[2] = "system.posix_acl_access",
	[3] = "system.posix_acl_default",
	[4] = "trusted.",
	[6] = "security.",
	[7] = "system.",
};

static size_t padded(size_t n)
{
	return (n + PAD) & ~(size_t)PAD;
}

/* Some room with entries: where they begin, where values are counted from. */
struct area {
	uint8_t *base;
	size_t first, size; /* from base */
};

static struct area block_area(const struct ext4 *fs, uint8_t *data)
{
	return (struct area){data, sizeof(struct ext4_xattr_header),
	                     fs->block_size};
}

/* size 0: this inode has no room for any. */
static struct area inode_area(const struct ext4 *fs, uint8_t *raw)
{
	const struct ext4_disk_inode *d = (const void *)raw;
	size_t at = EXT4_OLD_INODE_SIZE;

	if (fs->inode_size <= EXT4_OLD_INODE_SIZE)
		return (struct area){raw, 0, 0};
	at += d->extra_isize + (size_t)MAGIC;
	if (at + END > fs->inode_size)
		return (struct area){raw, 0, 0};
	return (struct area){raw + at, 0, fs->inode_size - at};
}

static uint32_t *inode_magic(const struct area *a)
{
	return (uint32_t *)(void *)(a->base - MAGIC);
}

/* --- reading --- */

static int take(const struct area *a, const struct entry *e, struct list *all)
{
	char name[XATTR_NAME_MAX + 32];
	const char *prefix = NULL;
	struct xattr *x;
	size_t n;

	if (e->name_index < ARRAY_LEN(prefixes))
		prefix = prefixes[e->name_index];
	if (!prefix || e->value_inum)
		return -EOPNOTSUPP;
	if (e->value_offs > a->size || e->value_size > a->size - e->value_offs)
		return -EUCLEAN;
	n = (size_t)str_printf(name, sizeof(name), "%s%.*s", prefix,
	                       (int)e->name_len, (const char *)(e + 1));
	if (strnlen(name, sizeof(name)) != n)
		return -EUCLEAN;
	x = xattr_new(name, n, e->value_size);
	if (!x)
		return -ENOMEM;
	memcpy(x->value, a->base + e->value_offs, e->value_size);
	list_append(all, &x->link);
	return 0;
}

static int read_area(const struct area *a, struct list *all)
{
	size_t at = a->first;
	int rc = 0;

	while (!rc) {
		const struct entry *e = (const void *)(a->base + at);
		size_t n;

		if (at + END > a->size)
			return -EUCLEAN;
		if (*(const uint32_t *)(const void *)e == 0)
			return 0;
		n = sizeof(*e) < a->size - at ? sizeof(*e) + padded(e->name_len)
		                              : a->size;
		if (n > a->size - at)
			return -EUCLEAN;
		rc = take(a, e, all);
		at += n;
	}
	return rc;
}

/* The block, checked. NULL where there is none. */
static int read_block(struct inode *i, struct buf **out)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t block = einode_of(i)->xattr_block;
	const struct ext4_xattr_header *h;
	int rc;

	*out = NULL;
	if (block == 0)
		return 0;
	if (!ext4_blocks_ok(fs, block, 1))
		return -EUCLEAN;
	rc = buf_read(fs, block, out);
	if (rc)
		return rc;
	h = (const void *)(*out)->data;
	if (h->magic == EXT4_XATTR_MAGIC && h->blocks == 1)
		return 0;
	buf_put(fs, *out);
	*out = NULL;
	return -EUCLEAN;
}

static int load_inode(struct inode *i, struct list *all)
{
	struct ext4 *fs = ext4_of(i);
	struct area a;
	struct buf *b;
	uint8_t *raw;
	int rc = ext4_inode_raw(fs, i->ino, &b, &raw);

	if (rc)
		return rc;
	a = inode_area(fs, raw);
	if (a.size && *inode_magic(&a) == EXT4_XATTR_MAGIC)
		rc = read_area(&a, all);
	buf_put(fs, b);
	return rc;
}

static int load_block(struct inode *i, struct list *all)
{
	struct ext4 *fs = ext4_of(i);
	struct area a;
	struct buf *b;
	int rc = read_block(i, &b);

	if (rc || !b)
		return rc;
	a = block_area(fs, b->data);
	rc = read_area(&a, all);
	buf_put(fs, b);
	return rc;
}

int ext4_xattrs(struct inode *i, struct list *all)
{
	struct ext4 *fs = ext4_of(i);
	int rc;

	mutex_lock(&fs->lock);
	rc = load_inode(i, all);
	if (!rc)
		rc = load_block(i, all);
	if (rc == -EUCLEAN)
		rc = ext4_damaged(fs, "attributes of inode", i->ino);
	mutex_unlock(&fs->lock);
	if (rc)
		xattr_free_all(all);
	return rc;
}

/* --- writing --- */

static unsigned index_of(const char *name, size_t *prefix_len)
{
	unsigned best = 0;

	*prefix_len = 0;
	for (unsigned k = 1; k < ARRAY_LEN(prefixes); k++) {
		size_t n = prefixes[k] ? strlen(prefixes[k]) : 0;

		if (n <= *prefix_len || strncmp(name, prefixes[k], n))
			continue;
		best = k;
		*prefix_len = n;
	}
	return best;
}

static size_t room_for(const struct xattr *x)
{
	size_t prefix;

	(void)index_of(x->name, &prefix);
	return sizeof(struct entry) + padded(x->len - prefix) + padded(x->size);
}

/* In blocks entries are sorted: by index, length of the name, name. */
static bool comes_before(const struct xattr *a, const struct xattr *b)
{
	size_t pa, pb;
	unsigned ia = index_of(a->name, &pa), ib = index_of(b->name, &pb);

	if (ia != ib)
		return ia < ib;
	if (a->len - pa != b->len - pb)
		return a->len - pa < b->len - pb;
	return strcmp(a->name + pa, b->name + pb) < 0;
}

static void insert_sorted(struct list *all, struct xattr *x)
{
	struct list *n = all->next;

	while (n != all && comes_before(LIST_ENTRY(n, struct xattr, link), x))
		n = n->next;
	list_append(n, &x->link); /* in front of n */
}

/* e_hash: of the name's bytes and the value's little-endian words. */
static uint32_t hash_of(const char *name, size_t len, const uint8_t *value,
                        size_t padded_size)
{
	uint32_t hash = 0, word;

	for (size_t k = 0; k < len; k++)
		hash = hash << 5 ^ hash >> 27 ^ (uint8_t)name[k];
	for (size_t k = 0; k < padded_size; k += sizeof(word)) {
		memcpy(&word, value + k, sizeof(word));
		hash = hash << 16 ^ hash >> 16 ^ word;
	}
	return hash;
}

/* Write them all; they fit. `hashed`: the entries of a block have hashes. */
static void fill_area(const struct area *a, const struct list *all, bool hashed)
{
	size_t at = a->first, end = a->size;

	memset(a->base + a->first, 0, a->size - a->first);
	LIST_EACH(n, all)
	{
		const struct xattr *x = LIST_ENTRY(n, struct xattr, link);
		struct entry *e = (void *)(a->base + at);
		size_t prefix, len, size = padded(x->size);

		e->name_index = (uint8_t)index_of(x->name, &prefix);
		len = x->len - prefix;
		end -= size;
		e->name_len = (uint8_t)len;
		e->value_offs = x->size ? (uint16_t)end : 0;
		e->value_size = (uint32_t)x->size;
		memcpy(e + 1, x->name + prefix, len);
		memcpy(a->base + end, x->value, x->size);
		if (hashed)
			e->hash = hash_of(x->name + prefix, len, a->base + end,
			                  size);
		at += sizeof(*e) + padded(len);
	}
}

/* h_hash, which finds blocks that could be shared; 0 never is. */
static uint32_t hash_block(const uint8_t *data)
{
	size_t at = sizeof(struct ext4_xattr_header);
	uint32_t hash = 0;

	for (;;) {
		const struct entry *e = (const void *)(data + at);

		if (*(const uint32_t *)(const void *)e == 0)
			return hash;
		if (e->hash == 0)
			return 0;
		hash = hash << 16 ^ hash >> 16 ^ e->hash;
		at += sizeof(*e) + padded(e->name_len);
	}
}

static void count_block(struct inode *i, bool more)
{
	uint64_t sectors = ext4_of(i)->block_size / 512;

	i->blocks = more ? i->blocks + sectors : i->blocks - sectors;
	inode_changed(i);
}

int ext4_xattr_drop(struct inode *i)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t block = einode_of(i)->xattr_block;
	struct ext4_xattr_header *h;
	struct buf *b;
	bool last;
	int rc = read_block(i, &b);

	if (block == 0)
		return 0;
	einode_of(i)->xattr_block = 0;
	if (rc == -EUCLEAN)
		return ext4_damaged(fs, "attributes of inode", i->ino);
	if (rc)
		return rc;
	count_block(i, false);
	h = (void *)b->data;
	last = h->refcount <= 1;
	if (!last) {
		h->refcount--;
		if (fs->csum)
			h->checksum = csum_xattr(fs, block, b->data);
		buf_dirty(fs, b);
	}
	buf_put(fs, b);
	return last ? ext4_free_blocks(fs, block, 1, true) : 0;
}

/* A block of the inode's own, with these in it. */
static int store_block(struct inode *i, const struct list *all)
{
	struct ext4 *fs = ext4_of(i);
	struct ext4_xattr_header *h;
	struct area a;
	struct buf *b;
	uint64_t block;
	uint32_t got;
	int rc;

	/* The new one first: without it nothing is lost. */
	if (ext4_free_now(fs) < KEPT_BLOCKS)
		return -ENOSPC;
	rc = ext4_alloc_blocks(fs, ext4_goal(i), 1, &block, &got);
	if (rc)
		return rc;
	rc = buf_fresh(fs, block, &b);
	if (!rc)
		rc = ext4_xattr_drop(i);
	if (rc) {
		(void)ext4_free_blocks(fs, block, 1, true);
		return rc;
	}
	a = block_area(fs, b->data);
	fill_area(&a, all, true);
	h = (void *)b->data;
	*h = (struct ext4_xattr_header){.magic = EXT4_XATTR_MAGIC,
	                                .refcount = 1,
	                                .blocks = 1,
	                                .hash = hash_block(b->data)};
	if (fs->csum)
		h->checksum = csum_xattr(fs, block, b->data);
	buf_dirty(fs, b);
	buf_put(fs, b);
	einode_of(i)->xattr_block = block;
	count_block(i, true);
	return 0;
}

static void store_inode(const struct area *a, const struct list *all)
{
	if (!a->size)
		return;
	*inode_magic(a) = list_empty(all) ? 0 : EXT4_XATTR_MAGIC;
	fill_area(a, all, false);
}

/* What fits in `room` goes to `in`, the rest to `out`. */
static size_t divide(struct list *all, size_t room, struct list *in,
                     struct list *out)
{
	size_t rest = 0;
	struct list *n;

	while ((n = list_pop(all))) {
		struct xattr *x = LIST_ENTRY(n, struct xattr, link);
		size_t size = room_for(x);

		if (size <= room) {
			room -= size;
			list_append(in, n);
		} else {
			rest += size;
			insert_sorted(out, x);
		}
	}
	return rest;
}

static int store(struct inode *i, struct list *all)
{
	struct list in = LIST_HEAD(in), out = LIST_HEAD(out);
	struct ext4 *fs = ext4_of(i);
	struct area a;
	struct buf *b;
	uint8_t *raw;
	int rc = ext4_inode_raw(fs, i->ino, &b, &raw);

	if (rc)
		return rc;
	a = inode_area(fs, raw);
	if (divide(all, a.size ? a.size - END : 0, &in, &out) >
	    fs->block_size - sizeof(struct ext4_xattr_header) - END)
		rc = -ENOSPC;
	else
		rc = list_empty(&out) ? ext4_xattr_drop(i)
		                      : store_block(i, &out);
	if (!rc) {
		store_inode(&a, &in);
		csum_inode_set(fs, i->ino, raw);
		buf_dirty(fs, b);
		fs->super.feature_compat |= EXT4_COMPAT_EXT_ATTR;
		fs->super_dirty = true;
	}
	buf_put(fs, b);
	xattr_free_all(&in);
	xattr_free_all(&out);
	return rc;
}

int ext4_set_xattrs(struct inode *i, struct list *all)
{
	struct ext4 *fs = ext4_of(i);
	int rc = ext4_begin(fs, CHANGE_BLOCKS), stored;

	if (rc)
		return rc;
	rc = store(i, all);
	stored = ext4_store(i);
	ext4_end(fs);
	return rc ? rc : stored;
}
