/* commands.c - every command, in the order of help. */
#include "cmd/command.h"

/* clang-format off */
const struct command *const commands[] = {
	&init_command,
	&validate_command,
	&fmt_command,
	&render_command,
	&eval_command,
	&functions_command,
	&explain_command,
	&schema_command,
	&lock_command,
	&plan_command,
	&graph_command,
	&apply_command,
	&destroy_command,
	&status_command,
	&logs_command,
	&output_command,
	&run_command,
	&image_command,
	&test_command,
	&history_command,
	&rollback_command,
	&lease_command,
	&completion_command,
	&man_command,
	&version_command,
	&help_command,
	NULL,
};
/* clang-format on */
