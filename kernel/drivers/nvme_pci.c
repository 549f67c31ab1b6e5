/* nvme_pci.c - controllers on the PCI bus (NVM Express 1.4, 2). */
#include "kernel/core/log.h"
#include "kernel/drivers/nvme.h"
#include "kernel/drivers/pci.h"
#include "kernel/mm/slab.h"

enum {
	CLASS_NVME = 0x010802, /* 2.1.5 */
	REGISTERS = NVME_DOORBELLS,
	CAP_HIGH = 4, /* its low bits say how far doorbells are apart: 3.1.1 */
};

struct pci_nvme {
	struct nvme_port port;
	struct pci_device pci;
	volatile uint32_t *registers, *doorbells;
};

static struct pci_nvme *of(struct nvme_port *p)
{
	return CONTAINER_OF(p, struct pci_nvme, port);
}

static uint32_t read(struct nvme_port *p, uint32_t reg)
{
	return of(p)->registers[reg / 4];
}

static void write(struct nvme_port *p, uint32_t reg, uint32_t v)
{
	if (reg < NVME_DOORBELLS)
		of(p)->registers[reg / 4] = v;
	else
		of(p)->doorbells[(reg - NVME_DOORBELLS) / 4] = v;
}

static void cut_off(struct nvme_port *p)
{
	pci_disable(&of(p)->pci);
}

static const struct nvme_port_ops ops = {
	.read = read, .write = write, .cut_off = cut_off};

static void interrupt(void *arg)
{
	nvme_interrupt(arg);
}

/* Four doorbells: two pairs of queues. */
static bool map(struct pci_nvme *n)
{
	uint32_t stride;

	pci_enable(&n->pci);
	n->registers = pci_map_bar(&n->pci, 0, 0, REGISTERS);
	if (!n->registers)
		return false;
	stride = 4u << (n->registers[CAP_HIGH / 4] & 15);
	n->doorbells = pci_map_bar(&n->pci, 0, NVME_DOORBELLS, 3 * stride + 4);
	return n->doorbells;
}

bool nvme_pci_found(const struct pci_device *d)
{
	struct pci_nvme *n;
	const char *wrong = NULL;

	if (pci_class(d) != CLASS_NVME)
		return false;
	n = mem_zalloc(sizeof(*n));
	if (!n)
		return true;
	n->pci = *d;
	n->port.ops = &ops;
	if (!map(n))
		wrong = "its registers are not to be reached";
	else if (pci_use_msix(d, "nvme", interrupt, &n->port))
		wrong = "it has no MSI-X";
	else if (nvme_attach(&n->port))
		wrong = "it cannot be set up";
	if (wrong)
		log_line("NVMe controller %02x:%02x.%x: %s: not used", d->bus,
		         d->slot, d->function, wrong);
	return true;
}
