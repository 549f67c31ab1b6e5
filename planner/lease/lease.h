/*
 * lease.h - one apply at a time, for a stack at a site.
 *
 * A place of one machine is locked by a file, and the system gives the lock
 * back when the process dies. A place that several machines share keeps a
 * cell (providers/provider.h), and this is the protocol:
 *
 *	take    write our text where there is none, or over one that expired:
 *	        its holder has not renewed it for `ttl_ms` by the far end's
 *	        clock, or was a process of this machine that is gone
 *	renew   write it again, every third of that time, over our own
 *	        generation; a thread does that
 *	lost    somebody else wrote the cell, or it could not be renewed in
 *	        time: nothing new may be begun
 *	release remove it, if it is still ours
 *
 * Every step is one request that fails when the generation has changed, so no
 * two holders believe in the same lease.
 */
#ifndef PLANNER_LEASE_LEASE_H
#define PLANNER_LEASE_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

struct plan_session;
struct lease;

struct lease_options {
	int64_t wait_ms; /* for who holds it; 0: be refused at once */
	int64_t ttl_ms;  /* 0: a minute */

	/* Optional. Called when we begin to wait for `holder`. */
	void (*waiting)(void *ctx, const char *holder);
	/* Optional. True once the user wants out. */
	bool (*canceled)(void *ctx);
	void *ctx;
};

/* Who holds what, for people. */
struct lease_info {
	const char *place;  /* the provider's name in the file */
	const char *holder; /* NULL: nobody */
	bool remote;        /* kept by the far end: can be broken */
	int64_t left_ms;    /* until it expires unless renewed; remote only */
};

/*
 * All places of the session, or none. ERR_CONFLICT names the holder,
 * ERR_CANCELED: see canceled(). The session must outlive the lease.
 */
NODISCARD struct err *lease_take(struct plan_session *s,
                                 const struct lease_options *how,
                                 struct lease **out);

/* Any thread may ask. Once true it stays true. */
bool lease_is_lost(struct lease *l);

/* Is it one that must be given back, because no system does that for us? */
bool lease_is_remote(const struct lease *l);

/* Renew it now; the thread that does it in time calls this, too. */
void lease_renew(struct lease *l);

/* Gives it back and frees it. NULL is fine. */
void lease_release(struct lease *l);

/* One row for each place. */
NODISCARD struct err *lease_show(struct arena *mem, struct plan_session *s,
                                 struct lease_info **v, size_t *n);

/*
 * Take the remote leases away from whoever has them; the holder notices when
 * it renews. ERR_CONFLICT for a local one: that ends with its process.
 * `broken` counts those there were.
 */
NODISCARD struct err *lease_break(struct plan_session *s, size_t *broken);

#endif
