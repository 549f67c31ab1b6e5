/*
 * test_crash.c - the power goes at any time. Random operations are done on a
 * disk that records every write and flush. Then, for many moments: the disk as
 * it was then, with any part of what was not flushed, is mounted; e2fsck finds
 * nothing, and what was fsynced before is there. The same after e2fsck's own
 * replay.
 */
#include "kernel/fs/ext4.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/image.h"
#include "tests/lib/khost/khost.h"

enum {
	NAMES = 16,
	FILE_MAX = 40000,
	PROMISES_MAX = 4000,
	/* A write may be torn, but no super block is, which has 1 KiB. */
	PIECE = 2048,
};

/* A name as the program believes it to be. */
struct model {
	uint8_t *data; /* NULL: there is none */
	size_t size;
};

/*
 * From event `begin` on, and for all moments before event `end`, name `n` is
 * known: it was fsynced before the one and is changed after the other.
 */
struct promise {
	size_t begin, end;
	unsigned n;
	struct model is;
};

static struct model model[NAMES];
static struct promise promise[PROMISES_MAX];
static size_t nr_promises;
static struct promise *current[NAMES]; /* the one that has no end yet */
static struct khost_disk *disk;
static uint32_t seed;

static uint32_t next(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static const char *path_of(unsigned n)
{
	static char path[2][64];
	static unsigned turn;
	char *p = path[turn++ % 2];

	snprintf(p, 64, n % 2 ? "/mnt/dir/file-%u" : "/mnt/f%u", n);
	return p;
}

/* --- what is known --- */

static void changes(unsigned n)
{
	if (current[n])
		current[n]->end = khost_disk_events(disk);
	current[n] = NULL;
}

static void knows(unsigned n)
{
	struct promise *p = &promise[nr_promises++];

	assert_true(nr_promises < PROMISES_MAX);
	if (current[n])
		current[n]->end = khost_disk_events(disk);
	*p = (struct promise){
		.begin = khost_disk_events(disk),
		.end = SIZE_MAX,
		.n = n,
		.is.size = model[n].size,
	};
	if (model[n].data) {
		p->is.data = malloc(FILE_MAX);
		assert_non_null(p->is.data);
		memcpy(p->is.data, model[n].data, model[n].size);
	}
	current[n] = p;
}

/* --- operations --- */

static void resize(struct model *m, size_t size)
{
	if (!m->data)
		m->data = calloc(1, FILE_MAX);
	if (size < m->size)
		memset(m->data + size, 0, m->size - size);
	m->size = size;
}

static void do_write(unsigned n)
{
	static uint8_t bytes[12000];
	size_t at = next(FILE_MAX), len = 1 + next(sizeof(bytes));
	struct model *m = &model[n];

	if (next(3))
		at = m->size;
	if (at + len > FILE_MAX)
		return;
	changes(n);
	memset(bytes, 1 + (int)next(255), len);
	assert_int_equal(drive_write(path_of(n), (int64_t)at, bytes, len),
	                 (int64_t)len);
	resize(m, at + len > m->size ? at + len : m->size);
	memcpy(m->data + at, bytes, len);
}

static void do_truncate(unsigned n)
{
	size_t size = next(FILE_MAX);

	if (!model[n].data)
		return;
	changes(n);
	assert_int_equal(drive_truncate(path_of(n), size), 0);
	resize(&model[n], size);
}

static void do_unlink(unsigned n)
{
	if (!model[n].data)
		return;
	changes(n);
	assert_int_equal(vfs_unlink(NULL, path_of(n)), 0);
	free(model[n].data);
	model[n] = (struct model){0};
}

static void do_rename(unsigned n)
{
	unsigned to = next(NAMES);

	if (!model[n].data || n == to)
		return;
	changes(n);
	changes(to);
	assert_int_equal(vfs_rename(NULL, path_of(n), NULL, path_of(to), 0), 0);
	free(model[to].data);
	model[to] = model[n];
	model[n] = (struct model){0};
}

static void do_fallocate(unsigned n)
{
	static const unsigned modes[] = {0, 1, 3, 3, 0x10, 0x11};
	unsigned mode = modes[next(ARRAY_LEN(modes))];
	size_t at = next(FILE_MAX), len = 1 + next(20000), end;
	struct model *m = &model[n];
	struct dentry *d;

	if (!m->data || at + len > FILE_MAX)
		return;
	changes(n);
	assert_int_equal(vfs_lookup(NULL, path_of(n), 0, &d), 0);
	assert_int_equal(vfs_fallocate(dentry_inode(d), mode, at, len), 0);
	dentry_put(d);
	if (!(mode & 1) && at + len > m->size)
		resize(m, at + len);
	end = at + len < m->size ? at + len : m->size;
	if (mode & ~1U && end > at)
		memset(m->data + at, 0, end - at);
}

static void do_fsync(unsigned n)
{
	if (!model[n].data)
		return;
	assert_int_equal(drive_fsync(path_of(n)), 0);
	knows(n);
	/* Names are the journal's, which is one for all. */
	for (unsigned k = 0; k < NAMES; k++) {
		if (!model[k].data)
			knows(k);
	}
}

static void do_sync(unsigned n)
{
	(void)n;
	if (next(4))
		return;
	vfs_sync();
	for (unsigned k = 0; k < NAMES; k++)
		knows(k);
}

static struct file *held[4];

static void release(unsigned n)
{
	if (held[n])
		file_put(held[n]);
	held[n] = NULL;
}

/* Open and without a name for a while, which a crash may end. */
static void do_hold(unsigned n)
{
	static uint8_t bytes[9000];
	struct uio u;

	n %= ARRAY_LEN(held);
	if (held[n]) {
		release(n);
		return;
	}
	assert_int_equal(
		vfs_open(NULL, "/mnt", O_TMPFILE | O_RDWR, 0600, &held[n]), 0);
	uio_user(&u, (uaddr){(uintptr_t)bytes}, sizeof(bytes));
	assert_int_equal(file_write(held[n], &u), sizeof(bytes));
}

static void do_folder(unsigned n)
{
	char path[64];

	snprintf(path, sizeof(path), "/mnt/dir/sub-%u", n % 4);
	if (drive_mkdir(path) == -EEXIST)
		assert_int_equal(vfs_rmdir(NULL, path), 0);
}

static void (*const operations[])(unsigned) = {
	do_write,  do_write,  do_write,  do_truncate, do_unlink,
	do_rename, do_rename, do_fsync,  do_fsync,    do_fallocate,
	do_sync,   do_hold,   do_folder,
};

/* --- after the crash --- */

static void mount(struct khost_disk *d)
{
	struct superblock *sb;

	assert_int_equal(ext4_open(khost_disk_device(d), false, &sb), 0);
	assert_false(sb->read_only);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
}

static void check_promise(const struct promise *p)
{
	static uint8_t got[FILE_MAX];

	if (!p->is.data) {
		assert_int_equal(drive_size(path_of(p->n)), -ENOENT);
		return;
	}
	assert_int_equal(drive_read(path_of(p->n), 0, got, sizeof(got)),
	                 (int64_t)p->is.size);
	assert_memory_equal(got, p->is.data, p->is.size);
}

/* Read-only, so that it is the same afterwards. */
static void check_contents(struct khost_disk *d, size_t moment)
{
	for (size_t k = 0; k < nr_promises; k++) {
		if (promise[k].begin <= moment && moment <= promise[k].end)
			check_promise(&promise[k]);
	}
	(void)d;
}

static void check_ours(struct khost_disk *d, size_t moment)
{
	mount(d);
	check_contents(d, moment);
	/* It can be used: space that was lost would show here. */
	assert_int_equal(drive_touch("/mnt/after", 0644), 0);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(image_is_clean(d));
}

static void check_theirs(struct khost_disk **d, size_t moment)
{
	assert_true(image_recovers(d));
	assert_true(image_is_clean(*d));
	mount(*d);
	check_contents(*d, moment);
	assert_int_equal(vfs_unmount("/mnt"), 0);
}

static void crash_at(size_t moment)
{
	struct khost_disk *d = khost_disk_replay(disk, moment);

	check_ours(d, moment);
	khost_disk_free(d);
	d = khost_disk_replay_some(disk, moment, moment, PIECE);
	check_ours(d, moment);
	khost_disk_free(d);
	if (moment % 6) /* they take a while */
		return;
	d = khost_disk_replay_some(disk, moment, moment, 0);
	check_theirs(&d, moment);
	khost_disk_free(d);
}

/* --- runs --- */

static void work(unsigned steps)
{
	assert_int_equal(drive_mkdir("/mnt/dir"), 0);
	vfs_sync();
	khost_disk_record(disk);
	for (unsigned step = 0; step < steps; step++)
		operations[next(ARRAY_LEN(operations))](next(NAMES));
	for (unsigned k = 0; k < ARRAY_LEN(held); k++)
		release(k);
}

static void forget_all(void)
{
	for (size_t k = 0; k < nr_promises; k++)
		free(promise[k].is.data);
	for (unsigned n = 0; n < NAMES; n++)
		free(model[n].data);
	memset(model, 0, sizeof(model));
	memset(current, 0, sizeof(current));
	nr_promises = 0;
}

/* `moments`: how many are tried, spread over all events; 0: every one. */
static void run(const char *options, const char *size, uint32_t with_seed,
                size_t pages, unsigned steps, size_t moments)
{
	size_t events;

	seed = with_seed;
	disk = image_make(options, size, NULL);
	mount(disk);
	khost_set_memory(khost_pages_used() + pages);
	work(steps);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	khost_set_memory(65536);
	assert_true(image_is_clean(disk));
	events = khost_disk_events(disk);
	for (size_t k = 0; moments == 0 && k <= events; k++)
		crash_at(k);
	for (size_t k = 0; k < moments; k++)
		crash_at((size_t)next((uint32_t)events + 1));
	khost_disk_free(disk);
	forget_all();
}

static void every_moment_of_a_short_run(void **state)
{
	(void)state;
	run("-t ext4 -b 1024 -J size=1", "4M", 1, 60000, 50, 0);
}

static void moments_of_a_run_that_goes_around_the_log(void **state)
{
	(void)state;
	run("-t ext4 -b 1024 -J size=1", "4M", 2, 60000, 1200, 30);
}

static void moments_without_check_sums(void **state)
{
	(void)state;
	run("-t ext4 -b 1024 -J size=1 -O ^metadata_csum,^64bit", "4M", 3,
	    60000, 600, 20);
}

static void moments_with_blocks_of_4_kib(void **state)
{
	(void)state;
	run("-t ext4 -b 4096 -J size=4", "12M", 4, 60000, 600, 20);
}

static void moments_of_a_machine_with_little_memory(void **state)
{
	(void)state;
	run("-t ext4 -b 4096 -J size=4", "12M", 5, 48, 600, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_moment_of_a_short_run),
		cmocka_unit_test(moments_of_a_run_that_goes_around_the_log),
		cmocka_unit_test(moments_without_check_sums),
		cmocka_unit_test(moments_with_blocks_of_4_kib),
		cmocka_unit_test(moments_of_a_machine_with_little_memory),
	};

	drive_init();
	if (drive_mkdir("/mnt"))
		return 1;
	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
