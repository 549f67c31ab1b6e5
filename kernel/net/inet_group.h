/* inet_group.h - multicast for UDP sockets. The stack's lock is held. */
#ifndef KERNEL_NET_INET_GROUP_H
#define KERNEL_NET_INET_GROUP_H

#include <stdbool.h>

#include <lwip/ip_addr.h>

#include "kernel/lib/attr.h"

struct udp_pcb;

enum { INET_GROUPS_MAX = 20 }; /* of one socket: igmp_max_memberships */

/* The groups a socket has joined. */
struct inet_groups {
	struct {
		ip_addr_t group;
		uint8_t interface; /* 0: free */
	} all[INET_GROUPS_MAX];
};

/* What a new socket has: one hop, and heard by ourselves too. */
void inet_group_defaults(struct udp_pcb *pcb);

/* -ENOPROTOOPT: not an option about multicast. */
NODISCARD int inet_group_option(struct inet_groups *g, struct udp_pcb *pcb,
                                int level, int name, const void *value,
                                size_t len);
NODISCARD int inet_get_group_option(const struct udp_pcb *pcb, int level,
                                    int name, void *value, size_t *len);

bool inet_has_joined(const struct inet_groups *g, const ip_addr_t *group,
                     uint8_t interface);
void inet_leave_groups(struct inet_groups *g);

#endif
