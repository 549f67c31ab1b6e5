/* netdev.c - the list of network devices. */
#include "kernel/core/netdev.h"

#include "kernel/lib/string.h"

/* Grows at boot, in one thread, and is only read after. */
static struct {
	struct list all;
	unsigned count;
} devices = {.all = LIST_HEAD(devices.all)};

void netdev_add(struct netdev *dev)
{
	str_printf(dev->name, sizeof(dev->name), "eth%u", devices.count++);
	list_append(&devices.all, &dev->link);
}

struct netdev *netdev_next(struct netdev *dev)
{
	struct list *n = dev ? dev->link.next : devices.all.next;

	return n == &devices.all ? NULL : LIST_ENTRY(n, struct netdev, link);
}
