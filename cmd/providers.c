/* providers.c - the only place that names concrete providers. */
#include "cmd/providers.h"

#include <string.h>

#include "providers/fake/fake.h"
#include "providers/gcp/gcp.h"
#include "providers/qemu/qemu.h"

const struct provider_ops *const providers[] = {
	&qemu_provider,
	&gcp_provider,
	&fake_provider,
	NULL,
};

bool providers_helper(int argc, char **argv, int *status)
{
	if (argc < 2 || strcmp(argv[1], QEMU_SWITCH_ARG))
		return false;
	*status = qemu_switch_main(argc, argv);
	return true;
}
