/*
 * secrets.h - what Secret Manager keeps, read at the moment it is needed. Who
 * asks needs roles/secretmanager.secretAccessor on the secret.
 */
#ifndef PROVIDERS_GCP_SECRETS_H
#define PROVIDERS_GCP_SECRETS_H

#include "providers/gcp/place.h"

/* provider_ops.read_secret. ERR_REMOTE: it is refused, gone, or damaged. */
NODISCARD struct err *gcp_secrets_read(struct provider *p, struct arena *mem,
                                       const char *name, char **text,
                                       size_t *len);

#endif
