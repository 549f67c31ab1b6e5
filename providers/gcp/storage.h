/*
 * storage.h - objects of the provider's bucket (Cloud Storage JSON API v1).
 */
#ifndef PROVIDERS_GCP_STORAGE_H
#define PROVIDERS_GCP_STORAGE_H

#include "providers/gcp/api.h"

/* "miso/STACK/SITE/": where ours are. */
const char *gcp_storage_prefix(struct arena *mem, const struct provider *p);

/*
 * Upload a file, in pieces that survive a cut connection: resumable upload.
 * What is there already with the same content is left as it is. The whole is
 * checked by size and MD5 at the end.
 */
NODISCARD struct err *gcp_storage_upload(struct provider *p, const char *name,
                                         const char *path,
                                         const struct progress *progress,
                                         const char *address);

struct gcp_stored {
	const char *text;           /* NULL: there is none */
	int64_t generation;         /* 0: there is none */
	int64_t written_ms, now_ms; /* by the server's clock, since 1970 */
};

NODISCARD struct err *gcp_storage_read(struct provider *p, struct arena *mem,
                                       const char *name,
                                       struct gcp_stored *out);

/*
 * ERR_CONFLICT when the generation there is not `if_generation` (0: none may be
 * there). `deadline_ms` 0: the usual. `out` may be NULL.
 */
NODISCARD struct err *gcp_storage_write(struct provider *p, struct arena *mem,
                                        const char *name, const char *text,
                                        int64_t if_generation,
                                        int64_t deadline_ms,
                                        struct gcp_stored *out);

/* `if_generation` 0: any. What is gone succeeds. */
NODISCARD struct err *gcp_storage_remove(struct provider *p, const char *name,
                                         int64_t if_generation);

/* Names of objects that begin with `prefix`: a list of strings. */
NODISCARD struct err *gcp_storage_list(struct provider *p, struct arena *mem,
                                       const char *prefix,
                                       const struct value **out);

#endif
