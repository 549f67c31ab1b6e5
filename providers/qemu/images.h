/* images.h - image objects: marks on files of the store. */
#ifndef PROVIDERS_QEMU_IMAGES_H
#define PROVIDERS_QEMU_IMAGES_H

#include "providers/qemu/host.h"

NODISCARD struct err *qemu_images_resolve(struct provider *p, struct arena *mem,
                                          const struct desired *want,
                                          const struct value **known);

NODISCARD struct err *qemu_images_create(struct provider *p, struct arena *mem,
                                         const struct desired *want,
                                         const struct progress *progress,
                                         struct object *out);

NODISCARD struct err *qemu_images_update(struct provider *p, struct arena *mem,
                                         const struct object *have,
                                         const struct desired *want,
                                         const struct progress *progress,
                                         struct object *out);

NODISCARD struct err *qemu_images_delete(struct provider *p,
                                         const struct object *have,
                                         const struct progress *progress);

NODISCARD struct err *qemu_images_describe(struct provider *p,
                                           struct arena *mem,
                                           const struct qemu_mark *mark,
                                           struct object *out);

/* Look at an image's inputs (once) and build it if it is not in the store. */
NODISCARD struct err *qemu_images_build(struct provider *p,
                                        const struct desired *want,
                                        const char **digest);

/* Does an object or a release record of this host need it? */
NODISCARD struct err *qemu_images_in_use(const char *home, const char *digest,
                                         bool *used);

/* Drop an image from the store if no object of this host uses it. */
NODISCARD struct err *qemu_images_release(struct provider *p,
                                          const char *digest);

#endif
