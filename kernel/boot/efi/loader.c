/*
 * loader.c - from a disk to the kernel, with UEFI's help.
 *
 * An application that firmware finds as \EFI\BOOT\BOOTX64.EFI in the disk's EFI
 * system partition. The kernel comes from its own partition of the same disk,
 * as with a BIOS (../disk), and is entered as any PVH loader does.
 *
 * No pointer may stand in a table that is made when this is compiled: nobody
 * relocates it (efi.ld).
 */
#include "kernel/boot/disk/load.h"
#include "kernel/boot/efi/efi.h"
#include "kernel/boot/efi/enter.h"
#include "kernel/boot/efi/memory.h"
#include "kernel/boot/hvm_start_info.h"
#include "kernel/lib/string.h"

enum {
	PATH_MAX = 1024,
	RANGES_MAX = 64,
	CHUNK = 64 * 1024,          /* bytes firmware reads at once */
	MAP_SIZE = 64 * 1024,       /* of its memory map */
	REACH = 1024 * 1024 * 1024, /* the kernel's, when it begins */
};

/* What the kernel gets: one piece of memory below REACH. */
struct handover {
	uint8_t enter[ENTER_SIZE];
	struct hvm_start_info info;
	struct hvm_memmap_entry map[RANGES_MAX];
	char cmdline[64];
};

struct disk {
	const struct efi_boot_services *boot;
	struct efi_block_io *io;
	uint8_t *chunk; /* CHUNK bytes, aligned to a page */
};

static uint8_t memory_map[MAP_SIZE];

EFIAPI efi_status efi_main(efi_handle image, struct efi_system_table *system);

static void say(const struct efi_system_table *system, const char *text)
{
	uint16_t line[100];
	size_t n = 0;

	while (text[n] && n < sizeof(line) / sizeof(line[0]) - 1) {
		line[n] = (uint8_t)text[n];
		n++;
	}
	line[n] = 0;
	system->console->output(system->console, line);
}

/* --- the disk --- */

/*
 * The path of a partition's disk is the partition's without its last part
 * (10.3.5.1). `out` has PATH_MAX bytes.
 */
static bool path_of_disk(const struct efi_device_path *path, uint8_t *out)
{
	static const uint8_t end[4] = {EFI_PATH_END, EFI_PATH_END_ENTIRE, 4, 0};
	size_t at = 0;

	while (path->type != EFI_PATH_END) {
		size_t len = path->length[0] | (size_t)path->length[1] << 8;

		if (path->type == EFI_PATH_MEDIA &&
		    path->subtype == EFI_PATH_HARD_DRIVE) {
			memcpy(out + at, end, sizeof(end));
			return true;
		}
		if (len < sizeof(*path) || len > PATH_MAX - sizeof(end) - at)
			return false;
		memcpy(out + at, path, len);
		at += len;
		path = (const void *)((const uint8_t *)path + len);
	}
	return false;
}

