/*
 * extent.c - where the blocks of a file are: the tree of extents.
 *
 *	inode            blocks of indexes      blocks of extents
 *	+--------+       +----------+           +---------------------+
 *	| header |   +-> | header   |       +-> | header              |
 *	| 0    o-+---+   | 0      o-+-------+   | 0..99    at 5000    |
 *	| 900  o-+-->    | 400    o-+--> ...    | 100..399 at 7300    |
 *	+--------+       +----------+           +---------------------+
 *
 * The root has four entries and lies in the inode. A run of blocks that goes
 * on where the one before ends is merged with it, so that most files have one
 * extent. A full node is split; a full root moves into a block of its own.
 */
#include "kernel/fs/ext4/ext4.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

enum {
	LEVELS = EXT4_EXTENT_DEPTH_MAX + 1,
	SECTOR_BITS = 9,
	/* Blocks a split or a conversion may need, at most. */
	SPARE_BLOCKS = 2 * LEVELS,
	METADATA_STEP = 256, /* blocks freed at once, of a folder */
};

/* From the root (level 0) to the leaf (level depth). */
struct path {
	struct ext4_extent_header *node[LEVELS];
	struct buf *buf[LEVELS]; /* NULL for the root */
	int pos[LEVELS]; /* the last entry at or before the block sought */
	unsigned depth;
};

/* --- entries --- */

static struct ext4_extent *extents(struct ext4_extent_header *h)
{
	return (void *)(h + 1);
}

static struct ext4_index *indexes(struct ext4_extent_header *h)
{
	return (void *)(h + 1);
}

static bool is_unwritten(const struct ext4_extent *e)
{
	return e->len > EXT4_EXTENT_LEN_MAX;
}

static uint32_t length(const struct ext4_extent *e)
{
	return is_unwritten(e) ? e->len - (uint32_t)EXT4_EXTENT_LEN_MAX
	                       : e->len;
}

static uint16_t encode_length(uint32_t n, bool unwritten)
{
	return (uint16_t)(unwritten ? n + EXT4_EXTENT_LEN_MAX : n);
}

static uint64_t start(const struct ext4_extent *e)
{
	return (uint64_t)e->start_hi << 32 | e->start_lo;
}

static void set_start(struct ext4_extent *e, uint64_t block)
{
	e->start_lo = (uint32_t)block;
	e->start_hi = (uint16_t)(block >> 32);
}

static uint64_t leaf_of(const struct ext4_index *x)
{
	return (uint64_t)x->leaf_hi << 32 | x->leaf_lo;
}

static struct ext4_index make_index(uint32_t block, uint64_t leaf)
{
	return (struct ext4_index){
		.block = block,
		.leaf_lo = (uint32_t)leaf,
		.leaf_hi = (uint16_t)(leaf >> 32),
	};
}

/*
 * Extents and indexes have the same size, and both begin with the first block
 * of the file that they are about: searching and moving them is the same.
 */
static uint32_t key(struct ext4_extent_header *h, int n)
{
	return extents(h)[n].block;
}

