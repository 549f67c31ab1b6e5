/*
 * instance.h - the life of one instance on this host.
 *
 * Its directory holds the mark, the overlay disk, the console's logs, the
 * sockets and the identity of its process. The mark is there before anything
 * else, and goes last.
 */
#ifndef PROVIDERS_QEMU_INSTANCE_H
#define PROVIDERS_QEMU_INSTANCE_H

#include "providers/qemu/host.h"

/* Check the spec as far as it can be; `known` becomes its attributes. */
NODISCARD struct err *qemu_instance_resolve(struct provider *p,
                                            struct arena *mem,
                                            const struct desired *want,
                                            const struct value **known);

NODISCARD struct err *qemu_instance_create(struct provider *p,
                                           struct arena *mem,
                                           const struct desired *want,
                                           const struct progress *progress,
                                           struct object *out);

NODISCARD struct err *qemu_instance_update(struct provider *p,
                                           struct arena *mem,
                                           const struct object *have,
                                           const struct desired *want,
                                           const struct progress *progress,
                                           struct object *out);

NODISCARD struct err *qemu_instance_delete(struct provider *p,
                                           const struct object *have,
                                           const struct progress *progress);

/* How it is now. */
NODISCARD struct err *qemu_instance_describe(struct provider *p,
                                             struct arena *mem,
                                             const struct qemu_mark *mark,
                                             struct object *out);

/* An object as its mark has it, without anything that must be looked at. */
struct object qemu_instance_object(const struct qemu_mark *mark);

#endif
