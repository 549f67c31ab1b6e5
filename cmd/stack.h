/* stack.h - what most commands begin with: the file read, providers open. */
#ifndef CMD_STACK_H
#define CMD_STACK_H

#include "cmd/command.h"
#include "parser/base/diag.h"
#include "parser/config/config.h"
#include "planner/plan/plan.h"

#define STACK_DEFAULT_PROVIDER "qemu"

struct apply_result;
struct lease;

struct stack {
	struct diags diags;
	struct config config;
	struct plan_session session;
	struct lease *lease; /* NULL: we have none */
};

/*
 * Read and check the file; mistakes are collected in `s`. stack_close() is
 * needed in any case, after this and after the next three.
 */
NODISCARD struct err *stack_read(struct invocation *in, struct stack *s);

/* The same; mistakes are printed and fail. */
NODISCARD struct err *stack_load(struct invocation *in, struct stack *s);

/* The same, with providers open. */
NODISCARD struct err *stack_open_unlisted(struct invocation *in,
                                          struct stack *s);

/* The same, and their objects listed. */
NODISCARD struct err *stack_open(struct invocation *in, struct stack *s);

/*
 * The same, and until stack_close() nobody else changes the stack: what is
 * listed stays true while one plans, asks and applies. A lease that no system
 * would give back for us makes SIGINT and SIGTERM wait, too.
 */
NODISCARD struct err *stack_open_locked(struct invocation *in, struct stack *s);

/* A plan of the stack as listed. */
NODISCARD struct err *stack_plan(struct invocation *in, struct stack *s,
                                 bool destroy, struct plan *out);

/* A plan of all of it, whatever part the command line asks for. */
NODISCARD struct err *stack_plan_whole(struct invocation *in, struct stack *s,
                                       struct plan *out);

/* Print what was collected; an error when there were mistakes. */
NODISCARD struct err *stack_report(struct stack *s);

void stack_close(struct stack *s);

/* Ask before something is done. ERR_CANCELED: the answer was no. */
NODISCARD struct err *stack_confirm(const struct invocation *in,
                                    const char *question);

/*
 * Run the plan of a locked stack: progress, and a summary at the end. The
 * error tells what is missing; `result` is filled in all the same.
 */
NODISCARD struct err *stack_apply(struct invocation *in, struct stack *s,
                                  const struct plan *p, bool destroy,
                                  struct apply_result *result);

/*
 * The outputs, from the plan of a stack that is as the file says; what is not
 * known is left out as "(known after apply)".
 */
const struct value *stack_outputs(struct invocation *in, struct stack *s,
                                  const struct plan *p);

#endif
