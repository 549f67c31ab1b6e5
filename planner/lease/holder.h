/*
 * holder.h - who holds a lease: a process of some machine, as JSON.
 */
#ifndef PLANNER_LEASE_HOLDER_H
#define PLANNER_LEASE_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "parser/base/arena.h"

/* This process: the text of a lease. `ttl_ms` travels with it. */
const char *lease_holder_text(struct arena *mem, int64_t ttl_ms);

/* "ann@box (process 4711) since 2026-11-26 11:00:02 UTC". */
const char *lease_holder_says(struct arena *mem, const char *text);

/* How long the lease lasts; a minute when the text does not say. */
int64_t lease_holder_ttl(struct arena *mem, const char *text);

/*
 * True only when it is certain: it was started by this machine, since it was
 * booted, where the same process numbers are seen, and no process has that
 * number and start time any more.
 */
bool lease_holder_is_gone(struct arena *mem, const char *text);

#endif
