/* machine.c - one QEMU process in its directory. */
#include "providers/qemu/machine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "parser/base/fs.h"
#include "providers/qemu/accel.h"
#include "providers/qemu/probe.h"
#include "providers/qemu/qmp.h"
#include "providers/qemu/rotate.h"

enum {
	READY_MS = 10 * 1000, /* from QEMU's start to the program's */
	STEP_MS = 5,
	QMP_MS = 2000,
	QUIT_MS = 2000,
	KILL_MS = 5000,
	DISK_TOOL_MS = 30 * 1000,
	TAIL_LINES = 10,
	MAX_LOG = 64 * 1024 * 1024,
};

#define PROCESS_FILE "process.json"
#define UP_FILE      "up" /* is there once what wait_for wants came true */

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the disk ----------------------------------------------------------------
 */

static struct err *run_disk_tool(struct arena *mem, const char *dir,
                                 const char *root)
{
	const char *const argv[] = {
		"qemu-img", "create", "-q", "-f", "qcow2",
		"-F",       "raw",    "-b", root, QEMU_FILE_DISK ".new",
		NULL};
	const struct qemu_command command = {
		.argv = argv, .cwd = dir, .log = QEMU_FILE_LOG, .token = root};
	const char *log = fs_join(mem, dir, QEMU_FILE_LOG);
	struct qemu_process p;
	char *why = arena_strdup(mem, "");
	size_t len;
	int status;
	struct err *e = qemu_process_start(&command, &p);

	if (e)
		return qemu_accel_no_qemu(e);
	if (!qemu_process_wait(&p, DISK_TOOL_MS))
		qemu_process_signal(&p, SIGKILL);
	if (waitpid(p.pid, &status, 0) == p.pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0)
		return NULL;
	err_free(fs_read(mem, log, MAX_LOG, &why, &len));
	return err_new(ERR_IO, NO_POS, "qemu-img cannot make a disk: %s", why);
}

struct err *qemu_machine_disk(const char *dir, const char *root)
{
	struct arena mem = {0};
	const char *path = fs_join(&mem, dir, QEMU_FILE_DISK);
	struct err *e = NULL;

	if (access(path, F_OK)) {
		e = run_disk_tool(&mem, dir, root);
		if (!e && rename(arena_printf(&mem, "%s.new", path), path))
			e = err_sys(errno, "%s", path);
	}
	arena_free(&mem);
	return e;
}

/* --- starting ----------------------------------------------------------------
 */

/* What an earlier run left must not be taken for this one's. */
static struct err *clear(struct arena *mem, const char *dir)
{
	static const char *const stale[] = {QEMU_FILE_STATUS, QEMU_FILE_PIDFILE,
	                                    QEMU_QMP_SOCKET, PROCESS_FILE,
	                                    UP_FILE};
	struct stat st;
	struct err *e = NULL;

	for (size_t i = 0; !e && i < ARRAY_LEN(stale); i++)
		e = fs_remove_tree(fs_join(mem, dir, stale[i]));
	if (!e && stat(qemu_rotate_name(mem, dir, 0), &st) == 0 &&
	    st.st_size > QEMU_ROTATE_SIZE)
		e = qemu_rotate_move(dir);
	return e;
}

struct err *qemu_machine_start(const struct qemu_start *start,
                               struct qemu_process *out)
{
	struct arena mem = {0};
	const struct qemu_command command = {
		.argv = qemu_argv(&mem, &start->machine),
		.cwd = start->dir,
		.log = QEMU_FILE_LOG,
		.out = start->console,
		.token = start->machine.token,
	};
	const char *boot = fs_join(&mem, start->dir, QEMU_FILE_BOOT);
	struct qemu_process p;
	struct err *e = clear(&mem, start->dir);

	if (!e)
		e = fs_write(boot, start->boot, start->boot_len, 0600);
	if (!e) {
		e = qemu_process_start(&command, &p);
		if (e)
			e = qemu_accel_no_qemu(e);
	}
	if (e) /* it may hold secrets */
		err_free(fs_remove_tree(boot));
	if (!e) {
		*out = p;
		e = qemu_process_save(&p,
		                      fs_join(&mem, start->dir, PROCESS_FILE));
	}
	arena_free(&mem);
	return e;
}

