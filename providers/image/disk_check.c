/* disk_check.c - reading an archive as Compute Engine will; disk_archive.h. */
#include <string.h>

#include "kernel/abi/gpt.h"
#include "parser/base/arena.h"
#include "providers/image/disk_archive.h"
#include "providers/image/fat.h"
#include "providers/image/gunzip.h"
#include "providers/image/tar.h"

enum {
	HEAD = GPT_FIRST_USABLE * GPT_SECTOR, /* boot sector and table */
	TAIL = 4096,                          /* looked at in one go */
};

struct checking {
	struct gunzip *in;
	const char *path;
	uint8_t buf[HEAD];
};

static struct err *wrong(const struct checking *c, const char *what)
{
	return err_new(ERR_SYNTAX, NO_POS, "%s: %s", c->path, what);
}

/* Exactly `len` bytes, to the buffer's beginning. */
static struct err *take(struct checking *c, size_t len)
{
	size_t n;
	struct err *e = gunzip_read(c->in, c->buf, len, &n);

	return e || n == len ? e : wrong(c, "it is cut off");
}

static struct err *pass(struct checking *c, uint64_t len)
{
	uint64_t n;
	struct err *e = gunzip_pass(c->in, len, &n);

	return e || n == len ? e : wrong(c, "it is cut off");
}

/* `efi`: where the EFI system partition begins, in bytes. */
static const char *check_head(const uint8_t *head, uint64_t size, uint64_t *efi)
{
	const struct gpt_entry *e;
	const struct gpt_entry *entries = (const void *)(head + 2 * GPT_SECTOR);
	struct gpt_header h;

	if (head[510] != 0x55 || head[511] != 0xaa)
		return "the disk has no boot sector";
	memcpy(&h, head + GPT_SECTOR, sizeof(h));
	if (!gpt_header_ok(&h, size / GPT_SECTOR) || h.entries_lba != 2)
		return "the disk's partition table is damaged";
	e = gpt_find(&h, entries, GPT_TYPE_EFI);
	if (!e || !gpt_find(&h, entries, GPT_TYPE_LOADER) ||
	    !gpt_find(&h, entries, GPT_TYPE_KERNEL) ||
	    !gpt_find(&h, entries, GPT_TYPE_ROOT))
		return "the disk lacks a partition that it boots from";
	if (e->first < GPT_FIRST_USABLE || e->first >= size / GPT_SECTOR)
		return "the disk's partition table is damaged";
	*efi = e->first * GPT_SECTOR;
	return NULL;
}

static struct err *check_disk(struct checking *c, uint64_t size)
{
	struct err *e = take(c, HEAD);
	uint64_t efi = 0;
	const char *why = e ? NULL : check_head(c->buf, size, &efi);

	if (why)
		return wrong(c, why);
	if (!e)
		e = pass(c, efi - HEAD);
	if (!e)
		e = take(c, FAT_SECTOR);
	if (!e && !fat_check(c->buf))
		e = wrong(c, "the disk's EFI system partition has no file "
		             "system");
	return e ? e : pass(c, size - efi - FAT_SECTOR);
}

/* Behind the disk: zeros to the end, and no second member. */
static struct err *check_end(struct checking *c)
{
	uint64_t total = 0;
	size_t n;

	do {
		struct err *e = gunzip_read(c->in, c->buf, TAIL, &n);

		if (e)
			return e;
		for (size_t i = 0; i < n; i++)
			if (c->buf[i])
				return wrong(c, "it has more than one member");
		total += n;
	} while (n == TAIL);
	return total < 2 * TAR_BLOCK ? wrong(c, "it is cut off") : NULL;
}

static struct err *check(struct checking *c, uint64_t *size)
{
	struct err *e = take(c, TAR_BLOCK);
	const char *why;

	if (e)
		return e;
	why = tar_check(c->buf, "disk.raw", size);
	if (why)
		return wrong(c, why);
	if (!*size || *size % DISK_ARCHIVE_UNIT)
		return wrong(c, "the disk's size is no multiple of 1 GiB");
	e = check_disk(c, *size);
	return e ? e : check_end(c);
}

struct err *disk_archive_check(const char *path, uint64_t *size)
{
	struct checking c = {.path = path};
	struct err *e = gunzip_open(path, &c.in);

	if (!e)
		e = check(&c, size);
	gunzip_close(c.in);
	return e;
}
