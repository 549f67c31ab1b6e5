/* place.h - one opened fake. */
#ifndef PROVIDERS_FAKE_PLACE_H
#define PROVIDERS_FAKE_PLACE_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include "parser/base/map.h"
#include "providers/provider.h"

struct fake_entry {
	struct object object;
	int64_t lag; /* how many lists do not show it yet */
	bool gone;
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
	const char *trace, *clock, *fail, *conflict;
	int64_t fail_at, crash_at, delay_ms, list_delay_ms, page, lag, no_cell;
	enum fake_when crash;

	pthread_mutex_t lock;

	/* lock must be held for these. */
	struct arena mem;
	struct fake_version loaded[2]; /* of state and log, in `mem` */
	struct fake_entry **entries;
	size_t nr_entries, cap_entries;
	struct map by_id;
	int64_t changes, cell_calls;
	int log_fd;    /* -1: nothing was written to it */
	bool logged;   /* by this process, since log_fd was opened */
	off_t log_len; /* of its whole lines, as loaded */

	struct cell cell; /* without a state file */
};

/* --- objects.c: all of them need the lock -------------------------------- */

/* Forget everything and read the state again. */
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

const struct value *fake_copy_value(struct arena *mem, const struct value *v);
struct object fake_copy_object(struct arena *mem, const struct object *o);

/* --- cells.c -------------------------------------------------------------- */

extern const struct cell_ops fake_cell_ops;
extern const struct record_ops fake_record_ops;

/* A line in the trace, if there is one. */
void fake_trace(struct provider *p, const char *call, const char *what);

#endif