/* The last entry whose key is at most `at`; -1 when there is none. */
static int search(struct ext4_extent_header *h, uint32_t at)
{
	int lo = 0, hi = h->entries;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;

		if (key(h, mid) <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

/* --- nodes --- */

static struct ext4_extent_header *root_of(const struct inode *i)
{
	return (void *)einode_of(i)->block;
}

void extent_init(struct einode *e)
{
	struct ext4_extent_header *h = (void *)e->block;

	memset(e->block, 0, sizeof(e->block));
	h->magic = EXT4_EXTENT_MAGIC;
	h->max = EXT4_ROOT_ENTRIES;
	e->flags |= EXT4_FL_EXTENTS;
}

static uint32_t max_entries(const struct ext4 *fs)
{
	return (fs->block_size - (uint32_t)sizeof(struct ext4_extent_header)) /
	       (uint32_t)sizeof(struct ext4_extent);
}

static bool is_sane(const struct ext4_extent_header *h, uint32_t max,
                    unsigned depth)
{
	return h->magic == EXT4_EXTENT_MAGIC && h->depth == depth &&
	       h->max <= max && h->entries <= h->max &&
	       (depth == 0 || h->entries > 0);
}

static int check_root(const struct inode *i)
{
	const struct ext4_extent_header *h = root_of(i);

	if (h->depth > EXT4_EXTENT_DEPTH_MAX ||
	    !is_sane(h, EXT4_ROOT_ENTRIES, h->depth))
		return ext4_damaged(ext4_of(i), "extents of inode", i->ino);
	return 0;
}

static int read_node(struct inode *i, uint64_t block, unsigned depth,
                     struct buf **out)
{
	struct ext4 *fs = ext4_of(i);
	struct buf *b;
	int rc;

	if (!ext4_blocks_ok(fs, block, 1))
		return ext4_damaged(fs, "extents of inode", i->ino);
	rc = buf_read(fs, block, &b);
	if (rc)
		return rc;
	if (!is_sane((void *)b->data, max_entries(fs), depth) ||
	    (!b->checked && !csum_extents_ok(i, b->data))) {
		buf_put(fs, b);
		return ext4_damaged(fs, "extents of inode", i->ino);
	}
	b->checked = true;
	*out = b;
	return 0;
}

static void put_path(struct inode *i, struct path *p)
{
	for (unsigned level = 0; level < LEVELS; level++)
		buf_put(ext4_of(i), p->buf[level]);
}

static int find_path(struct inode *i, uint32_t at, struct path *p)
{
	int rc = check_root(i);

	*p = (struct path){0};
	if (rc)
		return rc;
	p->node[0] = root_of(i);
	p->depth = p->node[0]->depth;
	for (unsigned level = 0;; level++) {
		struct ext4_extent_header *h = p->node[level];
		struct buf *b;

		p->pos[level] = search(h, at);
		if (level == p->depth)
			return 0;
		if (p->pos[level] < 0) /* before all: the first is for it */
			p->pos[level] = 0;
		rc = read_node(i, leaf_of(&indexes(h)[p->pos[level]]),
		               p->depth - level - 1, &b);
		if (rc) {
			put_path(i, p);
			return rc;
		}
		p->buf[level + 1] = b;
		p->node[level + 1] = (void *)b->data;
	}
}

static void changed(struct inode *i, struct path *p, unsigned level)
{
	struct buf *b = p->buf[level];

	if (!b) {
		inode_changed(i);
		return;
	}
	csum_extents_set(i, b->data);
	buf_dirty(ext4_of(i), b);
}

static void count_blocks(struct inode *i, int64_t n)
{
	unsigned bits = ext4_of(i)->block_bits - SECTOR_BITS;
	int64_t sectors = (int64_t)i->blocks + n * (INT64_C(1) << bits);

	i->blocks = sectors > 0 ? (uint64_t)sectors : 0;
	inode_changed(i);
}

/* --- looking up --- */

/* Where the next extent behind the path's place begins. */
static uint64_t next_key(struct path *p)
{
	for (unsigned level = p->depth + 1; level-- > 0;) {
		struct ext4_extent_header *h = p->node[level];

		if (p->pos[level] + 1 < h->entries)
			return key(h, p->pos[level] + 1);
	}
	return (uint64_t)UINT32_MAX + 1;
}

static int describe(struct inode *i, struct path *p, uint32_t at,
                    struct run *out)
{
	struct ext4_extent_header *h = p->node[p->depth];
	int pos = p->pos[p->depth];
	const struct ext4_extent *e = pos >= 0 ? &extents(h)[pos] : NULL;
	uint64_t end = next_key(p), hole;

	if (e && at - e->block < length(e)) {
		uint32_t skip = at - e->block;

		if (!ext4_blocks_ok(ext4_of(i), start(e), length(e)))
			return ext4_damaged(ext4_of(i), "extents of inode",
			                    i->ino);
		*out = (struct run){
			.block = start(e) + skip,
			.len = length(e) - skip,
			.unwritten = is_unwritten(e),
		};
		return 0;
	}
	hole = end > at ? end - at : 1; /* keys out of order: go on slowly */
	*out = (struct run){
		.len = hole > UINT32_MAX ? UINT32_MAX : (uint32_t)hole,
	};
	return 0;
}

int extent_map(struct inode *i, uint32_t at, struct run *out)
{
	struct path p;
	int rc = find_path(i, at, &p);

	if (rc)
		return rc;
	rc = describe(i, &p, at, out);
	put_path(i, &p);
	return rc;
}

/* --- making room --- */

/* A block for a node of this inode, zeroed. */
static int new_node(struct inode *i, struct buf **out)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t block;
	uint32_t got;
	int rc = ext4_alloc_blocks(fs, ext4_goal(i), 1, &block, &got);

	if (rc)
		return rc;
	rc = buf_fresh(fs, block, out);
	if (rc) {
		(void)ext4_free_blocks(fs, block, 1, false);
		return rc;
	}
	count_blocks(i, 1);
	return 0;
}

/* The root's entries move into a block; the root gets that as its only one. */
static int grow(struct inode *i, struct path *p)
{
	struct ext4_extent_header *root = p->node[0], *h;
	struct buf *b;
	int rc;

	if (root->depth == EXT4_EXTENT_DEPTH_MAX)
		return -EFBIG;
	rc = new_node(i, &b);
	if (rc)
		return rc;
	h = (void *)b->data;
	*h = *root;
	h->max = (uint16_t)max_entries(ext4_of(i));
	memcpy(extents(h), extents(root),
	       root->entries * sizeof(struct ext4_extent));
	csum_extents_set(i, b->data);
	indexes(root)[0] = make_index(key(h, 0), b->block);
	root->entries = 1;
	root->depth++;
	buf_put(ext4_of(i), b);
	inode_changed(i);
	return 0;
}

static void insert_entry(struct ext4_extent_header *h, int pos,
                         const void *entry)
{
	struct ext4_extent *e = extents(h) + pos;

	memmove(e + 1, e, (size_t)(h->entries - pos) * sizeof(*e));
	memcpy(e, entry, sizeof(*e));
	h->entries++;
}

/*
 * Split the node at `level`, whose parent has room. A file that grows at its
 * end leaves full nodes behind.
 */
static int split(struct inode *i, struct path *p, unsigned level, uint32_t at)
{
	struct ext4_extent_header *h = p->node[level], *right;
	int keep =
		at > key(h, h->entries - 1) ? h->entries - 1 : h->entries / 2;
	struct ext4_index x;
	struct buf *b;
	int rc;

	if (keep < 1)
		return ext4_damaged(ext4_of(i), "extents of inode", i->ino);
	rc = new_node(i, &b);
	if (rc)
		return rc;
	right = (void *)b->data;
	*right = *h;
	right->entries = (uint16_t)(h->entries - keep);
	right->max = (uint16_t)max_entries(ext4_of(i));
	memcpy(extents(right), extents(h) + keep,
	       right->entries * sizeof(struct ext4_extent));
	csum_extents_set(i, b->data);
	h->entries = (uint16_t)keep;
	changed(i, p, level);
	x = make_index(key(right, 0), b->block);
	insert_entry(p->node[level - 1], p->pos[level - 1] + 1, &x);
	changed(i, p, level - 1);
	buf_put(ext4_of(i), b);
	return 0;
}

/* One step towards a leaf with room: split the highest full node. */
static int make_room(struct inode *i, struct path *p, uint32_t at)
{
	unsigned level = p->depth;

	while (level > 0 &&
	       p->node[level - 1]->entries == p->node[level - 1]->max)
		level--;
	return level == 0 ? grow(i, p) : split(i, p, level, at);
}

/* --- inserting --- */

/* The keys above must not be larger than the first below them. */
static void lower_keys(struct inode *i, struct path *p, uint32_t at)
{
	for (unsigned level = p->depth; level-- > 0;) {
		struct ext4_index *x = &indexes(p->node[level])[p->pos[level]];

		if (x->block <= at)
			return;
		x->block = at;
		changed(i, p, level);
	}
}

static bool can_grow(const struct ext4_extent *e, const struct ext4_extent *by)
{
	uint32_t max = EXT4_EXTENT_LEN_MAX - (is_unwritten(e) ? 1 : 0);

	return is_unwritten(e) == is_unwritten(by) &&
	       length(e) + length(by) <= max;
}

static bool merge(struct inode *i, struct path *p, const struct ext4_extent *n)
{
	struct ext4_extent_header *h = p->node[p->depth];
	int pos = p->pos[p->depth];
	struct ext4_extent *e = extents(h) + pos;

	if (pos >= 0 && can_grow(e, n) && e->block + length(e) == n->block &&
	    start(e) + length(e) == start(n)) {
		e->len = (uint16_t)(e->len + length(n));
		changed(i, p, p->depth);
		return true;
	}
	e++;
	if (pos + 1 < h->entries && can_grow(e, n) &&
	    n->block + length(n) == e->block &&
	    start(n) + length(n) == start(e)) {
		e->len = (uint16_t)(e->len + length(n));
		e->block = n->block;
		set_start(e, start(n));
		changed(i, p, p->depth);
		lower_keys(i, p, n->block);
		return true;
	}
	return false;
}

/* One attempt. -EAGAIN: room was made on some level, try again. */
static int try_insert(struct inode *i, const struct ext4_extent *n)
{
	struct path p;
	int rc = find_path(i, n->block, &p);

	if (rc)
		return rc;
	if (merge(i, &p, n)) {
		rc = 0;
	} else if (p.node[p.depth]->entries < p.node[p.depth]->max) {
		insert_entry(p.node[p.depth], p.pos[p.depth] + 1, n);
		changed(i, &p, p.depth);
		lower_keys(i, &p, n->block);
	} else {
		rc = make_room(i, &p, n->block);
		rc = rc ? rc : -EAGAIN;
	}
	put_path(i, &p);
	return rc;
}

static int insert(struct inode *i, uint32_t at, uint64_t block, uint32_t len,
                  bool unwritten)
{
	struct ext4_extent n = {
		.block = at,
		.len = encode_length(len, unwritten),
	};
	int rc = -EAGAIN;

	set_start(&n, block);
	for (unsigned tries = 0; rc == -EAGAIN && tries < 2 * LEVELS; tries++)
		rc = try_insert(i, &n);
	return rc == -EAGAIN
	               ? ext4_damaged(ext4_of(i), "extents of inode", i->ino)
	               : rc;
}

/* --- allocating --- */

/* Behind the block before, or where the inode's blocks begin. */
static int find_goal(struct inode *i, uint32_t at, uint64_t *goal)
{
	const struct ext4_extent *e;
	struct path p;
	int rc = find_path(i, at, &p);

	if (rc)
		return rc;
	*goal = ext4_goal(i);
	if (p.pos[p.depth] >= 0) {
		e = &extents(p.node[p.depth])[p.pos[p.depth]];
		*goal = start(e) + (at - e->block);
	}
	put_path(i, &p);
	return 0;
}

/* A run of blocks for the hole [at, at + n), as far as one goes. */
static int fill_hole(struct inode *i, uint32_t at, uint32_t n, bool unwritten,
                     struct run *out)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t goal, block;
	uint32_t got;
	int rc = find_goal(i, at, &goal);

	if (!rc && ext4_free_now(fs) < KEPT_BLOCKS)
		rc = -ENOSPC;
	if (!rc)
		rc = ext4_alloc_blocks(fs, goal, n, &block, &got);
	if (rc)
		return rc;
	rc = insert(i, at, block, got, unwritten);
	if (rc) {
		(void)ext4_free_blocks(fs, block, got, false);
		return rc;
	}
	count_blocks(i, got);
	*out = (struct run){block, got, unwritten};
	return 0;
}

