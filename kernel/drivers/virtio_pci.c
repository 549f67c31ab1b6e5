/* virtio_pci.c - the PCI transport (VIRTIO 1.2, 4.1). */
#include "kernel/drivers/virtio_pci.h"

#include "kernel/arch/mmu.h"
#include "kernel/core/log.h"
#include "kernel/drivers/pci.h"
#include "kernel/drivers/virtio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	VENDOR = 0x1af4,
	FIRST_TRANSITIONAL = 0x1000,
	FIRST_MODERN = 0x1040,
	LAST_MODERN = 0x107f,
	CAP_VENDOR = 0x09,
	REG_SUBSYSTEM = 0x2e,

	CFG_COMMON = 1, /* 4.1.4 */
	CFG_NOTIFY = 2,
	CFG_DEVICE = 4,
};

/* 4.1.4.3. */
struct common {
	uint32_t device_feature_select, device_feature;
	uint32_t driver_feature_select, driver_feature;
	uint16_t config_msix_vector, num_queues;
	uint8_t device_status, config_generation;
	uint16_t queue_select, queue_size, queue_msix_vector, queue_enable;
	uint16_t queue_notify_off;
	uint32_t desc_lo, desc_hi, driver_lo, driver_hi, device_lo, device_hi;
};
static_assert(sizeof(struct common) == 56, "VIRTIO 1.2, 4.1.4.3");

struct pci_virtio {
	struct virtio_device dev;
	struct pci_device pci;
	volatile struct common *common;
	volatile uint8_t *config;
	uint32_t config_len;
	unsigned notify_cap;
};

static struct pci_virtio *of(struct virtio_device *d)
{
	return CONTAINER_OF(d, struct pci_virtio, dev);
}

static uint8_t status(struct virtio_device *d)
{
	return of(d)->common->device_status;
}

static void set_status(struct virtio_device *d, uint8_t v)
{
	of(d)->common->device_status = v;
}

static uint64_t features(struct virtio_device *d)
{
	volatile struct common *c = of(d)->common;
	uint64_t low;

	c->device_feature_select = 0;
	low = c->device_feature;
	c->device_feature_select = 1;
	return low | (uint64_t)c->device_feature << 32;
}

static void set_features(struct virtio_device *d, uint64_t v)
{
	volatile struct common *c = of(d)->common;

	c->driver_feature_select = 0;
	c->driver_feature = (uint32_t)v;
	c->driver_feature_select = 1;
	c->driver_feature = (uint32_t)(v >> 32);
	c->config_msix_vector = 0;
}

static void read_config(struct virtio_device *d, unsigned offset, void *out,
                        unsigned len)
{
	struct pci_virtio *p = of(d);
	uint8_t *to = out;

	memset(to, 0, len);
	for (unsigned i = 0; i < len && offset + i < p->config_len; i++)
		to[i] = p->config[offset + i];
}

static uint16_t queue_size(struct virtio_device *d, uint16_t index)
{
	volatile struct common *c = of(d)->common;

	if (index >= c->num_queues)
		return 0;
	c->queue_select = index;
	return c->queue_size;
}

/* 4.1.4.4: a queue's place is its notify_off times what the capability says. */
static volatile void *notify_address(struct pci_virtio *p)
{
	uint8_t bar = pci_read8(&p->pci, p->notify_cap + 4);
	uint32_t base = pci_read32(&p->pci, p->notify_cap + 8);
	uint32_t scale = pci_read32(&p->pci, p->notify_cap + 16);

	return pci_map_bar(&p->pci, bar,
	                   base + (uint64_t)p->common->queue_notify_off * scale,
	                   2);
}

static void queue_interrupt(void *arg)
{
	virtio_queue_interrupt(arg);
}

uint16_t virtio_pci_connect(const struct pci_device *d, struct virtio_queue *q)
{
	uint16_t entry = (uint16_t)(q->how.index + 1);
	char name[VIRTIO_INTERRUPT_NAME];

	if (!q->how.interrupt)
		return 0;
	virtio_interrupt_name(q->dev, q->how.interrupt, name);
	return pci_add_msix(d, entry, q->how.cpu, name, queue_interrupt, q)
	               ? 0
	               : entry;
}

