/* saved.h - plan --out and apply FILE. */
#ifndef CMD_SAVED_H
#define CMD_SAVED_H

#include "cmd/stack.h"
#include "planner/saved/saved.h"

/* Write `p`, as it was asked for on the command line, to in->o->out. */
NODISCARD struct err *saved_plan_write(struct invocation *in,
                                       const struct plan *p);

/*
 * Read the plan called in->argv[0]. From then on `in` has the options with
 * which it was made; giving others as well is an error.
 */
NODISCARD struct err *saved_plan_read(struct invocation *in, struct saved *out);

#endif
