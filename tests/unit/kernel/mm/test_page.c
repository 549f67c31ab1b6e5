/*
 * Pages and small objects, with as many threads of the host as the machine has
 * processors.
 */
#include "kernel/mm/page.h"

#include "tests/lib/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/lock.h"
#include "kernel/core/panic.h"
#include "kernel/core/trace.h"
#include "kernel/mm/page_init.h"
#include "kernel/mm/pagecache.h"
#include "kernel/sched/mutex.h"

enum { MEMORY = 16 << 20, LARGEST_ORDER = 10, CPUS = 4, ROUNDS = 20000 };

/* --- what the kernel's code needs of the rest --- */

static unsigned cpus = 1;
static _Thread_local struct cpu own_cpu;
static char *memory;

struct cpu *cpu_self(void)
{
	return &own_cpu;
}

unsigned cpu_count(void)
{
	return cpus;
}

void panic(const char *fmt, ...)
{
	fprintf(stderr, "panic: %s\n", fmt);
	abort();
}

/* Ranks as debug kernels check them. */
void lock_init(struct lock *l, enum lock_rank rank)
{
	*l = (struct lock){.rank = rank};
}

void lock_acquire(struct lock *l)
{
	if (own_cpu.held_ranks & ((2u << l->rank) - 1))
		panic("a lock is taken in the wrong order");
	while (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	own_cpu.held_ranks |= 1u << l->rank;
}

void lock_release(struct lock *l)
{
	own_cpu.held_ranks &= ~(1u << l->rank);
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

static pthread_mutex_t reclaiming = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool reclaims;

void mutex_lock(struct mutex *m UNUSED)
{
	pthread_mutex_lock(&reclaiming);
	reclaims = true;
}

void mutex_unlock(struct mutex *m UNUSED)
{
	reclaims = false;
	pthread_mutex_unlock(&reclaiming);
}

bool mutex_held(const struct mutex *m UNUSED)
{
	return reclaims;
}

void trace_event(enum trace_id id UNUSED, uint64_t a UNUSED, uint64_t b UNUSED,
                 uint64_t c UNUSED, uint64_t d UNUSED)
{
}

void mmu_init(uint64_t end UNUSED, paddr (*alloc)(void) UNUSED)
{
}

void *phys_to_virt(paddr pa)
{
	return memory + pa.v;
}

paddr virt_to_phys(const void *virt)
{
	return (paddr){(uint64_t)((const char *)virt - memory)};
}

/* There are no files. */
uint64_t pagecache_turn(void)
{
	return 0;
}

bool pagecache_wait(uint64_t turn UNUSED)
{
	return false;
}

size_t pagecache_reclaim(size_t nr UNUSED, bool *busy UNUSED)
{
	return 0;
}

#include "kernel/mm/page.c"
#include "kernel/mm/slab.c"

/* --- tests --- */

static pthread_barrier_t together;

struct runner {
	pthread_t id;
	unsigned cpu;
	void (*fn)(unsigned cpu);
};

static void *run(void *arg)
{
	struct runner *r = arg;

	own_cpu.id = r->cpu;
	pthread_barrier_wait(&together);
	r->fn(r->cpu);
	return NULL;
}

static void run_all(void (*fn)(unsigned cpu))
{
	struct runner r[CPUS];

	pthread_barrier_init(&together, NULL, cpus);
	for (unsigned i = 0; i < cpus; i++) {
		r[i] = (struct runner){.cpu = i, .fn = fn};
		pthread_create(&r[i].id, NULL, run, &r[i]);
	}
	for (unsigned i = 0; i < cpus; i++)
		pthread_join(r[i].id, NULL);
	pthread_barrier_destroy(&together);
}

static size_t at_first;

static int setup(void **state)
{
	(void)state;
	cpus = CPUS;
	(void)mem_drain();
	(void)empty_hands();
	at_first = page_free_count();
	return 0;
}

/* All pages are free again, and together. */
static int teardown(void **state)
{
	struct page *p = page_alloc(LARGEST_ORDER);

	(void)state;
	if (!p)
		return -1;
	page_put(p);
	return page_free_count() == at_first ? 0 : -1;
}

static struct page *taken[CPUS][MEMORY / PAGE_SIZE];

/* Each is written in: two who had it would see that, as would sanitizers. */
static void take_all(unsigned cpu)
{
	size_t n = 0;
	struct page *p;

	while ((p = page_alloc_atomic(0))) {
		memset(page_virt(p), (int)cpu, PAGE_SIZE);
		taken[cpu][n++] = p;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(*(char *)page_virt(taken[cpu][i]), cpu);
	taken[cpu][n] = NULL;
}

static void give_all(unsigned cpu)
{
	for (size_t i = 0; taken[cpu][i]; i++)
		page_put(taken[cpu][i]);
}

static void every_page_is_had_once(void **state)
{
	size_t n = 0;

	(void)state;
	run_all(take_all);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		for (size_t i = 0; taken[cpu][i]; i++)
			n++;
	assert_int_equal(n, at_first);
	assert_int_equal(page_free_count(), 0);
	run_all(give_all);
}

static void put_and_take(unsigned cpu)
{
	struct page *held[48] = {0};

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct page **p = &held[i * 7 % ARRAY_LEN(held)];

		if (*p) {
			assert_int_equal(*(char *)page_virt(*p), cpu);
			page_put(*p);
		}
		*p = page_alloc(0);
		assert_non_null(*p);
		memset(page_virt(*p), (int)cpu, PAGE_SIZE);
	}
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		page_put(held[i]);
}

static void pages_come_and_go_on_all(void **state)
{
	(void)state;
	run_all(put_and_take);
}

/* What others have at hand is had as well, by who can wait and who cannot. */
static void what_others_have_at_hand_is_not_lost(void **state)
{
	struct page *p[64];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		p[i] = page_alloc(0);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		own_cpu.id = (uint32_t)(i % CPUS);
		page_put(p[i]);
	}
	own_cpu.id = 0;
	take_all(0);
	for (n = 0; taken[0][n]; n++)
		;
	assert_int_equal(n, at_first);
	give_all(0);
}

static void the_reserve_is_for_who_cannot_wait(void **state)
{
	size_t n = 0;
	struct page *p;

	(void)state;
	while ((p = page_alloc(0)))
		taken[0][n++] = p;
	taken[0][n] = NULL;
	assert_int_equal(page_free_count(), pages.reserve);
	assert_null(page_alloc_spare(0));
	p = page_alloc_atomic(0);
	assert_non_null(p);
	page_put(p);
	give_all(0);
}

/* Pages at hand are not those of the reserve. */
static void nothing_is_put_at_hand_when_memory_is_short(void **state)
{
	size_t n = 0;
	struct page *p;

	(void)state;
	while ((p = page_alloc(0)))
		taken[0][n++] = p;
	taken[0][n] = NULL;
	for (size_t i = 0; i < HAND_MAX; i++)
		page_put(taken[0][--n]);
	taken[0][n] = NULL;
	assert_int_equal(hands[0].nr, 0);
	give_all(0);
	assert_in_range(hands[0].nr, 1, HAND_MAX);
}

static void one_processor_has_no_shelf(void **state)
{
	(void)state;
	cpus = 1;
	mem_free(mem_alloc(100));
	for (size_t i = 0; i < ARRAY_LEN(shelves[0].nr); i++)
		assert_int_equal(shelves[0].nr[i], 0);
	at_first = page_free_count(); /* the object's page stays */
}

/* --- small objects --- */

/* Who takes one out frees it: it goes to another processor's shelf. */
static char *passed[64]; /* atomic */

static void pass(char *piece, unsigned place)
{
	char *old =
		__atomic_exchange_n(&passed[place], piece, __ATOMIC_ACQ_REL);

	if (!old)
		return;
	for (size_t i = 1; i <= (unsigned char)old[0]; i++)
		assert_int_equal(old[i], old[0]);
	mem_free(old);
}

static void make_and_pass(unsigned cpu)
{
	unsigned seed = cpu + 1;

	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t size = (size_t)rand_r(&seed) % 250 + 1;
		char *p = mem_alloc(size + 1);

		assert_non_null(p);
		memset(p, (int)size, size + 1);
		pass(p, (unsigned)rand_r(&seed) % ARRAY_LEN(passed));
	}
}