/* The entry at the path's place goes, and nodes that are empty then. */
static int remove_entry(struct inode *i, struct path *p)
{
	unsigned level = p->depth;

	for (;;) {
		struct ext4_extent_header *h = p->node[level];
		struct ext4_extent *e = extents(h) + p->pos[level];
		uint64_t block;
		int rc;

		h->entries--;
		memmove(e, e + 1,
		        (size_t)(h->entries - p->pos[level]) * sizeof(*e));
		changed(i, p, level);
		if (level == 0 || h->entries > 0)
			break;
		block = p->buf[level]->block;
		buf_put(ext4_of(i), p->buf[level]);
		p->buf[level] = NULL;
		rc = ext4_free_blocks(ext4_of(i), block, 1, true);
		if (rc)
			return rc;
		count_blocks(i, -1);
		level--;
	}
	if (root_of(i)->entries == 0)
		root_of(i)->depth = 0;
	return 0;
}

/*
 * Take blocks [at, at + n) out of the extent around them. What remains of that
 * on the left (or, where nothing does, on the right) stays in its place; the
 * rest of the right is returned, to be inserted.
 */
static int cut_out(struct inode *i, uint32_t at, uint32_t n, struct run *right)
{
	struct ext4_extent *e;
	uint32_t before, behind;
	struct path p;
	int rc = find_path(i, at, &p);

	if (rc)
		return rc;
	e = &extents(p.node[p.depth])[p.pos[p.depth]];
	before = at - e->block;
	behind = length(e) - before - n;
	*right = (struct run){.block = start(e) + before + n,
	                      .len = behind,
	                      .unwritten = is_unwritten(e)};
	if (before > 0) {
		e->len = encode_length(before, is_unwritten(e));
	} else if (behind > 0) {
		e->block += n;
		e->len = encode_length(behind, is_unwritten(e));
		set_start(e, right->block);
		right->len = 0;
	} else {
		rc = remove_entry(i, &p);
		put_path(i, &p);
		return rc;
	}
	changed(i, &p, p.depth);
	put_path(i, &p);
	return 0;
}

