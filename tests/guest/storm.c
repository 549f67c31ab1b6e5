/*
 * storm.c - everything that threads share, by many of them at once. Rounds are
 * counted, so what is printed is the same everywhere; STORM=SECONDS in the
 * environment goes on with new rounds for so long.
 *
 * run: cpus=1
 * run: cpus=2
 * run: cpus=4
 * run: cpus=8
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/guest/check.h"

enum { WORKERS = 6, PAGE = 4096 };

static long bad; /* atomic: what went wrong in the storm of the moment */

static void wrong(void)
{
	__atomic_add_fetch(&bad, 1, __ATOMIC_SEQ_CST);
}

static void expect(bool ok)
{
	if (!ok)
		wrong();
}

static void in_parallel(void *(*fn)(void *), long n)
{
	pthread_t t[16];

	for (long i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, fn, (void *)i))
			exit(98);
	for (long i = 0; i < n; i++)
		pthread_join(t[i], NULL);
}

/* --- locks --- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static long counter, pair[2], phase[WORKERS], turn;

static void *lock_worker(void *arg)
{
	long me = (long)arg;

	for (int i = 0; i < 400; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		while (turn % WORKERS != me) /* in order, each once a round */
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);

		if (i % 4 == me % 4) {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			pair[1]++;
		} else {
			pthread_rwlock_rdlock(&rwlock);
			expect(pair[0] == pair[1]);
		}
		pthread_rwlock_unlock(&rwlock);

		phase[me] = i;
		pthread_barrier_wait(&barrier);
		expect(phase[(me + 1) % WORKERS] == i);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void locks(void)
{
	counter = turn = 0;
	pthread_barrier_init(&barrier, NULL, WORKERS);
	in_parallel(lock_worker, WORKERS);
	expect(counter == 400 * WORKERS && turn == 400 * WORKERS);
	pthread_barrier_destroy(&barrier);
}

/* --- lives --- */

static void *short_life(void *arg)
{
	return arg;
}

static void *parent(void *arg)
{
	for (long i = 0; i < 60; i++) {
		void *result;
		pthread_t t;

		if (pthread_create(&t, NULL, short_life, (void *)(i + 1))) {
			wrong();
			continue;
		}
		pthread_join(t, &result);
		expect(result == (void *)(i + 1));
	}
	return arg;
}

static void lives(void)
{
	in_parallel(parent, WORKERS);
}

/* --- memory: each maps, fills, checks and unmaps its own --- */

static void *mapper(void *arg)
{
	for (int i = 0; i < 60; i++) {
		size_t n = (size_t)(1 + (i * 7 + (long)arg) % 40) * PAGE;
		char *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			wrong();
			continue;
		}
		for (size_t at = 0; at < n; at += PAGE) {
			expect(p[at] == 0);
			p[at] = (char)(long)arg + 1;
		}
		mprotect(p, n / PAGE / 2 * PAGE, PROT_READ);
		mprotect(p, n, PROT_READ | PROT_WRITE);
		for (size_t at = 0; at < n; at += PAGE)
			expect(p[at] == (char)(long)arg + 1);
		p = mremap(p, n, 2 * n, MREMAP_MAYMOVE);
		expect(p[n - PAGE] == (char)(long)arg + 1 && p[n] == 0);
		expect(munmap(p, 2 * n) == 0);
	}
	return arg;
}

static void memory(void)
{
	in_parallel(mapper, WORKERS);
}

/*
 * --- translations that are out of date ---
 *
 * One thread puts new pages in the place of old ones, and only then says so.
 * Who has heard it may not see what was there before.
 */
static volatile long *window;
static long generation, readers_left;

static void *reader(void *arg)
{
	long seen = 0;

	while (seen < 300) {
		long said = __atomic_load_n(&generation, __ATOMIC_SEQ_CST);
		long found = *window;

		/* 0: the page is new, and not written yet. */
		expect(found == 0 || found >= said);
		seen = said;
	}
	__atomic_sub_fetch(&readers_left, 1, __ATOMIC_SEQ_CST);
	return arg;
}

static void *replacer(void *arg)
{
	for (long i = 1; i <= 300; i++) {
		if (mmap((void *)window, PAGE, PROT_READ | PROT_WRITE,
		         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		         0) == MAP_FAILED)
			wrong();
		*window = i;
		__atomic_store_n(&generation, i, __ATOMIC_SEQ_CST);
	}
	return arg;
}

