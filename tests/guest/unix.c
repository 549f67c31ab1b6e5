/* unix.c - sockets within the machine. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/guest/check.h"

static socklen_t name(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(a->sun_path, sizeof(a->sun_path), "%s", path);
	if (*path == '@') { /* abstract */
		a->sun_path[0] = '\0';
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		                   strlen(path));
	}
	return sizeof(*a);
}

static int bind_to(int fd, const char *path)
{
	struct sockaddr_un a;
	socklen_t n = name(&a, path);

	return bind(fd, (struct sockaddr *)&a, n);
}

static int connect_to(int fd, const char *path)
{
	struct sockaddr_un a;
	socklen_t n = name(&a, path);

	return connect(fd, (struct sockaddr *)&a, n);
}

static int revents(int fd, int events)
{
	struct pollfd p = {fd, (short)events, 0};

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void pairs(void)
{
	char buf[16];
	int s[2];

	begin("pairs");
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	CHECK_EQ(write(s[0], "one", 3), 3);
	CHECK_EQ(write(s[0], "two", 3), 3);
	CHECK_EQ(revents(s[1], POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK_EQ(recv(s[1], buf, 2, MSG_PEEK), 2);
	CHECK_EQ(read(s[1], buf, 16), 6);
	CHECK_ERR(recv(s[1], buf, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(write(s[1], "back", 4), 4);
	CHECK_EQ(read(s[0], buf, 16), 4);
	CHECK_EQ(shutdown(s[0], SHUT_WR), 0);
	CHECK_EQ(read(s[1], buf, 1), 0);
	CHECK_ERR(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(s[0]);
	CHECK_ERR(send(s[1], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(revents(s[1], POLLIN) & POLLHUP, POLLHUP);
	close(s[1]);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, s), 0);
	CHECK_EQ(write(s[0], "one", 3), 3);
	CHECK_EQ(write(s[0], "three", 5), 5);
	CHECK_EQ(read(s[1], buf, 16), 3);
	CHECK_EQ(read(s[1], buf, 2), 2);
	CHECK_ERR(recv(s[1], buf, 2, MSG_DONTWAIT), EAGAIN);
	close(s[0]);
	close(s[1]);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s), 0);
	CHECK_EQ(write(s[0], "packet", 6), 6);
	CHECK_EQ(read(s[1], buf, 3), 3);
	CHECK_ERR(recv(s[1], buf, 2, MSG_DONTWAIT), EAGAIN);
	close(s[0]);
	CHECK_EQ(read(s[1], buf, 3), 0);
	close(s[1]);
}

static void *accept_and_echo(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);
	char buf[16];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0 && write(fd, buf, (size_t)n) != n)
		n = -1;
	close(fd);
	return NULL;
}

static void named(const char *path)
{
	int l = socket(AF_UNIX, SOCK_STREAM, 0);
	int c = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a;
	socklen_t n = sizeof(a);
	struct stat st;
	pthread_t t;
	char buf[16];

	begin(path);
	CHECK_ERR(connect_to(c, path), *path == '@' ? ECONNREFUSED : ENOENT);
	CHECK_EQ(bind_to(l, path), 0);
	CHECK_ERR(connect_to(c, path), ECONNREFUSED);
	CHECK_EQ(listen(l, 5), 0);
	pthread_create(&t, NULL, accept_and_echo, &l);
	CHECK_EQ(connect_to(c, path), 0);
	CHECK_EQ(write(c, "echo", 4), 4);
	CHECK_EQ(read(c, buf, 16), 4);
	CHECK_EQ(read(c, buf, 16), 0);
	pthread_join(t, NULL);
	CHECK_EQ(getsockname(l, (struct sockaddr *)&a, &n), 0);
	CHECK_EQ(a.sun_family, AF_UNIX);
	CHECK(!strcmp(a.sun_path + (*path == '@'), path + (*path == '@')));
	close(c);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERR(bind_to(c, path), EADDRINUSE);
	close(l);
	CHECK_ERR(connect_to(c, path), ECONNREFUSED);
	close(c);
	if (*path == '@')
		return;
	CHECK_EQ(stat(path, &st), 0);
	CHECK(S_ISSOCK(st.st_mode));
	CHECK_ERR(open(path, O_RDWR), ENXIO);
	CHECK_EQ(unlink(path), 0);
}

static int send_fd(int over, int fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = {0};
	struct iovec v = {(char[]){"f"}, 1};
	struct msghdr m = {.msg_iov = &v,
	                   .msg_iovlen = 1,
	                   .msg_control = &c,
	                   .msg_controllen = sizeof(c.room)};

	c.h = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
	                       .cmsg_level = SOL_SOCKET,
	                       .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&c.h), &fd, sizeof(fd));
	return (int)sendmsg(over, &m, 0);
}

static int receive_fd(int over)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = {0};
	char byte;
	struct iovec v = {&byte, 1};
	struct msghdr m = {.msg_iov = &v,
	                   .msg_iovlen = 1,
	                   .msg_control = &c,
	                   .msg_controllen = sizeof(c.room)};
	int fd = -1;

	if (recvmsg(over, &m, 0) != 1 || c.h.cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(&c.h), sizeof(fd));
	return fd;
}

static void descriptors(void)
{
	int s[2], file = open("passed", O_CREAT | O_RDWR, 0644), got;
	char buf[8];

	begin("descriptors are passed");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	CHECK_EQ(write(file, "text", 4), 4);
	CHECK_EQ(send_fd(s[0], file), 1);
	CHECK_EQ(close(file), 0);
	got = receive_fd(s[1]);
	CHECK(got >= 0);
	CHECK_EQ(pread(got, buf, 8, 0), 4);
	close(got);
	file = open("passed", O_RDONLY);
	CHECK_EQ(send_fd(s[0], file), 1);
	close(file);
	close(s[0]); /* with a descriptor on its way */
	close(s[1]);
	CHECK_EQ(unlink("passed"), 0);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	pairs();
	named("socket");
	named("@abstract");
	descriptors();
	return check_done();
}
