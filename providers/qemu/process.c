/* process.c - start, recognise, signal, wait. */
#include "providers/qemu/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "parser/base/str.h"
#include "parser/value/value.h"

extern char **environ;

enum {
	MAX_PROC = 256 * 1024,
	STAT_START = 22, /* proc(5), /proc/pid/stat */
	EXIT_NO_EXEC = 127,
};

void qemu_token_new(char token[static QEMU_TOKEN_LEN + 1])
{
	uint8_t r[16];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		abort(); /* cannot happen once the system is up */
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40); /* RFC 9562: version 4 */
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	snprintf(token, QEMU_TOKEN_LEN + 1,
	         "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	         "%02x%02x%02x%02x%02x%02x",
	         r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9],
	         r[10], r[11], r[12], r[13], r[14], r[15]);
}

/* --- what /proc says ---------------------------------------------------------
 */

/* A file of /proc; false when the process is gone. */
static bool read_proc(struct arena *mem, pid_t pid, const char *name,
                      char **text, size_t *len)
{
	const char *path = arena_printf(mem, "/proc/%d/%s", (int)pid, name);
	struct err *e = fs_read(mem, path, MAX_PROC, text, len);

	err_free(e);
	return !e;
}

/* Start time of a process that has not ended; 0 when it has. */
static uint64_t start_time(struct arena *mem, pid_t pid)
{
	char *text, *at, *field;
	size_t len;
	int n = 2;

	if (!read_proc(mem, pid, "stat", &text, &len))
		return 0;
	at = strrchr(text, ')'); /* the name may contain anything */
	if (!at || at[1] != ' ' || strchr("ZX", at[2]))
		return 0;
	at += 2;
	while ((field = strsep(&at, " ")))
		if (++n == STAT_START)
			return strtoull(field, NULL, 10);
	return 0;
}

enum token { TOKEN_THERE, TOKEN_UNREADABLE, TOKEN_MISSING };

/*
 * Unreadable: in the middle of exec there is no command line, nor while the
 * process ends (when its files and ports are still in use).
 */
static enum token look_for_token(struct arena *mem, pid_t pid,
                                 const char *token)
{
	char *text;
	size_t len;

	if (!*token || !read_proc(mem, pid, "cmdline", &text, &len))
		return TOKEN_MISSING;
	if (len == 0)
		return TOKEN_UNREADABLE;
	return memmem(text, len, token, strlen(token)) ? TOKEN_THERE
	                                               : TOKEN_MISSING;
}

static void read_boot_id(struct arena *mem, char *boot_id)
{
	char *text = arena_strdup(mem, "");
	size_t len;

	err_free(fs_read(mem, "/proc/sys/kernel/random/boot_id", 64, &text,
	                 &len));
	snprintf(boot_id, QEMU_BOOT_ID_LEN + 1, "%s", text);
}

struct qemu_process qemu_process_find(pid_t pid, const char *token)
{
	struct arena mem = {0};
	struct qemu_process p = {.pid = pid};

	p.start = start_time(&mem, pid);
	snprintf(p.token, sizeof(p.token), "%s", token);
	read_boot_id(&mem, p.boot_id);
	if (pid <= 0 || !p.start ||
	    look_for_token(&mem, pid, token) != TOKEN_THERE)
		p.pid = 0;
	arena_free(&mem);
	return p;
}

bool qemu_process_alive(const struct qemu_process *p)
{
	struct arena mem = {0};
	char boot_id[QEMU_BOOT_ID_LEN + 1];
	bool same;

	if (p->pid <= 0)
		return false;
	read_boot_id(&mem, boot_id);
	same = strcmp(boot_id, p->boot_id) == 0 && p->start &&
	       start_time(&mem, p->pid) == p->start &&
	       look_for_token(&mem, p->pid, p->token) != TOKEN_MISSING;
	arena_free(&mem);
	return same;
}

/* --- starting ----------------------------------------------------------------
 */

