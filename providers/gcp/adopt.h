/*
 * adopt.h - an instance that somebody else made, or that lost its mark: may it
 * be taken over? What an update changes is changed then; the rest must be as
 * wanted.
 */
#ifndef PROVIDERS_GCP_ADOPT_H
#define PROVIDERS_GCP_ADOPT_H

#include "providers/gcp/spec.h"

/*
 * ERR_CONFLICT at `want` names the attribute that would need another instance:
 * image, zone, count, spot, service_account, or the provider's network.
 */
NODISCARD struct err *gcp_adopt_check(struct provider *p, struct arena *mem,
                                      const struct desired *want,
                                      const struct gcp_spec *spec,
                                      const char *path);

#endif