/* The same, and the right goes back into the tree. */
static int take_out(struct inode *i, uint32_t at, uint32_t n)
{
	struct run right;
	int rc = cut_out(i, at, n, &right);

	if (!rc && right.len > 0)
		rc = insert(i, at + n, right.block, right.len, right.unwritten);
	return rc;
}

/* Blocks [at, at + n) of an unwritten extent are written from now on. */
static int convert(struct inode *i, uint32_t at, uint32_t n, uint64_t block)
{
	struct ext4 *fs = ext4_of(i);
	int rc;

	if (ext4_free_now(fs) < SPARE_BLOCKS)
		return -ENOSPC;
	rc = take_out(i, at, n);
	if (!rc)
		rc = insert(i, at, block, n, false);
	return rc ? ext4_damaged(fs, "extents of inode", i->ino) : 0;
}

int extent_alloc(struct inode *i, uint32_t at, struct run *out)
{
	int rc = extent_map(i, at, out);

	if (rc)
		return rc;
	if (out->block == 0)
		return fill_hole(i, at, 1, false, out);
	out->len = 1;
	return out->unwritten ? convert(i, at, 1, out->block) : 0;
}

int extent_reserve(struct inode *i, uint32_t at)
{
	struct run r;
	int rc = extent_map(i, at, &r);

	if (rc)
		return rc;
	if (r.block == 0)
		return fill_hole(i, at, 1, true, &r);
	/* It may have to be split when it is written. */
	return r.unwritten && ext4_free_now(ext4_of(i)) < SPARE_BLOCKS ? -ENOSPC
	                                                               : 0;
}

