/* socket_ioctl.c - the ioctls of sockets: queues and interfaces (netdevice(7)).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/interface.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"

enum {
	FIONREAD = 0x541b,
	SIOCOUTQ = 0x5411,
	SIOCGIFNAME = 0x8910,
	SIOCGIFFLAGS = 0x8913,
	SIOCGIFADDR = 0x8915,
	SIOCGIFBRDADDR = 0x8919,
	SIOCGIFNETMASK = 0x891b,
	SIOCGIFMTU = 0x8921,
	SIOCGIFHWADDR = 0x8927,
	SIOCGIFINDEX = 0x8933,

	IFF_UP = 0x1,
	IFF_BROADCAST = 0x2,
	IFF_LOOPBACK = 0x8,
	IFF_RUNNING = 0x40,
	IFF_MULTICAST = 0x1000,

	ARPHRD_ETHER = 1,
	ARPHRD_LOOPBACK = 772,
};

struct ifreq_address {
	uint16_t family, port;
	uint32_t address; /* network byte order */
	uint8_t zero[8];
};

struct ifreq {
	char name[16];
	union {
		struct ifreq_address in;
		struct {
			uint16_t type;
			uint8_t mac[6];
		} hardware;
		int16_t flags;
		int32_t number;
		uint8_t room[24];
	};
};
static_assert(sizeof(struct ifreq) == 40, "netdevice(7)");

size_t socket_ioctl_size(unsigned cmd)
{
	switch (cmd) {
	case FIONREAD:
	case SIOCOUTQ:
		return sizeof(int32_t);
	case SIOCGIFNAME:
	case SIOCGIFFLAGS:
	case SIOCGIFADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFMTU:
	case SIOCGIFHWADDR:
	case SIOCGIFINDEX:
		return sizeof(struct ifreq);
	default:
		return 0;
	}
}

static bool find_locked(const struct ifreq *r, bool by_index,
                        struct interface_info *out)
{
	for (unsigned n = 0; interface_info_locked(n, out); n++) {
		if (by_index
		            ? out->index == (unsigned)r->number
		            : strncmp(out->name, r->name, sizeof(r->name)) == 0)
			return true;
	}
	return false;
}

static struct ifreq_address address_of(uint32_t address)
{
	return (struct ifreq_address){
		.family = AF_INET,
		.address = __builtin_bswap32(address),
	};
}

static int16_t flags_of(const struct interface_info *i)
{
	int flags = i->up ? IFF_UP | IFF_RUNNING : IFF_UP;

	flags |= i->loopback ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST;
	return (int16_t)flags;
}

static uint32_t mask_of(const struct interface_info *i)
{
	return i->prefix ? UINT32_MAX << (32 - i->prefix) : 0;
}

static int answer_address(unsigned cmd, const struct interface_info *i,
                          struct ifreq *r)
{
	if (!i->address)
		return -EADDRNOTAVAIL;
	if (cmd == SIOCGIFADDR)
		r->in = address_of(i->address);
	else if (cmd == SIOCGIFNETMASK)
		r->in = address_of(mask_of(i));
	else
		r->in = address_of(i->loopback ? 0 : i->address | ~mask_of(i));
	return 0;
}

static int answer(unsigned cmd, const struct interface_info *i, struct ifreq *r)
{
	memset(r->room, 0, sizeof(r->room));
	switch (cmd) {
	case SIOCGIFNAME:
		str_copy(r->name, i->name, sizeof(r->name));
		r->number = (int32_t)i->index;
		return 0;
	case SIOCGIFFLAGS:
		r->flags = flags_of(i);
		return 0;
	case SIOCGIFMTU:
		r->number = i->mtu;
		return 0;
	case SIOCGIFINDEX:
		r->number = (int32_t)i->index;
		return 0;
	case SIOCGIFHWADDR:
		r->hardware.type = i->loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
		memcpy(r->hardware.mac, i->mac, sizeof(i->mac));
		return 0;
	default:
		return answer_address(cmd, i, r);
	}
}

static int ask_interface(unsigned cmd, struct ifreq *r)
{
	struct interface_info i;
	bool found;

	stack_lock();
	found = find_locked(r, cmd == SIOCGIFNAME, &i);
	stack_unlock();
	return found ? answer(cmd, &i, r) : -ENODEV;
}

int socket_ioctl(struct file *f, unsigned cmd, void *arg)
{
	struct socket *s = socket_of(f);
	int32_t n = 0;

	if (!s)
		return -ENOTSOCK;
	if (!socket_ioctl_size(cmd))
		return -ENOTTY;
	if (cmd != FIONREAD && cmd != SIOCOUTQ)
		return ask_interface(cmd, arg);
	if (s->accepting)
		return -EINVAL;
	if (cmd == FIONREAD && s->ops->readable)
		n = (int32_t)s->ops->readable(s);
	if (cmd == SIOCOUTQ && s->ops->unsent)
		n = (int32_t)s->ops->unsent(s);
	memcpy(arg, &n, sizeof(n));
	return 0;
}

/* As Linux: those that have an address. */
unsigned socket_list_interfaces(void *out, unsigned max)
{
	struct interface_info i;
	unsigned n = 0;

	stack_lock();
	for (unsigned k = 0; n < max && interface_info_locked(k, &i); k++) {
		struct ifreq r = {.in = address_of(i.address)};

		if (!i.address)
			continue;
		str_copy(r.name, i.name, sizeof(r.name));
		memcpy((char *)out + sizeof(r) * n++, &r, sizeof(r));
	}
	stack_unlock();
	return n;
}
