/* qmp.c - QEMU's line-wise JSON, spoken for one command. */
#include "providers/qemu/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "parser/base/arena.h"
#include "parser/value/value.h"

enum { LINE_MAX_QMP = 64 * 1024 };

struct talk {
	struct arena mem;
	int fd;
	int64_t deadline; /* of clock_ms() */
	char *buf;        /* LINE_MAX_QMP bytes */
	size_t used;
};

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A socket's path may have 107 bytes; a descriptor's name is short. */
static struct err *dial(struct talk *t, const char *dir)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err *e = NULL;

	if (dir_fd < 0)
		return err_sys(errno, "%s", dir);
	snprintf(to.sun_path, sizeof(to.sun_path),
	         "/proc/self/fd/%d/" QEMU_QMP_SOCKET, dir_fd);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0 ||
	    connect(t->fd, (const struct sockaddr *)&to, sizeof(to)))
		e = err_sys(errno, "%s/" QEMU_QMP_SOCKET, dir);
	close(dir_fd);
	return e;
}

static struct err *wait_input(struct talk *t)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	int64_t left = t->deadline - clock_ms();
	int n = left > 0 ? poll(&p, 1, (int)left) : 0;

	if (n < 0 && errno != EINTR)
		return err_sys(errno, "QEMU's control socket");
	if (n == 0)
		return err_new(ERR_TIMEOUT, NO_POS, "QEMU does not answer");
	return NULL;
}

static struct err *fill(struct talk *t)
{
	struct err *e = wait_input(t);
	ssize_t n;

	if (e)
		return e;
	if (t->used == LINE_MAX_QMP)
		return err_new(ERR_REMOTE, NO_POS, "QEMU's answer is too long");
	n = read(t->fd, t->buf + t->used, LINE_MAX_QMP - t->used);
	if (n == 0)
		return err_new(ERR_IO, NO_POS,
		               "QEMU closed its control socket");
	if (n > 0)
		t->used += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		return err_sys(errno, "QEMU's control socket");
	return NULL;
}

static struct err *next_message(struct talk *t, const struct value **out)
{
	char *end = NULL;
	struct err *e = NULL;

	while (!e && !(end = memchr(t->buf, '\n', t->used)))
		e = fill(t);
	if (e)
		return e;
	e = value_from_json(&t->mem, t->buf, (size_t)(end - t->buf), out);
	t->used -= (size_t)(end + 1 - t->buf);
	memmove(t->buf, end + 1, t->used);
	return e;
}

/* Send a line; it is short, and the buffer empty: no partial writes. */
static struct err *say(struct talk *t, const char *command)
{
	const char *line = arena_printf(&t->mem, "%s\n", command);
	ssize_t n = send(t->fd, line, strlen(line), MSG_NOSIGNAL);

	if (n != (ssize_t)strlen(line))
		return err_sys(n < 0 ? errno : EIO, "QEMU's control socket");
	return NULL;
}

static struct err *ask(struct talk *t, const char *command)
{
	const struct value *answer;
	struct err *e = say(t, command);

	while (!e) {
		e = next_message(t, &answer);
		if (e || value_get(answer, "return"))
			break;
		answer = value_get(answer, "error");
		if (answer)
			e = err_new(ERR_REMOTE, NO_POS, "QEMU refuses: %s",
			            value_get_string(answer, "desc", "?"));
	}
	return e;
}

struct err *qemu_qmp_send(const char *dir, const char *command, int timeout_ms)
{
	struct talk t = {.fd = -1, .deadline = clock_ms() + timeout_ms};
	const struct value *greeting;
	struct err *e = dial(&t, dir);

	t.buf = arena_alloc(&t.mem, LINE_MAX_QMP, 1);
	if (!e)
		e = next_message(&t, &greeting);
	if (!e)
		e = ask(&t, "{\"execute\":\"qmp_capabilities\"}");
	if (!e)
		e = ask(&t, command);
	if (t.fd >= 0)
		close(t.fd);
	arena_free(&t.mem);
	return e;
}
