/*
 * release.h - what was applied, when and by whom.
 *
 * A release is written down where the images are, as a JSON object
 *(`record_ops` in providers/provider.h): before the first change, so that an
 *apply that is killed has left a record, and again when it is over.
 *
 *	number, when (RFC 3339, UTC), by ("ann@box"), commit (of git; null),
 *	dirty (the files were not as committed), version (miso's), command,
 *	planned (changes), finished (false: it goes on, or was killed), done,
 *	failed, not_tried, objects ([address] of what is there after it; until
 *	it is finished: of what is there all the while),
 *	images ({address: digest}), config (the text
 *	of all files together), vars ({name: value}, no secrets), inputs (what
 *	file(), fileset(), template() and env gave: parser/expr/inputs.h)
 *
 * It is history for people, and what `miso rollback` applies again. A plan says
 * by it what was deleted by somebody else; nothing else depends on it.
 */
#ifndef PLANNER_RELEASE_RELEASE_H
#define PLANNER_RELEASE_RELEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"
#include "parser/base/map.h"

struct apply_result;
struct plan;
struct plan_session;
struct value;

struct release {
	unsigned number; /* from 1 on */
	const char *when, *by, *command;
	const char *commit; /* NULL: not known */
	bool dirty, finished;
	size_t done, failed, not_tried;
	const char *config;
	const struct value *vars, *inputs;
	struct map images;       /* address -> digest */
	const struct value *all; /* the whole record */
};

/*
 * A record of what is about to be done, at every place of the session that
 * keeps records. `command` is what people asked for: "apply", "rollback to 3".
 * It lives in `mem`; nothing is written yet.
 */
struct release_draft *release_draft(struct arena *mem, const struct plan *p,
                                    const char *command);

/* Write it down as one that is not finished. */
NODISCARD struct err *release_begin(struct release_draft *d,
                                    const struct plan *p);

/* Write down what `r` did of `p`, also when release_begin() failed. */
NODISCARD struct err *release_finish(struct release_draft *d,
                                     const struct plan *p,
                                     const struct apply_result *r);

/* Nothing was done: there was no such release. */
NODISCARD struct err *release_cancel(const struct release_draft *d,
                                     const struct plan *p);

/*
 * `p`, of a whole stack, has nothing to do. If the last release was to do just
 * this, and nobody finished it, it is finished now.
 */
NODISCARD struct err *release_settle(struct arena *mem, const struct plan *p);

/* All there are, by number. */
NODISCARD struct err *release_list(struct arena *mem, struct plan_session *s,
                                   struct release **v, size_t *n);

/*
 * What the last one left there: a map whose keys are addresses. NULL: that is
 * not known.
 */
const struct map *release_left(struct arena *mem, struct plan_session *s);

/* One of them; ERR_REF when there is none of that number. */
NODISCARD struct err *release_find(struct arena *mem, struct plan_session *s,
                                   unsigned number, struct release *out);

/*
 * Remove all but the last `keep` that were applied completely, and those after
 * the oldest of them; the images that only they needed go, too. 0: all.
 */
NODISCARD struct err *release_prune(struct plan_session *s, size_t keep);

#endif
