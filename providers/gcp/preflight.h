/*
 * preflight.h - what must be there before anything is done: account, project,
 * API, zone, bucket. It reads only, once for each run, and names everything
 * that is missing in one message.
 */
#ifndef PROVIDERS_GCP_PREFLIGHT_H
#define PROVIDERS_GCP_PREFLIGHT_H

#include "providers/gcp/spec.h"

NODISCARD struct err *gcp_preflight(struct provider *p);

/* Is there such a zone, and such a machine type in it? Asked once for each. */
NODISCARD struct err *gcp_preflight_machine(struct provider *p,
                                            struct arena *mem,
                                            const struct desired *want,
                                            const struct gcp_spec *spec);

/* Is there such a region? Asked once for each. */
NODISCARD struct err *gcp_preflight_region(struct provider *p,
                                           struct arena *mem,
                                           const struct desired *want,
                                           const char *region);

#endif