static int set_up(const struct qemu_command *c,
                  posix_spawn_file_actions_t *files, posix_spawnattr_t *attr)
{
	const short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
	                    POSIX_SPAWN_SETSIGDEF;
	sigset_t none, all;
	int problem;

	sigemptyset(&none);
	sigfillset(&all);
	problem = posix_spawnattr_setflags(attr, flags);
	if (!problem)
		problem = posix_spawnattr_setsigmask(attr, &none);
	if (!problem)
		problem = posix_spawnattr_setsigdefault(attr, &all);
	if (!problem)
		problem = posix_spawn_file_actions_addchdir_np(files, c->cwd);
	if (!problem)
		problem = posix_spawn_file_actions_addopen(
			files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!problem)
		problem = posix_spawn_file_actions_addopen(
			files, STDERR_FILENO, c->log,
			O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	if (!problem)
		problem = posix_spawn_file_actions_adddup2(
			files, c->out ? c->out : STDERR_FILENO, STDOUT_FILENO);
	return problem;
}

static int spawn(const struct qemu_command *c, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	char **argv = (char **)(uintptr_t)c->argv; /* POSIX's missing const */
	int problem;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	problem = set_up(c, &files, &attr);
	if (!problem)
		problem = posix_spawnp(pid, argv[0], &files, &attr, argv,
		                       environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return problem;
}

/* In the child: only what may be done between fork and exec. */
static void become(const struct qemu_command *c, pid_t parent)
{
	char **argv = (char **)(uintptr_t)c->argv;
	int null, log;

	/* It may have ended before it could be asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent ||
	    setsid() < 0 || chdir(c->cwd))
		return;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	log = open(c->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
	           0600);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		return;
	execvp(argv[0], argv);
}

/* Until the other end of a pipe is closed, as exec does. */
static void await_exec(int fd)
{
	char nothing;

	while (read(fd, &nothing, 1) < 0 && errno == EINTR)
		;
}

/*
 * posix_spawn() has no way to say that it ends with us. As there, the program
 * runs when this returns: before, nothing tells whose process it is.
 */
static int spawn_bound(const struct qemu_command *c, pid_t *pid)
{
	pid_t parent = getpid();
	int ends[2], problem = 0;

	if (pipe2(ends, O_CLOEXEC))
		return errno;
	*pid = fork();
	if (*pid == 0) {
		become(c, parent);
		_exit(EXIT_NO_EXEC);
	}
	if (*pid < 0)
		problem = errno;
	close(ends[1]);
	if (!problem)
		await_exec(ends[0]);
	close(ends[0]);
	return problem;
}

struct err *qemu_process_start(const struct qemu_command *command,
                               struct qemu_process *out)
{
	struct arena mem = {0};
	struct qemu_process p = {0};
	int problem = command->bound ? spawn_bound(command, &p.pid)
	                             : spawn(command, &p.pid);

	if (problem == ENOENT)
		return err_new(ERR_REF, NO_POS, "there is no program \"%s\"",
		               command->argv[0]);
	if (problem)
		return err_sys(problem, "%s", command->argv[0]);
	p.start = start_time(&mem, p.pid);
	read_boot_id(&mem, p.boot_id);
	snprintf(p.token, sizeof(p.token), "%s", command->token);
	arena_free(&mem);
	*out = p;
	return NULL;
}

/* --- keeping -----------------------------------------------------------------
 */

struct err *qemu_process_save(const struct qemu_process *p, const char *path)
{
	struct arena mem = {0};
	const char *text = arena_printf(&mem,
	                                "{\"boot_id\":\"%s\",\"pid\":%d,"
	                                "\"start\":%llu,\"token\":\"%s\"}\n",
	                                p->boot_id, (int)p->pid,
	                                (unsigned long long)p->start, p->token);
	struct err *e = fs_write(path, text, strlen(text), 0600);

	arena_free(&mem);
	return e;
}

struct qemu_process qemu_process_load(const char *path)
{
	struct arena mem = {0};
	struct qemu_process p = {0};
	const struct value *v = value_null();
	char *text;
	size_t len;
	struct err *e = fs_read(&mem, path, MAX_PROC, &text, &len);

	if (!e)
		e = value_from_json(&mem, text, len, &v);
	err_free(e);
	p.pid = (pid_t)value_get_int(v, "pid", 0);
	p.start = (uint64_t)value_get_int(v, "start", 0);
	snprintf(p.boot_id, sizeof(p.boot_id), "%s",
	         value_get_string(v, "boot_id", ""));
	snprintf(p.token, sizeof(p.token), "%s",
	         value_get_string(v, "token", ""));
	arena_free(&mem);
	return p;
}

/* --- signals and ends --------------------------------------------------------
 */

/* A pidfd of this very process; -1 when it is gone. */
static int open_process(const struct qemu_process *p)
{
	int fd = p->pid > 0 ? pidfd_open(p->pid, 0) : -1;

	/* Checked after opening: what the descriptor names cannot change. */
	if (fd >= 0 && !qemu_process_alive(p)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool qemu_process_signal(const struct qemu_process *p, int signal)
{
	int fd = open_process(p);
	bool sent = fd >= 0 && pidfd_send_signal(fd, signal, NULL, 0) == 0;

	if (fd >= 0)
		close(fd);
	return sent;
}

bool qemu_process_wait(const struct qemu_process *p, int timeout_ms)
{
	int fd = open_process(p);
	struct pollfd ended = {.fd = fd, .events = POLLIN};
	int n;

	if (fd < 0)
		return true;
	do
		n = poll(&ended, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	close(fd);
	return n > 0;
}

int qemu_process_status(const struct qemu_process *p)
{
	int status;

	if (p->pid <= 0 || waitpid(p->pid, &status, WNOHANG) != p->pid)
		return -1;
	return status;
}

void qemu_process_sweep(struct arena *mem, const char *dir, const char *prefix,
                        void (*left)(const char *path))
{
	DIR *all = opendir(dir);
	struct dirent *d;

	while (all && (d = readdir(all))) {
		const char *path;
		long pid = 0;

		if (str_starts(d->d_name, prefix))
			pid = strtol(d->d_name + strlen(prefix), NULL, 10);
		if (pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
			continue;
		path = fs_join(mem, dir, d->d_name);
		if (left)
			left(path);
		err_free(fs_remove_tree(path));
	}
	if (all)
		closedir(all);
}
