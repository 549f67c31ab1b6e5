/* fuzz_yaml.c - any bytes as a stack's file: read, checked, mistakes shown. */
#include "parser/yaml/yaml.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every scalar's places are looked up, as a mistake in it would. */
static void locate(const struct yaml_node *n)
{
	if (n->kind == YAML_IS_SCALAR)
		for (size_t i = 0; i <= n->scalar.len; i += 7)
			(void)yaml_locate(n, i);
	for (size_t i = 0; n->kind == YAML_IS_LIST && i < n->list.n; i++)
		locate(n->list.v[i]);
	for (size_t i = 0; n->kind == YAML_IS_MAP && i < n->map.n; i++)
		locate(n->map.v[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { FEW_NODES = 10000 };
	static FILE *nowhere;
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
	if (yaml_parse(&mem, f, &d, &root) && root->weight < FEW_NODES)
		locate(root);
	diags_print(nowhere, &d);
	diags_print_json(nowhere, &d);
	diags_fini(&d);
	arena_free(&mem);
	return 0;
}
