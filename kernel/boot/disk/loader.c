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
#include "kernel/boot/disk/layout.h"
#include "kernel/boot/disk/load.h"
#include "kernel/boot/hvm_start_info.h"
#include "kernel/lib/string.h"

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

/* At most BOUNCE_SECTORS to BOUNCE_ADDR. */
static bool read_sectors(uint64_t lba, unsigned sectors)
{
	disk.packet = (struct packet){
		.size = sizeof(disk.packet),
		.sectors = (uint16_t)sectors,
		.segment = BOUNCE_ADDR >> 4,
		.lba = lba,
	};
	bios_regs = (struct registers){
		.eax = 0x4200,
		.edx = disk.drive,
		.esi = (uint32_t)(uintptr_t)&disk.packet,
	};
	bios_call(0x13);
	return !(bios_regs.eflags & FLAG_CARRY);
}

/* struct load_from: to anywhere, also where the BIOS cannot reach. */
static bool read_bytes(void *ctx, uint64_t lba, uint64_t offset, void *to,
                       uint32_t len)
{
	char *at = to;

	(void)ctx;
	while (len) {
		uint32_t skip = (uint32_t)offset % GPT_SECTOR;
		uint32_t n = BOUNCE_SECTORS * GPT_SECTOR - skip;
		uint32_t sectors;

		if (n > len)
			n = len;
		sectors = (skip + n + GPT_SECTOR - 1) / GPT_SECTOR;
		if (!read_sectors(lba + (offset >> 9), sectors))
			return false;
		memcpy(at, (const void *)(BOUNCE_ADDR + skip), n);
		at += n;
		offset += n;
		len -= n;
	}
	return true;
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

struct memory {
	const struct hvm_memmap_entry *map;
	uint32_t n;
};

/* struct load_from: only what is RAM. */
static void *claim(void *ctx, const struct elf_part *part)
{
	const struct memory *m = ctx;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct hvm_memmap_entry *e = &m->map[i];

		if (e->type == HVM_MEMMAP_RAM && part->addr >= e->addr &&
		    part->size <= e->size &&
		    part->addr - e->addr <= e->size - part->size)
			return (void *)part->addr;
	}
	return NULL;
}

_Noreturn void loader_main(uint32_t drive)
{
	struct hvm_start_info *info = (struct hvm_start_info *)START_INFO_ADDR;
	struct memory memory = {
		.map = (const struct hvm_memmap_entry *)MEMMAP_ADDR,
	};
	struct load_from from = {
		.ctx = &memory,
		.work = (void *)TABLE_ADDR,
		.read = read_bytes,
		.claim = claim,
	};
	const char *wrong;
	uint32_t entry;

	disk.drive = (uint8_t)drive;
	open_a20();
	memory.n = read_memory_map();
	from.sectors = disk_sectors();
	wrong = load_kernel(&from, &entry);
	if (wrong)
		give_up(wrong);
	*info = (struct hvm_start_info){
		.magic = HVM_START_MAGIC,
		.version = 1,
		.memmap_paddr = MEMMAP_ADDR,
		.memmap_entries = memory.n,
	};
	enter_kernel(entry, START_INFO_ADDR);
}
