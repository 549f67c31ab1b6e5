/*
 * dhcp_routes.h - classless static routes of DHCP (RFC 3442), and which of
 * them a packet takes. Pure: no lock, no memory.
 */
#ifndef KERNEL_NET_DHCP_ROUTES_H
#define KERNEL_NET_DHCP_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

enum {
	DHCP_ROUTES_OPTION = 121,
	DHCP_ROUTES_MAX = 51, /* the shortest are of five bytes: 255 / 5 */
};

struct dhcp_route {
	uint32_t to;      /* host byte order, zero beyond the prefix */
	uint32_t gateway; /* 0: it is on the link */
	unsigned prefix;
};

struct dhcp_routes {
	struct dhcp_route v[DHCP_ROUTES_MAX];
	unsigned n;
};

/*
 * Read the option's `len` bytes, at most 255. -EINVAL: malformed, and `out` is
 * as it was.
 */
NODISCARD int dhcp_routes_read(const uint8_t *bytes, size_t len,
                               struct dhcp_routes *out);

/* The one with the longest prefix, or NULL. */
const struct dhcp_route *dhcp_routes_find(const struct dhcp_routes *r,
                                          uint32_t to);

/* Of the route for everything; 0: there is none. */
uint32_t dhcp_routes_default(const struct dhcp_routes *r);

#endif
