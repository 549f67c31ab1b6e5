/* port_owner.h - who has a port of this host, as far as /proc tells. */
#ifndef PROVIDERS_QEMU_PORT_OWNER_H
#define PROVIDERS_QEMU_PORT_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "parser/base/arena.h"

/* "mosquitto (process 123)", or NULL when it cannot be told. */
const char *qemu_port_owner(struct arena *mem, bool udp, uint16_t port);

#endif
