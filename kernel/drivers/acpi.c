/* acpi.c - see acpi.h. Section numbers are those of ACPI 6.4. */
#include "kernel/drivers/acpi.h"

#include "kernel/arch/irq.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/core/log.h"
#include "kernel/core/power.h"
#include "kernel/drivers/vmgenid.h"
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

	/* QEMU's general purpose event of the device in vmgenid.h: _E05. */
	GPE_VMGENID = 1 << 5,

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
	uint32_t pm2_control, pm_timer, gpe0, gpe1;
	uint8_t pm1_event_size, pm1_control_size, pm2_size, timer_size;
	uint8_t gpe0_size; /* status registers, then as many to enable */
	uint8_t skip1[112 - 93];
	uint32_t flags;
	struct gas reset;
	uint8_t reset_value;
	uint8_t skip2[244 - 129];
	struct gas sleep_control, sleep_status;
} PACKED;
static_assert(offsetof(struct fadt, gpe0) == 80, "5.2.9");
static_assert(offsetof(struct fadt, flags) == 112, "5.2.9");
static_assert(offsetof(struct fadt, sleep_control) == 244, "5.2.9");

static struct {
	uint16_t pm1_event, pm1_control; /* ports; 0: reduced hardware */
	volatile uint8_t *sleep_control;
	volatile uint32_t *ged;
	const struct acpi_events *events;

	uint16_t gpe_status;                   /* port; 0: no vmgenid */
	const volatile uint8_t *generation;    /* VMGENID_SIZE bytes */
	uint8_t last_generation[VMGENID_SIZE]; /* as it was */
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

static bool is_table(const struct header *h, const char *signature,
                     const char *oem_table, uint32_t min)
{
	return h && memcmp(h->signature, signature, 4) == 0 &&
	       (!oem_table ||
	        strncmp(h->oem_table, oem_table, sizeof(h->oem_table)) == 0) &&
	       h->length >= min;
}

/* The table with this signature and at least `min` bytes, or NULL. Of several
 * the one with that OEM table id (NULL: the first). */
static const void *find_table(const struct rsdp *r, const char *signature,
                              const char *oem_table, uint32_t min)
{
	bool wide = r->revision >= 2 && r->xsdt;
	const struct header *root = map_table(wide ? r->xsdt : r->rsdt);
	uint32_t n;

	if (!root)
		return NULL;
	n = (root->length - (uint32_t)sizeof(*root)) / (wide ? 8 : 4);
	for (uint32_t i = 0; i < n; i++) {
		const struct header *h = map_table(entry_at(root, wide, i));

		if (is_table(h, signature, oem_table, min))
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
	const struct header *h =
		r ? find_table(r, "APIC", NULL, FIRST_ENTRY) : NULL;
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
		acpi.events->pressed();
}

/* False: it is what it was. */
static bool read_generation(void)
{
	uint8_t now[VMGENID_SIZE];

	for (unsigned i = 0; i < sizeof(now); i++)
		now[i] = acpi.generation[i];
	if (memcmp(now, acpi.last_generation, sizeof(now)) == 0)
		return false;
	memcpy(acpi.last_generation, now, sizeof(now));
	return true;
}

static void look_at_generation(void)
{
	uint8_t status = inb(acpi.gpe_status);

	outb(acpi.gpe_status, status & GPE_VMGENID); /* clears it */
	if (status & GPE_VMGENID && read_generation())
		acpi.events->renewed(acpi.last_generation);
}

static void sci_interrupt(void *arg UNUSED)
{
	uint16_t status = inw(acpi.pm1_event);

	outw(acpi.pm1_event, status); /* writing a bit clears it */
	if (status & PM1_POWER_BUTTON)
		acpi.events->pressed();
	if (acpi.gpe_status)
		look_at_generation();
}

static int init_reduced(const struct fadt *f)
{
	uint64_t regs = f->sleep_control.address;

	acpi.sleep_control = mmio_map(regs, 1);
	acpi.ged = mmio_map(regs - GED_FROM_SLEEP_REGS, 4);
	return irq_connect(GED_IRQ, false, "acpi", ged_interrupt, NULL);
}

/* Before its event may come, so that a change is not missed. */
static void init_generation(const struct rsdp *r, const struct fadt *f)
{
	const struct header *h =
		find_table(r, "SSDT", "VMGENID", sizeof(struct header));
	uint64_t at = h ? vmgenid_address((const void *)h, h->length) : 0;

	if (!at || !f->gpe0 || !f->gpe0_size)
		return;
	acpi.generation = mmio_map(at, VMGENID_SIZE);
	if (!acpi.generation)
		return;
	(void)read_generation();
	acpi.gpe_status = (uint16_t)f->gpe0;
	outb((uint16_t)(f->gpe0 + f->gpe0_size / 2), GPE_VMGENID);
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
	return irq_connect(f->sci_irq, true, "acpi", sci_interrupt, NULL);
}

void acpi_init(uint64_t rsdp, const struct acpi_events *events)
{
	const struct rsdp *r = find_rsdp(rsdp);
	const struct fadt *f = r ? find_table(r, "FACP", NULL, 116) : NULL;
	int rc;

	acpi.events = events;
	if (!f) {
		log_line("no ACPI tables: no power button");
		return;
	}
	if (f->header.length >= sizeof(*f) && f->flags & FADT_HW_REDUCED) {
		rc = init_reduced(f);
	} else {
		init_generation(r, f);
		rc = init_pc(f);
	}
	if (rc)
		log_line("power button: no interrupt (error %d)", -rc);
	power_set_off(off);
}
