/* epolls.c - epoll: level and edge, one shot, changes, nesting, who is woken,
 * mistakes. */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "tests/guest/asleep.h"

static int ep, in, out;
static struct epoll_event got[8];

static int change(int op, int fd, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u32 = (uint32_t)fd};

	return epoll_ctl(ep, op, fd, &e);
}

static int wait_for(int timeout)
{
	return epoll_wait(ep, got, 8, timeout);
}

static void fill(void)
{
	if (write(out, "x", 1) != 1)
		printf("cannot write\n");
}

static void drain(void)
{
	char buf[64];

	if (read(in, buf, sizeof(buf)) < 0)
		printf("cannot read\n");
}

static void start(void)
{
	int p[2];

	MUST(pipe2(p, O_NONBLOCK) == 0);
	in = p[0];
	out = p[1];
	ep = epoll_create1(EPOLL_CLOEXEC);
	MUST(ep >= 0);
}

static void finish(void)
{
	close(in);
	close(out);
	close(ep);
}

static void levels(void)
{
	int64_t from = now_ms();

	begin("level");
	start();
	CHECK_EQ(change(EPOLL_CTL_ADD, in, EPOLLIN), 0);
	CHECK_EQ(wait_for(0), 0);
	CHECK_EQ(wait_for(30), 0);
	CHECK(now_ms() - from >= 30 && now_ms() - from < 500);
	fill();
	CHECK_EQ(wait_for(-1), 1);
	CHECK_EQ(got[0].events, EPOLLIN);
	CHECK_EQ(got[0].data.u32, in);
	CHECK_EQ(wait_for(0), 1);
	drain();
	CHECK_EQ(wait_for(0), 0);
	CHECK_EQ(change(EPOLL_CTL_ADD, out, EPOLLOUT), 0);
	CHECK_EQ(wait_for(0), 1);
	fill();
	CHECK_EQ(wait_for(0), 2);
	CHECK_EQ(epoll_wait(ep, got, 1, 0), 1);
	CHECK_EQ(change(EPOLL_CTL_DEL, out, 0), 0);
	CHECK_EQ(wait_for(0), 1);
	close(out);
	CHECK_EQ(wait_for(0), 1);
	CHECK_EQ(got[0].events, EPOLLIN | EPOLLHUP);
	close(in); /* leaves the set by itself */
	CHECK_EQ(wait_for(0), 0);
	close(ep);
}

static void edges(void)
{
	begin("edge");
	start();
	CHECK_EQ(change(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLET), 0);
	fill();
	CHECK_EQ(wait_for(0), 1);
	CHECK_EQ(wait_for(0), 0);
	fill(); /* more came, though it was not read */
	CHECK_EQ(wait_for(0), 1);
	CHECK_EQ(wait_for(0), 0);
	drain();
	CHECK_EQ(wait_for(0), 0);
	fill();
	CHECK_EQ(wait_for(0), 1);
	CHECK_EQ(change(EPOLL_CTL_MOD, in, EPOLLIN | EPOLLET), 0);
	CHECK_EQ(wait_for(0), 1); /* a change looks again */
	CHECK_EQ(wait_for(0), 0);
	finish();
}

static void once(void)
{
	begin("one shot");
	start();
	CHECK_EQ(change(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLONESHOT), 0);
	fill();
	CHECK_EQ(wait_for(0), 1);
	CHECK_EQ(wait_for(0), 0);
	fill();
	CHECK_EQ(wait_for(0), 0);
	CHECK_EQ(change(EPOLL_CTL_MOD, in, EPOLLIN | EPOLLONESHOT), 0);
	CHECK_EQ(wait_for(0), 1);
	CHECK_EQ(wait_for(0), 0);
	finish();
}

static void nested(void)
{
	int outer = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = 7};

	begin("nested");
	start();
	CHECK_EQ(change(EPOLL_CTL_ADD, in, EPOLLIN), 0);
	CHECK_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &e), 0);
	CHECK_EQ(epoll_wait(outer, got, 8, 0), 0);
	fill();
	CHECK_EQ(epoll_wait(outer, got, 8, 1000), 1);
	CHECK_EQ(got[0].data.u32, 7);
	drain();
	CHECK_EQ(epoll_wait(outer, got, 8, 0), 0);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, outer, &e), ELOOP);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e), EINVAL);
	close(outer);
	finish();
}

