/* wait.h - wait_for: until an instance counts as started. */
#ifndef PROVIDERS_GCP_WAIT_H
#define PROVIDERS_GCP_WAIT_H

#include "providers/gcp/place.h"

/*
 * `path` is the instance's, `ip` where it is reached from here (NULL: not at
 * all). ERR_TIMEOUT says what did not happen. Without wait_for: nothing.
 */
NODISCARD struct err *gcp_wait(struct provider *p, const struct desired *want,
                               const char *path, const char *ip,
                               const struct progress *progress);

/* At plan time: can what is waited for be seen from here? */
NODISCARD struct err *gcp_wait_check(const struct desired *want, bool public);

/* Is there anything to wait for? */
bool gcp_wait_wanted(const struct desired *want);

#endif
