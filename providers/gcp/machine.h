/*
 * machine.h - machine types: which there are for our kernel, and how large.
 *
 * Our disks start by BIOS and by UEFI, from virtio-scsi and NVMe; our network
 * is virtio-net. Families that only have gVNIC cannot be reached (Compute
 * Engine, "Machine series comparison": storage and network interface types).
 */
#ifndef PROVIDERS_GCP_MACHINE_H
#define PROVIDERS_GCP_MACHINE_H

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/value/value.h"

/*
 * The type for an instance's spec: `machine`, else `fallback`, else the
 * smallest E2 that has its memory and cpus. ERR_SYNTAX or ERR_LIMIT at what is
 * wrong in the spec, or at `pos`.
 */
NODISCARD struct err *gcp_machine_choose(struct arena *mem,
                                         const struct value *spec,
                                         const char *fallback,
                                         struct src_pos pos, const char **out);

#endif
