/*
 * virtio_pci_legacy.c - the PCI transport from before VIRTIO 1.0 (VIRTIO 1.2,
 * 4.1.4.10), with MSI-X: registers in the ports of BAR 0.
 */
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/drivers/pci.h"
#include "kernel/drivers/virtio.h"
#include "kernel/drivers/virtio_pci.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

enum {
	DEVICE_FEATURES = 0x00,
	DRIVER_FEATURES = 0x04,
	QUEUE_PAGE = 0x08,
	QUEUE_SIZE = 0x0c,
	QUEUE_SELECT = 0x0e,
	QUEUE_NOTIFY = 0x10,
	DEVICE_STATUS = 0x12,
	CONFIG_VECTOR = 0x14, /* these two are there with MSI-X only */
	QUEUE_VECTOR = 0x16,
	CONFIG = 0x18,

	/* A ring's address in units of this, in 32 bits. */
	RING_SHIFT = 12,
};

struct legacy {
	struct virtio_device dev;
	struct pci_device pci;
	uint16_t port;
};

static struct legacy *of(struct virtio_device *d)
{
	return CONTAINER_OF(d, struct legacy, dev);
}

static uint16_t port(struct virtio_device *d, unsigned offset)
{
	return (uint16_t)(of(d)->port + offset);
}

static uint8_t status(struct virtio_device *d)
{
	return inb(port(d, DEVICE_STATUS));
}

static void set_status(struct virtio_device *d, uint8_t v)
{
	outb(port(d, DEVICE_STATUS), v);
}

static uint64_t features(struct virtio_device *d)
{
	return inl(port(d, DEVICE_FEATURES));
}

static void set_features(struct virtio_device *d, uint64_t v)
{
	outl(port(d, DRIVER_FEATURES), (uint32_t)v);
	outw(port(d, CONFIG_VECTOR), 0);
}

static void read_config(struct virtio_device *d, unsigned offset, void *out,
                        unsigned len)
{
	uint8_t *to = out;

	for (unsigned i = 0; i < len; i++)
		to[i] = inb(port(d, CONFIG + offset + i));
}

static uint16_t queue_size(struct virtio_device *d, uint16_t index)
{
	outw(port(d, QUEUE_SELECT), index);
	return inw(port(d, QUEUE_SIZE));
}

static bool choose_interrupt(struct virtio_queue *q)
{
	struct virtio_device *d = q->dev;
	uint16_t entry = virtio_pci_connect(&of(d)->pci, q);

	outw(port(d, QUEUE_VECTOR), entry);
	q->alone = entry && inw(port(d, QUEUE_VECTOR)) == entry;
	if (q->alone)
		return true;
	outw(port(d, QUEUE_VECTOR), 0);
	return inw(port(d, QUEUE_VECTOR)) == 0;
}

static int start_queue(struct virtio_device *d, struct virtio_queue *q)
{
	uint64_t at = virt_to_phys((void *)(uintptr_t)q->desc).v;

	if (at >> RING_SHIFT > UINT32_MAX)
		return -EIO;
	outw(port(d, QUEUE_SELECT), q->how.index);
	if (!choose_interrupt(q))
		return -EIO;
	outl(port(d, QUEUE_PAGE), (uint32_t)(at >> RING_SHIFT));
	return 0;
}

static void notify(struct virtio_queue *q)
{
	outw(port(q->dev, QUEUE_NOTIFY), q->how.index);
}

static const struct virtio_transport_ops ops = {
	.status = status,
	.set_status = set_status,
	.features = features,
	.set_features = set_features,
	.read_config = read_config,
	.queue_size = queue_size,
	.start_queue = start_queue,
	.notify = notify,
	.legacy = true,
};

static void interrupt(void *arg)
{
	struct legacy *l = arg;

	virtio_interrupt(&l->dev);
	if (l->dev.config_changed)
		l->dev.config_changed(&l->dev);
}

bool virtio_pci_legacy(const struct pci_device *d, uint16_t kind)
{
	struct legacy *l = mem_zalloc(sizeof(*l));
	char name[VIRTIO_INTERRUPT_NAME];

	if (!l)
		return false;
	l->pci = *d;
	l->port = pci_io_bar(d, 0);
	pci_enable(d);
	if (l->port)
		virtio_init(&l->dev, &ops, kind);
	virtio_interrupt_name(&l->dev, "config", name);
	if (!l->port || pci_use_msix(d, name, interrupt, l)) {
		mem_free(l);
		return false;
	}
	virtio_found(&l->dev);
	return true;
}
