/*
 * instances.h - instance objects: one machine, or a managed group of them when
 * `count` is over one (groups.c).
 */
#ifndef PROVIDERS_GCP_INSTANCES_H
#define PROVIDERS_GCP_INSTANCES_H

#include "providers/gcp/spec.h"

NODISCARD struct err *gcp_instances_resolve(struct provider *p,
                                            struct arena *mem,
                                            const struct desired *want,
                                            const struct value **known);
NODISCARD struct err *gcp_instances_create(struct provider *p,
                                           struct arena *mem,
                                           const struct desired *want,
                                           const struct progress *progress,
                                           struct object *out);
NODISCARD struct err *gcp_instances_update(struct provider *p,
                                           struct arena *mem,
                                           const struct object *have,
                                           const struct desired *want,
                                           const struct progress *progress,
                                           struct object *out);
NODISCARD struct err *gcp_instances_delete(struct provider *p,
                                           const struct object *have,
                                           const struct progress *progress);

/* Single machines only. Remembers all of them. */
NODISCARD struct err *gcp_instances_list(struct provider *p, struct arena *mem,
                                         struct object_set *out);

#endif
