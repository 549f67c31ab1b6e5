/* sites.h - which sites a stack has. */
#ifndef CMD_SITES_H
#define CMD_SITES_H

#include <stddef.h>

#include "parser/base/arena.h"

struct site_file {
	const char *name; /* "oslo" */
	const char *path; /* "sites/oslo.yaml", or below the stack's folder */
};

/* The files sites/NAME.yaml beside the stack's `file`, by name; how many. */
size_t sites_find(struct arena *mem, const char *file, struct site_file **out);

#endif
