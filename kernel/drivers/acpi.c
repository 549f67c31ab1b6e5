/* acpi.c - see acpi.h. Section numbers are those of ACPI 6.4. */
#include "kernel/drivers/acpi.h"

#include "kernel/arch/irq.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/core/log.h"
#include "kernel/core/power.h"
#include "kernel/lib/string.h"

enum {
	/* 5.2.5.1: where firmware of PCs leaves the root pointer. */
	RSDP_AREA = 0xe0000,
	RSDP_AREA_END = 0x100000,
	TABLE_MAX = 64 * 1024,

	FADT_HW_REDUCED = 1 << 20, /* 5.2.9, Flags */
	PM1_POWER_BUTTON = 1 << 8, /* 4.8.3.1, status and enable */
	PM1_SCI_EN = 1,
	PM1_SLP_EN = 1 << 13,
	SLEEP_CONTROL_EN = 1 << 5, /* 4.8.3.7 */
	S5_REDUCED = 5,            /* QEMU's generic event device */
	S5_PC = 0,                 /* QEMU's PIIX4 and ICH9, GCE */

	/* QEMU, docs/specs/acpi_hw_reduced_hotplug: events, one bit each. */
	GED_POWER_DOWN = 2,
	GED_FROM_SLEEP_REGS = 0x200, /* it lies so far before them */
	GED_IRQ = 9,
};

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum, reserved[3];
} PACKED;
static_assert(sizeof(struct rsdp) == 36, "5.2.5.3");

struct header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
} PACKED;
static_assert(sizeof(struct header) == 36, "5.2.6");

struct gas {
	uint8_t space, width, offset, access;
	uint64_t address;
} PACKED;

struct fadt {
	struct header header;
	uint32_t facs, dsdt;
	uint8_t reserved0, profile;
	uint16_t sci_irq;
	uint32_t smi_command;
	uint8_t acpi_enable, acpi_disable, s4bios, pstate;
	uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control;
	uint8_t skip1[112 - 72];
	uint32_t flags;
	struct gas reset;
	uint8_t reset_value;
	uint8_t skip2[244 - 129];
	struct gas sleep_control, sleep_status;
} PACKED;
static_assert(offsetof(struct fadt, flags) == 112, "5.2.9");
static_assert(offsetof(struct fadt, sleep_control) == 244, "5.2.9");

static struct {
	uint16_t pm1_event, pm1_control; /* ports; 0: reduced hardware */
	volatile uint8_t *sleep_control;
	volatile uint32_t *ged;
	void (*pressed)(void);
} acpi;

/* --- tables --- */

static const void *map(uint64_t phys, uint64_t size)
{
	return (const void *)(uintptr_t)mmio_map(phys, size);
}

static const struct rsdp *find_rsdp(uint64_t phys)
{
	const char *area;

	if (phys)
		return map(phys, sizeof(struct rsdp));
	area = phys_to_virt((paddr){RSDP_AREA});
	for (unsigned i = 0; i < RSDP_AREA_END - RSDP_AREA; i += 16)
		if (memcmp(area + i, "RSD PTR ", 8) == 0)
			return (const void *)(area + i);
	return NULL;
}

static const struct header *map_table(uint64_t phys)
{
	const struct header *h = phys ? map(phys, sizeof(*h)) : NULL;

	if (!h || h->length < sizeof(*h) || h->length > TABLE_MAX)
		return NULL;
	return map(phys, h->length);
}

static uint64_t entry_at(const struct header *root, bool wide, uint32_t i)
{
	const char *at = (const char *)(root + 1) + i * (wide ? 8 : 4);
	uint64_t v = 0;

	memcpy(&v, at, wide ? 8 : 4);
	return v;
}

/* The table with this signature and at least `min` bytes, or NULL. */
static const void *find_table(const struct rsdp *r, const char *signature,
                              uint32_t min)
{
	bool wide = r->revision >= 2 && r->xsdt;
	const struct header *root = map_table(wide ? r->xsdt : r->rsdt);
	uint32_t n;

	if (!root)
		return NULL;
	n = (root->length - (uint32_t)sizeof(*root)) / (wide ? 8 : 4);
	for (uint32_t i = 0; i < n; i++) {
		const struct header *h = map_table(entry_at(root, wide, i));

		if (h && memcmp(h->signature, signature, 4) == 0 &&
		    h->length >= min)
			return h;
	}
	return NULL;
}

