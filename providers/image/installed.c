/* installed.c - see installed.h. */
#include "providers/image/installed.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"

static struct err *from_env(struct arena *mem, const char *env,
                            const char *path, const char **out)
{
	if (access(path, R_OK))
		return err_new(ERR_REF, NO_POS,
		               "%s names \"%s\", which cannot be read: %s", env,
		               path, strerror(errno));
	*out = arena_strdup(mem, path);
	return NULL;
}

struct err *image_installed(struct arena *mem, const char *name,
                            const char *env, const char **out)
{
	const char *given = getenv(env);
	char self[PATH_MAX] = "";
	const char *dir, *places[2];

	if (given && *given)
		return from_env(mem, env, given, out);
	(void)!readlink("/proc/self/exe", self, sizeof(self) - 1);
	dir = fs_parent(mem, self);
	places[0] = fs_join(mem, dir, name);
	places[1] =
		arena_printf(mem, "%s/lib/miso/%s", fs_parent(mem, dir), name);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (access(places[i], R_OK))
			continue;
		*out = places[i];
		return NULL;
	}
	return err_hint(err_new(ERR_REF, NO_POS,
	                        "miso's %s is neither %s nor %s", name,
	                        places[0], places[1]),
	                "run make, or set %s", env);
}

struct err *image_installed_kernel(struct arena *mem, const char **out)
{
	return image_installed(mem, IMAGE_KERNEL_FILE, "MISO_KERNEL", out);
}

struct err *image_installed_boot(struct arena *mem, const char **out)
{
	return image_installed(mem, IMAGE_BOOT_FILE, "MISO_BOOT", out);
}
