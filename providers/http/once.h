/* once.h - one try, by libcurl. */
#ifndef PROVIDERS_HTTP_ONCE_H
#define PROVIDERS_HTTP_ONCE_H

#include "providers/http/http.h"

/* Connections that are kept open; any thread may call. */
struct http_pool;

NODISCARD struct err *http_pool_open(const char *user_agent, size_t largest,
                                     struct http_pool **out);
void http_pool_close(struct http_pool *p);

/*
 * Send once. `authorization` may be NULL. Without an answer *out has status 0
 * and *why says what happened, in `mem`. ERR_CANCELED, ERR_LIMIT and mistakes
 * of the request itself (such as a URL that is none) are errors.
 */
NODISCARD struct err *http_once(struct http_pool *p, struct arena *mem,
                                const struct http_request *r,
                                const char *authorization, int64_t timeout_ms,
                                struct http_answer *out, const char **why);

#endif
