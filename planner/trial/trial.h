/*
 * trial.h - a stack's own tests: files beside it that say what a plan of it
 * must be.
 *
 *	tests:
 *	  - name: oslo has three clients
 *	    site: oslo                       optional
 *	    vars: {clients: 3}               as --var gives them
 *	    mocks:                           what only an apply could tell
 *	      instance.broker: {public_ip: 203.0.113.7}
 *	    existing:                        what is there before; else nothing
 *	      instance.broker: {}            as the file wants it
 *	      instance.client["0"]: {applied: {memory: 64Mi}}
 *	    asserts:                         each must be true
 *	      - ${count.create == 5}
 *	      - ${plan["instance.broker"].after.memory == 268435456}
 *	    errors: [E0402]                  instead: codes or words of mistakes
 *
 * Every provider of the stack becomes a fake one; no file, process or network
 * of the world is touched. What exists there was last applied as the file wants
 * it, or with other attributes (`applied`), and since then somebody may have
 * changed some (`drift`), broken it (`fault: WORDS`), or it never was ours
 * (`foreign: true`). An address that the file does not have is to be deleted.
 * Besides the roots of a stack an assertion has these:
 *
 *	plan    {address: {action, kind, name, provider, protect, needs,
 *	        reasons, changes, before, after}}: reasons are words such as
 *	        "config", "drift", "gone"; changes are paths of attributes
 *	count   {create, update, replace, delete, none}
 *	output  {name: value}
 */
#ifndef PLANNER_TRIAL_TRIAL_H
#define PLANNER_TRIAL_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/diag.h"

struct config_options;
struct yaml_node;

struct trial {
	const char *file; /* as shown */
	const char *name, *site;
	struct src_span at;
	const struct yaml_node *vars, *mocks, *existing, *asserts,
		*errors; /* or NULL */
};

struct trial_result {
	bool passed;
	int64_t ms;
};

/*
 * The tests of one file, appended to v[n]. False: the file is wrong, see `d`;
 * its text must outlive the tests.
 */
bool trial_read(struct arena *mem, const char *path, struct diags *d,
                struct trial **v, size_t *n, size_t *cap);

/*
 * Run one. `how` is how the stack is loaded, without site and variables. What
 * is wrong goes to `d`, which is empty when it passes.
 */
struct trial_result trial_run(const struct trial *t,
                              const struct config_options *how,
                              struct diags *d);

#endif
