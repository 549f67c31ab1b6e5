/*
 * fuzz_http.c - any bytes as an answer's header lines: names and values stay
 * within bounds, and what is read from them is what it may be.
 */
#include "providers/http/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_)
{
	if (!true_)
		abort();
}

static void try_line(struct arena *mem, const char *line, size_t len)
{
	struct http_header h;
	int64_t wait;

	if (!http_parse_header(mem, line, len, &h))
		return;
	must(*h.name && strlen(h.name) + strlen(h.value) < len);
	wait = http_parse_retry_after(h.value, INT64_C(1700000000000));
	must(wait >= -1 && wait <= 3600 * 1000);
	must(http_parse_range(h.value) >= -1);
	must(strlen(http_escape(mem, h.value)) <= 3 * strlen(h.value));
	(void)http_parse_shown(mem, h.value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem = {0};
	const char *at = (const char *)data, *end = at + size;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = nl ? (size_t)(nl - at) + 1 : (size_t)(end - at);

		try_line(&mem, at, len);
		at += len;
	}
	arena_free(&mem);
	return 0;
}
