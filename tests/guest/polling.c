/* polling.c - pipes, poll, select, eventfd, timerfd, signalfd. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "tests/guest/check.h"

static int revents(int fd, int events, int timeout)
{
	struct pollfd p = {fd, (short)events, 0};

	return poll(&p, 1, timeout) < 0 ? -1 : p.revents;
}

static void pipes(void)
{
	static char block[100000];
	char buf[8];
	int p[2], n;

	begin("pipes");
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(write(p[1], "abcdef", 6), 6);
	CHECK_EQ(ioctl(p[0], FIONREAD, &n), 0);
	CHECK_EQ(n, 6);
	CHECK_EQ(read(p[0], buf, 4), 4);
	CHECK_EQ(read(p[0], buf, 4), 2);
	CHECK_ERR(lseek(p[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERR(pread(p[0], buf, 1, 0), ESPIPE);
	CHECK_ERR(read(p[1], buf, 1), EBADF);
	CHECK_ERR(write(p[0], buf, 1), EBADF);
	CHECK_EQ(fcntl(p[0], F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(fcntl(p[1], F_SETFL, O_NONBLOCK), 0);
	CHECK_ERR(read(p[0], buf, 1), EAGAIN);
	CHECK_EQ(write(p[1], block, sizeof(block)), 65536);
	CHECK_ERR(write(p[1], block, 1), EAGAIN);
	CHECK_EQ(revents(p[1], POLLOUT, 0), 0);
	CHECK_EQ(read(p[0], block, 4096), 4096);
	CHECK_EQ(revents(p[1], POLLOUT, 0), POLLOUT);
	CHECK_EQ(revents(p[0], POLLIN, 0), POLLIN);
	close(p[1]);
	CHECK_EQ(revents(p[0], POLLIN, 0), POLLIN | POLLHUP);
	CHECK_EQ(read(p[0], block, sizeof(block)), 61440);
	CHECK_EQ(read(p[0], block, 1), 0);
	CHECK_EQ(revents(p[0], POLLIN, 0), POLLHUP);
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(pipe2(p, O_NONBLOCK | O_CLOEXEC), 0);
	CHECK_EQ(fcntl(p[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_EQ(fcntl(p[1], F_GETFD), FD_CLOEXEC);
	close(p[0]);
	CHECK_EQ(revents(p[1], POLLOUT, 0) & POLLERR, POLLERR);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	close(p[1]);
	CHECK_ERR(pipe2(p, 0x1234), EINVAL);
}

static int to_write;

static void *write_later(void *arg)
{
	sleep_ms(30);
	return write(to_write, "x", 1) == 1 ? arg : NULL;
}

static void polls(void)
{
	struct pollfd many[3];
	pthread_t t;
	int p[2];
	int64_t from;

	begin("poll");
	MUST(pipe(p) == 0);
	to_write = p[1];
	from = now_ms();
	CHECK_EQ(revents(p[0], POLLIN, 30), 0);
	CHECK(now_ms() - from >= 30 && now_ms() - from < 500);
	CHECK_EQ(revents(999, POLLIN, 0), POLLNVAL);
	CHECK_EQ(revents(-1, POLLIN, 0), 0);
	pthread_create(&t, NULL, write_later, NULL);
	CHECK_EQ(revents(p[0], POLLIN, -1), POLLIN);
	pthread_join(t, NULL);
	many[0] = (struct pollfd){p[0], POLLIN, 0};
	many[1] = (struct pollfd){-1, POLLIN, 77};
	many[2] = (struct pollfd){p[1], POLLOUT | POLLIN, 0};
	CHECK_EQ(poll(many, 3, -1), 2);
	CHECK_EQ(many[1].revents, 0);
	CHECK_EQ(many[2].revents, POLLOUT);
	from = now_ms();
	CHECK_EQ(poll(NULL, 0, 20), 0);
	CHECK(now_ms() - from >= 20);
	CHECK_ERR(poll((struct pollfd *)8, 1, 0), EFAULT);
	close(p[0]);
	close(p[1]);
}

static void selects(void)
{
	struct timeval t = {0, 20000};
	fd_set in, out;
	int p[2];

	begin("select");
	MUST(pipe(p) == 0);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(p[0], &in);
	FD_SET(p[1], &out);
	CHECK_EQ(select(p[1] + 1, &in, &out, NULL, NULL), 1);
	CHECK(!FD_ISSET(p[0], &in));
	CHECK(FD_ISSET(p[1], &out));
	FD_SET(p[0], &in);
	CHECK_EQ(select(p[0] + 1, &in, NULL, NULL, &t), 0);
	CHECK(!FD_ISSET(p[0], &in));
	CHECK_EQ(write(p[1], "x", 1), 1);
	FD_SET(p[0], &in);
	CHECK_EQ(select(p[0] + 1, &in, NULL, NULL, NULL), 1);
	close(p[0]);
	FD_SET(p[0], &in);
	CHECK_ERR(select(p[0] + 1, &in, NULL, NULL, &t), EBADF);
	CHECK_ERR(select(-1, &in, NULL, NULL, &t), EINVAL);
	close(p[1]);
}

static volatile sig_atomic_t handled;

static void on_signal(int sig)
{
	handled = sig;
}

/* The signal is let in only while ppoll() waits. */
static void masks(void)
{
	struct sigaction a = {.sa_handler = on_signal};
	struct timespec t = {5, 0};
	sigset_t usr1, empty;

	begin("ppoll");
	sigemptyset(&empty);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigaction(SIGUSR1, &a, NULL);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	CHECK_EQ(handled, 0);
	CHECK_ERR(ppoll(NULL, 0, &t, &empty), EINTR);
	CHECK_EQ(handled, SIGUSR1);
	handled = 0;
	raise(SIGUSR1);
	t = (struct timespec){0, 1000000};
	CHECK_EQ(ppoll(NULL, 0, &t, NULL), 0);
	CHECK_EQ(handled, 0);
	t.tv_nsec = 1000000000;
	CHECK_ERR(ppoll(NULL, 0, &t, NULL), EINVAL);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
	CHECK_EQ(handled, SIGUSR1);
}

