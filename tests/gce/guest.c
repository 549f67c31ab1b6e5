/* guest.c - machines: so far the cloud runs none, and says so. */
#include "tests/gce/guest.h"

#include <stdlib.h>
#include <string.h>

const char *guest_start(struct cloud *c, json_t *r, const char **message)
{
	(void)c;
	(void)r;
	*message = "this cloud runs no machines yet: start it with --no-guests";
	return "UNSUPPORTED_OPERATION";
}

void guest_stop(struct cloud *c, const json_t *r)
{
	(void)c;
	(void)r;
}

void guest_stop_all(struct cloud *c)
{
	(void)c;
}

char *guest_serial(const struct cloud *c, const json_t *r, size_t *len)
{
	const char *s = json_string_value(json_object_get(r, "_serial"));

	(void)c;
	*len = strlen(s ? s : "");
	return strdup(s ? s : "");
}