struct qemu_process qemu_machine_process(const char *dir, const char *token)
{
	enum { ENOUGH = 64 };
	struct arena mem = {0};
	struct qemu_process p =
		qemu_process_load(fs_join(&mem, dir, PROCESS_FILE));
	char *text = arena_strdup(&mem, "");
	size_t len;

	if (!qemu_process_alive(&p)) {
		/* We may have crashed before writing it down; QEMU did. */
		err_free(fs_read(&mem, fs_join(&mem, dir, QEMU_FILE_PIDFILE),
		                 ENOUGH, &text, &len));
		p = qemu_process_find((pid_t)strtol(text, NULL, 10),
		                      token ? token : "");
	}
	arena_free(&mem);
	return p;
}

/* --- the console's last lines ------------------------------------------------
 */

static const char *tail(struct arena *mem, const char *path)
{
	char *text, *at;
	size_t len;
	int lines = 0;
	struct err *e = fs_read(mem, path, MAX_LOG, &text, &len);

	if (e) {
		err_free(e);
		return "";
	}
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	for (at = text + len; at > text; at--)
		if (at[-1] == '\n' && ++lines == TAIL_LINES)
			break;
	return at;
}

/* Why a machine ended that should run, in one message. */
static struct err *ended(struct arena *mem, const char *dir,
                         const struct qemu_status *status)
{
	const char *phrase = qemu_status_phrase(mem, status);
	const char *console = tail(mem, fs_join(mem, dir, QEMU_FILE_CONSOLE));
	const char *log = tail(mem, fs_join(mem, dir, QEMU_FILE_LOG));

	return err_new(ERR_IO, NO_POS, "%s%s%s%s%s",
	               phrase ? phrase : "the machine stopped without a word",
	               *log ? "\nQEMU says:\n" : "", log,
	               *console ? "\nthe last lines of its console:\n" : "",
	               console);
}

/* --- waiting -----------------------------------------------------------------
 */

struct waiting {
	struct arena mem;
	const char *dir;
	const struct qemu_process *process;
	const struct qemu_spec *spec;
	const struct qemu_forwards *forwards;
	const struct progress *progress;
	pcre2_code *pattern;
};

static bool is_canceled(const struct progress *p)
{
	return p && p->canceled && p->canceled(p->ctx);
}

static bool is_ready(struct waiting *w)
{
	return qemu_status_read(&w->mem,
	                        fs_join(&w->mem, w->dir, QEMU_FILE_STATUS))
	        .ready;
}

static bool log_matches(struct waiting *w)
{
	const char *path = fs_join(&w->mem, w->dir, QEMU_FILE_CONSOLE);
	pcre2_match_data *match;
	char *text;
	size_t len;
	struct err *e = fs_read(&w->mem, path, MAX_LOG, &text, &len);
	int found;

	if (e) {
		err_free(e);
		return false;
	}
	match = pcre2_match_data_create_from_pattern(w->pattern, NULL);
	if (!match)
		return false;
	found = pcre2_match(w->pattern, (PCRE2_SPTR)text, len, 0, 0, match,
	                    NULL);
	pcre2_match_data_free(match);
	return found >= 0;
}

/* The host's port for a port of the machine. */
static const struct qemu_forward *forward_to(const struct waiting *w,
                                             uint16_t port)
{
	for (size_t i = 0; i < w->forwards->n; i++)
		if (w->forwards->v[i].proto == QEMU_TCP &&
		    w->forwards->v[i].guest == port)
			return &w->forwards->v[i];
	return NULL;
}

static bool port_answers(struct waiting *w)
{
	const struct qemu_forward *f = forward_to(w, w->spec->wait_port);

	return f && qemu_probe_tcp(f->bind, f->host);
}

static bool http_answers(struct waiting *w)
{
	const struct qemu_forward *f = forward_to(w, w->spec->wait_http);

	return f && qemu_probe_http(f->bind, f->host, w->spec->wait_path);
}

