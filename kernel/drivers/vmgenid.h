/*
 * vmgenid.h - where the hypervisor says that a machine is a copy of another, or
 * was set back: 16 bytes that are new then (Microsoft, "Virtual Machine
 * Generation ID"; QEMU, docs/specs/vmgenid).
 */
#ifndef KERNEL_DRIVERS_VMGENID_H
#define KERNEL_DRIVERS_VMGENID_H

#include <stdint.h>

enum { VMGENID_SIZE = 16 };

/*
 * Pure: the physical address of the 16 bytes by the SSDT with the OEM table id
 * "VMGENID", `len` bytes; 0: it does not say. AML is not run: the integer VGIA
 * is looked for, which QEMU's device takes it from.
 */
uint64_t vmgenid_address(const uint8_t *table, uint32_t len);

#endif
