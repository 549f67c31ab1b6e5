/*
 * images.h - image objects: a disk, uploaded and inserted.
 *
 * An image's name carries a digest of everything in it, so an image that did
 * not change is neither built nor uploaded again, and an old one is there for
 * as long as a release record names it. Which of several images of one address
 * is in use says the mark: the one with the highest `turn`.
 */
#ifndef PROVIDERS_GCP_IMAGES_H
#define PROVIDERS_GCP_IMAGES_H

#include "providers/gcp/place.h"

NODISCARD struct err *gcp_images_resolve(struct provider *p, struct arena *mem,
                                         const struct desired *want,
                                         const struct value **known);
NODISCARD struct err *gcp_images_create(struct provider *p, struct arena *mem,
                                        const struct desired *want,
                                        const struct progress *progress,
                                        struct object *out);
NODISCARD struct err *gcp_images_update(struct provider *p, struct arena *mem,
                                        const struct object *have,
                                        const struct desired *want,
                                        const struct progress *progress,
                                        struct object *out);
NODISCARD struct err *gcp_images_delete(struct provider *p,
                                        const struct object *have,
                                        const struct progress *progress);

/* The images in use, one for each address. */
NODISCARD struct err *gcp_images_list(struct provider *p, struct arena *mem,
                                      struct object_set *out);

/* Drop those that are not in use and that no release record names. */
NODISCARD struct err *gcp_images_prune(struct provider *p);

/* Of an archive that a run before left in the bucket. */
NODISCARD struct err *gcp_images_delete_archive(
	struct provider *p, const struct object *have,
	const struct progress *progress);

#endif