/* A last page of each class stays, and the shelves' do not. */
static void objects_go_from_one_to_another(void **state)
{
	(void)state;
	run_all(make_and_pass);
	for (unsigned i = 0; i < ARRAY_LEN(passed); i++)
		pass(NULL, i);
	assert_true(mem_drain());
	assert_false(mem_drain());
	assert_in_range(at_first - page_free_count(), 0, CLASSES);
	at_first = page_free_count();
}

/* Objects that lie on shelves do not keep their pages from who needs them. */
static void shelves_are_cleared_when_memory_is_short(void **state)
{
	enum { MANY = 4096 };
	static void *objects[MANY];
	size_t n = 0, before = page_free_count();
	struct page *p;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		objects[i] = mem_alloc(sizes[i % CLASSES]);
	for (size_t i = 0; i < MANY; i++) {
		own_cpu.id = (uint32_t)(i % CPUS);
		mem_free(objects[i]);
	}
	own_cpu.id = 0;
	while ((p = page_alloc(0)))
		taken[0][n++] = p;
	taken[0][n] = NULL;
	give_all(0);
	assert_in_range(page_free_count(), before - CLASSES, before);
	at_first = page_free_count();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_page_is_had_once),
		TEST(pages_come_and_go_on_all),
		TEST(what_others_have_at_hand_is_not_lost),
		TEST(the_reserve_is_for_who_cannot_wait),
		TEST(nothing_is_put_at_hand_when_memory_is_short),
		TEST(one_processor_has_no_shelf),
		TEST(objects_go_from_one_to_another),
		TEST(shelves_are_cleared_when_memory_is_short),
	};
	struct mem_range range = {PAGE_SIZE, MEMORY};
	int rc;

	memory = aligned_alloc(2 << 20, MEMORY);
	page_init(&range, 1);
	rc = cmocka_run_group_tests_name("page", tests, NULL, NULL);
	free(memory);
	return rc;
}
