/* netlink.c - AF_NETLINK: there is none. */
#include "kernel/lib/errno.h"
#include "kernel/net/socket_private.h"

int netlink_new(int type UNUSED, int protocol UNUSED,
                struct socket **out UNUSED)
{
	return -EAFNOSUPPORT;
}
