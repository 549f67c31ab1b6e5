/* internal.h - what the files of this folder share. */
#ifndef PLANNER_TRIAL_INTERNAL_H
#define PLANNER_TRIAL_INTERNAL_H

#include "planner/plan/plan.h"
#include "planner/trial/trial.h"

/* Everything about one test; freed when it is over. */
struct running {
	struct arena mem;
	const struct trial *trial;
	struct diags found; /* what the stack's files have against it */
	struct diags *says; /* what is wrong with the test */
	struct config config;
	struct plan_session session;
	struct plan plan;
};

/* A plain scalar that is JSON is what it is there; all else is text. */
const struct value *trial_value(struct arena *mem, const struct yaml_node *n);

/*
 * Make what the test says exists, at the session's fakes: `plan` is one of them
 * empty. False: see `says`.
 */
bool trial_make_world(struct running *r);

#endif
