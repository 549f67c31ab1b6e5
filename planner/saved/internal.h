/* internal.h - what writing, reading and comparing share. */
#ifndef PLANNER_SAVED_INTERNAL_H
#define PLANNER_SAVED_INTERNAL_H

#include "planner/plan/plan.h"
#include "planner/saved/saved.h"

enum { SAVED_FORMAT = 1 };

/* The end of the file: a digest of all before it. */
#define SAVED_SEAL_HEAD ",\"digest\":\""
#define SAVED_SEAL_TAIL "\"}\n"

/* The entries of a plan, one for each object of it. */
struct saved_entry *saved_entries(struct arena *mem, const struct plan *p,
                                  size_t *n);

/* What the whole stack is bound to besides its objects: its providers. */
const char *saved_places_digest(struct arena *mem, const struct plan *p);

/* The lists of a request, by the names they have in the file. */
struct saved_list_row {
	const char *key;
	size_t offset; /* in struct saved_request */
};

extern const struct saved_list_row saved_lists[]; /* ended by a NULL key */

#endif
