/* exec.h - loading the program. */
#ifndef KERNEL_LINUX_EXEC_H
#define KERNEL_LINUX_EXEC_H

#include <stddef.h>

#include "kernel/arch/trap.h"
#include "kernel/lib/attr.h"

struct exec_request {
	const char *path; /* of the program */
	const char *const *argv;
	size_t argc;
	const char *const *envp;
	size_t envc;
};

/*
 * Map the program and its interpreter into the empty process.space, build its
 * stack (System V ABI, AMD64 supplement, 3.4.1) and say with which registers it
 * begins. On failure `why` (a phrase, static or in `why_buffer`) tells people.
 */
struct exec_result {
	struct trap_frame start;
	char why[160];
};
NODISCARD int exec_load(const struct exec_request *r, struct exec_result *out);

#endif
