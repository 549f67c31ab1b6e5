/*
 * http.h - one question to an HTTP server, for boot lines that come by network.
 *
 * RFC 9110, RFC 9112. No TLS, no redirects, no names: the server is an address.
 */
#ifndef KERNEL_NET_HTTP_H
#define KERNEL_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct http_request {
	uint32_t address; /* host byte order */
	uint16_t port;
	const char *host;    /* for the header */
	const char *path;    /* "/a?b=c" */
	const char *header;  /* one more header line, without its end */
	size_t max;          /* bytes of the whole answer */
	uint64_t timeout_ns; /* without anything happening */
};

struct http_answer {
	unsigned status; /* 200, 404, ... */
	char *text;      /* mem_free() it */
	char *body;      /* in `text`, terminated */
	size_t len;      /* of the body */
};

/*
 * GET. Sleeps. -ETIMEDOUT, -ECONNREFUSED, ... when there was no whole answer,
 * -EBADMSG when it is no HTTP, -EFBIG, -ENOMEM.
 */
NODISCARD int http_get(const struct http_request *r, struct http_answer *out);

/*
 * Pure, for the above: an answer that has come whole, `n` bytes with room for
 * one more, to status and body; chunks are joined in place. -EBADMSG.
 */
NODISCARD int http_parse(char *text, size_t n, struct http_answer *out);

/*
 * Pure: is this as long as its header says? False also where only the end of
 * the connection tells.
 */
bool http_is_whole(const char *text, size_t n);

#endif
