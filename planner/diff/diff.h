/*
 * diff.h - wanted, there, and last applied: what is to be done?
 *
 * The theory, in one table. "Digest" compares the spec wanted now with the one
 * last applied, which travels with the object: a difference means that the
 * file changed. A fault is what the provider says about the object itself, or
 * an attribute that is not in the world what was applied: the world changed.
 *
 *	wanted  there  digest   fault      action             reason
 *	------  -----  -------  ---------  -----------------  ----------------
 *	yes     no     -        -          create             new
 *	yes     yes    same     none       none               -
 *	yes     yes    same     updatable  update             drifted
 *	yes     yes    same     other      replace            drifted
 *	yes     yes    differs  none       update or replace  config changed
 *	yes     yes    differs  updatable  update or replace  both
 *	yes     yes    differs  other      replace            both
 *	no      yes    -        -          delete             gone from the file
 *
 * Of what is not there the planner says another reason than "new" where the
 * record of the last release tells that it was (`were` in plan/session.h).
 *
 * Where everything is to be destroyed, nothing is wanted, and the planner says
 * that as the reason instead.
 *
 * "Update or replace": replace when a changed attribute has a rule that says
 * so. A spec with unknown parts has no digest to compare; its known parts are
 * compared one by one, and what is unknown counts as changed, for a reason of
 * its own: what it refers to changes. Apply looks again once everything is
 *known, and does nothing when nothing changed.
 *
 * An attribute that drifted is compared as it is now; what drifted to where the
 * file wants it needs nothing.
 */
#ifndef PLANNER_DIFF_DIFF_H
#define PLANNER_DIFF_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "providers/provider.h"

enum diff_action {
	DIFF_NONE,
	DIFF_CREATE,
	DIFF_UPDATE,
	DIFF_REPLACE,
	DIFF_DELETE,
};

/* Bits: a change may have several reasons. */
enum diff_reason {
	DIFF_NEW = 1,
	DIFF_CONFIG = 2,
	DIFF_DRIFT = 4,
	DIFF_GONE = 8,
	DIFF_ASKED = 16,  /* the user wants everything destroyed */
	DIFF_FORCED = 32, /* the user wants it replaced */
	DIFF_MOVED = 64,  /* it was at another address */
	DIFF_ADOPTED = 128,
	DIFF_EXTRA = 256, /* a second one at its address */
	DIFF_NEEDS =
		512, /* what it refers to changes, and it perhaps with it */
	DIFF_VANISHED = 1024, /* it was made, and somebody else deleted it */
	DIFF_LAST_REASON = DIFF_VANISHED,
};

struct diff_attr {
	const char *path;           /* "env.MHOST" */
	const struct value *before; /* NULL: it was not there */
	const struct value *after;  /* NULL: it will not be there */
	bool replaces;
	bool drifted; /* the world changed it: `before` is what is there */
};

struct diff {
	enum diff_action action;
	unsigned reasons;
	const struct diff_attr *attrs;
	size_t nr_attrs;
};

/*
 * `want` or `have` may be NULL. `rules` are those of the provider. `known` is
 * what resolve() said about `want`, or NULL: an image whose files changed has
 * another digest there than in the object's attributes, and counts as changed.
 */
struct diff diff_make(struct arena *mem, const struct attr_rule *rules,
                      const struct desired *want, const struct value *known,
                      const struct object *have);

#endif
