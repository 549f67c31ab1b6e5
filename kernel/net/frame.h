/*
 * frame.h - Ethernet frames between lwIP's pbufs and the devices.
 *
 * Segments of TCP may be longer than the link takes, where the device cuts
 * them (struct netdev_offload): lwIP would fragment them as IP packets, so
 * its fragmentation is called through here.
 *
 * The stack's lock is held.
 */
#ifndef KERNEL_NET_FRAME_H
#define KERNEL_NET_FRAME_H

#include <lwip/netif.h>
#include <lwip/pbuf.h>

#include "kernel/core/netdev.h"

/*
 * A received frame as a chain of pbufs. NULL: no memory, or too short to be
 * one; it is freed.
 */
struct pbuf *frame_wrap(struct netbuf *b);

/* The pieces of one to send; 0: too many. */
unsigned frame_pieces(const struct pbuf *p,
                      struct netdev_seg out[NETDEV_SEGS_MAX]);

/* What the device must do for it; the pseudo header's sum is filled in. */
void frame_offload(const struct netif *n, const struct netdev *dev,
                   struct pbuf *p, struct netdev_offload *out);

#endif
