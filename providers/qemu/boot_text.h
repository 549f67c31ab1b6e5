/* boot_text.h - what an instance tells its kernel at boot. */
#ifndef PROVIDERS_QEMU_BOOT_TEXT_H
#define PROVIDERS_QEMU_BOOT_TEXT_H

#include "providers/image/image_boot.h"
#include "providers/qemu/host.h"
#include "providers/qemu/spec.h"

struct qemu_boot_request {
	const struct owner *owner;
	const char *address, *name;
	const struct qemu_spec *spec;
	const struct qemu_forwards *forwards;
	const char *ip; /* in the private network; NULL: there is none */
	const struct qemu_peer *peers; /* names to know */
	size_t nr_peers;
	struct src_pos pos;
};

/* ERR_LIMIT above BOOT_LINES_MAX. Contains fresh entropy: never the same. */
NODISCARD struct err *qemu_boot_text(struct arena *mem,
                                     const struct qemu_boot_request *request,
                                     struct image_boot *out);

#endif
