/* fuzz_deb.c - no package may give a tree a name that is none. */
#include "providers/image/package_deb.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct image_node *n)
{
	for (size_t i = 0; i < n->nr_children; i++) {
		const char *name = n->children[i]->name;

		if (!*name || strchr(name, '/') || !strcmp(name, ".") ||
		    !strcmp(name, ".."))
			abort();
		check(n->children[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct package_blobs nowhere = {0};
	struct arena mem = {0};
	struct image_tree t;
	int fd = memfd_create("deb", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	image_tree_init(&t, &mem);
	err_free(package_deb_read(&t, &nowhere, fd, "x"));
	check(t.root);
	close(fd);
	arena_free(&mem);
	return 0;
}
