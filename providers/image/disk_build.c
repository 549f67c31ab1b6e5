/* disk_build.c - see disk_build.h. Layout: kernel/abi/gpt.h. */
#include "providers/image/disk_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/abi/gpt.h"
#include "parser/base/fs.h"
#include "providers/image/fat.h"

enum {
	MBR_CODE = 440,
	BIOS_BOOT = GPT_SECTOR + GPT_LOADER_SECTORS * GPT_SECTOR,
	MAX_BOOT = 1024 * 1024,
	MAX_KERNEL = 64 * 1024 * 1024,
	CHUNK = 256 * 1024,
};

enum part_name { PART_LOADER, PART_EFI, PART_KERNEL, PART_ROOT, NR_PARTS };
_Static_assert((int)NR_PARTS == (int)DISK_PARTS, "disk_build.h tells of all");

/* Where a partition is, and what goes into it. */
struct part {
	const uint8_t *type;
	const char *name;
	uint64_t first, sectors;
};

struct disk {
	const struct disk_request *q;
	struct arena mem;
	int fd;
	uint64_t sectors;
	char *boot, *kernel;
	size_t boot_len, kernel_len;
	uint64_t root_len;
	char *chunk; /* CHUNK bytes */
	struct part parts[NR_PARTS];
};

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static uint64_t sectors_of(uint64_t bytes)
{
	return round_up(bytes, GPT_SECTOR) / GPT_SECTOR;
}

