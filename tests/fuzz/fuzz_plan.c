/*
 * fuzz_plan.c - any bytes as a saved plan: read, and compared with a plan of
 * nothing. They are tried as they are, and with the digest that makes them
 * look undamaged.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "parser/base/sha256.h"
#include "planner/plan/plan.h"
#include "planner/saved/saved.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try(struct arena *mem, const char *text, size_t len)
{
	static const struct config config = {.name = "s", .site = "default"};
	static const struct plan_options how;
	static struct plan_session session;
	const struct plan nothing = {
		.config = &config, .how = &how, .session = &session};
	struct saved saved;
	struct err *e = saved_parse(mem, "fuzz", text, len, &saved);

	if (!e) {
		for (size_t i = 0; i < saved.request.vars.n; i++)
			(void)strlen(saved.request.vars.v[i]);
		e = saved_compare(&saved, &nothing);
	}
	err_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem = {0};
	struct sha256 hash = sha256_of(data, size);
	const char *text = arena_strndup(&mem, (const char *)data, size);
	const char *sealed =
		arena_printf(&mem, "%s,\"digest\":\"%s\"}\n", text, hash.hex);

	try(&mem, text, size);
	if (!memchr(data, 0, size))
		try(&mem, sealed, strlen(sealed));
	arena_free(&mem);
	return 0;
}
