/* pci.c - configuration space through ports 0xcf8 and 0xcfc. */
#include "kernel/drivers/pci.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/lib/errno.h"

enum {
	ADDRESS = 0xcf8,
	DATA = 0xcfc,

	REG_VENDOR = 0x00,
	REG_COMMAND = 0x04,
	REG_STATUS = 0x06,
	REG_CLASS = 0x08, /* and the revision below it */
	REG_HEADER_TYPE = 0x0e,
	REG_BAR0 = 0x10,
	REG_SECONDARY_BUS = 0x19,
	REG_CAPABILITIES = 0x34,

	COMMAND_IO = 1,
	COMMAND_MEMORY = 2,
	COMMAND_MASTER = 4,
	COMMAND_NO_INTX = 1 << 10,
	STATUS_CAPABILITIES = 1 << 4,
	HEADER_MULTI = 0x80,
	HEADER_BRIDGE = 1,
	NOBODY = 0xffff,

	BAR_IO = 1,
	BAR_64 = 4,
	CAP_MSIX = 0x11,
	MSIX_ENABLE = 1 << 15,
	MSIX_LAST = 0x7ff, /* the number of the last entry */
	MSIX_ENTRY = 16,   /* bytes */
	BUSES_DEEP = 8,
};

static void select_reg(const struct pci_device *d, unsigned offset)
{
	outl(ADDRESS, UINT32_C(1) << 31 | (uint32_t)d->bus << 16 |
	                      (uint32_t)d->slot << 11 |
	                      (uint32_t)d->function << 8 | (offset & 0xfc));
}

uint32_t pci_read32(const struct pci_device *d, unsigned offset)
{
	select_reg(d, offset);
	return inl(DATA);
}

uint16_t pci_read16(const struct pci_device *d, unsigned offset)
{
	select_reg(d, offset);
	return inw((uint16_t)(DATA + (offset & 2)));
}

uint8_t pci_read8(const struct pci_device *d, unsigned offset)
{
	select_reg(d, offset);
	return inb((uint16_t)(DATA + (offset & 3)));
}

void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v)
{
	select_reg(d, offset);
	outw((uint16_t)(DATA + (offset & 2)), v);
}

void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v)
{
	select_reg(d, offset);
	outl(DATA, v);
}

uint32_t pci_class(const struct pci_device *d)
{
	return pci_read32(d, REG_CLASS) >> 8;
}

bool pci_present(void)
{
	const struct pci_device root = {0};

	return pci_read16(&root, REG_VENDOR) != NOBODY;
}

static void scan_bus(uint8_t bus, unsigned depth,
                     void (*fn)(const struct pci_device *d));

static bool scan_function(struct pci_device *d, unsigned depth,
                          void (*fn)(const struct pci_device *d))
{
	uint32_t id = pci_read32(d, REG_VENDOR);
	uint8_t type;

	if ((id & 0xffff) == NOBODY)
		return false;
	d->vendor = (uint16_t)id;
	d->device = (uint16_t)(id >> 16);
	fn(d);
	type = pci_read8(d, REG_HEADER_TYPE);
	if ((type & 0x7f) == HEADER_BRIDGE && depth < BUSES_DEEP) {
		uint8_t below = pci_read8(d, REG_SECONDARY_BUS);

		if (below > d->bus)
			scan_bus(below, depth + 1, fn);
	}
	return type & HEADER_MULTI;
}

static void scan_bus(uint8_t bus, unsigned depth,
                     void (*fn)(const struct pci_device *d))
{
	for (uint8_t slot = 0; slot < 32; slot++) {
		struct pci_device d = {.bus = bus, .slot = slot};

		if (!scan_function(&d, depth, fn))
			continue;
		for (d.function = 1; d.function < 8; d.function++)
			scan_function(&d, depth, fn);
	}
}

void pci_scan(void (*fn)(const struct pci_device *d))
{
	scan_bus(0, 0, fn);
}

void pci_enable(const struct pci_device *d)
{
	pci_write16(d, REG_COMMAND,
	            pci_read16(d, REG_COMMAND) | COMMAND_MEMORY |
	                    COMMAND_MASTER | COMMAND_NO_INTX);
}

void pci_disable(const struct pci_device *d)
{
	pci_write16(d, REG_COMMAND,
	            pci_read16(d, REG_COMMAND) & (uint16_t)~COMMAND_MASTER);
}

