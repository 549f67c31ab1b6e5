/*
 * unixcycles.c - UNIX sockets that are only in each other's queues are closed.
 *
 * run:
 * run: guest env=DEEP=1 memory=128
 *
 * With DEEP queues lie in queues, deeper than Linux lets them.
 */
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/guest/check.h"

enum { PATIENCE_MS = 10000, DEPTH = 5000 };

/* Both ends of a pipe: what holds the second one shows at the first. */
static int witness[2];

static bool send_files(int over, const int *fds, int n)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = ""};
	struct iovec v = {(char[]){"x"}, 1};
	struct msghdr m = {.msg_iov = &v,
	                   .msg_iovlen = 1,
	                   .msg_control = control.bytes,
	                   .msg_controllen =
	                           CMSG_SPACE((size_t)n * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	return sendmsg(over, &m, 0) == 1;
}

static int receive_file(int from)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char x;
	struct iovec v = {&x, 1};
	struct msghdr m = {.msg_iov = &v,
	                   .msg_iovlen = 1,
	                   .msg_control = control.bytes,
	                   .msg_controllen = CMSG_LEN(sizeof(int))};
	int fd = -1;

	if (recvmsg(from, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void make_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		abort();
}

/* Any UNIX socket that is closed makes the kernel look. */
static void make_it_look(void)
{
	int fds[2];

	make_pair(fds);
	close(fds[0]);
	close(fds[1]);
}

static void begin_watching(const char *what)
{
	begin(what);
	MUST(pipe(witness) == 0);
}

static bool is_gone(void)
{
	struct pollfd p = {witness[0], 0, 0};
	int64_t end = now_ms() + PATIENCE_MS;

	close(witness[1]);
	do {
		make_it_look();
		if (poll(&p, 1, 20) == 1)
			return p.revents & POLLHUP;
	} while (now_ms() < end);
	return false;
}

static bool is_there(void)
{
	struct pollfd p = {witness[0], 0, 0};

	close(witness[1]);
	make_it_look();
	return poll(&p, 1, 100) == 0;
}

static void in_itself(void)
{
	int a[2];

	begin_watching("in its own queue");
	make_pair(a);
	CHECK(send_files(a[1], (int[]){a[0], witness[1]}, 2));
	close(a[1]);
	close(a[0]);
	CHECK(is_gone());
	close(witness[0]);
}

static void in_each_other(void)
{
	int a[2], b[2];

	begin_watching("in each other's");
	make_pair(a);
	make_pair(b);
	CHECK(send_files(a[1], (int[]){b[0], witness[1]}, 2));
	CHECK(send_files(b[1], (int[]){a[0]}, 1));
	close(a[1]);
	close(b[1]);
	close(a[0]);
	close(b[0]);
	CHECK(is_gone());
	close(witness[0]);
}

/* One of a circle can still be received by somebody. */
static void within_reach(void)
{
	int a[2], b[2], out[2], got;

	begin_watching("within reach");
	make_pair(a);
	make_pair(b);
	make_pair(out);
	CHECK(send_files(a[1], (int[]){b[0], witness[1]}, 2));
	CHECK(send_files(b[1], (int[]){a[0]}, 1));
	CHECK(send_files(out[1], (int[]){a[0]}, 1));
	close(a[1]);
	close(b[1]);
	close(a[0]);
	close(b[0]);
	CHECK(is_there());
	got = receive_file(out[0]);
	CHECK(got >= 0);
	b[0] = receive_file(got);
	CHECK(b[0] >= 0);
	a[0] = receive_file(b[0]);
	CHECK(a[0] >= 0);
	close(a[0]);
	close(b[0]);
	close(got);
	close(out[0]);
	close(out[1]);
	CHECK(is_gone());
	close(witness[0]);
}

/* A listener in the queue of who waits to be accepted by it. */
static void not_accepted(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + 7;
	int l = socket(AF_UNIX, SOCK_STREAM, 0);
	int c = socket(AF_UNIX, SOCK_STREAM, 0);

	begin_watching("not accepted");
	memcpy(a.sun_path, "\0circle", 7);
	MUST(bind(l, (struct sockaddr *)&a, size) == 0);
	MUST(listen(l, 1) == 0);
	MUST(connect(c, (struct sockaddr *)&a, size) == 0);
	CHECK(send_files(c, (int[]){l, witness[1]}, 2));
	close(c);
	CHECK(is_there());
	close(l);
	make_it_look();
	CHECK(is_gone());
	close(witness[0]);
}

/* To close the first is to close what is in its queue, and so on. */
static void deep(void)
{
	int first[2], last[2], next[2], made = 0;

	begin_watching("deep");
	make_pair(first);
	memcpy(last, first, sizeof(last));
	last[0] = dup(first[0]);
	for (; made < DEPTH; made++) {
		make_pair(next);
		if (!send_files(last[1], next, 1))
			break;
		close(last[0]);
		close(last[1]);
		memcpy(last, next, sizeof(last));
	}
	CHECK_EQ(made, DEPTH);
	CHECK(send_files(last[1], witness + 1, 1));
	close(last[0]);
	close(last[1]);
	CHECK(is_there());
	close(first[0]);
	CHECK(is_gone());
	close(witness[0]);
}

int main(void)
{
	if (getenv("DEEP")) {
		deep();
	} else {
		in_itself();
		in_each_other();
		within_reach();
		not_accepted();
	}
	return check_done();
}
