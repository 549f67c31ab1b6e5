/*
 * rotate.h - console logs stay below a size.
 *
 * console.log becomes console.log.1, that .2, and QEMU is told to write to a
 * new console.log: no line is lost or cut.
 */
#ifndef PROVIDERS_QEMU_ROTATE_H
#define PROVIDERS_QEMU_ROTATE_H

#include "parser/base/arena.h"
#include "parser/base/err.h"

enum {
	QEMU_ROTATE_SIZE = 5 * 1024 * 1024, /* bytes of one file */
	QEMU_ROTATE_OLD = 2,                /* files besides console.log */
};

/* Those of every instance below `dir` that are too large. Errors wait. */
void qemu_rotate_all(const char *dir);

/* Move the logs of a machine that does not run. */
NODISCARD struct err *qemu_rotate_move(const char *instance_dir);

/* The nth oldest log of an instance: 0 is console.log. */
const char *qemu_rotate_name(struct arena *mem, const char *instance_dir,
                             int n);

#endif
