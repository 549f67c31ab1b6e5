/*
 * test_replay.c - journals made by e2fsprogs' debugfs, replayed when the disk
 * is mounted; e2fsck's replay of the same is the judge.
 */
#include "kernel/fs/ext4.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/fs/ext4/jbd2.h"
#include "kernel/lib/errno.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/image.h"
#include "tests/lib/khost/khost.h"

enum {
	DISK = 16 << 20,
	BLOCKS = 8, /* of file /f */
	LOG = 1024, /* blocks of the journals that are looked into */
};

/* A disk with the file /f, whose blocks the journal will be about. */
struct site {
	struct khost_disk *d;
	uint32_t block_size;
	uint64_t block[BLOCKS]; /* of /f */
	uint64_t *log;          /* where its blocks are; 0: not known yet */
	char data[96]; /* path of a file that debugfs takes copies from */
};

static void make_site(struct site *s, uint32_t block_size, const char *features)
{
	static uint8_t before[BLOCKS * 4096];
	char options[128], request[32];
	struct superblock *sb;

	s->block_size = block_size;
	snprintf(options, sizeof(options), "-t ext4 -b %u -J size=4 %s",
	         block_size, features);
	s->d = image_make(options, "16M", NULL);
	image_edit(&s->d, "tune2fs -O ^has_journal %s");
	assert_int_equal(ext4_open(khost_disk_device(s->d), false, &sb), 0);
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
	memset(before, '-', sizeof(before));
	assert_int_equal(drive_write("/mnt/f", 0, before, BLOCKS * block_size),
	                 BLOCKS * block_size);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	image_edit(&s->d, "tune2fs -J size=4 %s");
	for (unsigned n = 0; n < BLOCKS; n++) {
		snprintf(request, sizeof(request), "bmap /f %u", n);
		s->block[n] = image_debugfs_number(s->d, request);
	}
	snprintf(s->data, sizeof(s->data), "%s/data", image_scratch());
	s->log = calloc(LOG, sizeof(*s->log));
	assert_non_null(s->log);
}

/* A fresh copy of what `from` was when it was made. */
static void copy_site(struct site *s, const struct site *from)
{
	*s = *from;
	s->d = khost_disk_new(khost_disk_bytes(from->d), DISK);
}

/* Making one takes a second: each kind is made once. */
static void set_up(struct site *s, uint32_t block_size, const char *features)
{
	static struct {
		uint32_t block_size;
		const char *features;
		struct site site;
	} made[16];
	size_t n = 0;

	while (made[n].features && (made[n].block_size != block_size ||
	                            strcmp(made[n].features, features)))
		n++;
	assert_true(n < ARRAY_LEN(made) - 1);
	if (!made[n].features) {
		make_site(&made[n].site, block_size, features);
		made[n].block_size = block_size;
		made[n].features = features;
	}
	copy_site(s, &made[n].site);
}

/* What debugfs takes: copies of 'A' ..., the first beginning with `magic`. */
static void put_data(struct site *s, bool magic)
{
	uint32_t number = be32(JBD2_MAGIC);
	FILE *f = fopen(s->data, "wb");

	assert_non_null(f);
	if (magic)
		assert_int_equal(fwrite(&number, 4, 1, f), 1);
	for (uint32_t i = magic ? 4 : 0; i < BLOCKS * s->block_size; i++)
		fputc('A' + (int)(i / s->block_size), f);
	assert_int_equal(fclose(f), 0);
}

/* What block n of /f holds now, by its last byte; all of it is alike. */
static char look(const struct site *s, unsigned n)
{
	const uint8_t *p = khost_disk_bytes(s->d) + s->block[n] * s->block_size;

	for (uint32_t i = 4; i < s->block_size; i++)
		assert_int_equal(p[i], p[4]);
	return (char)p[4];
}

static void see(const struct site *s, char *out)
{
	for (unsigned n = 0; n < BLOCKS; n++)
		out[n] = look(s, n);
	out[BLOCKS] = '\0';
}

