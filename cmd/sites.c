/* sites.c - which sites a stack has. */
#include "cmd/sites.h"

#include <glob.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/base/str.h"

#define ENDING ".yaml"

static struct site_file site_at(struct arena *mem, const char *path)
{
	const char *base = strrchr(path, '/') + 1;

	return (struct site_file){
		.name = arena_strndup(mem, base, strlen(base) - strlen(ENDING)),
		.path = arena_strdup(mem,
	                             str_starts(path, "./") ? path + 2 : path),
	};
}

size_t sites_find(struct arena *mem, const char *file, struct site_file **out)
{
	const char *pattern =
		fs_join(mem, fs_parent(mem, file), "sites/*" ENDING);
	glob_t found = {0};
	size_t n = 0;

	*out = NULL;
	if (!glob(pattern, 0, NULL, &found)) {
		n = found.gl_pathc;
		*out = ARENA_ARRAY(mem, struct site_file, n);
		for (size_t i = 0; i < n; i++)
			(*out)[i] = site_at(mem, found.gl_pathv[i]);
	}
	globfree(&found);
	return n;
}
