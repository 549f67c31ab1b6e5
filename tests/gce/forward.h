/*
 * forward.h - what reaches a machine from outside: connections to its outside
 * address, if this host has that, on the ports that firewall rules allow, from
 * the sources that they name.
 *
 * QEMU forwards from an address of loopback that is the machine's alone; a
 * thread here takes what comes from outside and asks the rules, as they are by
 * then, about each connection and each datagram's sender.
 */
#ifndef TESTS_GCE_FORWARD_H
#define TESTS_GCE_FORWARD_H

#include "tests/gce/cloud.h"

struct forwards;

/*
 * For the instance `r`. `hostfwd` gets what QEMU's user network has to be told:
 * ",hostfwd=...". NULL: nothing is forwarded. The cloud's lock is held.
 */
struct forwards *forwards_open(struct cloud *c, const json_t *r, char *hostfwd,
                               size_t room);
void forwards_close(struct forwards *f); /* NULL is fine; lock held */

/* Is `ip` (IPv4) one of a CIDR's? False also for what is no CIDR of IPv4. */
bool forwards_within(const char *cidr, uint32_t ip);

#endif
