/*
 * loader.c - from a disk to the kernel, with the BIOS's help.
 *
 * Runs in 32-bit mode without paging and below 64 KiB; each BIOS call goes back
 * to real mode (start.S). Finds the kernel's partition, puts kernel.elf where
 * it wants to be, and enters it as any PVH loader does, so the kernel cannot
 * tell the difference (Xen, arch-x86/hvm/start_info.h).
 */
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/gpt.h"
#include "kernel/boot/disk/elf_plan.h"
#include "kernel/boot/disk/layout.h"
#include "kernel/boot/hvm_start_info.h"

_Static_assert(LOADER_LBA == GPT_LOADER_LBA, "layout.h and gpt.h agree");
_Static_assert(LOADER_SECTORS == GPT_LOADER_SECTORS, "layout.h and gpt.h");

enum {
	FLAG_CARRY = 1,
	COM1 = 0x3f8,
	COM1_STATUS = COM1 + 5,
	COM1_EMPTY = 0x20,
	PORT_A20 = 0x92,
};

struct registers {
	uint32_t eax, ebx, ecx, edx, esi, edi, eflags;
};

/* EDD 3.0, "disk address packet". */
struct packet {
	uint8_t size, reserved;
	uint16_t sectors, offset, segment;
	uint64_t lba;
};
_Static_assert(sizeof(struct packet) == 16, "EDD 3.0");

/* EDD 3.0, version 1.x of the buffer: 26 bytes. */
struct drive_parameters {
	uint16_t size, flags;
	uint32_t cylinders, heads, sectors_per_track;
	uint64_t sectors;
	uint16_t sector_size;
};

extern struct registers bios_regs;
struct registers bios_regs;

void bios_call(uint8_t vector);
_Noreturn void enter_kernel(uint32_t entry, uint32_t start_info);
_Noreturn void loader_main(uint32_t drive);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

static struct {
	uint8_t drive;
	struct packet packet;
} disk;

void *memcpy(void *to, const void *from, size_t n)
{
	void *at = to;

	__asm__ volatile("rep movsb"
	                 : "+D"(at), "+S"(from), "+c"(n)
	                 :
	                 : "memory");
	return to;
}

void *memset(void *to, int c, size_t n)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
	return to;
}

