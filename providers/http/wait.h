/* wait.h - how long to wait before a try, and waiting. */
#ifndef PROVIDERS_HTTP_WAIT_H
#define PROVIDERS_HTTP_WAIT_H

#include "providers/http/http.h"

/* Full jitter before try `n`, from 1. */
int64_t http_wait_jitter(const struct http_clock *c, unsigned n);

/* Until a little after the next whole minute of the clock. */
int64_t http_wait_minute(const struct http_clock *c);

/* Sleep; false as soon as the user wants out. `canceled` may be NULL. */
bool http_wait_ms(const struct http_clock *c, int64_t ms,
                  bool (*canceled)(void *ctx), void *ctx);

#endif
