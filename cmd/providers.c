/* providers.c - the only place that names concrete providers. */
#include "providers/fake/fake.h"
#include "providers/provider.h"

const struct provider_ops *const providers[] = {
	&fake_provider,
	NULL,
};
