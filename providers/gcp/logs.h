/* logs.h - provider_ops.logs. */
#ifndef PROVIDERS_GCP_LOGS_H
#define PROVIDERS_GCP_LOGS_H

#include "providers/gcp/place.h"

NODISCARD struct err *gcp_logs(struct provider *p, const struct log_request *r);

#endif
