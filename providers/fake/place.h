/* place.h - one opened fake. */
#ifndef PROVIDERS_FAKE_PLACE_H
#define PROVIDERS_FAKE_PLACE_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include "parser/base/map.h"
#include "parser/value/pool.h"
#include "providers/provider.h"

struct fake_entry {
	struct object object;
	int64_t lag; /* how many lists do not show it yet */
	bool gone;
};

/* What is there. Texts and values live in `values`, all else in `mem`. */
struct fake_set {
	struct arena *mem, *values;
	struct fake_entry **v;
	size_t n, cap;
	struct map by_id;
};

/* When a crash happens, seen from the change's effect. */
enum fake_when { FAKE_BEFORE, FAKE_INSIDE, FAKE_AFTER };

/* A file as it was: another one, or another content, has another version. */
struct fake_version {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

struct provider {
	struct arena settings; /* constant after open() */
	const char *owner;     /* "stack/site" */
	const char *state;     /* NULL: memory only */
	const char *trace, *clock, *hold, *fail, *conflict;
	int64_t fail_at, crash_at, crash_record, delay_ms, list_delay_ms, page,
		lag, no_cell;
	enum fake_when crash;

	pthread_mutex_t lock;

	/* lock must be held for these. */
	struct arena mem;
	struct fake_set set;    /* in `mem`; of a state: once it is changed */
	struct value_pool pool; /* of what is put there */
	struct fake_version loaded[2]; /* of state and log, in `set` */
	int64_t changes, cell_calls, record_writes;
	int log_fd;    /* -1: nothing was written to it */
	bool logged;   /* by this process, since log_fd was opened */
	off_t log_len; /* of its whole lines, as loaded */

	struct cell cell; /* without a state file */
};

/* --- objects.c: all of them need the lock -------------------------------- */

/* There is nothing in memory. */
void fake_forget_locked(struct provider *p);

/*
 * Bring what is in memory up to date with the state's files, unless changes of
 * this process are not in them yet. Comes before every change.
 */
NODISCARD struct err *fake_load_locked(struct provider *p);

/* Replace the object with that id, or add it; `o` is copied. */
NODISCARD struct err *fake_put_locked(struct provider *p,
                                      const struct object *o);
NODISCARD struct err *fake_drop_locked(struct provider *p, const char *id);

/* NULL: there is none. */
struct fake_entry *fake_find_locked(const struct provider *p, const char *id);

/* Those that are listed, by address; counts the lag down. */
NODISCARD struct err *fake_listed_locked(struct provider *p, struct arena *mem,
                                         struct object_set *out);

/* Put what is in the log into the state's file. */
NODISCARD struct err *fake_settle_locked(struct provider *p);

/* --- cells.c -------------------------------------------------------------- */

extern const struct cell_ops fake_cell_ops;
extern const struct record_ops fake_record_ops;

/* A line in the trace, if there is one. */
void fake_trace(struct provider *p, const char *call, const char *what);

#endif