/* Mount and unmount without a change. */
static int mount(struct site *s, bool *read_only)
{
	struct superblock *sb;
	int rc = ext4_open(khost_disk_device(s->d), false, &sb);

	if (rc)
		return rc;
	*read_only = sb->read_only;
	assert_int_equal(vfs_mount(sb, "/mnt"), 0);
	assert_int_equal(vfs_unmount("/mnt"), 0);
	return 0;
}

/* Our replay gives `want`, a clean disk, and the same as e2fsck's. */
static void expect(struct site *s, const char *want)
{
	struct khost_disk *judge = khost_disk_new(khost_disk_bytes(s->d), DISK);
	struct site by_judge = *s;
	char got[BLOCKS + 1], judged[BLOCKS + 1];
	bool read_only;

	image_edit(&judge, "e2fsck -fy %s");
	by_judge.d = judge;
	see(&by_judge, judged);
	assert_string_equal(judged, want);
	assert_int_equal(mount(s, &read_only), 0);
	assert_false(read_only);
	see(s, got);
	assert_string_equal(got, want);
	assert_true(image_is_clean(s->d));
	assert_memory_equal(
		khost_disk_bytes(s->d) + s->block[0] * s->block_size,
		khost_disk_bytes(judge) + s->block[0] * s->block_size,
		s->block_size);
	khost_disk_free(judge);
}

/* debugfs' script: `open` and then lines in which %N is block N of /f. */
static void write_log(struct site *s, const char *open, const char *lines)
{
	char script[1024];
	size_t at = (size_t)snprintf(script, sizeof(script), "%s\n", open);

	for (const char *p = lines; *p; p++) {
		if (*p == '%' && p[1] == 'd')
			at += (size_t)snprintf(script + at, sizeof(script) - at,
			                       "%s", s->data);
		else if (*p == '%')
			at += (size_t)snprintf(
				script + at, sizeof(script) - at, "%llu",
				(unsigned long long)s->block[p[1] - '0']);
		else
			script[at++] = *p;
		p += *p == '%';
	}
	snprintf(script + at, sizeof(script) - at, "\njc\n");
	image_script(&s->d, script);
}

static void free_site(struct site *s)
{
	khost_disk_free(s->d);
}

/* --- journals of every kind --- */

static const struct {
	uint32_t block_size;
	const char *features, *open;
} kinds[] = {
	{4096, "", "jo -c"},
	{4096, "", "jo -c -v 2"},
	{4096, "", "jo"},
	{4096, "-O ^64bit", "jo -c"},
	{4096, "-O ^64bit", "jo -c -v 2"},
	{4096, "-O ^64bit,^metadata_csum", "jo"},
	{4096, "-O ^metadata_csum", "jo"},
	{1024, "", "jo -c"},
	{1024, "-O ^64bit,^metadata_csum", "jo"},
	{2048, "", "jo -c -v 2"},
};

static void journals_of_every_kind_are_replayed_as_by_e2fsck(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct site s;

		set_up(&s, kinds[k].block_size, kinds[k].features);
		put_data(&s, true);
		write_log(&s, kinds[k].open,
		          "jw -b %0,%1,%2,%3 %d\n"   /* ABCD----, A escaped */
		          "jw -b %4,%1 %d\n"         /* ABCDA---, B */
		          "jw -r %2,%3,%5\n"         /* no C, no D */
		          "jw -b %6,%7,%3 %d\n"      /* D is new */
		          "jw -c -b %2,%5,%6 %d\n"); /* not committed */
		expect(&s, "AB-CA-AB");
		free_site(&s);
	}
}

/* --- journals that are torn or damaged --- */

/* The bytes of block n of the log. */
static uint8_t *log_block(const struct site *s, uint32_t n)
{
	char request[32];

	assert_true(n < LOG);
	if (s->log[n] == 0) {
		snprintf(request, sizeof(request), "bmap <8> %u", n);
		s->log[n] = image_debugfs_number(s->d, request);
	}
	return khost_disk_bytes(s->d) + s->log[n] * s->block_size;
}

