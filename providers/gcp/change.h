/*
 * change.h - changing an instance in place.
 *
 * In this order, so that a crash in between is seen and mended by the next run:
 * stop if it must be, machine type, tags, outside address, labels, protection,
 * and last the metadata with the new mark; then start. A machine that was left
 * stopped has a fault.
 */
#ifndef PROVIDERS_GCP_CHANGE_H
#define PROVIDERS_GCP_CHANGE_H

#include "providers/gcp/spec.h"

NODISCARD struct err *gcp_change_instance(struct provider *p, struct arena *mem,
                                          const struct object *have,
                                          const struct desired *want,
                                          const struct gcp_spec *spec,
                                          const struct progress *progress,
                                          struct object *out);

/* The value of a metadata item, or NULL (instances.c). */
const char *gcp_instances_item(const struct value *instance, const char *key);

/* Where it is reached from outside, or NULL (instances.c). */
const char *gcp_instances_public_ip(const struct value *instance);

/* As an object, if it is ours; it is remembered then (instances.c). */
bool gcp_instances_object(struct provider *p, struct arena *mem,
                          const struct value *instance, struct object *out);

#endif
