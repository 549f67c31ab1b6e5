/*
 * segment.h - the private network of one stack and site.
 *
 * Each machine's second interface is a datagram socket SITE/net/MAC (the MAC
 * without colons), and sends every frame to SITE/net/switch. The switch is a
 * small process of its own (switch.c): machines come and go without it, and it
 * may die and be started again without them.
 */
#ifndef PROVIDERS_QEMU_SEGMENT_H
#define PROVIDERS_QEMU_SEGMENT_H

#include <stdbool.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

#define QEMU_SEGMENT_SWITCH "switch"

/* Both from an instance's directory. */
#define QEMU_SEGMENT_FROM_INSTANCE "../../net"

/* Start the switch unless it runs. Callers take turns. */
NODISCARD struct err *qemu_segment_start(const char *site_dir);

bool qemu_segment_alive(const char *site_dir);

/* End the switch and remove its directory. */
NODISCARD struct err *qemu_segment_stop(const char *site_dir);

/* The socket's name for a MAC address. */
const char *qemu_segment_socket(struct arena *mem, const char *mac);

#endif