/* Three transactions: [1 descriptor, 2, 3 commit], [4, 5, 6], [7, 8, 9]. */
static void set_up_three(struct site *s, const char *open)
{
	static struct site made[2];
	bool sums = strlen(open) > 2;

	if (!made[sums].d) {
		set_up(&made[sums], 4096, sums ? "" : "-O ^metadata_csum");
		put_data(&made[sums], false);
		write_log(&made[sums], open,
		          "jw -b %0 %d\njw -b %1 %d\njw -b %2 %d\n");
	}
	copy_site(s, &made[sums]);
}

static void expect_untouched(struct site *s, const char *why)
{
	uint8_t *before = malloc(DISK);
	bool read_only;

	assert_non_null(before);
	memcpy(before, khost_disk_bytes(s->d), DISK);
	assert_int_equal(mount(s, &read_only), 0);
	assert_true(read_only);
	assert_non_null(strstr(khost_last_log(), why));
	assert_memory_equal(before, khost_disk_bytes(s->d), DISK);
	free(before);
}

static void what_a_power_cut_tore_off_is_not_replayed(void **state)
{
	/* Of the last transaction: descriptor, copy and commit were lost. */
	static const uint32_t lost[][2] = {{7, 9}, {8, 9}, {9, 9}};

	(void)state;
	for (size_t k = 0; k < 2 * ARRAY_LEN(lost); k++) {
		struct site s;

		set_up_three(&s, k % 2 ? "jo" : "jo -c");
		for (uint32_t n = lost[k / 2][0]; n <= lost[k / 2][1]; n++)
			memset(log_block(&s, n), 0, s.block_size);
		expect(&s, "AA------");
		free_site(&s);
	}
}

static void half_of_what_was_committed_is_never_replayed(void **state)
{
	static const uint32_t damaged[] = {1, 2, 3, 4, 5, 6, 7, 8};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(damaged); k++) {
		struct site s;

		set_up_three(&s, "jo -c");
		log_block(&s, damaged[k])[100] ^= 1;
		expect_untouched(&s, "its journal is damaged");
		free_site(&s);
	}
}

static void without_sums_a_lost_block_in_the_middle_is_noticed(void **state)
{
	static const uint32_t damaged[] = {1, 3, 4, 6, 7};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(damaged); k++) {
		struct site s;

		set_up_three(&s, "jo");
		memset(log_block(&s, damaged[k]), 0, 12);
		expect_untouched(&s, "its journal is damaged");
		free_site(&s);
	}
}

static void set_be32(uint8_t *block, size_t at, uint32_t v)
{
	v = be32(v);
	memcpy(block + at, &v, sizeof(v));
}

/* A copy for a place that no transaction can be about. */
static void a_block_that_is_not_there_is_damage(void **state)
{
	struct site s;

	(void)state;
	set_up_three(&s, "jo");
	set_be32(log_block(&s, 4), sizeof(struct jbd2_header), DISK / 4096);
	expect_untouched(&s, "its journal is damaged");
	free_site(&s);
	set_up_three(&s, "jo");
	set_be32(log_block(&s, 4), sizeof(struct jbd2_header),
	         (uint32_t)image_debugfs_number(s.d, "bmap <8> 700"));
	expect_untouched(&s, "its journal is damaged");
	free_site(&s);
}

static void a_journal_of_an_unknown_kind_is_left_alone(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *why;
	} cases[] = {
		{offsetof(struct jbd2_super, feature_incompat), 0x20,
	         "features that we do not know"},
		{offsetof(struct jbd2_super, feature_ro_compat), 1,
	         "features that we do not know"},
		{offsetof(struct jbd2_super, max_len), 1 << 20,
	         "its journal is damaged"},
		{offsetof(struct jbd2_super, start), 5000,
	         "its journal is damaged"},
		{offsetof(struct jbd2_super, block_size), 1024,
	         "its journal is damaged"},
		{0, 0, "its journal is damaged"},
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		struct site s;

		set_up_three(&s, "jo");
		set_be32(log_block(&s, 0), cases[k].at, cases[k].value);
		expect_untouched(&s, cases[k].why);
		free_site(&s);
	}
}

static void a_disk_that_cannot_be_written_is_not_replayed(void **state)
{
	struct site s;

	(void)state;
	set_up_three(&s, "jo -c");
	khost_disk_device(s.d)->read_only = true;
	expect_untouched(&s, "its journal has not been replayed");
	khost_disk_device(s.d)->read_only = false;
	expect(&s, "AAA-----");
	free_site(&s);
}

