/*
 * firewalls.h - VPC firewall rules, one for each tag that an instance carries.
 *
 * A rule is made before the first instance that needs it and removed after the
 * last. It is no object of its own, except when a crash left one that nobody
 * carries: then a list shows it, so that it is deleted.
 */
#ifndef PROVIDERS_GCP_FIREWALLS_H
#define PROVIDERS_GCP_FIREWALLS_H

#include "providers/gcp/spec.h"

/* At plan time: ERR_SYNTAX for a rule that cannot be one here. */
NODISCARD struct err *gcp_firewalls_check(struct provider *p, struct arena *mem,
                                          const struct desired *want);

/* Make or change the rules of an instance's tags. */
NODISCARD struct err *gcp_firewalls_ensure(struct provider *p,
                                           struct arena *mem,
                                           const struct desired *want,
                                           const struct progress *progress);

/* Remove those that no instance carries any more. */
NODISCARD struct err *gcp_firewalls_prune(struct provider *p,
                                          const struct progress *progress);

/* Learn which there are; `out` gets those that nobody carries. */
NODISCARD struct err *gcp_firewalls_list(struct provider *p, struct arena *mem,
                                         struct object_set *out);

/*
 * After that: what is wrong with the rules of the instance whose path `id` is,
 * or NULL. gcp_firewalls_ensure() mends it.
 */
const char *gcp_firewalls_fault(struct provider *p, struct arena *mem,
                                const char *id);

NODISCARD struct err *gcp_firewalls_delete(struct provider *p,
                                           const struct object *have,
                                           const struct progress *progress);

#endif
