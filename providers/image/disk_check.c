/* disk_check.c - reading an archive as Compute Engine will; disk_archive.h. */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "kernel/abi/gpt.h"
#include "parser/base/arena.h"
#include "providers/image/disk_archive.h"
#include "providers/image/fat.h"
#include "providers/image/tar.h"

enum {
	CHUNK = 256 * 1024,
	HEAD = GPT_FIRST_USABLE * GPT_SECTOR, /* boot sector and table */
};

static struct err *wrong(const char *path, const char *what)
{
	return err_new(ERR_SYNTAX, NO_POS, "%s: %s", path, what);
}

/* Exactly `len` bytes. gzread() checks the CRC and the length at the end. */
static struct err *take(gzFile in, const char *path, void *to, unsigned len)
{
	int n = gzread(in, to, len);
	int code;
	const char *text;

	if (n >= 0 && (unsigned)n == len)
		return NULL;
	text = gzerror(in, &code);
	return wrong(path, code == Z_OK || code == Z_BUF_ERROR ? "it is cut off"
	                                                       : text);
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
	*efi = e->first * GPT_SECTOR;
	return NULL;
}

static struct err *check_disk(gzFile in, const char *path, uint8_t *buf,
                              uint64_t size)
{
	struct err *e = take(in, path, buf, HEAD);
	uint64_t efi = 0;
	const char *why = e ? NULL : check_head(buf, size, &efi);

	if (why)
		e = wrong(path, why);
	for (uint64_t at = HEAD; at < size && !e;) {
		unsigned n = size - at < CHUNK ? (unsigned)(size - at) : CHUNK;

		e = take(in, path, buf, n);
		if (!e && efi >= at && efi < at + n &&
		    !fat_check(buf + (efi - at)))
			e = wrong(path, "the disk's EFI system partition has "
			                "no file system");
		at += n;
	}
	return e;
}

/* Behind the disk: zeros to the end, and no second member. */
static struct err *check_end(gzFile in, const char *path, uint8_t *buf)
{
	uint64_t total = 0;
	int n, code;
	const char *text;

	while ((n = gzread(in, buf, CHUNK)) > 0) {
		if (buf[0] || memcmp(buf, buf + 1, (size_t)n - 1) != 0)
			return wrong(path, "it has more than one member");
		total += (uint64_t)n;
	}
	text = gzerror(in, &code);
	if (n < 0)
		return wrong(path, text);
	return total < 2 * TAR_BLOCK ? wrong(path, "it is cut off") : NULL;
}

static struct err *check(gzFile in, const char *path, uint8_t *buf,
                         uint64_t *size)
{
	struct err *e = gzdirect(in) ? wrong(path, "it is not gzip")
	                             : take(in, path, buf, TAR_BLOCK);
	const char *why;

	if (e)
		return e;
	why = tar_check(buf, "disk.raw", size);
	if (why)
		return wrong(path, why);
	if (!*size || *size % DISK_ARCHIVE_UNIT)
		return wrong(path, "the disk's size is no multiple of 1 GiB");
	e = check_disk(in, path, buf, *size);
	return e ? e : check_end(in, path, buf);
}

struct err *disk_archive_check(const char *path, uint64_t *size)
{
	struct arena mem = {0};
	gzFile in = gzopen(path, "rbe");
	struct err *e;

	if (!in)
		return err_sys(errno, "%s", path);
	e = check(in, path, arena_alloc(&mem, CHUNK, 16), size);
	(void)gzclose(in);
	arena_free(&mem);
	return e;
}
