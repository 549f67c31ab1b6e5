/*
 * test_model.c - random operations on ext4, against a model in memory: the
 * answers are the same, the contents are the same, also after mounting anew,
 * and e2fsck finds nothing.
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
	NAMES = 24,       /* /mnt/a ... and the same in a folder */
	FILE_MAX = 70000, /* of a file */
	STEPS = 4000,
};

/* One file of the model; data NULL: there is none. */
struct model {
	uint8_t *data;
	size_t size;
};

static struct model model[NAMES];
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

/* --- each operation on both; they must agree --- */

static void resize(struct model *m, size_t size)
{
	if (!m->data)
		m->data = calloc(1, 2 * FILE_MAX);
	if (size < m->size)
		memset(m->data + size, 0, m->size - size);
	m->size = size;
}

static void do_write(unsigned n)
{
	static uint8_t bytes[20000];
	size_t at = next(FILE_MAX), len = 1 + next(sizeof(bytes));
	struct model *m = &model[n];

	if (next(2))
		at = m->size;
	if (at + len > FILE_MAX)
		return;
	memset(bytes, (int)next(256), len);
	assert_int_equal(drive_write(path_of(n), (int64_t)at, bytes, len),
	                 (int64_t)len);
	resize(m, at + len > m->size ? at + len : m->size);
	memcpy(m->data + at, bytes, len);
}

static void do_truncate(unsigned n)
{
	size_t size = next(FILE_MAX);
	int rc = drive_truncate(path_of(n), size);

	assert_int_equal(rc, model[n].data ? 0 : -ENOENT);
	if (!rc)
		resize(&model[n], size);
}

static void do_unlink(unsigned n)
{
	int rc = vfs_unlink(NULL, path_of(n));

	assert_int_equal(rc, model[n].data ? 0 : -ENOENT);
	free(model[n].data);
	model[n] = (struct model){0};
}

static void do_rename(unsigned n)
{
	unsigned to = next(NAMES);
	int rc = vfs_rename(NULL, path_of(n), NULL, path_of(to), 0);

	assert_int_equal(rc, model[n].data ? 0 : -ENOENT);
	if (rc || n == to)
		return;
	free(model[to].data);
	model[to] = model[n];
	model[n] = (struct model){0};
}

/* fallocate(2): reserve, punch a hole, make zero. */
static void do_fallocate(unsigned n)
{
	static const unsigned modes[] = {0, 1, 3, 3, 0x10, 0x11};
	unsigned mode = modes[next(ARRAY_LEN(modes))];
	size_t at = next(FILE_MAX), len = 1 + next(40000), end;
	struct model *m = &model[n];
	struct dentry *d;
	int rc;

	if (!m->data || at + len > FILE_MAX)
		return;
	assert_int_equal(vfs_lookup(NULL, path_of(n), 0, &d), 0);
	rc = vfs_fallocate(dentry_inode(d), mode, at, len);
	dentry_put(d);
	assert_int_equal(rc, 0);
	if (!(mode & 1) && at + len > m->size)
		resize(m, at + len);
	end = at + len < m->size ? at + len : m->size;
	if (mode & ~1U && end > at)
		memset(m->data + at, 0, end - at);
}

static void do_fsync(unsigned n)
{
	int rc = drive_fsync(path_of(n));

	assert_int_equal(rc, model[n].data ? 0 : -ENOENT);
}

static void check(unsigned n)
{
	static uint8_t got[FILE_MAX];
	struct model *m = &model[n];

	assert_int_equal(drive_size(path_of(n)),
	                 m->data ? (int64_t)m->size : -ENOENT);
	if (!m->data)
		return;
	assert_int_equal(drive_read(path_of(n), 0, got, sizeof(got)),
	                 (int64_t)m->size);
	assert_memory_equal(got, m->data, m->size);
}

static void (*const operations[])(unsigned) = {
	do_write,  do_write, do_write,     do_truncate, do_unlink,
	do_rename, do_fsync, do_fallocate, check,
};

static struct khost_disk *disk;

static void mount(void)
{
	struct superblock *sb;

	assert_int_equal(ext4_open(khost_disk_device(disk), false, &sb), 0);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
}

static void run(const char *options, uint32_t with_seed, size_t pages)
{
	seed = with_seed;
	disk = image_make(options, "12M", NULL);
	mount();
	khost_set_memory(khost_pages_used() + pages);
	assert_int_equal(drive_mkdir("/mnt/dir"), 0);
	for (unsigned step = 0; step < STEPS; step++) {
		operations[next(ARRAY_LEN(operations))](next(NAMES));
		if (step % 1000 != 999)
			continue;
		assert_int_equal(vfs_unmount("/mnt"), 0);
		assert_true(image_is_clean(disk));
		mount();
		for (unsigned n = 0; n < NAMES; n++)
			check(n);
	}
	for (unsigned n = 0; n < NAMES; n++)
		do_unlink(n);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	assert_true(image_is_clean(disk));
	khost_disk_free(disk);
	khost_set_memory(65536);
}

static void blocks_of_4_kib_agree_with_the_model(void **state)
{
	(void)state;
	run("-t ext4 -b 4096 -O ^has_journal", 1, 60000);
}

static void blocks_of_1_kib_agree_with_the_model(void **state)
{
	(void)state;
	run("-t ext4 -b 1024 -O ^has_journal", 2, 60000);
}

static void with_a_journal_it_agrees_with_the_model(void **state)
{
	(void)state;
	run("-t ext4 -b 4096 -J size=4", 4, 60000);
	run("-t ext4 -b 1024 -J size=1", 5, 60000);
	run("-t ext4 -b 1024 -J size=1 -O ^64bit,^metadata_csum", 6, 60000);
	run("-t ext4 -b 4096 -J size=4", 7, 48);
}

static void a_machine_with_little_memory_agrees_with_the_model(void **state)
{
	(void)state;
	run("-t ext4 -b 4096 -O ^has_journal", 3, 48);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_4_kib_agree_with_the_model),
		cmocka_unit_test(blocks_of_1_kib_agree_with_the_model),
		cmocka_unit_test(with_a_journal_it_agrees_with_the_model),
		cmocka_unit_test(
			a_machine_with_little_memory_agrees_with_the_model),
	};

	drive_init();
	if (drive_mkdir("/mnt"))
		return 1;
	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