/* A device that has no room for it says so (4.1.5.1.2). */
static bool choose_interrupt(struct pci_virtio *p, struct virtio_queue *q)
{
	volatile struct common *c = p->common;
	uint16_t entry = virtio_pci_connect(&p->pci, q);

	c->queue_msix_vector = entry;
	q->alone = entry && c->queue_msix_vector == entry;
	if (q->alone)
		return true;
	c->queue_msix_vector = 0;
	return c->queue_msix_vector == 0;
}

static int start_queue(struct virtio_device *d, struct virtio_queue *q)
{
	struct pci_virtio *p = of(d);
	volatile struct common *c = p->common;
	uint64_t desc = virt_to_phys((void *)(uintptr_t)q->desc).v;
	uint64_t avail = virt_to_phys((void *)(uintptr_t)q->avail).v;
	uint64_t used = virt_to_phys((void *)(uintptr_t)q->used).v;

	c->queue_select = q->how.index;
	c->queue_size = q->size;
	if (!choose_interrupt(p, q))
		return -EIO;
	c->desc_lo = (uint32_t)desc;
	c->desc_hi = (uint32_t)(desc >> 32);
	c->driver_lo = (uint32_t)avail;
	c->driver_hi = (uint32_t)(avail >> 32);
	c->device_lo = (uint32_t)used;
	c->device_hi = (uint32_t)(used >> 32);
	q->notify = notify_address(p);
	if (!q->notify)
		return -EIO;
	c->queue_enable = 1;
	return 0;
}

static const struct virtio_transport_ops ops = {
	.status = status,
	.set_status = set_status,
	.features = features,
	.set_features = set_features,
	.read_config = read_config,
	.queue_size = queue_size,
	.start_queue = start_queue,
	.notify_bytes = 2,
};

static void interrupt(void *arg)
{
	struct pci_virtio *p = arg;

	virtio_interrupt(&p->dev);
	if (p->dev.config_changed)
		p->dev.config_changed(&p->dev);
}

/* Find the structure of one kind, map it. `*at` is its capability. */
static volatile void *map_structure(struct pci_virtio *p, uint8_t kind,
                                    uint32_t least, uint32_t *len, unsigned *at)
{
	unsigned cap = 0;

	while ((cap = pci_find_cap(&p->pci, CAP_VENDOR, cap))) {
		uint32_t size = pci_read32(&p->pci, cap + 12);

		if (pci_read8(&p->pci, cap + 3) != kind || size < least)
			continue;
		*len = size < PAGE_SIZE ? size : PAGE_SIZE;
		*at = cap;
		return pci_map_bar(&p->pci, pci_read8(&p->pci, cap + 4),
		                   pci_read32(&p->pci, cap + 8), *len);
	}
	return NULL;
}

static bool map_all(struct pci_virtio *p)
{
	unsigned unused;
	uint32_t len;

	pci_enable(&p->pci);
	p->common = map_structure(p, CFG_COMMON, sizeof(struct common), &len,
	                          &unused);
	p->config = map_structure(p, CFG_DEVICE, 1, &p->config_len, &unused);
	return p->common &&
	       map_structure(p, CFG_NOTIFY, 2, &len, &p->notify_cap);
}

/* 4.1.2.1: modern ids say the kind, transitional ones the subsystem. */
static uint16_t kind_of(const struct pci_device *d)
{
	if (d->vendor != VENDOR || d->device < FIRST_TRANSITIONAL ||
	    d->device > LAST_MODERN)
		return 0;
	if (d->device >= FIRST_MODERN)
		return (uint16_t)(d->device - FIRST_MODERN);
	return pci_read16(d, REG_SUBSYSTEM);
}

bool virtio_pci_found(const struct pci_device *d)
{
	uint16_t kind = kind_of(d);
	char name[VIRTIO_INTERRUPT_NAME];
	struct pci_virtio *p;

	if (!kind)
		return false;
	p = mem_zalloc(sizeof(*p));
	if (!p)
		return true;
	p->pci = *d;
	if (map_all(p)) {
		virtio_init(&p->dev, &ops, kind);
		virtio_interrupt_name(&p->dev, "config", name);
		if (!pci_use_msix(d, name, interrupt, p)) {
			virtio_found(&p->dev);
			return true;
		}
	}
	mem_free(p);
	if (!virtio_pci_legacy(d, kind))
		log_line("virtio device %02x:%02x.%x has no interface with "
		         "MSI-X: not used",
		         d->bus, d->slot, d->function);
	return true;
}
