/* packages.h - the Debian packages that a stack's images ask for. */
#ifndef CMD_PACKAGES_H
#define CMD_PACKAGES_H

#include "cmd/stack.h"
#include "parser/lock/lockfile.h"

/* What one image asks for. */
struct packages_wanted {
	const char *image;
	const struct value *packages; /* a list of strings */
	const char *program;          /* or NULL */
	bool later;                   /* only an apply can tell the program */
	struct src_pos pos;           /* of the package, or of its program */
};

/* Of every image whose packages are known, whether or not anything boots it. */
struct packages_wanted *packages_wanted(struct arena *mem,
                                        const struct config *c, size_t *n);

/* Each that miso.lock does not have becomes a mistake of the stack. */
void packages_check(struct arena *mem, struct stack *s);

#endif
