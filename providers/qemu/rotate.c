/* rotate.c - rename, then hand QEMU a new file. */
#include "providers/qemu/rotate.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "parser/base/fs.h"
#include "providers/qemu/argv.h"
#include "providers/qemu/qmp.h"

enum { QMP_MS = 1000 };

const char *qemu_rotate_name(struct arena *mem, const char *instance_dir, int n)
{
	if (n == 0)
		return fs_join(mem, instance_dir, QEMU_FILE_CONSOLE);
	return arena_printf(mem, "%s/" QEMU_FILE_CONSOLE ".%d", instance_dir,
	                    n);
}

struct err *qemu_rotate_move(const char *instance_dir)
{
	struct arena mem = {0};
	struct err *e = NULL;

	for (int n = QEMU_ROTATE_OLD; !e && n > 0; n--) {
		const char *from = qemu_rotate_name(&mem, instance_dir, n - 1);
		const char *to = qemu_rotate_name(&mem, instance_dir, n);

		if (rename(from, to) && errno != ENOENT)
			e = err_sys(errno, "%s", to);
	}
	arena_free(&mem);
	return e;
}

static bool too_large(struct arena *mem, const char *dir)
{
	struct stat st;

	return stat(qemu_rotate_name(mem, dir, 0), &st) == 0 &&
	       st.st_size > QEMU_ROTATE_SIZE;
}

static struct err *rotate(const char *dir)
{
	static const char reopen[] =
		"{\"execute\":\"chardev-change\",\"arguments\":{"
		"\"id\":\"console\",\"backend\":{\"type\":\"file\","
		"\"data\":{\"out\":\"" QEMU_FILE_CONSOLE
		"\",\"append\":true}}}}";
	struct arena mem = {0};
	struct err *e = qemu_rotate_move(dir);

	if (!e) {
		e = qemu_qmp_send(dir, reopen, QMP_MS);
		/* It still writes to the old file: give it its name back. */
		if (e)
			(void)rename(qemu_rotate_name(&mem, dir, 1),
			             qemu_rotate_name(&mem, dir, 0));
	}
	arena_free(&mem);
	return e;
}

void qemu_rotate_all(const char *dir)
{
	struct arena mem = {0};
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		const char *instance;

		if (entry->d_name[0] == '.')
			continue;
		instance = fs_join(&mem, dir, entry->d_name);
		/* One that cannot be rotated now is tried again. */
		if (too_large(&mem, instance))
			err_free(rotate(instance));
	}
	if (d)
		closedir(d);
	arena_free(&mem);
}
