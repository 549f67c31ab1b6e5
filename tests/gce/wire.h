/*
 * wire.h - the network between machines: frames of a machine go to another one
 * when they are for its address, else to its own QEMU's user network, which
 * is its gateway, DHCP and metadata server.
 */
#ifndef TESTS_GCE_WIRE_H
#define TESTS_GCE_WIRE_H

#include <stddef.h>
#include <stdint.h>

struct wire;

/*
 * For the machine whose folder is `dir` and whose address is `ip`. QEMU, in
 * that folder, has the machine's card at the socket "card" with "to-card" as
 * its far end, and its user network at "user" and "to-user". NULL: there is no
 * such network.
 */
struct wire *wire_open(const char *dir, uint32_t ip);
void wire_close(struct wire *w); /* NULL is fine */

#endif
