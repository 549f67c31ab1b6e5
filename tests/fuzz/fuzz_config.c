/* fuzz_config.c - any text as a whole stack: read, linked, evaluated, shown. */
#include "parser/config/config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "parser/base/strbuf.h"
#include "parser/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *give_key(unsigned char key[CONFIG_SECRET_KEY])
{
	memset(key, 1, CONFIG_SECRET_KEY);
	return NULL;
}

static void evaluate(struct arena *mem, const struct config *c, struct diags *d)
{
	enum { ENOUGH = 50 };

	for (size_t i = 0; i < c->nr_wants && i < ENOUGH; i++) {
		const struct value *clear, *v;

		if (c->wants[i].block->broken)
			continue;
		v = config_spec(mem, c, &c->wants[i], NULL, d);
		if (!v)
			continue;
		(void)value_digest(mem, v);
		err_free(config_spec_clear(mem, c, &c->wants[i], NULL, v,
		                           &clear));
	}
}

/* What was laid out once is laid out. */
static void lay_out(struct arena *mem, const char *text, struct diags *d)
{
	const char *once, *twice;
	size_t len, again;

	if (yaml_format(mem, src_new(mem, "f", text, strlen(text)), d, &once,
	                &len) &&
	    yaml_format(mem, src_new(mem, "f", once, len), d, &twice, &again) &&
	    strcmp(once, twice) != 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"fake", "qemu", NULL};
	static FILE *nowhere;
	struct config_options how = {
		.file = "miso.yaml",
		.text_name = "fuzz",
		.provider_types = types,
		.default_provider = "qemu",
		.secret_key = give_key,
	};
	struct arena mem = {0};
	struct strbuf out = {0};
	struct config c;
	struct diags d;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	/* Files of this machine are none of our business here. */
	if (memmem(data, size, "include", 7) || memmem(data, size, "file", 4) ||
	    memmem(data, size, "template", 8))
		return 0;
	diags_init(&d);
	how.text = arena_strndup(&mem, (const char *)data, size);
	if (config_load(&mem, &how, &d, &c))
		evaluate(&mem, &c, &d);
	config_check(&c, &d);
	config_render(&out, &c);
	diags_print(nowhere, &d);
	diags_print_json(nowhere, &d);
	diags_print_sarif(nowhere, &d);
	lay_out(&mem, how.text, &d);
	strbuf_fini(&out);
	diags_fini(&d);
	arena_free(&mem);
	return 0;
}
