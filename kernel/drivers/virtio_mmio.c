/* virtio_mmio.c - the memory-mapped transport (VIRTIO 1.2, 4.2). */
#include "kernel/drivers/virtio_mmio.h"

#include "kernel/arch/irq.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/log.h"
#include "kernel/drivers/virtio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum { /* offsets, bytes */
       MAGIC = 0x000,
       VERSION = 0x004,
       DEVICE_ID = 0x008,
       DEVICE_FEATURES = 0x010,
       DEVICE_FEATURES_SELECT = 0x014,
       DRIVER_FEATURES = 0x020,
       DRIVER_FEATURES_SELECT = 0x024,
       QUEUE_SELECT = 0x030,
       QUEUE_SIZE_MAX = 0x034,
       QUEUE_SIZE = 0x038,
       QUEUE_READY = 0x044,
       QUEUE_NOTIFY = 0x050,
       INTERRUPT_STATUS = 0x060,
       INTERRUPT_ACK = 0x064,
       STATUS = 0x070,
       QUEUE_DESC = 0x080,
       QUEUE_DRIVER = 0x090,
       QUEUE_DEVICE = 0x0a0,
       CONFIG = 0x100,

       MAGIC_VALUE = 0x74726976,
       MODERN = 2,
       INTERRUPT_CONFIG = 2,
};

struct mmio {
	struct virtio_device dev;
	volatile uint32_t *regs;
};

static struct mmio *mmio_of(struct virtio_device *d)
{
	return CONTAINER_OF(d, struct mmio, dev);
}

static uint32_t get(const struct mmio *m, unsigned reg)
{
	return m->regs[reg / 4];
}

static void set(struct mmio *m, unsigned reg, uint32_t v)
{
	m->regs[reg / 4] = v;
}

static void set64(struct mmio *m, unsigned reg, uint64_t v)
{
	set(m, reg, (uint32_t)v);
	set(m, reg + 4, (uint32_t)(v >> 32));
}

static uint8_t status(struct virtio_device *d)
{
	return (uint8_t)get(mmio_of(d), STATUS);
}

static void set_status(struct virtio_device *d, uint8_t v)
{
	set(mmio_of(d), STATUS, v);
}

static uint64_t features(struct virtio_device *d)
{
	struct mmio *m = mmio_of(d);
	uint64_t low;

	set(m, DEVICE_FEATURES_SELECT, 0);
	low = get(m, DEVICE_FEATURES);
	set(m, DEVICE_FEATURES_SELECT, 1);
	return low | (uint64_t)get(m, DEVICE_FEATURES) << 32;
}

static void set_features(struct virtio_device *d, uint64_t v)
{
	struct mmio *m = mmio_of(d);

	for (uint32_t half = 0; half < 2; half++) {
		set(m, DRIVER_FEATURES_SELECT, half);
		set(m, DRIVER_FEATURES, (uint32_t)(v >> 32 * half));
	}
}

static void read_config(struct virtio_device *d, unsigned offset, void *out,
                        unsigned len)
{
	const volatile uint8_t *from =
		(const volatile uint8_t *)mmio_of(d)->regs + CONFIG + offset;
	uint8_t *to = out;

	while (len--)
		*to++ = *from++;
}

static uint16_t queue_size(struct virtio_device *d, uint16_t index)
{
	struct mmio *m = mmio_of(d);
	uint32_t max;

	set(m, QUEUE_SELECT, index);
	max = get(m, QUEUE_SIZE_MAX);
	return (uint16_t)(max > 0x8000 ? 0x8000 : max);
}

static int start_queue(struct virtio_device *d, struct virtio_queue *q)
{
	struct mmio *m = mmio_of(d);

	set(m, QUEUE_SELECT, q->how.index);
	if (get(m, QUEUE_READY))
		return -EIO;
	set(m, QUEUE_SIZE, q->size);
	set64(m, QUEUE_DESC, virt_to_phys((void *)(uintptr_t)q->desc).v);
	set64(m, QUEUE_DRIVER, virt_to_phys((void *)(uintptr_t)q->avail).v);
	set64(m, QUEUE_DEVICE, virt_to_phys((void *)(uintptr_t)q->used).v);
	set(m, QUEUE_READY, 1);
	q->notify = (volatile char *)m->regs + QUEUE_NOTIFY;
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
	.notify_bytes = 4,
};

static void interrupt(void *arg)
{
	struct mmio *m = arg;
	uint32_t why = get(m, INTERRUPT_STATUS);

	set(m, INTERRUPT_ACK, why);
	virtio_interrupt(&m->dev);
	if (why & INTERRUPT_CONFIG && m->dev.config_changed)
		m->dev.config_changed(&m->dev);
}

/* Most slots of a microvm are empty: look before taking anything. */
static void probe(uint64_t phys, uint64_t size, unsigned irq)
{
	volatile uint32_t *regs = mmio_map(phys, size);
	char name[VIRTIO_INTERRUPT_NAME];
	struct mmio *m;

	if (!regs || regs[MAGIC / 4] != MAGIC_VALUE || !regs[DEVICE_ID / 4])
		return;
	if (regs[VERSION / 4] != MODERN) {
		log_line("virtio-mmio at %#lx is of the legacy version 1: "
		         "not used (start QEMU with -global "
		         "virtio-mmio.force-legacy=false)",
		         phys);
		return;
	}
	m = mem_zalloc(sizeof(*m));
	if (!m)
		return;
	m->regs = regs;
	virtio_init(&m->dev, &ops, (uint16_t)regs[DEVICE_ID / 4]);
	virtio_interrupt_name(&m->dev, NULL, name);
	if (irq_connect(irq, false, name, interrupt, m)) {
		log_line("virtio-mmio at %#lx: no interrupt %u", phys, irq);
		mem_free(m);
		return;
	}
	virtio_found(&m->dev);
}

static uint64_t unit(const char **s)
{
	if (**s == 'K' || **s == 'k') {
		(*s)++;
		return 1024;
	}
	return 1;
}

static unsigned base_of(const char **s)
{
	if ((*s)[0] != '0' || (*s)[1] != 'x')
		return 10;
	*s += 2;
	return 16;
}

/* SIZE[K]@0xADDRESS:IRQ */
static bool parse(const char *s, uint64_t *size, uint64_t *at, uint64_t *irq)
{
	if (!str_number(&s, base_of(&s), UINT32_MAX, size))
		return false;
	*size *= unit(&s);
	if (*s++ != '@' || !str_number(&s, base_of(&s), UINT64_MAX >> 8, at))
		return false;
	return *s++ == ':' && str_number(&s, base_of(&s), 255, irq) &&
	       *size >= CONFIG;
}

unsigned virtio_mmio_scan(const char *cmdline)
{
	static const char key[] = "virtio_mmio.device=";
	uint64_t size, at, irq;
	unsigned n = 0;

	for (const char *s = cmdline; *s; s++) {
		if (strncmp(s, key, sizeof(key) - 1) != 0)
			continue;
		s += sizeof(key) - 1;
		n++;
		if (parse(s, &size, &at, &irq))
			probe(at, size, (unsigned)irq);
		else
			log_line("command line: cannot read \"%.40s\"", s);
	}
	return n;
}
