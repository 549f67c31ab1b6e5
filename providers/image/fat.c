/*
 * fat.c - see fat.h. Section names are those of the specification.
 *
 * One sector is one cluster. Cluster 2 is the root, each further folder has the
 * next, and the file those behind them, in order.
 */
#include "providers/image/fat.h"

#include <assert.h>
#include <string.h>

#include "parser/base/attr.h"

enum {
	RESERVED = 32, /* sectors before the first table */
	TABLES = 2,
	TABLE_SECTORS = 520,
	DATA = RESERVED + TABLES * TABLE_SECTORS,
	CLUSTERS = FAT_SECTORS - DATA,

	INFO_SECTOR = 1,
	BACKUP_SECTOR = 6,
	FIRST_CLUSTER = 2, /* numbers begin there */
	ROOT_CLUSTER = FIRST_CLUSTER,
	MEDIA = 0xf8, /* a disk that stays */

	ATTR_DIRECTORY = 0x10,
	ATTR_ARCHIVE = 0x20,
	DATE_1980 = 1 << 5 | 1, /* the first day there is */
	ENTRY_SIZE = 32,
};

static const uint32_t END_OF_CHAIN = 0x0fffffff;

static_assert(TABLE_SECTORS * (FAT_SECTOR / 4) >= CLUSTERS + FIRST_CLUSTER,
              "an entry for each cluster");
static_assert(CLUSTERS >= 65525, "FAT type determination: FAT32");

struct writer {
	const struct fat_file *file;
	unsigned folders; /* the root included */
	struct err *(*put)(void *ctx, uint64_t offset, const void *data,
	                   size_t len);
	void *ctx;
};

static void put_u16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
}

static void put_u32(uint8_t *at, uint32_t v)
{
	put_u16(at, v & 0xffff);
	put_u16(at + 2, v >> 16);
}

static uint32_t clusters_of(uint32_t bytes)
{
	return (bytes + FAT_SECTOR - 1) / FAT_SECTOR;
}

static struct err *put_sector(struct writer *w, uint64_t sector,
                              const uint8_t *data)
{
	return w->put(w->ctx, sector * FAT_SECTOR, data, FAT_SECTOR);
}

/* "Boot Sector and BPB", FAT32. */
static void boot_sector(uint8_t *s, uint64_t first, uint32_t id)
{
	memset(s, 0, FAT_SECTOR);
	memcpy(s, "\xeb\x58\x90MISO    ", 11); /* a jump over the numbers */
	put_u16(s + 11, FAT_SECTOR);
	s[13] = 1; /* sectors of a cluster */
	put_u16(s + 14, RESERVED);
	s[16] = TABLES;
	s[21] = MEDIA;
	put_u16(s + 24, 63); /* sectors of a track, heads: what disks say */
	put_u16(s + 26, 255);
	put_u32(s + 28, (uint32_t)first);
	put_u32(s + 32, FAT_SECTORS);
	put_u32(s + 36, TABLE_SECTORS);
	put_u32(s + 44, ROOT_CLUSTER);
	put_u16(s + 48, INFO_SECTOR);
	put_u16(s + 50, BACKUP_SECTOR);
	s[64] = 0x80; /* the BIOS's number of a disk */
	s[66] = 0x29; /* the next three are there */
	put_u32(s + 67, id);
	memcpy(s + 71, "NO NAME    FAT32   ", 19);
	put_u16(s + 90, 0xfeeb); /* should it be run: stay here */
	put_u16(s + 510, 0xaa55);
}

/* "FAT32 FSInfo Sector Structure". */
static void info_sector(uint8_t *s, uint32_t used)
{
	memset(s, 0, FAT_SECTOR);
	put_u32(s, 0x41615252);
	put_u32(s + 484, 0x61417272);
	put_u32(s + 488, CLUSTERS - used);
	put_u32(s + 492, FIRST_CLUSTER + used);
	put_u32(s + 508, 0xaa550000);
}

static struct err *put_heads(struct writer *w, uint64_t first, uint32_t id,
                             uint32_t used)
{
	uint8_t sector[FAT_SECTOR];
	struct err *e;

	boot_sector(sector, first, id);
	e = put_sector(w, 0, sector);
	if (!e)
		e = put_sector(w, BACKUP_SECTOR, sector);
	info_sector(sector, used);
	if (!e)
		e = put_sector(w, INFO_SECTOR, sector);
	return e ? e : put_sector(w, BACKUP_SECTOR + INFO_SECTOR, sector);
}

