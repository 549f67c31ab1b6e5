/* fuzz_yaml.c - any bytes as a stack's file: read, checked, mistakes shown. */
#include "parser/yaml/yaml.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Every scalar's places are looked up, as a mistake in it would; of a tree that
 * aliases make large, the first ones.
 */
static void locate(const struct yaml_node *n, unsigned *left)
{
	if (!*left)
		return;
	--*left;
	if (n->kind == YAML_IS_SCALAR)
		for (size_t i = 0; i <= n->scalar.len; i += 7)
			(void)yaml_locate(n, i);
	for (size_t i = 0; n->kind == YAML_IS_LIST && i < n->list.n; i++)
		locate(n->list.v[i], left);
	for (size_t i = 0; n->kind == YAML_IS_MAP && i < n->map.n; i++)
		locate(n->map.v[i].value, left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	unsigned left = 10000;
	struct arena mem = {0};
	const struct src_file *f;
	const struct yaml_node *root;
	struct diags d;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	diags_init(&d);
	f = src_new(&mem, "fuzz.yaml",
	            arena_strndup(&mem, (const char *)data, size), size);
	diags_add_source(&d, f);
	if (yaml_parse(&mem, f, &d, &root))
		locate(root, &left);
	diags_print(nowhere, &d);
	diags_print_json(nowhere, &d);
	diags_fini(&d);
	arena_free(&mem);
	return 0;
}
