/*
 * http.h - requests to an API: tried, tried again, and given up in time.
 *
 * One client may be used by many threads at once. http_send() goes on until it
 * has an answer that no rule wants repeated, or until the deadline. Which
 * answers are worth another try is a table that the caller brings, so each API
 * keeps its own, as data.
 *
 * Waiting is full jitter: before try n (from 1) a random time between 0 and
 * min(1 s * 2^(n-1), 60 s). A Retry-After header (RFC 9110, 10.2.3) is obeyed
 * instead. Clock and randomness can be replaced, so tests do not wait.
 *
 * A client that never had an answer, and is refused or finds nobody, gives up
 * after HTTP_FIRST_MS: then it is rather the address or the network that is
 * wrong than a server that will be back.
 *
 * A status of 400 and more is an answer, not an error: what it means is the
 * caller's business. Errors: ERR_REMOTE when there was no answer and the
 * request must not be repeated; ERR_TIMEOUT when the deadline passed;
 * ERR_CANCELED; ERR_LIMIT when an answer is too large. Nobody is followed
 * elsewhere (3xx): the token would go along.
 */
#ifndef PROVIDERS_HTTP_HTTP_H
#define PROVIDERS_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

enum {
	/* Bytes of an answer's body: 500 instances with all their metadata. */
	HTTP_LARGEST = 256 * 1024 * 1024,
	HTTP_DEADLINE_MS = 10 * 60 * 1000,
	HTTP_TRY_MS = 150 * 1000, /* for one try, however it goes */
	HTTP_CONNECT_MS = 10 * 1000,
	HTTP_FIRST_MS = 60 * 1000, /* while nothing was ever answered */
	HTTP_BACKOFF_MS = 1000,
	HTTP_BACKOFF_MOST_MS = 60 * 1000,
};

struct http;

struct http_clock {
	void *ctx;
	int64_t (*now_ms)(void *ctx);  /* since 1970 (UTC) */
	int64_t (*mono_ms)(void *ctx); /* never set back */
	void (*sleep_ms)(void *ctx, int64_t ms);
	uint64_t (*random)(void *ctx);
};

extern const struct http_clock http_system_clock;

/* A header of an answer. Names are lower case. */
struct http_header {
	const char *name, *value;
};

struct http_answer {
	int status; /* 100 to 599 */
	const char *body;
	size_t len; /* of the body, which is NUL-terminated besides */
	const struct http_header *headers;
	size_t nr_headers;
};

enum http_action {
	HTTP_TAKE,        /* it is the answer */
	HTTP_BACK_OFF,    /* again, later */
	HTTP_NEXT_MINUTE, /* again once a quota counts afresh */
	HTTP_LOG_IN,      /* again, once, with a new token */
};

struct http_rule {
	int status;         /* 0 ends the table */
	const char *reason; /* as reason() says; NULL: any */
	enum http_action action;
};

struct http_request {
	const char *method, *url;
	const char *body; /* NULL: none */
	size_t len;
	const char *content_type;   /* NULL: application/json */
	const char *const *headers; /* "Name: value", ended by NULL; or NULL */

	/*
	 * It may be sent again when it is not known whether it arrived: a GET,
	 * or a change with a requestId or a precondition.
	 */
	bool repeatable;
	bool anonymous; /* without authorization */
	bool once;      /* one try; the caller has rules of its own */
	bool cuttable;  /* may be cut off in flight when the user wants out */
	int64_t deadline_ms; /* 0: HTTP_DEADLINE_MS */
	int64_t try_ms;      /* for one try; 0: HTTP_TRY_MS */
	bool (*canceled)(void *ctx);

	/*
	 * Optional: it takes longer. Called before each wait for another try,
	 * with why ("503, backendError", "Connection refused") and how long
	 * that wait is; and with NULL once there is an answer after all.
	 */
	void (*waiting)(void *ctx, const char *why, int64_t ms);
	void *ctx;
};

struct http_options {
	const char *user_agent;
	const struct http_rule *rules;  /* first match counts */
	const struct http_clock *clock; /* NULL: the system's */
	FILE *trace;                    /* NULL: none */
	size_t largest; /* bytes of a body, unpacked; 0: HTTP_LARGEST */

	/* What an API's own error body says, or NULL. */
	const char *(*reason)(struct arena *mem, const struct http_answer *a);

	/* The value of the Authorization header; `renew`: the last was bad. */
	NODISCARD struct err *(*authorize)(void *ctx, struct arena *mem,
	                                   bool renew, const char **out);
	void *ctx;
};

/* `how` is copied; what it points at is borrowed until http_close(). */
NODISCARD struct err *http_open(const struct http_options *how,
                                struct http **out);
void http_close(struct http *h); /* NULL is fine */

/* How many tries were made with this client so far. Any thread. */
uint64_t http_tries(const struct http *h);

/* What `out` points at is in `mem`. */
NODISCARD struct err *http_send(struct http *h, struct arena *mem,
                                const struct http_request *r,
                                struct http_answer *out);

/* The value of a header (lower case), or NULL. */
const char *http_header(const struct http_answer *a, const char *name);

/* Milliseconds since 1970 of an HTTP date (RFC 9110, 5.6.7); 0: it is none. */
int64_t http_date(const char *text);

/*
 * What a far end said, fit for a message: one line of at most `most` bytes, in
 * which there is nothing that a terminal obeys. Never NULL.
 */
const char *http_one_line(struct arena *mem, const char *text, size_t most);

/* `text` as a part of a URL (RFC 3986, 2.1). */
const char *http_escape(struct arena *mem, const char *text);

/* True when the word is in the environment's TRACE: "http,plan". */
bool http_traced(const char *word);

#endif
