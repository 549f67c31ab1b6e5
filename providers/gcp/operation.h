/*
 * operation.h - changes: sent once however often they are sent, and followed
 * until they are done.
 *
 * A requestId makes a change that is sent again the same change. That of an
 * insert is derived (uuid5) from who, what and the body, so that a run that
 * comes after a crash sends the same one. Other changes may be wanted twice (a
 * tag put on, taken off, put on again), so each time they get a new one, which
 * all tries of that time share.
 */
#ifndef PROVIDERS_GCP_OPERATION_H
#define PROVIDERS_GCP_OPERATION_H

#include "providers/gcp/api.h"

struct gcp_change {
	const char *method, *path, *query;
	json_t *body;        /* taken; NULL: none */
	const char *outline; /* for ids, instead of a body with secrets; or NULL
	                      */
	const char *address; /* of our object */
	const char *derive;  /* NULL: a random requestId */
	bool no_request_id;  /* the method has none */
	const struct progress *progress;
};

struct gcp_done {
	struct gcp_answer answer; /* to the request itself */
	const char *error;        /* code of the operation's, or NULL */
	const char *message;
	bool at_once; /* it was done when it was answered: maybe long ago */
};

/* Errors are those of the transport; the rest is in `out`. */
NODISCARD struct err *gcp_change(struct provider *p, struct arena *mem,
                                 const struct gcp_change *c,
                                 struct gcp_done *out);

/* The same, and a refusal or a failure is an error. */
NODISCARD struct err *gcp_change_must(struct provider *p, struct arena *mem,
                                      const struct gcp_change *c,
                                      struct gcp_done *out);

/* The error of a change that went wrong. */
NODISCARD struct err *gcp_change_error(const struct provider *p,
                                       const struct gcp_change *c,
                                       const struct gcp_done *d);

/*
 * GET something of the object at `address` that must be there soon: an answer
 * of 404 is asked again for half a minute.
 */
NODISCARD struct err *gcp_get_new(struct provider *p, struct arena *mem,
                                  const char *path, const char *address,
                                  const struct progress *progress,
                                  const struct value **out);

/*
 * A change of a part, guarded by a fingerprint: read `path`, make the body from
 * what is there, send; again while somebody else is faster (412). No body:
 * nothing is to be done.
 */
struct gcp_merge {
	const char *path;
	struct gcp_change change; /* without a body */
	json_t *(*make)(void *ctx, const struct value *now);
	void *ctx;
};

/*
 * *now: as it was read last; NULL before: not yet. ERR_CONFLICT when somebody
 * is faster all the time.
 */
NODISCARD struct err *gcp_merge(struct provider *p, struct arena *mem,
                                const struct gcp_merge *m,
                                const struct value **now);

/*
 * Insert, whose object will be `path`; then `out` is the object, new or one
 * that had that name: look at its mark.
 */
NODISCARD struct err *gcp_insert(struct provider *p, struct arena *mem,
                                 const struct gcp_change *c, const char *path,
                                 const struct value **out, bool *existed);

/* Delete; what is gone already is fine. */
NODISCARD struct err *gcp_delete(struct provider *p, const char *path,
                                 const char *address,
                                 const struct progress *progress);

/* uuid5 of `text` (RFC 9562, 5.5), in a namespace of miso's. */
const char *gcp_uuid(struct arena *mem, const char *text);

#endif
