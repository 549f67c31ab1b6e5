/* gcp.h - Google Compute Engine: all that others see of this folder. */
#ifndef PROVIDERS_GCP_GCP_H
#define PROVIDERS_GCP_GCP_H

#include "providers/provider.h"

extern const struct provider_ops gcp_provider;

#endif
