/* fuzz_elf.c - no bytes may make the ELF reader read outside them. */
#include "providers/image/elf.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_input in = {.bytes = data, .size = size, .name = "x"};
	struct arena mem = {0};
	struct elf_file f;

	err_free(elf_parse(&mem, &in, &f));
	arena_free(&mem);
	return 0;
}
