/*
 * khost.h - kernel code on the host: what stands in for the rest of the
 * kernel, and how a test drives it.
 *
 * One thread. A lock that is taken twice, or a sleep that nothing could end,
 * is an error of the code under test and aborts.
 */
#ifndef TESTS_LIB_KHOST_KHOST_H
#define TESTS_LIB_KHOST_KHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/core/blockdev.h"

/* --- memory --- */

/*
 * How many pages the machine has (65536 at first), of which page_alloc() hands
 * out no more than are free, after it has called pagecache_reclaim().
 */
void khost_set_memory(size_t pages);

/* Pages and small objects in use: for finding what was not given back. */
size_t khost_pages_used(void);
size_t khost_objects_used(void);

/* The nth mem_alloc() from now fails (1: the next), once; 0: none. */
void khost_fail_alloc(unsigned nth);

/*
 * Drivers keep what they allocate for as long as the machine runs. From true on
 * everything is remembered, and false frees what is left of it.
 */
void khost_track_memory(bool on);

/* The program's memory ends after so many more bytes; -1: never. */
void khost_fault_after(int64_t bytes);

/* --- processors --- */

/* How many the machine has (1 at first), and which of them runs: 0 then. */
void khost_set_cpus(unsigned nr);
void khost_run_on(unsigned cpu);

/* --- waiting --- */

/* Called when a thread of the kernel's would sleep; it may wake that. NULL:
 * who sleeps for ever is a mistake again. */
void khost_when_asleep(void (*turn)(void));

/* --- time, chance and log --- */

void khost_set_realtime(uint64_t ns);

/* Random numbers begin anew with it; not 0. */
void khost_set_random(uint64_t seed);

/* The log goes to stderr with KHOST_LOG=1, and the last line is kept. */
const char *khost_last_log(void);

/* --- disks --- */

struct khost_disk;

/* A disk in memory with these bytes (copied), or empty with NULL. */
struct khost_disk *khost_disk_new(const void *bytes, size_t size);

/* A disk with a file's contents; NULL when it cannot be read. */
struct khost_disk *khost_disk_load(const char *path);

/* Write the contents to a file. False when that fails. */
bool khost_disk_save(const struct khost_disk *d, const char *path);

void khost_disk_free(struct khost_disk *d);
struct block_device *khost_disk_device(struct khost_disk *d);
uint8_t *khost_disk_bytes(struct khost_disk *d);

/* Requests so far. */
struct khost_disk_counts {
	unsigned reads, writes, flushes;
	uint64_t bytes_read, bytes_written;
};
struct khost_disk_counts khost_disk_counts(const struct khost_disk *d);

/* From the nth write on (1: the next) all fail; 0: none. */
void khost_disk_fail_writes(struct khost_disk *d, unsigned nth);
void khost_disk_fail_reads(struct khost_disk *d, unsigned nth);

/*
 * The recorder: each write and flush in order, so that a test can make the disk
 * as it was after any prefix of them.
 */
void khost_disk_record(struct khost_disk *d);
size_t khost_disk_events(const struct khost_disk *d);
/* A new disk: as when recording began, with the first `n` events done. */
struct khost_disk *khost_disk_replay(const struct khost_disk *d, size_t n);
/*
 * The same, but of what no flush among them covers, a disk that loses its power
 * has only some, by chance (`seed`): pieces of `unit` bytes of each write,
 * which are whole; 0: whole writes.
 */
struct khost_disk *khost_disk_replay_some(const struct khost_disk *d, size_t n,
                                          uint64_t seed, size_t unit);

#endif
