/*
 * fuzz_kjournal.c - a damaged journal: mount the disk, read it, change it.
 *
 * An input is a number, which picks a good disk with something to replay, and
 * changes to its log: two bytes of place, one of width, two of value. The
 * disks have no check sums but for one, so that most changes are believed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/fs/ext4.h"
#include "tests/lib/khost/fsdrive.h"
#include "tests/lib/khost/image.h"
#include "tests/lib/khost/khost.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	DISK_SIZE = 4 << 20,
	BLOCK_SIZE = 1024,
	PATCH_SIZE = 5,
	REACH = 32 * BLOCK_SIZE, /* of the log; what debugfs has written */
};

struct good {
	struct khost_disk *d;
	size_t log; /* where the journal begins */
};

static const struct {
	const char *options, *open;
} kinds[] = {
	{"-t ext4 -b 1024 -O ^metadata_csum,^64bit", "jo"},
	{"-t ext4 -b 1024 -O ^metadata_csum", "jo"},
	{"-t ext4 -b 1024", "jo -c"},
};
static struct good good[ARRAY_LEN(kinds)];

/* Blocks that are free on such a disk. */
static const char lines[] = "jw -b 3000,3001,3002,3003,3004 %s\n"
			    "jw -r 3001,3002\n"
			    "jw -b 3002,3005 %s\n"
			    "jw -c -b 3006 %s\n"
			    "jc\n";

static void make(struct good *g, size_t k)
{
	char options[256], data[96], script[1024];
	FILE *f;

	snprintf(options, sizeof(options),
	         "%s -J size=1 -N 96 -U 6d69736f-6d69-736f-6d69-736f6d69736f "
	         "-E hash_seed=6d69736f-6d69-736f-6d69-736f6d69736f",
	         kinds[k].options);
	g->d = image_make(options, "4M", NULL);
	snprintf(data, sizeof(data), "%s/data", image_scratch());
	f = fopen(data, "wb");
	if (!f)
		abort();
	for (int i = 0; i < 8 * BLOCK_SIZE; i++)
		fputc('a' + i / BLOCK_SIZE, f);
	if (fclose(f))
		abort();
	snprintf(script, sizeof(script), "%s\n", kinds[k].open);
	for (const char *p = lines; *p; p++) {
		size_t n = strlen(script);

		if (p[0] == '%' && p[1] == 's')
			snprintf(script + n, sizeof(script) - n, "%s", data);
		else
			snprintf(script + n, sizeof(script) - n, "%c", *p);
		p += *p == '%';
	}
	image_script(&g->d, script);
	g->log = (size_t)image_debugfs_number(g->d, "bmap <8> 0") * BLOCK_SIZE;
}

static void patch(uint8_t *log, const uint8_t *p)
{
	size_t at = ((size_t)p[0] << 8 | p[1]) % (REACH - 4);

	log[at] = p[3];
	if (p[2] & 1)
		log[at + 1] = p[4];
	if (p[2] & 2)
		memset(log + at + 2, p[2] & 4 ? 0xff : 0, 2);
}

static void use(void)
{
	static char bytes[3000];

	(void)drive_write("/mnt/new", 100, bytes, sizeof(bytes));
	(void)!drive_mkdir("/mnt/folder");
	(void)!drive_fsync("/mnt/new");
	(void)!vfs_unlink(NULL, "/mnt/new");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct superblock *sb;
	struct khost_disk *d;
	size_t k;

	if (!good[0].d) {
		drive_init();
		if (drive_mkdir("/mnt"))
			abort();
		for (size_t n = 0; n < ARRAY_LEN(kinds); n++)
			make(&good[n], n);
	}
	if (size == 0)
		return 0;
	k = data[0] % ARRAY_LEN(kinds);
	d = khost_disk_new(khost_disk_bytes(good[k].d), DISK_SIZE);
	for (size_t at = 1; at + PATCH_SIZE <= size; at += PATCH_SIZE)
		patch(khost_disk_bytes(d) + good[k].log, data + at);
	if (!ext4_open(khost_disk_device(d), data[0] & 0x80, &sb)) {
		if (vfs_mount(sb, "/mnt"))
			abort();
		use();
		if (vfs_unmount("/mnt"))
			abort();
	}
	khost_disk_free(d);
	return 0;
}