static void events(void)
{
	uint64_t v = 0;
	int fd = eventfd(3, EFD_NONBLOCK);

	begin("eventfd");
	MUST(fd >= 0);
	CHECK_EQ(revents(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 3);
	CHECK_ERR(read(fd, &v, 8), EAGAIN);
	CHECK_ERR(read(fd, &v, 4), EINVAL);
	v = 5;
	CHECK_EQ(write(fd, &v, 8), 8);
	CHECK_EQ(write(fd, &v, 8), 8);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 10);
	v = UINT64_MAX;
	CHECK_ERR(write(fd, &v, 8), EINVAL);
	v = UINT64_MAX - 1;
	CHECK_EQ(write(fd, &v, 8), 8);
	v = 1;
	CHECK_ERR(write(fd, &v, 8), EAGAIN);
	CHECK_EQ(revents(fd, POLLIN | POLLOUT, 0), POLLIN);
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 1);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(revents(fd, POLLIN, 0), 0);
	close(fd);
	CHECK_ERR(eventfd(0, 0x1000), EINVAL);
}

static void timers(void)
{
	struct itimerspec t = {{0, 10000000}, {0, 20000000}}, now;
	uint64_t n = 0;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	int64_t from = now_ms();

	begin("timerfd");
	MUST(fd >= 0);
	CHECK_ERR(read(fd, &n, 8), EAGAIN);
	CHECK_EQ(timerfd_settime(fd, 0, &t, NULL), 0);
	CHECK_EQ(revents(fd, POLLIN, 1000), POLLIN);
	CHECK(now_ms() - from >= 19 && now_ms() - from < 500);
	sleep_ms(25);
	CHECK_EQ(read(fd, &n, 8), 8);
	CHECK(n >= 3);
	CHECK_EQ(timerfd_gettime(fd, &now), 0);
	CHECK_EQ(now.it_interval.tv_nsec, 10000000);
	CHECK(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 10000000);
	t = (struct itimerspec){{0, 0}, {0, 0}};
	CHECK_EQ(timerfd_settime(fd, 0, &t, NULL), 0);
	CHECK_EQ(revents(fd, POLLIN, 30), 0);
	clock_gettime(CLOCK_MONOTONIC, &t.it_value);
	CHECK_EQ(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL), 0);
	CHECK_EQ(revents(fd, POLLIN, 1000), POLLIN);
	CHECK_EQ(read(fd, &n, 8), 8);
	CHECK_EQ(n, 1);
	t.it_value.tv_nsec = -1;
	CHECK_ERR(timerfd_settime(fd, 0, &t, NULL), EINVAL);
	CHECK_ERR(timerfd_create(99, 0), EINVAL);
	close(fd);
}

static void signals(void)
{
	struct signalfd_siginfo info = {0};
	sigset_t set;
	int fd;

	begin("signalfd");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	MUST(fd >= 0);
	CHECK_ERR(read(fd, &info, sizeof(info)), EAGAIN);
	CHECK_EQ(revents(fd, POLLIN, 0), 0);
	kill(getpid(), SIGUSR2);
	CHECK_EQ(revents(fd, POLLIN, 0), POLLIN);
	CHECK_EQ(read(fd, &info, sizeof(info)), sizeof(info));
	CHECK_EQ(info.ssi_signo, SIGUSR2);
	CHECK_EQ(info.ssi_pid, getpid());
	CHECK_ERR(read(fd, &info, sizeof(info)), EAGAIN);
	CHECK_ERR(read(fd, &info, 1), EINVAL);
	close(fd);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(void)
{
	pipes();
	polls();
	selects();
	masks();
	events();
	timers();
	signals();
	return check_done();
}
