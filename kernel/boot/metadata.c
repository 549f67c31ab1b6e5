/* metadata.c - see metadata.h. */
#include "kernel/boot/metadata.h"

#include "kernel/abi/boot_lines.h"
#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/drivers/smbios.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/net/http.h"
#include "kernel/sched/thread.h"

enum {
	TIMEOUT_S = 5,
	FIRST_PAUSE_MS = 50,
	LAST_PAUSE_MS = 5000,
	QUIET_TRIES = 5, /* the server comes up with the machine */
	STATUS_OK = 200,
	STATUS_NOT_FOUND = 404,
};

bool metadata_is_there(uint64_t smbios)
{
	return smbios_product_is(smbios, "Google Compute Engine");
}

static int ask(struct http_answer *a)
{
	static const struct http_request r = {
		.address = 0xa9fea9fe, /* 169.254.169.254 */
		.port = 80,
		.host = "metadata.google.internal",
		.path = "/computeMetadata/v1/instance/attributes/miso-boot",
		.header = "Metadata-Flavor: Google",
		.max = 2 * BOOT_LINES_MAX,
		.timeout_ns = TIMEOUT_S * NS_PER_SEC,
	};

	return http_get(&r, a);
}

static void report(unsigned tries, int rc, unsigned status)
{
	if (tries < QUIET_TRIES || tries % QUIET_TRIES)
		return;
	if (rc)
		log_line("the metadata server does not answer (error %d): "
		         "asking on",
		         -rc);
	else
		log_line("the metadata server says %u: asking on", status);
}

int metadata_boot_lines(char **text, size_t *len)
{
	unsigned pause_ms = FIRST_PAUSE_MS;

	for (unsigned tries = 1;; tries++) {
		struct http_answer a = {0};
		int rc = ask(&a);

		if (!rc && a.status == STATUS_OK) {
			/* From the start of its memory, to be freed. */
			memmove(a.text, a.body, a.len + 1);
			*text = a.text;
			*len = a.len;
			return 0;
		}
		mem_free(a.text);
		if (!rc && a.status == STATUS_NOT_FOUND)
			return -ENOENT;
		report(tries, rc, a.status);
		thread_sleep_until(clock_monotonic() + pause_ms * NS_PER_MS);
		if (pause_ms < LAST_PAUSE_MS)
			pause_ms *= 2;
	}
}
