/* segment.c - the switch's process, from the outside. */
#include "providers/qemu/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/qemu/process.h"
#include "providers/qemu/qemu.h"

enum { START_MS = 5000, STOP_MS = 2000, STEP_MS = 2 };

static const char *net_dir(struct arena *mem, const char *site_dir)
{
	return fs_join(mem, site_dir, "net");
}

static const char *process_file(struct arena *mem, const char *site_dir)
{
	return arena_printf(mem, "%s/net/switch.json", site_dir);
}

bool qemu_segment_alive(const char *site_dir)
{
	struct arena mem = {0};
	struct qemu_process p = qemu_process_load(process_file(&mem, site_dir));
	bool alive = qemu_process_alive(&p);

	arena_free(&mem);
	return alive;
}

/* Its socket is there once it listens. */
static struct err *wait_ready(const char *socket, const struct qemu_process *p)
{
	for (int ms = 0; ms < START_MS; ms += STEP_MS) {
		if (access(socket, F_OK) == 0)
			return NULL;
		if (qemu_process_wait(p, STEP_MS))
			break;
	}
	qemu_process_signal(p, SIGKILL);
	return err_new(ERR_IO, NO_POS,
	               "the stack's network switch did not start");
}

static struct err *start(struct arena *mem, const char *site_dir)
{
	const char *dir = net_dir(mem, site_dir);
	const char *socket = fs_join(mem, dir, QEMU_SEGMENT_SWITCH);
	char token[QEMU_TOKEN_LEN + 1];
	const char *const argv[] = {"/proc/self/exe", QEMU_SWITCH_ARG, ".",
	                            token, NULL};
	const struct qemu_command command = {
		.argv = argv, .cwd = dir, .log = "switch.log", .token = token};
	struct qemu_process p;
	struct err *e;

	qemu_token_new(token);
	if (unlink(socket) && errno != ENOENT)
		return err_sys(errno, "%s", socket);
	e = qemu_process_start(&command, &p);
	if (!e)
		e = qemu_process_save(&p, process_file(mem, site_dir));
	if (!e)
		e = wait_ready(socket, &p);
	return e;
}

struct err *qemu_segment_start(const char *site_dir)
{
	struct arena mem = {0};
	const char *dir = net_dir(&mem, site_dir);
	const char *path = fs_join(&mem, dir, "switch.lock");
	struct err *e = fs_make_dirs(dir, 0700);
	int lock = -1;

	if (e)
		goto out;
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX))
		e = err_sys(errno, "%s", path);
	if (!e && !qemu_segment_alive(site_dir))
		e = start(&mem, site_dir);
	if (lock >= 0)
		close(lock);
out:
	arena_free(&mem);
	return e;
}

struct err *qemu_segment_stop(const char *site_dir)
{
	struct arena mem = {0};
	struct qemu_process p = qemu_process_load(process_file(&mem, site_dir));
	struct err *e;

	if (qemu_process_signal(&p, SIGTERM) && !qemu_process_wait(&p, STOP_MS))
		qemu_process_signal(&p, SIGKILL);
	e = fs_remove_tree(net_dir(&mem, site_dir));
	arena_free(&mem);
	return e;
}

const char *qemu_segment_socket(struct arena *mem, const char *mac)
{
	char *name = arena_strdup(mem, mac), *to = name;

	for (const char *from = mac; *from; from++)
		if (*from != ':')
			*to++ = *from;
	*to = '\0';
	return name;
}