static void *replace_or_read(void *arg)
{
	return arg ? reader(arg) : replacer(arg);
}

static void translations(void)
{
	generation = 0;
	readers_left = 3;
	window = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	in_parallel(replace_or_read, 4);
	munmap((void *)window, PAGE);
}

/* --- bytes through pipes and sockets, there and back --- */

static void play(int in, int out, bool begins)
{
	unsigned v = 0;

	for (unsigned i = 0; i < 300; i++) {
		if (begins && write(out, &i, sizeof(i)) != sizeof(i))
			wrong();
		if (read(in, &v, sizeof(v)) != sizeof(v) || v != i)
			wrong();
		if (!begins && write(out, &v, sizeof(v)) != sizeof(v))
			wrong();
	}
}

static int ends[3][4]; /* of each pair: in and out of both players */

static void *player(void *arg)
{
	long me = (long)arg, side = me % 2;
	const int *e = ends[me / 2];

	play(e[2 * side], e[2 * side + 1], side == 0);
	return NULL;
}

static void ping_pong(void)
{
	for (int i = 0; i < 3; i++) {
		int a[2], b[2];

		if (i == 2) {
			expect(!socketpair(AF_UNIX, SOCK_STREAM, 0, a));
			memcpy(ends[i], (int[]){a[0], a[0], a[1], a[1]},
			       sizeof(ends[i]));
			continue;
		}
		expect(!pipe(a) && !pipe(b));
		memcpy(ends[i], (int[]){a[0], b[1], b[0], a[1]},
		       sizeof(ends[i]));
	}
	in_parallel(player, 6);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 4; k++)
			if (i < 2 || k % 2)
				close(ends[i][k]);
}

/* --- signals between threads --- */

static __thread long self;
static volatile long taken[WORKERS]; /* each written by its thread alone */
static pthread_t targets[WORKERS];
static long done_sending;

static void on_signal(int sig)
{
	(void)sig;
	taken[self]++;
}

/* Each signal is waited for before the next is sent: they do not queue. */
static void *target(void *arg)
{
	long to;

	self = (long)arg;
	to = (self + 1) % WORKERS;
	targets[self] = pthread_self();
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 100; i++) {
		expect(!pthread_kill(targets[to], SIGUSR1));
		while (taken[to] <= i)
			sched_yield();
	}
	__atomic_add_fetch(&done_sending, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&done_sending, __ATOMIC_SEQ_CST) < WORKERS)
		sched_yield();
	expect(taken[self] == 100);
	return NULL;
}

static void signals(void)
{
	struct sigaction a = {.sa_handler = on_signal};

	sigaction(SIGUSR1, &a, NULL);
	done_sending = 0;
	memset((void *)taken, 0, sizeof(taken));
	pthread_barrier_init(&barrier, NULL, WORKERS);
	in_parallel(target, WORKERS);
	pthread_barrier_destroy(&barrier);
}

/* --- one epoll, many that wait and many that wake --- */

static int epfd, events[4];
static long consumed;
enum { POSTS = 200 };

static void *post_or_wait(void *arg)
{
	long me = (long)arg;

	if (me < 4) {
		for (int i = 0; i < POSTS; i++)
			eventfd_write(events[me], 1);
		return NULL;
	}
	while (__atomic_load_n(&consumed, __ATOMIC_SEQ_CST) < 4 * POSTS) {
		struct epoll_event e[4];
		int n = epoll_wait(epfd, e, 4, 5);

		for (int i = 0; i < n; i++) {
			eventfd_t v;

			if (!eventfd_read(e[i].data.fd, &v))
				__atomic_add_fetch(&consumed, (long)v,
				                   __ATOMIC_SEQ_CST);
		}
	}
	return NULL;
}

static void polling(void)
{
	consumed = 0;
	epfd = epoll_create1(0);
	for (int i = 0; i < 4; i++) {
		struct epoll_event e = {.events = EPOLLIN};

		events[i] = eventfd(0, EFD_NONBLOCK);
		e.data.fd = events[i];
		expect(!epoll_ctl(epfd, EPOLL_CTL_ADD, events[i], &e));
	}
	in_parallel(post_or_wait, 8);
	expect(consumed == 4 * POSTS);
	for (int i = 0; i < 4; i++)
		close(events[i]);
	close(epfd);
}