int extent_written(struct inode *i, uint32_t at, uint32_t n)
{
	struct run r;
	int rc = 0;

	for (uint32_t end = at + n; at < end && !rc; at += r.len) {
		rc = extent_map(i, at, &r);
		if (rc)
			return rc;
		if (r.len > end - at)
			r.len = end - at;
		if (r.block && r.unwritten)
			rc = convert(i, at, r.len, r.block);
	}
	return rc;
}

static bool holds_metadata(const struct inode *i)
{
	return !mode_is(i->mode, S_IFREG);
}

/* --- ranges --- */

/* What [at, ...) is, up to `end`. An extent may be split: is there room? */
static int next_run(struct inode *i, uint32_t at, uint32_t end, struct run *r)
{
	int rc = extent_map(i, at, r);

	if (!rc && r->len > end - at)
		r->len = end - at;
	/* Of what is unwritten, an extent holds one block less. */
	if (!rc && r->len > EXT4_EXTENT_LEN_MAX - 1 && r->block)
		r->len = EXT4_EXTENT_LEN_MAX - 1;
	return rc;
}

static int check_spare(const struct inode *i)
{
	return ext4_free_now(ext4_of(i)) < SPARE_BLOCKS ? -ENOSPC : 0;
}

int extent_fill_some(struct inode *i, uint32_t at, uint32_t end, uint32_t *done)
{
	struct run r;
	int rc = next_run(i, at, end, &r);

	if (!rc && r.block == 0) {
		if (r.len > EXT4_EXTENT_LEN_MAX - 1)
			r.len = EXT4_EXTENT_LEN_MAX - 1;
		rc = fill_hole(i, at, r.len, true, &r);
	}
	*done = r.len;
	return rc;
}

