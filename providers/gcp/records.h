/* records.h - release records, as objects of the bucket. */
#ifndef PROVIDERS_GCP_RECORDS_H
#define PROVIDERS_GCP_RECORDS_H

#include "providers/gcp/place.h"

extern const struct record_ops gcp_records;
extern const struct cell_ops gcp_cell; /* the lease */

/* The digests of images that records name. */
NODISCARD struct err *gcp_records_images(struct provider *p, struct arena *mem,
                                         const char *const **out, size_t *n);

#endif
