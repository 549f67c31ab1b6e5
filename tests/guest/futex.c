/* futex.c - the futex call itself, as C libraries other than glibc use it. */
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tests/guest/check.h"

static uint32_t word, other;

static long futex(uint32_t *at, int op, uint32_t v, const struct timespec *t,
                  uint32_t *at2, uint32_t v3)
{
	return syscall(SYS_futex, at, op, v, t, at2, v3);
}

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void alone(void)
{
	struct timespec short_time = {0, 20000000}, t;
	int64_t from = now_ms();

	begin("nobody wakes");
	CHECK_ERR(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
	CHECK_ERR(futex(&word, FUTEX_WAIT, 0, &short_time, NULL, 0), ETIMEDOUT);
	CHECK(now_ms() - from >= 20);
	from = now_ms();
	t = in_ms(CLOCK_MONOTONIC, 20);
	CHECK_ERR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &t, NULL, ~0u),
	          ETIMEDOUT);
	t = in_ms(CLOCK_REALTIME, 20);
	CHECK_ERR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME,
	                0, &t, NULL, ~0u),
	          ETIMEDOUT);
	CHECK(now_ms() - from >= 38);
	CHECK_EQ(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	t.tv_nsec = 1000000000;
	CHECK_ERR(futex(&word, FUTEX_WAIT, 0, &t, NULL, 0), EINVAL);
	t = (struct timespec){-1, 0};
	CHECK_ERR(futex(&word, FUTEX_WAIT, 0, &t, NULL, 0), EINVAL);
	CHECK_ERR(futex((uint32_t *)((char *)&word + 1), FUTEX_WAKE, 1, NULL,
	                NULL, 0),
	          EINVAL);
	CHECK_ERR(futex((uint32_t *)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	CHECK_ERR(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
	CHECK_ERR(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
	CHECK_ERR(futex(&word, 99, 1, NULL, NULL, 0), ENOSYS);
}

struct sleeper {
	pthread_t thread;
	uint32_t *at, bits;
	long result;
};

static int asleep;

static void *wait_for(void *arg)
{
	struct sleeper *s = arg;

	__atomic_add_fetch(&asleep, 1, __ATOMIC_SEQ_CST);
	s->result =
		futex(s->at, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, s->bits);
	__atomic_sub_fetch(&asleep, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void start(struct sleeper *s, int n, uint32_t bits)
{
	for (int i = 0; i < n; i++) {
		s[i] = (struct sleeper){.at = &word, .bits = bits, .result = 9};
		pthread_create(&s[i].thread, NULL, wait_for, &s[i]);
	}
	while (__atomic_load_n(&asleep, __ATOMIC_SEQ_CST) < n)
		sleep_ms(1);
	sleep_ms(20);
}

static int joined(struct sleeper *s, int n)
{
	int fine = 0;

	for (int i = 0; i < n; i++) {
		pthread_join(s[i].thread, NULL);
		fine += s[i].result == 0;
	}
	return fine;
}

static void waking(void)
{
	struct sleeper s[4];

	begin("wake");
	start(s, 4, ~0u);
	CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0), 2);
	CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 99, NULL, NULL, 0), 2);
	CHECK_EQ(joined(s, 4), 4);
	start(s, 2, 2);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 4), 0);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 6), 2);
	CHECK_EQ(joined(s, 2), 2);
}

static void requeueing(void)
{
	struct sleeper s[4];
	void *two = (void *)2, *nine = (void *)9;

	begin("requeue");
	start(s, 4, ~0u);
	CHECK_ERR(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, nine, &other, 5),
	          EAGAIN);
	CHECK_EQ(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, two, &other, 0), 3);
	CHECK_EQ(futex(&other, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 2);
	CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 1);
	CHECK_EQ(joined(s, 4), 4);
}

static void wake_op(void)
{
	struct sleeper s[2];
	void *nine = (void *)9;
	int op = FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 3);

	begin("wake op");
	other = 3;
	start(s, 2, ~0u);
	CHECK_EQ(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, nine, &other,
	               (uint32_t)op),
	         1);
	CHECK_EQ(other, 8);
	CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 1);
	CHECK_EQ(joined(s, 2), 2);
}

/* Two views of one page are one futex, when it is not called private. */
static void shared(void)
{
	int fd = (int)syscall(SYS_memfd_create, "futex", 0);
	uint32_t *p, *q;
	struct timespec t = {0, 1};

	begin("shared");
	CHECK_EQ(ftruncate(fd, 4096), 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	q = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(p != MAP_FAILED && q != MAP_FAILED);
	*p = 1;
	CHECK_ERR(futex(q, FUTEX_WAIT, 0, NULL, NULL, 0), EAGAIN);
	CHECK_ERR(futex(q, FUTEX_WAIT, 1, &t, NULL, 0), ETIMEDOUT);
	CHECK_EQ(futex(p, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

int main(void)
{
	alone();
	waking();
	requeueing();
	wake_op();
	shared();
	return check_done();
}