/* --- descriptors that somebody else closes meanwhile --- */

enum { SLOTS = 3, FIRST_SLOT = 300, DESCRIPTOR_ROUNDS = 600 };

static bool failed_with(long rc, int one, int other)
{
	return rc < 0 && (errno == one || errno == other);
}

static void replace_slot(int slot)
{
	int fd = eventfd(1, EFD_NONBLOCK);
	long rc = dup2(fd, slot);

	expect(fd >= 0 && (rc == slot || failed_with(rc, EBUSY, EBUSY)));
	expect(close(fd) == 0);
}

static void look_at_slot(int slot)
{
	struct pollfd p = {.fd = slot, .events = POLLIN};
	struct stat st;

	expect(poll(&p, 1, 0) == 1); /* ready, or not open */
	expect(p.revents == POLLIN || p.revents == POLLNVAL);
	expect(fstat(slot, &st) == 0 || errno == EBADF);
	expect(fcntl(slot, F_GETFL) == (O_RDWR | O_NONBLOCK) || errno == EBADF);
}

static void watch_slot(int slot, int op)
{
	struct epoll_event e = {.events = EPOLLIN};
	long rc = epoll_ctl(epfd, op, slot, &e);

	expect(rc == 0 || errno == EBADF || failed_with(rc, EEXIST, ENOENT));
}

static void *juggler(void *arg)
{
	unsigned seed = (unsigned)(long)arg;
	struct epoll_event e[4];

	for (int i = 0; i < DESCRIPTOR_ROUNDS; i++) {
		unsigned r = (unsigned)rand_r(&seed);
		int slot = FIRST_SLOT + (int)(r / 8 % SLOTS);

		switch (r % 6) {
		case 0:
			replace_slot(slot);
			break;
		case 1:
			expect(close(slot) == 0 || errno == EBADF);
			break;
		case 2:
			look_at_slot(slot);
			break;
		case 3:
			watch_slot(slot, EPOLL_CTL_ADD);
			break;
		case 4:
			watch_slot(slot, EPOLL_CTL_DEL);
			break;
		default:
			expect(epoll_wait(epfd, e, 4, 0) >= 0);
		}
	}
	return NULL;
}

static int lowest_free(void)
{
	int fd = eventfd(0, 0);

	close(fd);
	return fd;
}

/* In the end all is closed, and what is closed is watched no more. */
static void descriptors(void)
{
	struct epoll_event e;
	int before = lowest_free();

	epfd = epoll_create1(0);
	in_parallel(juggler, WORKERS);
	for (int i = 0; i < SLOTS; i++)
		close(FIRST_SLOT + i);
	expect(epoll_wait(epfd, &e, 1, 0) == 0);
	close(epfd);
	expect(lowest_free() == before);
}

/* --- TCP: connections that come and go, and one that all share --- */

enum { CALLS = 40, PIECES = 200, PIECE = 300 };

static struct sockaddr_in address;
static int listener, stream[2];
static long writers_left, sent_sum, received_sum;

static void serve(void)
{
	for (int i = 0; i < CALLS; i++) {
		int fd = accept(listener, NULL, NULL);
		char c = 0;

		expect(fd >= 0 && read(fd, &c, 1) == 1);
		c++;
		expect(write(fd, &c, 1) == 1 && close(fd) == 0);
	}
}

static void ask(char mark)
{
	for (int i = 0; i < CALLS; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		char c = mark;

		expect(!connect(fd, (void *)&address, sizeof(address)));
		expect(write(fd, &c, 1) == 1 && !shutdown(fd, SHUT_WR));
		expect(read(fd, &c, 1) == 1 && c == mark + 1);
		expect(read(fd, &c, 1) == 0 && close(fd) == 0);
	}
}

static void *serve_or_ask(void *arg)
{
	long me = (long)arg;

	if (me % 2)
		ask((char)me);
	else
		serve();
	return NULL;
}

static long sum_of(const unsigned char *bytes, long n)
{
	long sum = 0;

	for (long i = 0; i < n; i++)
		sum += bytes[i];
	return sum;
}