static void mistakes(void)
{
	int file = open("plain", O_CREAT | O_RDWR, 0644);

	begin("mistakes");
	start();
	CHECK_ERR(change(EPOLL_CTL_ADD, 999, EPOLLIN), EBADF);
	CHECK_ERR(change(EPOLL_CTL_ADD, file, EPOLLIN), EPERM);
	CHECK_ERR(change(EPOLL_CTL_MOD, in, EPOLLIN), ENOENT);
	CHECK_ERR(change(EPOLL_CTL_DEL, in, EPOLLIN), ENOENT);
	CHECK_EQ(change(EPOLL_CTL_ADD, in, EPOLLIN), 0);
	CHECK_ERR(change(EPOLL_CTL_ADD, in, EPOLLIN), EEXIST);
	CHECK_ERR(change(EPOLL_CTL_MOD, in, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
	CHECK_ERR(change(EPOLL_CTL_ADD, out,
	                 EPOLLOUT | EPOLLEXCLUSIVE | EPOLLONESHOT),
	          EINVAL);
	CHECK_ERR(change(EPOLL_CTL_ADD, out,
	                 EPOLLOUT | EPOLLEXCLUSIVE | EPOLLRDHUP),
	          EINVAL);
	CHECK_EQ(change(EPOLL_CTL_ADD, out, EPOLLOUT | EPOLLEXCLUSIVE), 0);
	CHECK_ERR(change(EPOLL_CTL_MOD, out, EPOLLOUT), EINVAL);
	CHECK_EQ(change(EPOLL_CTL_DEL, out, 0), 0);
	CHECK_ERR(change(77, in, EPOLLIN), EINVAL);
	CHECK_ERR(epoll_ctl(in, EPOLL_CTL_ADD, out, got), EINVAL);
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_MOD, in, NULL), EFAULT);
	CHECK_ERR(epoll_wait(ep, got, 0, 0), EINVAL);
	CHECK_ERR(epoll_wait(in, got, 1, 0), EINVAL);
	CHECK_ERR(epoll_wait(999, got, 1, 0), EBADF);
	CHECK_ERR(epoll_create(0), EINVAL);
	fill();
	CHECK_ERR(epoll_wait(ep, (struct epoll_event *)8, 1, 0), EFAULT);
	close(file);
	unlink("plain");
	finish();
}

static int wakes;
static int counter;

static void *wait_once(void *arg)
{
	struct epoll_event e;

	if (epoll_wait(ep, &e, 1, 300) == 1) {
		uint64_t v;

		__atomic_add_fetch(&wakes, 1, __ATOMIC_SEQ_CST);
		if (read(counter, &v, 8) != 8)
			return arg;
	}
	return NULL;
}

/* One event, edge-triggered: one of several waiters gets it. */
static void shared(void)
{
	uint64_t one = 1;
	pthread_t t[3];

	begin("several waiters");
	start();
	counter = eventfd(0, EFD_NONBLOCK);
	CHECK_EQ(change(EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLET), 0);
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, wait_once, NULL);
	sleep_ms(50);
	CHECK_EQ(write(counter, &one, 8), 8);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	CHECK_EQ(wakes, 1);
	close(counter);
	finish();
}

/* --- two epoll files that watch one thing, each with a thread that waits ---
 */

struct waiter {
	int ep;
	pid_t tid; /* atomic; 0: not there yet */
	int saw;   /* how many posts there had been when it came back */
};

static int posts; /* atomic */
static sem_t came;

static void *wait_exclusive(void *arg)
{
	struct waiter *w = arg;
	struct epoll_event e;

	say_tid(&w->tid);
	if (epoll_wait(w->ep, &e, 1, -1) == 1)
		w->saw = __atomic_load_n(&posts, __ATOMIC_SEQ_CST);
	sem_post(&came);
	return NULL;
}

static void post(void)
{
	uint64_t one = 1;

	__atomic_add_fetch(&posts, 1, __ATOMIC_SEQ_CST);
	if (write(counter, &one, 8) != 8)
		printf("cannot post\n");
	sem_wait(&came);
}

/* What the two that waited saw, in sum: 3 if each post woke one. */
static int two_posts(void)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE};
	struct waiter w[2] = {0};
	pthread_t t[2];

	posts = 0;
	counter = eventfd(0, EFD_NONBLOCK);
	for (int i = 0; i < 2; i++) {
		w[i].ep = epoll_create1(0);
		if (epoll_ctl(w[i].ep, EPOLL_CTL_ADD, counter, &e) ||
		    pthread_create(&t[i], NULL, wait_exclusive, &w[i]))
			exit(98);
	}
	until_asleep(&w[0].tid);
	until_asleep(&w[1].tid);
	post();
	post();
	for (int i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		close(w[i].ep);
	}
	close(counter);
	return w[0].saw + w[1].saw;
}

static void exclusive(void)
{
	enum { ROUNDS = 20 };
	int sum = 0;

	begin("exclusive");
	sem_init(&came, 0, 0);
	for (int i = 0; i < ROUNDS; i++)
		sum += two_posts();
	CHECK_EQ(sum, 3 * ROUNDS);
	sem_destroy(&came);
}

int main(void)
{
	levels();
	edges();
	once();
	nested();
	mistakes();
	shared();
	exclusive();
	return check_done();
}