static void out8(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

/* On the screen, and on the serial port, if one is there. */
static void put(char c)
{
	bios_regs = (struct registers){.eax = 0x0e00 | (uint8_t)c, .ebx = 7};
	bios_call(0x10);
	for (unsigned i = 0; i < 100000; i++)
		if (in8(COM1_STATUS) & COM1_EMPTY)
			break;
	out8(COM1, (uint8_t)c);
}

static _Noreturn void give_up(const char *why)
{
	static const char *const parts[] = {"miso: cannot boot: ", NULL,
	                                    "\r\n"};

	for (unsigned i = 0; i < 3; i++)
		for (const char *p = parts[i] ? parts[i] : why; *p; p++)
			put(*p);
	for (;;)
		__asm__ volatile("hlt");
}

/* --- the disk --- */

/* At most BOUNCE_SECTORS to an address below 1 MiB. */
static void read_low(uint64_t lba, unsigned sectors, uint32_t addr)
{
	disk.packet = (struct packet){
		.size = sizeof(disk.packet),
		.sectors = (uint16_t)sectors,
		.offset = addr & 15,
		.segment = (uint16_t)(addr >> 4),
		.lba = lba,
	};
	bios_regs = (struct registers){
		.eax = 0x4200,
		.edx = disk.drive,
		.esi = (uint32_t)(uintptr_t)&disk.packet,
	};
	bios_call(0x13);
	if (bios_regs.eflags & FLAG_CARRY)
		give_up("the disk cannot be read");
}

/* Bytes from `offset` behind sector `lba`, to anywhere. */
static void read_bytes(uint64_t lba, uint64_t offset, uint32_t addr,
                       uint32_t len)
{
	while (len) {
		uint32_t skip = (uint32_t)offset % GPT_SECTOR;
		uint32_t n = BOUNCE_SECTORS * GPT_SECTOR - skip;
		uint32_t sectors;

		if (n > len)
			n = len;
		sectors = (skip + n + GPT_SECTOR - 1) / GPT_SECTOR;
		read_low(lba + (offset >> 9), sectors, BOUNCE_ADDR);
		memcpy((void *)addr, (const void *)(BOUNCE_ADDR + skip), n);
		addr += n;
		offset += n;
		len -= n;
	}
}

/* INT 13h, AH=48h (EDD 3.0, "get drive parameters"). */
static uint64_t disk_sectors(void)
{
	struct drive_parameters *p = (void *)TABLE_ADDR;

	*p = (struct drive_parameters){.size = 26};
	bios_regs = (struct registers){
		.eax = 0x4800, .edx = disk.drive, .esi = TABLE_ADDR};
	bios_call(0x13);
	if (bios_regs.eflags & FLAG_CARRY)
		give_up("the BIOS does not know how large the disk is");
	return p->sectors;
}

static struct gpt_entry find_kernel(void)
{
	const struct gpt_header *h = (const void *)TABLE_ADDR;
	const struct gpt_entry *entries =
		(const void *)(TABLE_ADDR + GPT_SECTOR);
	uint64_t sectors = disk_sectors();
	const struct gpt_entry *e;

	read_low(1, 1, TABLE_ADDR);
	if (!gpt_header_ok(h, sectors))
		give_up("the disk's partition table is damaged");
	read_low(h->entries_lba, GPT_ENTRY_SECTORS, TABLE_ADDR + GPT_SECTOR);
	e = gpt_find(h, entries, GPT_TYPE_KERNEL);
	if (!e)
		give_up("the disk has no partition with a kernel");
	return *e;
}

/* --- memory --- */

/* Above 1 MiB every other MiB is missing until this is on. */
static void open_a20(void)
{
	bios_regs = (struct registers){.eax = 0x2401};
	bios_call(0x15);
	if (bios_regs.eflags & FLAG_CARRY)
		out8(PORT_A20, (uint8_t)((in8(PORT_A20) | 2) & ~1));
}

/* INT 15h, E820, in the form that start info wants: how many ranges are now at
 * MEMMAP_ADDR. */
static uint32_t read_memory_map(void)
{
	struct hvm_memmap_entry *map = (struct hvm_memmap_entry *)MEMMAP_ADDR;
	uint32_t n = 0, next = 0;

	do {
		map[n].reserved = 0;
		bios_regs = (struct registers){
			.eax = 0xe820,
			.ebx = next,
			.ecx = sizeof(*map),
			.edx = 0x534d4150, /* "SMAP" */
			.edi = (uint32_t)&map[n],
		};
		bios_call(0x15);
		if (bios_regs.eflags & FLAG_CARRY ||
		    bios_regs.eax != 0x534d4150)
			break;
		next = bios_regs.ebx;
		if (map[n].size)
			n++;
	} while (next && n < MEMMAP_MAX);
	if (!n)
		give_up("the BIOS does not tell how much memory there is");
	return n;
}

static int is_ram(const struct hvm_memmap_entry *map, uint32_t n,
                  const struct elf_part *part)
{
	for (uint32_t i = 0; i < n; i++)
		if (map[i].type == HVM_MEMMAP_RAM &&
		    part->addr >= map[i].addr && part->size <= map[i].size &&
		    part->addr - map[i].addr <= map[i].size - part->size)
			return 1;
	return 0;
}

/* --- the kernel --- */

static void load_part(uint64_t lba, const struct elf_part *part)
{
	read_bytes(lba, part->offset, part->addr, part->loaded);
	memset((void *)(part->addr + part->loaded), 0,
	       part->size - part->loaded);
}

static uint32_t load_kernel(uint32_t ranges)
{
	const struct hvm_memmap_entry *map =
		(const struct hvm_memmap_entry *)MEMMAP_ADDR;
	struct gpt_entry where = find_kernel();
	uint64_t size = (where.last - where.first + 1) * GPT_SECTOR;
	struct elf_plan plan;
	const char *wrong;
	uint32_t entry;

	if (size < ELF_PLAN_HEAD)
		give_up("the kernel's partition is too small");
	read_low(where.first, ELF_PLAN_HEAD / GPT_SECTOR, TABLE_ADDR);
	wrong = elf_plan((const void *)TABLE_ADDR, size, &plan);
	if (wrong)
		give_up(wrong);
	for (unsigned i = 0; i < plan.n; i++) {
		if (!is_ram(map, ranges, &plan.parts[i]))
			give_up("there is too little memory for the kernel");
		load_part(where.first, &plan.parts[i]);
	}
	entry = elf_plan_entry((const void *)plan.notes, plan.notes_size);
	if (!entry)
		give_up("the kernel has no PVH entry");
	return entry;
}

_Noreturn void loader_main(uint32_t drive)
{
	struct hvm_start_info *info = (struct hvm_start_info *)START_INFO_ADDR;
	uint32_t ranges, entry;

	disk.drive = (uint8_t)drive;
	open_a20();
	ranges = read_memory_map();
	entry = load_kernel(ranges);
	*info = (struct hvm_start_info){
		.magic = HVM_START_MAGIC,
		.version = 1,
		.memmap_paddr = MEMMAP_ADDR,
		.memmap_entries = ranges,
	};
	enter_kernel(entry, START_INFO_ADDR);
}