/* --- processors: the MADT (5.2.12) --- */

/* The interrupt controller's number in an entry that is an enabled CPU. */
static bool processor_in(const uint8_t *entry, uint32_t *id)
{
	enum { LOCAL_APIC = 0, LOCAL_X2APIC = 9, ENABLED = 1 };
	uint32_t flags = 0;

	if (entry[0] == LOCAL_APIC && entry[1] >= 8) {
		*id = entry[3];
		memcpy(&flags, entry + 4, 4);
	} else if (entry[0] == LOCAL_X2APIC && entry[1] >= 16) {
		memcpy(id, entry + 4, 4);
		memcpy(&flags, entry + 8, 4);
	}
	return flags & ENABLED;
}

unsigned acpi_processors(uint64_t rsdp, uint32_t *ids, unsigned max)
{
	enum { FIRST_ENTRY = 44 };
	const struct rsdp *r = find_rsdp(rsdp);
	const struct header *h = r ? find_table(r, "APIC", FIRST_ENTRY) : NULL;
	const uint8_t *at = (const uint8_t *)h;
	uint32_t pos = FIRST_ENTRY;
	unsigned n = 0;

	while (h && n < max && pos + 2 <= h->length && at[pos + 1] >= 2 &&
	       pos + at[pos + 1] <= h->length) {
		n += processor_in(at + pos, &ids[n]);
		pos += at[pos + 1];
	}
	return n;
}

/* --- switching off --- */

static void off(void)
{
	if (acpi.sleep_control)
		*acpi.sleep_control = S5_REDUCED << 2 | SLEEP_CONTROL_EN;
	if (acpi.pm1_control)
		outw(acpi.pm1_control, S5_PC << 10 | PM1_SLP_EN);
}

/* --- the power button --- */

static void ged_interrupt(void *arg UNUSED)
{
	if (*acpi.ged & GED_POWER_DOWN) /* reading clears */
		acpi.pressed();
}

static void sci_interrupt(void *arg UNUSED)
{
	uint16_t status = inw(acpi.pm1_event);

	outw(acpi.pm1_event, status); /* writing a bit clears it */
	if (status & PM1_POWER_BUTTON)
		acpi.pressed();
}

static int init_reduced(const struct fadt *f)
{
	uint64_t regs = f->sleep_control.address;

	acpi.sleep_control = mmio_map(regs, 1);
	acpi.ged = mmio_map(regs - GED_FROM_SLEEP_REGS, 4);
	return irq_connect(GED_IRQ, false, ged_interrupt, NULL);
}

static int init_pc(const struct fadt *f)
{
	acpi.pm1_event = (uint16_t)f->pm1a_event;
	acpi.pm1_control = (uint16_t)f->pm1a_control;
	if (f->smi_command && !(inw(acpi.pm1_control) & PM1_SCI_EN))
		outb((uint16_t)f->smi_command, f->acpi_enable);
	outw(acpi.pm1_event, 0xffff);
	/* The enable register follows the status register. */
	outw((uint16_t)(acpi.pm1_event + 2), PM1_POWER_BUTTON);
	return irq_connect(f->sci_irq, true, sci_interrupt, NULL);
}

void acpi_init(uint64_t rsdp, void (*pressed)(void))
{
	const struct rsdp *r = find_rsdp(rsdp);
	const struct fadt *f = r ? find_table(r, "FACP", 116) : NULL;
	int rc;

	acpi.pressed = pressed;
	if (!f) {
		log_line("no ACPI tables: no power button");
		return;
	}
	if (f->header.length >= sizeof(*f) && f->flags & FADT_HW_REDUCED)
		rc = init_reduced(f);
	else
		rc = init_pc(f);
	if (rc)
		log_line("power button: no interrupt (error %d)", -rc);
	power_set_off(off);
}
