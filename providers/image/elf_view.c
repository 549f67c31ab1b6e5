/* elf_view.c - see elf_view.h. */
#include "providers/image/elf_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/image/image_tree.h"

static int open_host(const char *path, struct elf_input *in)
{
	struct stat st;
	int problem = 0;

	in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (in->fd < 0)
		return errno;
	if (fstat(in->fd, &st))
		problem = errno;
	else if (S_ISDIR(st.st_mode))
		problem = EISDIR;
	else if (!S_ISREG(st.st_mode))
		problem = EINVAL;
	else
		in->size = (uint64_t)st.st_size;
	if (problem)
		close(in->fd);
	return problem;
}

int elf_view_open(const struct elf_view *v, const char *path,
                  struct elf_input *in)
{
	const struct image_node *n;

	*in = (struct elf_input){.name = path};
	if (!v->tree)
		return open_host(path, in);
	n = image_tree_find(v->tree, path);
	if (!n)
		return ENOENT;
	if (n->type == IMAGE_DIR)
		return EISDIR;
	/* What is in memory is no program: configuration, boot lines. */
	return n->host ? open_host(n->host, in) : EINVAL;
}

bool elf_view_is_absence(int problem)
{
	return problem == ENOENT || problem == ENOTDIR || problem == EACCES ||
	       problem == ELOOP || problem == EISDIR || problem == EINVAL;
}

const char *elf_view_real(const struct elf_view *v, struct arena *mem,
                          const char *path)
{
	char *real;
	const char *copy;

	if (v->tree)
		return image_tree_real(v->tree, path);
	real = realpath(path, NULL);
	copy = real ? arena_strdup(mem, real) : NULL;
	free(real);
	return copy;
}

bool elf_view_exists(const struct elf_view *v, const char *path)
{
	struct stat st;

	return v->tree ? image_tree_find(v->tree, path) != NULL
	               : stat(path, &st) == 0;
}

bool elf_view_same_dir(const struct elf_view *v, const char *a, const char *b)
{
	struct stat sa, sb;

	if (v->tree)
		return image_tree_find(v->tree, a) &&
		       image_tree_find(v->tree, a) ==
		               image_tree_find(v->tree, b);
	return stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}
