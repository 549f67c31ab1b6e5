/* sys.c - see sys.h. */
#include "kernel/net/sys.h"

#include "kernel/lib/string.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"

enum {
	TYPE_ETHER = 1,      /* ARPHRD_ETHER */
	TYPE_LOOPBACK = 772, /* ARPHRD_LOOPBACK */
	ADDRESS_LEN = 6,

	/* IFF_..., netdevice(7) */
	FLAG_UP = 0x1,
	FLAG_BROADCAST = 0x2,
	FLAG_LOOPBACK = 0x8,
	FLAG_MULTICAST = 0x1000,
};

/* A number of struct interface_info, or what there never is: none. */
struct attribute {
	const char *name;
	size_t (*print)(const struct interface_info *i, char *out, size_t size);
	size_t counter; /* offset of a uint64_t, unless there is a function */
};

static size_t print_address(const struct interface_info *i, char *out,
                            size_t size)
{
	return str_printf(out, size, "%02x:%02x:%02x:%02x:%02x:%02x\n",
	                  i->mac[0], i->mac[1], i->mac[2], i->mac[3], i->mac[4],
	                  i->mac[5]);
}

static size_t print_broadcast(const struct interface_info *i, char *out,
                              size_t size)
{
	return str_printf(out, size, "%s\n",
	                  i->loopback ? "00:00:00:00:00:00"
	                              : "ff:ff:ff:ff:ff:ff");
}

static size_t print_mtu(const struct interface_info *i, char *out, size_t size)
{
	return str_printf(out, size, "%u\n", i->mtu);
}

/* Nobody looks after the loopback's state: RFC 2863 calls that unknown. */
static size_t print_state(const struct interface_info *i, char *out,
                          size_t size)
{
	return str_printf(out, size, "%s\n",
	                  i->loopback ? "unknown"
	                  : i->up     ? "up"
	                              : "down");
}

static size_t print_carrier(const struct interface_info *i, char *out,
                            size_t size)
{
	return str_printf(out, size, "%d\n", i->up);
}

static size_t print_index(const struct interface_info *i, char *out,
                          size_t size)
{
	return str_printf(out, size, "%u\n", i->index);
}

static size_t print_type(const struct interface_info *i, char *out, size_t size)
{
	return str_printf(out, size, "%d\n",
	                  i->loopback ? TYPE_LOOPBACK : TYPE_ETHER);
}

static size_t print_address_len(const struct interface_info *i UNUSED,
                                char *out, size_t size)
{
	return str_printf(out, size, "%d\n", ADDRESS_LEN);
}

static size_t print_flags(const struct interface_info *i, char *out,
                          size_t size)
{
	unsigned flags =
		FLAG_UP |
		(i->loopback ? FLAG_LOOPBACK : FLAG_BROADCAST | FLAG_MULTICAST);

	return str_printf(out, size, "0x%x\n", flags);
}

static size_t print_none(const struct interface_info *i UNUSED, char *out,
                         size_t size)
{
	return str_printf(out, size, "0\n");
}

#define COUNTER(n)                                                             \
	{                                                                      \
		.name = "statistics/" #n,                                      \
		.counter = offsetof(struct interface_info, n)                  \
	}

static const struct attribute attributes[] = {
	{"address", print_address, 0},
	{"addr_len", print_address_len, 0},
	{"broadcast", print_broadcast, 0},
	{"carrier", print_carrier, 0},
	{"flags", print_flags, 0},
	{"ifindex", print_index, 0},
	{"mtu", print_mtu, 0},
	{"operstate", print_state, 0},
	{"type", print_type, 0},
	{"statistics/rx_errors", print_none, 0},
	{"statistics/tx_errors", print_none, 0},
	COUNTER(rx_bytes),
	COUNTER(rx_packets),
	COUNTER(rx_dropped),
	COUNTER(tx_bytes),
	COUNTER(tx_packets),
	COUNTER(tx_dropped),
};

static const struct attribute *find(unsigned k, struct interface_info *i)
{
	bool found;

	stack_lock();
	found = interface_info_locked(k / ARRAY_LEN(attributes), i);
	stack_unlock();
	return found ? &attributes[k % ARRAY_LEN(attributes)] : NULL;
}

bool net_sys_path(unsigned k, char *out, size_t size)
{
	struct interface_info i;
	const struct attribute *a = find(k, &i);

	if (a)
		str_printf(out, size, "/sys/class/net/%s/%s", i.name, a->name);
	return a != NULL;
}

size_t net_sys_text(unsigned k, char *out, size_t size)
{
	struct interface_info i;
	const struct attribute *a = find(k, &i);
	uint64_t n;

	if (!a)
		return 0;
	if (a->print)
		return a->print(&i, out, size);
	memcpy(&n, (const char *)&i + a->counter, sizeof(n));
	return str_printf(out, size, "%lu\n", n);
}
