/*
 * saved.h - a plan in a file, to be looked at now and carried out later.
 *
 * The file does not hold what is to be done as orders. It says how the plan
 * was made (file, site, variables), what was wanted of each object, and what
 * was seen of it. To apply it, a plan is made again and must come to the same:
 * else it is stale, and the error tells what changed. So a file that somebody
 * made up can do no more than `miso apply` in the same folder could.
 *
 * Digests stand for bodies; values of secret variables are not written, and
 * are to be given again.
 */
#ifndef PLANNER_SAVED_SAVED_H
#define PLANNER_SAVED_SAVED_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

struct map;
struct plan;

enum { SAVED_LARGEST = 256 * 1024 * 1024 }; /* bytes of a file */

struct saved_list {
	const char *const *v;
	size_t n;
};

/* How a plan is made: what stood on the command line. */
struct saved_request {
	const char *file, *site; /* NULL: none was given */
	struct saved_list vars;  /* "name=text" */
	struct saved_list var_files;
	struct saved_list targets, excludes, replaces;
	bool destroy;
};

/* One object of the plan. */
struct saved_entry {
	const char *key; /* provider and address, and the id when not wanted */
	const char *address;
	const char *action;
	const char *want; /* digest; "": it is not wanted */
	const char *seen; /* digest; "": it was not there */
};

struct saved {
	struct saved_request request;
	const char *stack, *site;
	const char *places; /* digest of the providers and their settings */
	struct saved_entry *entries;
	size_t n;
};

/*
 * Variables that came from the environment (MISO_VAR_x) become part of
 * `request->vars`, and those that are secret are taken out.
 */
void saved_collect_vars(struct arena *mem, const struct plan *p,
                        struct saved_request *request);

/* The text of the file, from `mem`. */
const char *saved_text(struct arena *mem, const struct plan *p,
                       const struct saved_request *request, size_t *len);

/*
 * Read such a text back. ERR_SYNTAX when it is no saved plan or was damaged,
 * ERR_CONFLICT when another version of miso made it. `name` is for errors.
 */
NODISCARD struct err *saved_parse(struct arena *mem, const char *name,
                                  const char *text, size_t len,
                                  struct saved *out);

/* Is `now` the plan that was saved? ERR_CONFLICT tells what changed. */
NODISCARD struct err *saved_compare(const struct saved *then,
                                    const struct plan *now);

#endif