static struct err *put(struct disk *d, uint64_t offset, const void *data,
                       size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = pwrite(d->fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(errno, "%s", d->q->path);
		at += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return NULL;
}

static struct err *read_inputs(struct disk *d)
{
	struct stat st;
	struct err *e =
		fs_read(&d->mem, d->q->boot, MAX_BOOT, &d->boot, &d->boot_len);

	if (!e && d->boot_len <= BIOS_BOOT)
		e = err_new(ERR_SYNTAX, NO_POS,
		            "%s: it lacks the boot loader for UEFI",
		            d->q->boot);
	if (!e)
		e = fs_read(&d->mem, d->q->kernel, MAX_KERNEL, &d->kernel,
		            &d->kernel_len);
	if (!e && stat(d->q->root, &st))
		e = err_sys(errno, "%s", d->q->root);
	if (!e)
		d->root_len = (uint64_t)st.st_size;
	return e;
}

/* The loader's place is fixed; the others follow, aligned. */
static void lay_out(struct disk *d)
{
	uint64_t kernel = sectors_of(d->kernel_len);
	uint64_t kernel_at = GPT_ALIGN + round_up(FAT_SECTORS, GPT_ALIGN);
	uint64_t root_at = kernel_at + round_up(kernel, GPT_ALIGN);
	uint64_t root = sectors_of(d->root_len);
	uint64_t used = root_at + root + GPT_ENTRY_SECTORS + 1;

	d->parts[PART_LOADER] = (struct part){
		GPT_TYPE_LOADER, "loader", GPT_LOADER_LBA, GPT_LOADER_SECTORS};
	d->parts[PART_EFI] =
		(struct part){GPT_TYPE_EFI, "efi", GPT_ALIGN, FAT_SECTORS};
	d->parts[PART_KERNEL] =
		(struct part){GPT_TYPE_KERNEL, "kernel", kernel_at, kernel};
	d->parts[PART_ROOT] =
		(struct part){GPT_TYPE_ROOT, "root", root_at, root};
	d->sectors = round_up(used * GPT_SECTOR, d->q->unit) / GPT_SECTOR;
}

/* --- tables --- */

static void set_entry(struct gpt_entry *e, const struct disk *d, unsigned i)
{
	const struct part *p = &d->parts[i];

	memcpy(e->type, p->type, sizeof(e->type));
	memcpy(e->guid, d->q->id, sizeof(e->guid));
	e->guid[15] = (uint8_t)(e->guid[15] + 1 + i);
	e->first = p->first;
	e->last = p->first + p->sectors - 1;
	for (size_t c = 0; p->name[c]; c++)
		e->name[c] = (uint8_t)p->name[c];
}

static struct gpt_header header(const struct disk *d,
                                const struct gpt_entry *entries, bool backup)
{
	uint64_t last = d->sectors - 1;
	struct gpt_header h = {
		.revision = 0x10000,
		.header_size = GPT_HEADER_SIZE,
		.my_lba = backup ? last : 1,
		.alternate_lba = backup ? 1 : last,
		.first_usable = GPT_FIRST_USABLE,
		.last_usable = last - GPT_ENTRY_SECTORS - 1,
		.entries_lba = backup ? last - GPT_ENTRY_SECTORS : 2,
		.nr_entries = GPT_ENTRIES,
		.entry_size = sizeof(*entries),
		.entries_crc = gpt_crc32(
			0, entries, (uint32_t)(GPT_ENTRIES * sizeof(*entries))),
	};

	memcpy(h.signature, "EFI PART", sizeof(h.signature));
	memcpy(h.disk_guid, d->q->id, sizeof(h.disk_guid));
	h.header_crc = gpt_header_crc(&h);
	return h;
}

static struct err *put_table(struct disk *d, const struct gpt_entry *entries,
                             bool backup)
{
	struct gpt_header h = header(d, entries, backup);
	struct err *e = put(d, h.my_lba * GPT_SECTOR, &h, GPT_HEADER_SIZE);

	if (!e)
		e = put(d, h.entries_lba * GPT_SECTOR, entries,
		        GPT_ENTRIES * sizeof(*entries));
	return e;
}

static void put_u32(uint8_t *at, uint64_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

/*
 * UEFI 2.10, 5.2.3: one partition of type 0xee over everything. It is marked
 * active, since some BIOSes boot from no disk that has no active partition.
 */
static struct err *put_mbr(struct disk *d)
{
	uint64_t rest = d->sectors - 1;
	uint8_t mbr[GPT_SECTOR] = {0}, *p = mbr + 446;

	memcpy(mbr, d->boot, MBR_CODE);
	p[0] = 0x80;
	p[2] = 2; /* CHS 0/0/2 */
	p[4] = 0xee;
	p[5] = p[6] = p[7] = 0xff;
	put_u32(p + 8, 1);
	put_u32(p + 12, rest < UINT32_MAX ? rest : UINT32_MAX);
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
	return put(d, 0, mbr, sizeof(mbr));
}

static struct err *put_tables(struct disk *d)
{
	struct gpt_entry *entries =
		ARENA_ARRAY(&d->mem, struct gpt_entry, GPT_ENTRIES);
	struct err *e = put_mbr(d);

	for (unsigned i = 0; i < NR_PARTS; i++)
		set_entry(&entries[i], d, i);
	if (!e)
		e = put_table(d, entries, false);
	if (!e)
		e = put_table(d, entries, true);
	return e;
}

/* --- contents --- */

static struct err *put_in_efi(void *ctx, uint64_t offset, const void *data,
                              size_t len)
{
	struct disk *d = ctx;

	return put(d, d->parts[PART_EFI].first * GPT_SECTOR + offset, data,
	           len);
}

/* Where UEFI looks on a disk that it knows nothing of (2.10, 3.5.1.1). */
static struct err *put_efi(struct disk *d)
{
	const struct fat_file file = {
		.path = {"EFI        ", "BOOT       ", "BOOTX64 EFI"},
		.data = d->boot + BIOS_BOOT,
		.len = (uint32_t)(d->boot_len - BIOS_BOOT),
	};
	uint32_t id;

	memcpy(&id, d->q->id, sizeof(id));
	return fat_write(&file, d->parts[PART_EFI].first, id, put_in_efi, d);
}

/* From `at` to `end` of the root's file: these bytes are no hole. */
static struct err *copy_run(struct disk *d, int from, off_t at, off_t end)
{
	uint64_t base = d->parts[PART_ROOT].first * GPT_SECTOR;
	struct err *e = NULL;

	while (at < end && !e) {
		size_t want = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
		ssize_t n = pread(from, d->chunk, want, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(n ? errno : EIO, "%s", d->q->root);
		e = put(d, base + (uint64_t)at, d->chunk, (size_t)n);
		at += n;
	}
	return e;
}

static struct err *copy_root(struct disk *d)
{
	int from = open(d->q->root, O_RDONLY | O_CLOEXEC);
	off_t at = 0, end;
	struct err *e = NULL;

	d->chunk = arena_alloc(&d->mem, CHUNK, 1);
	if (from < 0)
		return err_sys(errno, "%s", d->q->root);
	while (!e && (at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		e = end < 0 ? err_sys(errno, "%s", d->q->root)
		            : copy_run(d, from, at, end);
		at = end;
	}
	if (!e && errno != ENXIO) /* no more data */
		e = err_sys(errno, "%s", d->q->root);
	close(from);
	return e;
}

static struct err *write_all(struct disk *d)
{
	struct err *e = NULL;

	if (ftruncate(d->fd, (off_t)(d->sectors * GPT_SECTOR)))
		return err_sys(errno, "%s", d->q->path);
	e = put(d, GPT_LOADER_LBA * GPT_SECTOR, d->boot + GPT_SECTOR,
	        BIOS_BOOT - GPT_SECTOR);
	if (!e)
		e = put_efi(d);
	if (!e)
		e = put(d, d->parts[PART_KERNEL].first * GPT_SECTOR, d->kernel,
		        d->kernel_len);
	if (!e)
		e = copy_root(d);
	return e ? e : put_tables(d);
}

struct err *disk_plan(const struct disk_request *q, struct disk_layout *out)
{
	struct disk d = {.q = q, .fd = -1};
	struct err *e = read_inputs(&d);

	if (!e) {
		lay_out(&d);
		out->size = d.sectors * GPT_SECTOR;
		for (size_t i = 0; i < NR_PARTS; i++)
			out->parts[i] = (struct disk_part){
				d.parts[i].name, d.parts[i].first * GPT_SECTOR,
				d.parts[i].sectors * GPT_SECTOR};
	}
	arena_free(&d.mem);
	return e;
}

struct err *disk_build(const struct disk_request *q)
{
	struct disk d = {.q = q, .fd = -1};
	struct err *e = read_inputs(&d);

	if (!e) {
		lay_out(&d);
		d.fd = open(q->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		            0600);
		if (d.fd < 0)
			e = err_sys(errno, "%s", q->path);
	}
	if (!e)
		e = write_all(&d);
	if (d.fd >= 0 && close(d.fd) && !e)
		e = err_sys(errno, "%s", q->path);
	arena_free(&d.mem);
	return e;
}
