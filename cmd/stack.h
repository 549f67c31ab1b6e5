/* stack.h - what most commands begin with: the file read, providers open. */
#ifndef CMD_STACK_H
#define CMD_STACK_H

#include "cmd/command.h"
#include "parser/base/diag.h"
#include "parser/config/config.h"
#include "planner/plan/plan.h"

#define STACK_DEFAULT_PROVIDER "qemu"

struct lease;

struct stack {
	struct diags diags;
	struct config config;
	struct plan_session session;
	struct lease *lease; /* NULL: we have none */
};

/* The stack's file: -f, or the usual one. */
const char *stack_file(const struct options *o);

/* How the options say the stack is loaded. */
struct config_options stack_how(const struct invocation *in);

/* A release instead of the files, as recorded. */
struct stack_source {
	const char *text, *name;
	const struct value *vars, *inputs;
	const struct map *pins; /* image address -> digest */
	bool salvage;           /* as in struct config_options */
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

/* The same, of a release. */
NODISCARD struct err *stack_open_release(struct invocation *in, struct stack *s,
                                         const struct stack_source *from);

/*
 * With as much of the file as can be read, mistakes or not: enough to ask its
 * providers for what they keep. An error when not even those are known.
 */
NODISCARD struct err *stack_open_anyhow(struct invocation *in, struct stack *s);

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
 * Remove the records of a stack of which nothing is left, and the images that
 * were kept for them.
 */
NODISCARD struct err *stack_forget(struct invocation *in, struct stack *s);

/* How stack_apply() is called, and what for. */
struct stack_job {
	const char *command; /* for the release record: "apply" */
	bool destroy;
};

/*
 * Run the plan of a locked stack: progress, a summary at the end, and a record
 * of the release. The error tells what is missing.
 */
NODISCARD struct err *stack_apply(struct invocation *in, struct stack *s,
                                  const struct plan *p,
                                  const struct stack_job *job);

/*
 * The plan of a locked stack has nothing to do: so the last release, if it was
 * killed, was complete, and its record says so from now on.
 */
void stack_settle(struct invocation *in, const struct plan *p);

/*
 * The outputs, from the plan of a stack that is as the file says; what is not
 * known is left out as "(known after apply)".
 */
const struct value *stack_outputs(struct invocation *in, struct stack *s,
                                  const struct plan *p);

#endif
