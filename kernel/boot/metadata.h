/*
 * metadata.h - boot lines from Compute Engine's metadata server.
 *
 * Cloud documentation, "View and query VM metadata": plain HTTP at
 * 169.254.169.254 with the header "Metadata-Flavor: Google".
 */
#ifndef KERNEL_BOOT_METADATA_H
#define KERNEL_BOOT_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

/* Does the firmware say that this is a machine of Compute Engine? `smbios` as
 * smbios_product_is() wants it. */
bool metadata_is_there(uint64_t smbios);

/*
 * The instance's attribute miso-boot, terminated, in memory from mem_alloc().
 * Asks until there is an answer, with a line on the console when that takes
 * long: a machine must not run without what its owner has set. -ENOENT: the
 * instance has no such attribute. The network is up.
 */
NODISCARD int metadata_boot_lines(char **text, size_t *len);

#endif
