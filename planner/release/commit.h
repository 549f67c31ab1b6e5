/* commit.h - which commit of git the files of a folder are. */
#ifndef PLANNER_RELEASE_COMMIT_H
#define PLANNER_RELEASE_COMMIT_H

#include <stdbool.h>

#include "parser/base/arena.h"

/*
 * Its name in hex, or NULL: no git here, or no repository. `dirty`: a file in
 * the folder that git knows is not as committed.
 */
const char *release_commit(struct arena *mem, const char *dir, bool *dirty);

#endif