/* Poll `test` until it holds, the machine ends, or time is up. */
static struct err *wait_until(struct waiting *w,
                              bool (*test)(struct waiting *w), int timeout_ms,
                              int step_ms, const char *what)
{
	int64_t deadline = clock_ms() + timeout_ms;

	for (;;) {
		struct qemu_status status;
		bool gone = qemu_process_wait(w->process, step_ms);

		/* Looked at after the end: what was said last counts. */
		if (test(w))
			return NULL;
		status = qemu_status_read(
			&w->mem, fs_join(&w->mem, w->dir, QEMU_FILE_STATUS));
		if (gone)
			return ended(&w->mem, w->dir, &status);
		if (is_canceled(w->progress))
			return err_new(ERR_CANCELED, NO_POS, "stopped waiting");
		if (clock_ms() >= deadline)
			return err_new(
				ERR_TIMEOUT, NO_POS,
				"%s within %d.%d s; the last lines of "
				"its console:\n%s",
				what, timeout_ms / 1000,
				timeout_ms % 1000 / 100,
				tail(&w->mem, fs_join(&w->mem, w->dir,
			                              QEMU_FILE_CONSOLE)));
		arena_free(&w->mem);
	}
}

static struct err *wait_for_log(struct waiting *w)
{
	int code;
	PCRE2_SIZE at;
	struct err *e;

	w->pattern = pcre2_compile((PCRE2_SPTR)w->spec->wait_log,
	                           PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE,
	                           &code, &at, NULL);
	if (!w->pattern)
		return err_new(ERR_SYNTAX, NO_POS,
		               "the pattern \"%s\" is wrong",
		               w->spec->wait_log);
	e = wait_until(w, log_matches, w->spec->wait_ms, 4 * STEP_MS,
	               "its log did not show what wait_for wants");
	pcre2_code_free(w->pattern);
	return e;
}

struct err *qemu_machine_wait(const char *dir,
                              const struct qemu_process *process,
                              const struct qemu_spec *spec,
                              const struct qemu_forwards *forwards,
                              const struct progress *progress)
{
	struct waiting w = {.dir = dir,
	                    .process = process,
	                    .spec = spec,
	                    .forwards = forwards,
	                    .progress = progress};
	struct err *e = wait_until(&w, is_ready, READY_MS, STEP_MS,
	                           "its program was not started");

	/* The boot lines may hold secrets, and QEMU has read them. */
	err_free(fs_remove_tree(fs_join(&w.mem, dir, QEMU_FILE_BOOT)));
	if (!e && spec->wait_log)
		e = wait_for_log(&w);
	if (!e && spec->wait_port)
		e = wait_until(&w, port_answers, spec->wait_ms, STEP_MS,
		               "its port did not answer");
	if (!e && spec->wait_http)
		e = wait_until(&w, http_answers, spec->wait_ms, 4 * STEP_MS,
		               "its port gave no good answer over HTTP");
	if (!e)
		e = fs_write(fs_join(&w.mem, dir, UP_FILE), "", 0, 0600);
	arena_free(&w.mem);
	return e;
}

bool qemu_machine_is_up(const char *dir)
{
	struct arena mem = {0};
	bool up = fs_exists(fs_join(&mem, dir, UP_FILE));

	arena_free(&mem);
	return up;
}

/* --- stopping ----------------------------------------------------------------
 */

static void clear_up(const char *dir)
{
	struct arena mem = {0};

	(void)unlink(fs_join(&mem, dir, UP_FILE));
	arena_free(&mem);
}

struct err *qemu_machine_stop(const char *dir, const char *token, int stop_ms)
{
	struct qemu_process p = qemu_machine_process(dir, token);

	if (!qemu_process_alive(&p))
		goto gone;
	/* If we die here, it did not end by itself, whatever its status. */
	clear_up(dir);
	/* What QEMU cannot be asked for is done by signal below. */
	err_free(qemu_qmp_send(dir, "{\"execute\":\"system_powerdown\"}",
	                       QMP_MS));
	if (qemu_process_wait(&p, stop_ms))
		goto gone;
	err_free(qemu_qmp_send(dir, "{\"execute\":\"quit\"}", QMP_MS));
	if (qemu_process_wait(&p, QUIT_MS))
		goto gone;
	qemu_process_signal(&p, SIGKILL);
	if (!qemu_process_wait(&p, KILL_MS))
		return err_new(ERR_TIMEOUT, NO_POS,
		               "process %d does not end, not even by SIGKILL",
		               (int)p.pid);
gone:
	(void)qemu_process_status(&p); /* if it was our child, bury it */
	return NULL;
}
