/*
 * login.h - tokens for Google's APIs, five ways:
 *
 *	a service account's key file (RFC 7523, RS256)
 *	authorized_user, as `gcloud auth application-default login` leaves it
 *	the metadata server of the machine this runs on
 *	external_account: workload identity federation (RFC 8693)
 *	a file with an access token that somebody else keeps fresh
 *
 * Which one: `access_token_file`, else `credentials`, else
 * $GOOGLE_APPLICATION_CREDENTIALS, else gcloud's own file, else the metadata
 * server. Tokens and keys are never printed or written.
 */
#ifndef PROVIDERS_GCP_LOGIN_H
#define PROVIDERS_GCP_LOGIN_H

#include "parser/value/value.h"
#include "providers/http/http.h"

struct gcp_login;

struct gcp_login_options {
	const char *credentials;       /* path, or NULL */
	const char *access_token_file; /* path, or NULL */
	struct src_pos pos;            /* of the setting */
	bool elsewhere; /* token URLs outside of googleapis.com are fine */
	const struct http_clock *clock; /* NULL: the system's */
};

/* Reads files, sends nothing. ERR_REF, ERR_SYNTAX: the file is at fault. */
NODISCARD struct err *gcp_login_open(const struct gcp_login_options *how,
                                     struct gcp_login **out);
void gcp_login_close(struct gcp_login *l); /* NULL is fine */

/* http_options.authorize; `ctx` is the login. Any thread. */
NODISCARD struct err *gcp_login_header(void *ctx, struct arena *mem, bool renew,
                                       const char **out);

/* Who that is, for messages. */
const char *gcp_login_account(struct gcp_login *l, struct arena *mem);

#endif