static void write_pieces(unsigned seed)
{
	unsigned char piece[PIECE];

	for (int i = 0; i < PIECES; i++) {
		for (int k = 0; k < PIECE; k++)
			piece[k] = (unsigned char)rand_r(&seed);
		expect(write(stream[0], piece, PIECE) == PIECE);
		__atomic_add_fetch(&sent_sum, sum_of(piece, PIECE),
		                   __ATOMIC_SEQ_CST);
	}
	if (!__atomic_sub_fetch(&writers_left, 1, __ATOMIC_SEQ_CST))
		expect(!shutdown(stream[0], SHUT_WR));
}

static void *share(void *arg)
{
	unsigned char some[700];
	long me = (long)arg, n;

	if (me % 2) {
		write_pieces((unsigned)me);
		return NULL;
	}
	while ((n = recv(stream[1], some, sizeof(some), 0)) > 0)
		__atomic_add_fetch(&received_sum, sum_of(some, n),
		                   __ATOMIC_SEQ_CST);
	expect(n == 0);
	return NULL;
}

static void connections(void)
{
	socklen_t size = sizeof(address);

	address = (struct sockaddr_in){.sin_family = AF_INET};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	expect(!bind(listener, (void *)&address, sizeof(address)));
	expect(!listen(listener, 16));
	expect(!getsockname(listener, (void *)&address, &size));
	in_parallel(serve_or_ask, WORKERS);

	stream[0] = socket(AF_INET, SOCK_STREAM, 0);
	expect(!connect(stream[0], (void *)&address, sizeof(address)));
	stream[1] = accept(listener, NULL, NULL);
	writers_left = WORKERS / 2;
	sent_sum = received_sum = 0;
	in_parallel(share, WORKERS);
	expect(received_sum == sent_sum);
	close(stream[0]);
	close(stream[1]);
	close(listener);
}

/* --- one file, each writes its blocks; names come and go --- */

static int file;

static void *writer(void *arg)
{
	long me = (long)arg;
	char block[512], name[32];

	memset(block, 'a' + (int)me, sizeof(block));
	snprintf(name, sizeof(name), "storm-%ld", me);
	for (long i = 0; i < 60; i++) {
		off_t at = (off_t)((i * WORKERS + me) * (long)sizeof(block));
		int fd = open(name, O_CREAT | O_RDWR, 0600);

		expect(pwrite(file, block, sizeof(block), at) == sizeof(block));
		expect(fd >= 0 && write(fd, block, 100) == 100);
		expect(close(fd) == 0 && unlink(name) == 0);
	}
	return NULL;
}

static void files(void)
{
	char block[512];

	file = open("storm-file", O_CREAT | O_TRUNC | O_RDWR, 0600);
	in_parallel(writer, WORKERS);
	for (long i = 0; i < 60 * WORKERS; i++) {
		char want = (char)('a' + i % WORKERS);

		expect(read(file, block, sizeof(block)) == sizeof(block));
		for (size_t k = 0; k < sizeof(block); k++)
			if (block[k] != want) {
				wrong();
				break;
			}
	}
	close(file);
	unlink("storm-file");
}

/* --- numbers in registers while all this interrupts --- */

static void *calculator(void *arg)
{
	double x = 1.0 + (double)(long)arg, sum = 0;

	for (int i = 0; i < 200000; i++) {
		sum += x;
		if (i % 5000 == 0)
			sched_yield();
	}
	expect(sum == x * 200000);
	return NULL;
}

static void numbers(void)
{
	in_parallel(calculator, WORKERS);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} storms[] = {
		{"locks", locks},
		{"lives", lives},
		{"memory", memory},
		{"translations", translations},
		{"ping-pong", ping_pong},
		{"signals", signals},
		{"polling", polling},
		{"descriptors", descriptors},
		{"connections", connections},
		{"files", files},
		{"numbers", numbers},
	};
	const char *seconds = getenv("STORM");
	int64_t until = now_ms() + (seconds ? atol(seconds) * 1000 : 0);
	long failed = 0;

	for (size_t i = 0; i < sizeof(storms) / sizeof(storms[0]); i++) {
		begin(storms[i].name);
		bad = 0;
		storms[i].run();
		CHECK_EQ(bad, 0);
	}
	while (now_ms() < until) {
		bad = 0;
		for (size_t i = 0; i < sizeof(storms) / sizeof(storms[0]); i++)
			storms[i].run();
		failed += bad;
	}
	CHECK_EQ(failed, 0);
	return check_done();
}
