/* login_private.h - for login*.c. */
#ifndef PROVIDERS_GCP_LOGIN_PRIVATE_H
#define PROVIDERS_GCP_LOGIN_PRIVATE_H

#include <pthread.h>

#include "providers/gcp/login.h"

#define GCP_SCOPE "https://www.googleapis.com/auth/cloud-platform"

enum gcp_login_way {
	GCP_KEY,
	GCP_USER,
	GCP_METADATA,
	GCP_EXTERNAL,
	GCP_TOKEN_FILE,
};

struct gcp_login {
	/* Constant after open. */
	struct arena mem;
	enum gcp_login_way way;
	const struct value *file; /* of credentials */
	const char *path;         /* of the file */
	struct src_pos pos;       /* where the user named it */
	const char *account;
	struct http *http;
	const struct http_clock *clock;
	bool elsewhere;

	pthread_mutex_t lock;

	/* lock must be held for these. */
	char *token;        /* malloc */
	int64_t expires_ms; /* since 1970 */
	int64_t ahead_ms;   /* the server's clock is, as far as is known */
};

/* What a token endpoint gave. */
struct gcp_token {
	const char *text;
	int64_t seconds; /* how long it is good */
};

NODISCARD struct err *gcp_login_key_token(struct gcp_login *l,
                                          struct arena *mem,
                                          struct gcp_token *out);
NODISCARD struct err *gcp_login_external_token(struct gcp_login *l,
                                               struct arena *mem,
                                               struct gcp_token *out);

/*
 * Ask a token endpoint. When it refuses, `l` learns how far its clock is ahead
 * of ours. The lock is held.
 */
NODISCARD struct err *gcp_login_ask(struct gcp_login *l, struct arena *mem,
                                    const struct http_request *r,
                                    const struct value **out);

/* {"access_token", "expires_in"} as a token. */
NODISCARD struct err *gcp_login_take(const struct gcp_login *l,
                                     const struct value *answer,
                                     struct gcp_token *out);

/* Refuse a URL that is not Google's, unless that is allowed. */
NODISCARD struct err *gcp_login_check_url(const struct gcp_login *l,
                                          const char *url);

#endif