int extent_free_some(struct inode *i, uint32_t at, uint32_t end, uint32_t *done)
{
	struct run r;
	int rc = next_run(i, at, end, &r);

	*done = r.len;
	if (rc || !r.block)
		return rc;
	rc = check_spare(i);
	if (!rc)
		rc = take_out(i, at, r.len);
	if (!rc)
		rc = ext4_free_blocks(ext4_of(i), r.block, r.len,
		                      holds_metadata(i));
	if (!rc)
		count_blocks(i, -(int64_t)r.len);
	return rc;
}

int extent_unwrite_some(struct inode *i, uint32_t at, uint32_t end,
                        uint32_t *done)
{
	struct run r;
	int rc = next_run(i, at, end, &r);

	*done = r.len;
	if (rc || !r.block || r.unwritten)
		return rc;
	rc = check_spare(i);
	if (!rc)
		rc = take_out(i, at, r.len);
	if (!rc)
		rc = insert(i, at, r.block, r.len, true);
	return rc;
}

/* --- cutting off --- */

static int cut_leaf(struct inode *i, struct ext4_extent_header *h,
                    uint32_t from)
{
	while (h->entries > 0) {
		struct ext4_extent *e = &extents(h)[h->entries - 1];
		uint32_t n = length(e), keep;
		int rc;

		if (e->block < from && from - e->block >= n)
			break;
		if (ext4_is_long(ext4_of(i)))
			return -EAGAIN;
		keep = e->block < from ? from - e->block : 0;
		/* Each block of metadata is one for the journal to remember. */
		if (holds_metadata(i) && n - keep > METADATA_STEP)
			keep = n - METADATA_STEP;
		rc = ext4_free_blocks(ext4_of(i), start(e) + keep, n - keep,
		                      holds_metadata(i));
		if (rc)
			return rc;
		count_blocks(i, -(int64_t)(n - keep));
		if (keep > 0)
			e->len = encode_length(keep, is_unwritten(e));
		else
			h->entries--;
	}
	return 0;
}

static int cut_node(struct inode *i, struct ext4_extent_header *h,
                    uint32_t from);

/* The last child. *gone: nothing of it is left. */
static int cut_last(struct inode *i, struct ext4_extent_header *h,
                    uint32_t from, bool *gone)
{
	struct ext4 *fs = ext4_of(i);
	uint64_t block = leaf_of(&indexes(h)[h->entries - 1]);
	struct buf *b;
	int rc = read_node(i, block, h->depth - 1U, &b);

	if (rc)
		return rc;
	rc = cut_node(i, (void *)b->data, from);
	*gone = ((struct ext4_extent_header *)(void *)b->data)->entries == 0;
	csum_extents_set(i, b->data);
	buf_dirty(fs, b);
	buf_put(fs, b);
	if (rc || !*gone)
		return rc;
	rc = ext4_free_blocks(fs, block, 1, true);
	count_blocks(i, -1);
	return rc;
}

/* Recursive, but no deeper than EXT4_EXTENT_DEPTH_MAX: read_node() checks. */
static int cut_node(struct inode *i, struct ext4_extent_header *h,
                    uint32_t from)
{
	bool gone = true;

	if (h->depth == 0)
		return cut_leaf(i, h, from);
	while (h->entries > 0 && gone) {
		int rc = cut_last(i, h, from, &gone);

		if (rc)
			return rc;
		h->entries = (uint16_t)(h->entries - gone);
	}
	return 0;
}

int extent_cut(struct inode *i, uint32_t from)
{
	struct ext4_extent_header *root = root_of(i);
	int rc = check_root(i);

	if (rc)
		return rc;
	rc = cut_node(i, root, from);
	if (root->entries == 0)
		root->depth = 0;
	inode_changed(i);
	return rc;
}