/* The log is moved so that it begins in its last blocks. */
static void a_log_goes_on_at_its_beginning(void **state)
{
	struct site s;

	(void)state;
	for (uint32_t behind = 1; behind < 9; behind++) {
		uint8_t copy[9][4096];

		set_up_three(&s, "jo");
		for (uint32_t n = 0; n < 9; n++) {
			memcpy(copy[n], log_block(&s, 1 + n), 4096);
			memset(log_block(&s, 1 + n), 0, 4096);
		}
		for (uint32_t n = 0; n < 9; n++)
			memcpy(log_block(&s, n < behind ? 1024 - behind + n
			                                : 1 + n - behind),
			       copy[n], 4096);
		set_be32(log_block(&s, 0), offsetof(struct jbd2_super, start),
		         1024 - behind);
		expect(&s, "AAA-----");
		free_site(&s);
	}
}

static void a_crash_while_replaying_does_no_harm(void **state)
{
	struct site s;
	bool read_only;
	size_t n = 0;

	(void)state;
	set_up_three(&s, "jo -c");
	khost_disk_record(s.d);
	assert_int_equal(mount(&s, &read_only), 0);
	assert_true(khost_disk_events(s.d) > 5);
	for (; n < khost_disk_events(s.d); n++) {
		struct site crashed = s;

		crashed.d = khost_disk_replay(s.d, n);
		expect(&crashed, "AAA-----");
		free_site(&crashed);
	}
	free_site(&s);
}

static void a_disk_that_fails_meanwhile_is_not_mounted(void **state)
{
	struct site s;
	struct superblock *sb;

	(void)state;
	set_up_three(&s, "jo -c");
	khost_disk_fail_writes(s.d, 2);
	assert_int_equal(ext4_open(khost_disk_device(s.d), false, &sb), -EIO);
	khost_disk_fail_writes(s.d, 0);
	khost_disk_fail_reads(s.d, 12);
	assert_int_equal(ext4_open(khost_disk_device(s.d), false, &sb), -EIO);
	khost_disk_fail_reads(s.d, 0);
	expect(&s, "AAA-----");
	free_site(&s);
}

static void nothing_of_it_is_left_in_memory(void **state)
{
	size_t objects = khost_objects_used();
	struct site s;
	bool read_only;

	(void)state;
	set_up_three(&s, "jo -c");
	assert_int_equal(mount(&s, &read_only), 0);
	assert_true(khost_objects_used() <= objects);
	free_site(&s);
	/* And when memory runs out anywhere: an error, and later it works. */
	for (unsigned nth = 1; nth < 12; nth++) {
		struct superblock *sb;
		int rc;

		set_up_three(&s, "jo -c");
		khost_fail_alloc(nth);
		rc = ext4_open(khost_disk_device(s.d), false, &sb);
		khost_fail_alloc(0);
		assert_true(rc == 0 || rc == -ENOMEM);
		if (!rc) {
			inode_put(sb->root);
			ext4_close(sb);
		}
		expect(&s, "AAA-----");
		free_site(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			journals_of_every_kind_are_replayed_as_by_e2fsck),
		cmocka_unit_test(what_a_power_cut_tore_off_is_not_replayed),
		cmocka_unit_test(half_of_what_was_committed_is_never_replayed),
		cmocka_unit_test(
			without_sums_a_lost_block_in_the_middle_is_noticed),
		cmocka_unit_test(a_block_that_is_not_there_is_damage),
		cmocka_unit_test(a_journal_of_an_unknown_kind_is_left_alone),
		cmocka_unit_test(a_disk_that_cannot_be_written_is_not_replayed),
		cmocka_unit_test(a_log_goes_on_at_its_beginning),
		cmocka_unit_test(a_crash_while_replaying_does_no_harm),
		cmocka_unit_test(a_disk_that_fails_meanwhile_is_not_mounted),
		cmocka_unit_test(nothing_of_it_is_left_in_memory),
	};

	drive_init();
	if (drive_mkdir("/mnt"))
		return 1;
	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