/* PCI 3.0, 6.2.5.1: bit 0 tells ports from memory, bit 1 is reserved. */
uint16_t pci_io_bar(const struct pci_device *d, unsigned bar)
{
	uint32_t v = pci_read32(d, REG_BAR0 + 4 * bar);

	if (!(v & 1) || (v & ~UINT32_C(3)) > UINT16_MAX)
		return 0;
	pci_write16(d, REG_COMMAND, pci_read16(d, REG_COMMAND) | COMMAND_IO);
	return (uint16_t)(v & ~UINT32_C(3));
}

/* At most 48 capabilities fit; a list that is longer is a circle. */
unsigned pci_find_cap(const struct pci_device *d, uint8_t id, unsigned after)
{
	unsigned at;

	if (!(pci_read16(d, REG_STATUS) & STATUS_CAPABILITIES))
		return 0;
	at = after ? pci_read8(d, after + 1) : pci_read8(d, REG_CAPABILITIES);
	for (int i = 0; i < 48 && (at &= 0xfc); i++) {
		if (pci_read8(d, at) == id)
			return at;
		at = pci_read8(d, at + 1);
	}
	return 0;
}

/* Size: what stays of all ones (PCI 3.0, 6.2.5.1). */
static uint64_t bar_size(const struct pci_device *d, unsigned reg, bool wide)
{
	uint32_t low = pci_read32(d, reg), mask, high_mask = ~0u;

	pci_write32(d, reg, ~0u);
	mask = pci_read32(d, reg) & ~UINT32_C(15);
	pci_write32(d, reg, low);
	if (wide) {
		uint32_t high = pci_read32(d, reg + 4);

		pci_write32(d, reg + 4, ~0u);
		high_mask = pci_read32(d, reg + 4);
		pci_write32(d, reg + 4, high);
	}
	return ~((uint64_t)high_mask << 32 | mask) + 1;
}

volatile void *pci_map_bar(const struct pci_device *d, unsigned bar,
                           uint64_t offset, uint64_t size)
{
	unsigned reg = REG_BAR0 + 4 * bar;
	uint32_t low;
	uint64_t at, space;
	bool wide;

	if (bar > 5)
		return NULL;
	low = pci_read32(d, reg);
	wide = low & BAR_64;
	if (low & BAR_IO || (wide && bar > 4))
		return NULL;
	at = low & ~UINT32_C(15);
	if (wide)
		at |= (uint64_t)pci_read32(d, reg + 4) << 32;
	space = bar_size(d, reg, wide);
	if (!at || offset > space || size > space - offset)
		return NULL;
	return mmio_map(at + offset, size);
}

/* PCI 3.0, 6.8.2.4. */
static volatile uint32_t *msix_entry(const struct pci_device *d, unsigned cap,
                                     unsigned nr)
{
	uint32_t where = pci_read32(d, cap + 4);

	return pci_map_bar(d, where & 7,
	                   (where & ~UINT32_C(7)) + nr * (uint64_t)MSIX_ENTRY,
	                   MSIX_ENTRY);
}

int pci_add_msix(const struct pci_device *d, unsigned nr, unsigned cpu,
                 const char *name, irq_handler fn, void *arg)
{
	unsigned cap = pci_find_cap(d, CAP_MSIX, 0);
	volatile uint32_t *entry;
	struct irq_message m;
	int rc;

	if (!cap || nr > (pci_read16(d, cap + 2) & MSIX_LAST))
		return -ENOENT;
	entry = msix_entry(d, cap, nr);
	if (!entry)
		return -EIO;
	rc = irq_connect_message(cpu, name, fn, arg, &m);
	if (rc)
		return rc;
	entry[0] = (uint32_t)m.address;
	entry[1] = (uint32_t)(m.address >> 32);
	entry[2] = m.data;
	entry[3] = 0; /* not masked */
	return 0;
}

int pci_use_msix(const struct pci_device *d, const char *name, irq_handler fn,
                 void *arg)
{
	unsigned cap = pci_find_cap(d, CAP_MSIX, 0);
	int rc = pci_add_msix(d, 0, cpu_self()->id, name, fn, arg);

	if (!rc)
		pci_write16(d, cap + 2, pci_read16(d, cap + 2) | MSIX_ENABLE);
	return rc;
}
