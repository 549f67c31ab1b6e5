/* dhcp_routes.c - see dhcp_routes.h. */
#include "kernel/net/dhcp_routes.h"

#include "kernel/lib/errno.h"
#include "kernel/net/address.h"

enum { PREFIX_MAX = 32, GATEWAY = 4 };

/*
 * A prefix, as many bytes of the destination as it reaches into, and four of
 * the gateway. Bytes it takes, or 0: malformed.
 */
static size_t read_one(const uint8_t *p, size_t left, struct dhcp_route *out)
{
	unsigned prefix = *p, nr = (prefix + 7) / 8;
	uint32_t to = 0, gateway = 0;

	if (prefix > PREFIX_MAX || left < 1 + nr + GATEWAY)
		return 0;
	p++;
	for (unsigned i = 0; i < 4; i++)
		to = to << 8 | (i < nr ? p[i] : 0u);
	p += nr;
	for (unsigned i = 0; i < GATEWAY; i++)
		gateway = gateway << 8 | p[i];
	*out = (struct dhcp_route){to & address_mask(prefix), gateway, prefix};
	return 1 + nr + GATEWAY;
}

int dhcp_routes_read(const uint8_t *bytes, size_t len, struct dhcp_routes *out)
{
	struct dhcp_routes r = {.n = 0};
	size_t at = 0;

	if (!len)
		return -EINVAL;
	while (at < len) {
		size_t step = 0;

		if (r.n < DHCP_ROUTES_MAX)
			step = read_one(bytes + at, len - at, &r.v[r.n]);
		if (!step)
			return -EINVAL;
		at += step;
		r.n++;
	}
	*out = r;
	return 0;
}

const struct dhcp_route *dhcp_routes_find(const struct dhcp_routes *r,
                                          uint32_t to)
{
	const struct dhcp_route *best = NULL;

	for (unsigned i = 0; i < r->n; i++) {
		const struct dhcp_route *one = &r->v[i];

		if ((to & address_mask(one->prefix)) == one->to &&
		    (!best || one->prefix > best->prefix))
			best = one;
	}
	return best;
}

uint32_t dhcp_routes_default(const struct dhcp_routes *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (!r->v[i].prefix)
			return r->v[i].gateway;
	return 0;
}