static const char *find_disk(efi_handle image, struct disk *d)
{
	const struct efi_guid loaded_image = {
		0x5b1b31a1,
		0x9562,
		0x11d2,
		{0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
	const struct efi_guid device_path = {
		0x09576e91,
		0x6d3f,
		0x11d2,
		{0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
	const struct efi_guid block_io = {
		0x964e5b21,
		0x6459,
		0x11d2,
		{0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
	uint8_t whole[PATH_MAX];
	struct efi_device_path *path = (void *)whole;
	void *loaded, *partition, *io;
	efi_handle disk;

	if (d->boot->handle_protocol(image, &loaded_image, &loaded) ||
	    d->boot->handle_protocol(
		    ((const struct efi_loaded_image *)loaded)->device,
		    &device_path, &partition) ||
	    !path_of_disk(partition, whole))
		return "this was not started from a partition";
	if (d->boot->locate_device_path(&block_io, &path, &disk) ||
	    path->type != EFI_PATH_END ||
	    d->boot->handle_protocol(disk, &block_io, &io))
		return "the disk is not to be found";
	d->io = io;
	if (d->io->media->block_size != GPT_SECTOR)
		return "the disk's sectors do not have 512 bytes";
	return NULL;
}

/* struct load_from. What is read goes through d->chunk, which is aligned as
 * firmware may want it. */
static bool read_bytes(void *ctx, uint64_t lba, uint64_t offset, void *to,
                       uint32_t len)
{
	const struct disk *d = ctx;
	uint8_t *at = to;

	while (len) {
		uint32_t skip = (uint32_t)offset % GPT_SECTOR;
		uint32_t n = CHUNK - skip < len ? CHUNK - skip : len;
		uint32_t whole =
			(skip + n + GPT_SECTOR - 1) / GPT_SECTOR * GPT_SECTOR;

		if (d->io->read(d->io, d->io->media->id,
		                lba + offset / GPT_SECTOR, whole, d->chunk))
			return false;
		memcpy(at, d->chunk + skip, n);
		at += n;
		offset += n;
		len -= n;
	}
	return true;
}

/* --- memory --- */

static size_t pages_of(uint64_t bytes)
{
	return (bytes + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
}

/* Below `limit`; NULL: there is none. */
static void *allocate(const struct efi_boot_services *boot,
                      enum efi_memory_type type, uint64_t bytes, uint64_t limit)
{
	uint64_t at = limit - 1;

	return boot->allocate_pages(EFI_MAX_ADDRESS, type, pages_of(bytes), &at)
	               ? NULL
	               : (void *)at;
}

/* struct load_from: exactly there, unless firmware has put something there. */
static void *claim(void *ctx, const struct elf_part *part)
{
	const struct disk *d = ctx;
	uint64_t at = part->addr / EFI_PAGE_SIZE * EFI_PAGE_SIZE;
	uint64_t end = (uint64_t)part->addr + part->size;

	if (d->boot->allocate_pages(EFI_ADDRESS, EFI_LOADER_DATA,
	                            pages_of(end - at), &at))
		return NULL;
	return (void *)(uint64_t)part->addr;
}

/* --- tables that the kernel wants to know of --- */

static uint64_t find_table(const struct efi_system_table *system,
                           const struct efi_guid *guid)
{
	for (size_t i = 0; i < system->nr_configurations; i++)
		if (memcmp(&system->configurations[i].guid, guid,
		           sizeof(*guid)) == 0)
			return system->configurations[i].table;
	return 0;
}

/* ACPI 6.4, 5.2.5.2. */
static uint64_t find_rsdp(const struct efi_system_table *system)
{
	const struct efi_guid acpi_2 = {
		0x8868e871,
		0xe4f1,
		0x11d3,
		{0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};

	return find_table(system, &acpi_2);
}

/* DSP0134, 5.2: the 64-bit entry point, else the 32-bit one. */
static uint64_t find_smbios(const struct efi_system_table *system)
{
	const struct efi_guid smbios_3 = {
		0xf2fd1544,
		0x9794,
		0x4a2c,
		{0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94}};
	const struct efi_guid smbios = {
		0xeb9d2d31,
		0x2d88,
		0x11d3,
		{0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}};
	uint64_t at = find_table(system, &smbios_3);

	return at ? at : find_table(system, &smbios);
}

static void prepare(struct handover *h, const struct efi_system_table *system)
{
	memset(h, 0, sizeof(*h));
	h->info = (struct hvm_start_info){
		.magic = HVM_START_MAGIC,
		.version = 1,
		.cmdline_paddr = (uint64_t)h->cmdline,
		.rsdp_paddr = find_rsdp(system),
		.memmap_paddr = (uint64_t)h->map,
	};
	str_printf(h->cmdline, sizeof(h->cmdline), "smbios=%#lx",
	           find_smbios(system));
}

/*
 * The map must be the one that firmware has at that moment, and the first
 * attempt may change it (7.4.6): then nothing but these two calls is allowed.
 */
static bool leave_firmware(const struct efi_boot_services *boot,
                           efi_handle image, struct handover *h)
{
	size_t size, key, stride;
	uint32_t version;
	efi_status status = EFI_INVALID_PARAMETER;

	for (int i = 0; i < 2 && status == EFI_INVALID_PARAMETER; i++) {
		size = sizeof(memory_map);
		if (boot->get_memory_map(&size, memory_map, &key, &stride,
		                         &version))
			return false;
		status = boot->exit_boot_services(image, key);
	}
	if (status)
		return false;
	h->info.memmap_entries =
		efi_memory(memory_map, size, stride, h->map, RANGES_MAX);
	return true;
}

static const char *boot(efi_handle image, const struct efi_system_table *system)
{
	struct disk d = {.boot = system->boot};
	const char *wrong = find_disk(image, &d);
	struct load_from from = {.ctx = &d, .read = read_bytes, .claim = claim};
	struct handover *h;
	uint32_t entry;

	if (wrong)
		return wrong;
	d.chunk = allocate(d.boot, EFI_LOADER_DATA, CHUNK + LOAD_WORK, REACH);
	/* Code, since some of it is; REACH is below 4 GiB. */
	h = allocate(d.boot, EFI_LOADER_CODE, sizeof(*h), REACH);
	if (!d.chunk || !h)
		return "there is too little memory";
	from.work = d.chunk + CHUNK;
	from.sectors = d.io->media->last_block + 1;
	wrong = load_kernel(&from, &entry);
	if (wrong)
		return wrong;
	prepare(h, system);
	if (!leave_firmware(d.boot, image, h))
		return "firmware does not let go of the machine";
	enter_kernel(h->enter, entry, (uint32_t)(uint64_t)&h->info);
}

/* Firmware goes on with what it may boot otherwise. */
EFIAPI efi_status efi_main(efi_handle image, struct efi_system_table *system)
{
	const char *wrong = boot(image, system);

	say(system, "miso: cannot boot: ");
	say(system, wrong);
	say(system, "\r\n");
	return EFI_LOAD_ERROR;
}