/* What entry `n` of a table says when `used` clusters are in use. */
static uint32_t table_entry(const struct writer *w, uint32_t n, uint32_t used)
{
	if (n == 0)
		return 0x0fffff00 | MEDIA;
	if (n <= w->folders + 1 || n == used + 1)
		return END_OF_CHAIN;
	return n <= used ? n + 1 : 0;
}

/* Both tables, as far as they are not zero. */
static struct err *put_tables(struct writer *w, uint32_t used)
{
	enum { PER_SECTOR = FAT_SECTOR / 4 };
	uint8_t sector[FAT_SECTOR];
	struct err *e = NULL;

	for (uint32_t s = 0; s * PER_SECTOR <= used + 1 && !e; s++) {
		for (uint32_t i = 0; i < PER_SECTOR; i++)
			put_u32(sector + 4 * i,
			        table_entry(w, s * PER_SECTOR + i, used));
		for (uint32_t t = 0; t < TABLES && !e; t++)
			e = put_sector(w, RESERVED + t * TABLE_SECTORS + s,
			               sector);
	}
	return e;
}

/* "FAT Directory Structure". */
static void entry(uint8_t *at, const char *name, uint8_t attributes,
                  uint32_t cluster, uint32_t len)
{
	memcpy(at, name, FAT_NAME);
	at[11] = attributes;
	put_u16(at + 16, DATE_1980); /* created, accessed, written */
	put_u16(at + 18, DATE_1980);
	put_u16(at + 20, cluster >> 16);
	put_u16(at + 24, DATE_1980);
	put_u16(at + 26, cluster & 0xffff);
	put_u32(at + 28, len);
}

/* Folder `n` of the path, the root being 0; what is in it has the next cluster.
 */
static struct err *put_folder(struct writer *w, unsigned n)
{
	uint8_t sector[FAT_SECTOR] = {0}, *at = sector;
	bool last = n + 1 == w->folders;
	uint32_t parent = n > 1 ? ROOT_CLUSTER + n - 1 : 0; /* 0: the root */

	if (n) {
		entry(at, ".          ", ATTR_DIRECTORY, ROOT_CLUSTER + n, 0);
		at += ENTRY_SIZE;
		entry(at, "..         ", ATTR_DIRECTORY, parent, 0);
		at += ENTRY_SIZE;
	}
	entry(at, w->file->path[n], last ? ATTR_ARCHIVE : ATTR_DIRECTORY,
	      ROOT_CLUSTER + n + 1, last ? w->file->len : 0);
	return put_sector(w, DATA + n, sector);
}

struct err *fat_write(const struct fat_file *file, uint64_t first, uint32_t id,
                      struct err *(*put)(void *ctx, uint64_t offset,
                                         const void *data, size_t len),
                      void *ctx)
{
	struct writer w = {.file = file, .put = put, .ctx = ctx};
	struct err *e;
	uint32_t used;

	while (w.folders < FAT_DEPTH && file->path[w.folders])
		w.folders++;
	if (file->len > (CLUSTERS - FAT_DEPTH) * FAT_SECTOR)
		return err_new(ERR_LIMIT, NO_POS,
		               "%u bytes are too many for the EFI system "
		               "partition",
		               file->len);
	used = w.folders + clusters_of(file->len);
	e = put_heads(&w, first, id, used);
	if (!e)
		e = put_tables(&w, used);
	for (unsigned i = 0; i < w.folders && !e; i++)
		e = put_folder(&w, i);
	return e ? e
	         : put(ctx, (uint64_t)(DATA + w.folders) * FAT_SECTOR,
	               file->data, file->len);
}

bool fat_check(const uint8_t *s)
{
	uint8_t good[FAT_SECTOR];

	boot_sector(good, 0, 0);
	memcpy(good + 28, s + 28, 4); /* where on the disk */
	memcpy(good + 67, s + 67, 4); /* the volume's number */
	return memcmp(good, s, FAT_SECTOR) == 0;
}
