/* replay.c - main() for a fuzz target without libFuzzer: run files once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	enum { LARGEST = 16 * 1024 * 1024 };
	FILE *f = fopen(path, "rb");
	uint8_t *data, *exact;
	size_t size;

	if (!f) {
		perror(path);
		return 1;
	}
	data = malloc(LARGEST);
	size = data ? fread(data, 1, LARGEST, f) : 0;
	fclose(f);
	/* A block of the right size, so that reading over its end is seen. */
	exact = realloc(data, size ? size : 1);
	if (exact)
		LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return !exact;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= replay(argv[i]);
	return status;
}
