/*
 * groups.h - `count` over one: a regional managed instance group and the
 * template it makes its machines from.
 *
 * A template cannot change, so each new body is a new template, named after its
 * digest; the group then rolls over to it. The group's description has the
 * mark. A template that no group uses was left by a crash: lists show it, so
 * that it is deleted.
 */
#ifndef PROVIDERS_GCP_GROUPS_H
#define PROVIDERS_GCP_GROUPS_H

#include "providers/gcp/spec.h"

NODISCARD struct err *gcp_groups_create(struct provider *p, struct arena *mem,
                                        const struct desired *want,
                                        const struct gcp_spec *spec,
                                        const struct progress *progress,
                                        struct object *out);
NODISCARD struct err *gcp_groups_update(struct provider *p, struct arena *mem,
                                        const struct object *have,
                                        const struct desired *want,
                                        const struct gcp_spec *spec,
                                        const struct progress *progress,
                                        struct object *out);
NODISCARD struct err *gcp_groups_delete(struct provider *p,
                                        const struct object *have,
                                        const struct progress *progress);

/* Groups, and templates that were left over. */
NODISCARD struct err *gcp_groups_list(struct provider *p, struct arena *mem,
                                      struct object_set *out);

/* ERR_CONFLICT: somebody else's group has the name. */
NODISCARD struct err *gcp_groups_check(struct provider *p, struct arena *mem,
                                       const struct desired *want,
                                       const struct gcp_spec *spec);

/* Is it a group's path? */
bool gcp_groups_is_path(const char *path);

/* Was the instance made by a group? */
bool gcp_groups_is_member(const struct value *instance);

/* Paths of a group's instances: a list of strings. */
NODISCARD struct err *gcp_groups_members(struct provider *p, struct arena *mem,
                                         const char *path,
                                         const struct value **out);

#endif
