/*
 * config.h - the boot lines, read and merged (kernel/abi/boot_lines.h).
 */
#ifndef KERNEL_BOOT_CONFIG_H
#define KERNEL_BOOT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/attr.h"

/* Strings in the order given. Pointers into the texts that were added. */
struct string_list {
	const char **v;
	size_t n, cap;
};

enum restart_policy { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };

struct boot_config {
	const char *program; /* NULL: not given */
	const char *cwd;
	const char *hostname;
	const char *probe; /* probe.h */
	enum restart_policy restart;
	bool wx_deny, trace_syscalls;
	struct string_list args; /* behind the program's own name */
	struct string_list env;
	struct string_list net, allow, host, mount, log; /* values of lines */
	size_t args_before; /* of earlier sources */
};

/*
 * Add a source's text, which is changed and must stay. Unknown keys are
 * reported on the console. -EINVAL: a malformed line, which is described in
 * `why` (size bytes); -ENOMEM.
 */
NODISCARD int config_add(struct boot_config *c, const char *source, char *text,
                         size_t len, char *why, size_t size);

#endif
