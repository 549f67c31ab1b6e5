/* addresses.h - reserved addresses. Nothing of one can change. */
#ifndef PROVIDERS_GCP_ADDRESSES_H
#define PROVIDERS_GCP_ADDRESSES_H

#include "providers/gcp/place.h"

NODISCARD struct err *gcp_addresses_resolve(struct provider *p,
                                            struct arena *mem,
                                            const struct desired *want,
                                            const struct value **known);
NODISCARD struct err *gcp_addresses_create(struct provider *p,
                                           struct arena *mem,
                                           const struct desired *want,
                                           const struct progress *progress,
                                           struct object *out);
NODISCARD struct err *gcp_addresses_update(struct provider *p,
                                           struct arena *mem,
                                           const struct object *have,
                                           const struct desired *want,
                                           const struct progress *progress,
                                           struct object *out);
NODISCARD struct err *gcp_addresses_delete(struct provider *p,
                                           const struct object *have,
                                           const struct progress *progress);
NODISCARD struct err *gcp_addresses_list(struct provider *p, struct arena *mem,
                                         struct object_set *out);

#endif
