/* secret_key.c - random bytes in a file, written once. */
#include "cmd/secret_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "parser/base/fs.h"

static struct err *find_home(struct arena *mem, const char **out)
{
	const char *miso = getenv("MISO_HOME"), *home = getenv("HOME");

	if (miso && *miso)
		*out = miso;
	else if (home && *home)
		*out = fs_join(mem, home, ".local/share/miso");
	else
		return err_new(ERR_IO, NO_POS,
		               "no folder for the key of secrets: neither "
		               "MISO_HOME nor HOME is set");
	return NULL;
}

/* The first of several that make the file at the same time wins. */
static struct err *make_key(struct arena *mem, const char *path)
{
	unsigned char key[CONFIG_SECRET_KEY];
	const char *own = arena_printf(mem, "%s.%d", path, (int)getpid());
	struct err *e;

	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return err_sys(errno, "random bytes for %s", path);
	e = fs_write(own, key, sizeof(key), 0600);
	explicit_bzero(key, sizeof(key));
	if (!e && link(own, path) && errno != EEXIST)
		e = err_sys(errno, "%s", path);
	(void)unlink(own);
	return e;
}

static struct err *read_key(struct arena *mem, const char *path,
                            unsigned char key[CONFIG_SECRET_KEY])
{
	char *text;
	size_t len;
	struct err *e = fs_read(mem, path, CONFIG_SECRET_KEY, &text, &len);

	if (!e && len != CONFIG_SECRET_KEY)
		e = err_hint(err_new(ERR_SYNTAX, NO_POS,
		                     "%s is damaged: it has %zu bytes", path,
		                     len),
		             "without it every secret counts as changed once");
	if (!e)
		memcpy(key, text, CONFIG_SECRET_KEY);
	return e;
}

struct err *secret_key_get(unsigned char key[CONFIG_SECRET_KEY])
{
	struct arena mem = {0};
	const char *home = "", *path;
	struct err *e = find_home(&mem, &home);

	if (!e)
		e = fs_make_dirs(home, 0700);
	if (!e) {
		path = fs_join(&mem, home, "secret-key");
		if (!fs_exists(path))
			e = make_key(&mem, path);
		if (!e)
			e = read_key(&mem, path, key);
	}
	arena_wipe(&mem);
	return e;
}
