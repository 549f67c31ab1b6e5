/*
 * probe.h - is a port of this host, forwarded to a machine, answered?
 *
 * QEMU itself accepts every connection at once and hangs up when the machine
 * refuses, so that a connection succeeds says nothing.
 */
#ifndef PROVIDERS_QEMU_PROBE_H
#define PROVIDERS_QEMU_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Still connected a little later, or something was said. `ip`: host order. */
bool qemu_probe_tcp(uint32_t ip, uint16_t port);

/*
 * A GET of `path` ("": "/") is answered with a status from 200 to 399 within a
 * second (RFC 9112, 4: the status line).
 */
bool qemu_probe_http(uint32_t ip, uint16_t port, const char *path);

#endif
