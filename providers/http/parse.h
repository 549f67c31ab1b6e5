/* parse.h - pure: text of answers. Nothing here trusts what it reads. */
#ifndef PROVIDERS_HTTP_PARSE_H
#define PROVIDERS_HTTP_PARSE_H

#include "providers/http/http.h"

/*
 * One line of a header block, `len` bytes with its line end. False when it is
 * no "name: value" (RFC 9112, 5).
 */
bool http_parse_header(struct arena *mem, const char *line, size_t len,
                       struct http_header *out);

/*
 * Milliseconds a Retry-After asks to wait, seen from `now_ms`: seconds or a
 * date; -1 when it is neither. At most an hour.
 */
int64_t http_parse_retry_after(const char *value, int64_t now_ms);

/*
 * The last byte of "bytes=0-N" (Range in an answer to a resumable upload), or
 * -1: nothing is there.
 */
int64_t http_parse_range(const char *value);

/* A URL that may be shown: values of parameters that open doors are cut. */
const char *http_parse_shown(struct arena *mem, const char *url);

#endif
