/* argv.c - one readable list. */
#include "providers/qemu/argv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "kernel/abi/boot_lines.h"
#include "kernel/abi/machine.h"
#include "providers/qemu/qmp.h"
#include "providers/qemu/subnet.h"

struct list {
	struct arena *mem;
	const struct qemu_machine *m;
	const char **v;
	size_t n, cap;
	unsigned devices; /* virtio devices so far */
};

static void push(struct list *l, const char *s)
{
	ARENA_RESERVE(l->mem, const char *, l->v, l->n, l->cap);
	l->v[l->n++] = s;
}

/* An option and its value. */
static void add(struct list *l, const char *option, const char *fmt, ...)
	PRINTF(3, 4);
static void add(struct list *l, const char *option, const char *fmt, ...)
{
	va_list ap;

	push(l, option);
	va_start(ap, fmt);
	push(l, arena_vprintf(l->mem, fmt, ap));
	va_end(ap);
}

/* In a QEMU option a comma ends a value; two stand for one. */
static const char *escape(struct arena *mem, const char *s)
{
	char *out = arena_alloc(mem, 2 * strlen(s) + 1, 1), *at = out;

	for (; *s; s++) {
		if (*s == ',')
			*at++ = ',';
		*at++ = *s;
	}
	return out;
}

/* --- machines ----------------------------------------------------------------
 */

/*
 * microvm: no PCI, and with ACPI a power button. QEMU tells the kernel about
 * virtio-mmio devices only where there is no ACPI, so we do it, in the words
 * that Linux uses: size@address:interrupt. With one I/O APIC device i sits at
 * mmio_first + i * MMIO_SIZE and has interrupt MMIO_FIRST_IRQ + i.
 */
static const uint32_t mmio_first = 0xfeb00000;
enum { MMIO_SIZE = 512, MMIO_FIRST_IRQ = 16 };

static void add_microvm(struct list *l)
{
	add(l, "-machine",
	    "microvm,acpi=on,ioapic2=off,pic=on,pit=on,rtc=on,isa-serial=on,"
	    "x-option-roms=off,auto-kernel-cmdline=off");
	add(l, "-bios", "qboot.rom");
	add(l, "-global", "virtio-mmio.force-legacy=false");
}

static void add_q35(struct list *l)
{
	add(l, "-machine", "q35,vmport=off,usb=off,sata=off,smbus=off");
}

static void add_pc(struct list *l)
{
	add(l, "-machine", "pc,vmport=off,usb=off");
}

static void place_mmio(struct list *l, const char *device, const char *more)
{
	add(l, "-device", "%s-device,bus=virtio-mmio-bus.%u%s", device,
	    l->devices++, more);
}

static void place_pci(struct list *l, const char *device, const char *more)
{
	bool net = strcmp(device, "virtio-net") == 0;

	add(l, "-device", "%s-pci,disable-legacy=on%s%s", device,
	    net ? ",romfile=" : "", more);
	l->devices++;
}

static const struct machine_type {
	const char *name;
	void (*add)(struct list *l);
	void (*place)(struct list *l, const char *device, const char *more);
	bool mmio;
} types[] = {
	{"microvm", add_microvm, place_mmio, true},
	{"q35", add_q35, place_pci, false},
	{"pc", add_pc, place_pci, false},
};

static const struct machine_type *find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return &types[0];
}

/* --- devices -----------------------------------------------------------------
 */

static void add_disk(struct list *l, const struct machine_type *type)
{
	add(l, "-drive",
	    "if=none,id=root,file=" QEMU_FILE_DISK ",format=qcow2");
	type->place(l, "virtio-blk", ",drive=root,serial=" MACHINE_ROOT_SERIAL);
}

static void add_random(struct list *l, const struct machine_type *type)
{
	add(l, "-object", "rng-random,id=random,filename=/dev/urandom");
	type->place(l, "virtio-rng", ",rng=random");
}

static const char *forwards_text(struct arena *mem,
                                 const struct qemu_forwards *forwards)
{
	const char *text = "";

	for (size_t i = 0; i < forwards->n; i++) {
		const struct qemu_forward *f = &forwards->v[i];
		char bind[QEMU_IP_LEN + 1];

		qemu_subnet_print(f->bind, bind);
		text = arena_printf(mem, "%s,hostfwd=%s:%s:%u-:%u", text,
		                    qemu_firewall_proto(f->proto), bind,
		                    f->host, f->guest);
	}
	return text;
}

static void add_networks(struct list *l, const struct machine_type *type)
{
	const struct qemu_machine *m = l->m;

	add(l, "-netdev", "user,id=out%s", forwards_text(l->mem, m->forwards));
	type->place(l, "virtio-net",
	            arena_printf(l->mem, ",netdev=out,mac=%s", m->out_mac));
	if (!m->segment_mac)
		return;
	add(l, "-netdev",
	    "dgram,id=segment,local.type=unix,local.path=%s,"
	    "remote.type=unix,remote.path=%s",
	    m->segment_socket, m->switch_socket);
	type->place(
		l, "virtio-net",
		arena_printf(l->mem, ",netdev=segment,mac=%s", m->segment_mac));
}

static void add_consoles(struct list *l)
{
	if (l->m->foreground)
		add(l, "-chardev", "stdio,id=console,signal=off");
	else
		add(l, "-chardev",
		    "file,id=console,path=" QEMU_FILE_CONSOLE ",append=on");
	add(l, "-serial", "chardev:console");
	add(l, "-chardev", "file,id=status,path=" QEMU_FILE_STATUS);
	add(l, "-device", "isa-debugcon,iobase=0x%x,chardev=status",
	    MACHINE_STATUS_PORT);
	add(l, "-qmp", "unix:" QEMU_QMP_SOCKET ",server=on,wait=off");
}

static void add_kernel(struct list *l, const struct machine_type *type)
{
	const char *devices = "";

	add(l, "-kernel", "%s", l->m->kernel);
	add(l, "-fw_cfg", "name=" BOOT_LINES_FW_CFG ",file=" QEMU_FILE_BOOT);
	for (unsigned i = 0; type->mmio && i < l->devices; i++)
		devices = arena_printf(
			l->mem, "%s%svirtio_mmio.device=%d@0x%x:%u", devices,
			i ? " " : "", MMIO_SIZE, mmio_first + i * MMIO_SIZE,
			MMIO_FIRST_IRQ + i);
	if (*devices)
		add(l, "-append", "%s", devices);
}

const char *const *qemu_argv(struct arena *mem, const struct qemu_machine *m)
{
	const struct machine_type *type = find_type(m->type);
	struct list l = {.mem = mem, .m = m};

	push(&l, QEMU_BINARY);
	add(&l, "-name", "%s", escape(mem, m->name));
	add(&l, "-uuid", "%s", m->token);
	push(&l, "-nodefaults");
	push(&l, "-no-user-config");
	push(&l, "-no-reboot");
	add(&l, "-display", "none");
	add(&l, "-sandbox",
	    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
	    "resourcecontrol=deny");
	type->add(&l);
	add(&l, "-accel", "%s", m->accel);
	add(&l, "-cpu", "%s", strcmp(m->accel, "kvm") == 0 ? "host" : "max");
	add(&l, "-m", "%" PRIu64 "k", m->memory / 1024);
	add(&l, "-smp", "%u", m->cpus);
	add(&l, "-pidfile", QEMU_FILE_PIDFILE);
	add_consoles(&l);
	add_disk(&l, type);
	add_random(&l, type);
	add_networks(&l, type);
	add_kernel(&l, type);
	push(&l, NULL);
	return l.v;
}
