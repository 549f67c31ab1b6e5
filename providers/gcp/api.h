/*
 * api.h - one call of Compute Engine or Cloud Storage.
 *
 * What is worth another try, and how long, is a table (GCP's documentation:
 * "Handle API errors", "Retry strategy"); the rest of an answer's meaning is
 * in `struct gcp_answer`, which the caller looks at.
 */
#ifndef PROVIDERS_GCP_API_H
#define PROVIDERS_GCP_API_H

#include <jansson.h>

#include "providers/gcp/place.h"

struct gcp_call {
	const char *method;
	const char *path;  /* below compute/v1: "projects/P/global/images" */
	const char *query; /* "a=b&c=d", escaped; NULL: none */
	json_t *body;      /* taken; NULL: none */
	const char *request_id;          /* NULL: none */
	bool safe;                       /* may arrive twice without one */
	const struct progress *progress; /* NULL: cannot be canceled */
	const char *address;             /* whose progress; NULL: nobody's */
	int64_t try_ms;                  /* 0: the usual */
};

struct gcp_answer {
	int status;
	const struct value *body; /* null when it was empty */
	const char *reason;       /* "" below 400 */
	const char *message;
};

/* Who is told when a request takes longer, and may want it to stop. */
struct gcp_listener {
	const struct progress *progress; /* NULL: nobody */
	const char *address;
	bool told;
};

/* It will be tried again in `ms`, because of `why`; NULL: it went well now. */
void gcp_api_tell(struct gcp_listener *l, const char *why, int64_t ms);

/* Wait; false when it is not wanted any more. */
bool gcp_api_wait(const struct gcp_listener *l, int64_t ms);

/* `l` is borrowed for as long as `r` is used. */
void gcp_api_listen(struct http_request *r, struct gcp_listener *l);

extern const struct http_rule gcp_api_rules[];

/* http_options.reason: what Google's error body says. */
const char *gcp_api_reason(struct arena *mem, const struct http_answer *a);

/* Errors are those of gcp_api_send(); a status is an answer. */
NODISCARD struct err *gcp_api_call(struct provider *p, struct arena *mem,
                                   const struct gcp_call *call,
                                   struct gcp_answer *out);

/* Call, and anything but 2xx is an error that gcp_api_error() makes. */
NODISCARD struct err *gcp_api_must(struct provider *p, struct arena *mem,
                                   const struct gcp_call *call,
                                   struct gcp_answer *out);

/*
 * One request as it is, without pacing or a body of ours: errors are those of
 * http_send() and gcp_api_check(); a status is an answer.
 */
NODISCARD struct err *gcp_api_send(struct provider *p, struct arena *mem,
                                   const struct http_request *r,
                                   struct gcp_answer *out);

/*
 * Read the body of an answer; also used for storage. It is a map or null; what
 * message and reason say is one line each.
 */
struct gcp_answer gcp_api_read(struct arena *mem, const struct http_answer *a);

/* ERR_REMOTE: it went well, and the answer is no JSON object. */
NODISCARD struct err *gcp_api_check(const struct provider *p,
                                    const struct gcp_answer *a,
                                    const char *what);

/* Refused, because nobody has enabled that API in the project. */
bool gcp_api_is_disabled(const struct gcp_answer *a);

/* What went wrong, for people: 403 names permission and account. */
NODISCARD struct err *gcp_api_error(const struct provider *p,
                                    const struct gcp_answer *a,
                                    const char *what);

/* Where a list is: {0} before its first page. */
struct gcp_page {
	const char *token; /* of the page that comes next, or "" */
	unsigned n;        /* pages that were read */
};

enum { GCP_PAGES_MOST = 10000 }; /* of 500 objects each */

/*
 * Past the page whose answer is `body`. An error when the list would never end;
 * `what` says which list it is.
 */
NODISCARD struct err *gcp_api_next(struct gcp_page *page,
                                   const struct value *body, const char *what,
                                   bool *more);

/* All pages: `items` of each, in order, in `out` (a list). */
NODISCARD struct err *gcp_api_list(struct provider *p, struct arena *mem,
                                   const char *path, const char *query,
                                   const struct value **out);

/*
 * The same for aggregated lists. `collection` such as "instances"; `filter`
 * "filter=...", escaped, or ""; `fields` of each object. ERR_REMOTE when a zone
 * or region cannot be asked: what is there would be missing.
 */
NODISCARD struct err *gcp_api_aggregated(struct provider *p, struct arena *mem,
                                         const char *collection,
                                         const char *filter, const char *fields,
                                         const struct value **out);

#endif
