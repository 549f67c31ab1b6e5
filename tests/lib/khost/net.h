/*
 * net.h - the whole network stack on the host, lwIP included, with one card
 * that a test plays.
 *
 * Each start is the first: what the stack keeps in static memory is as it was
 * when the program began, and the clock and the random numbers are, too. So a
 * run depends on nothing but what the test does.
 */
#ifndef TESTS_LIB_KHOST_NET_H
#define TESTS_LIB_KHOST_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The card's address, and the other side's: what frames come from. */
extern const uint8_t khost_net_mac[6], khost_net_peer[6];

/*
 * Bring the network up with these boot lines `net` ("* dhcp"), all let in.
 * `sent` is told of each frame that the card sends; NULL: nobody. With `cuts`
 * the card sums and makes segments; frames are told as the stack gives them.
 */
void khost_net_start(const char *lines, bool cuts,
                     void (*sent)(const uint8_t *frame, size_t len));

/* Everything that the stack holds is freed. */
void khost_net_stop(void);

/*
 * A frame comes in, in buffers of `piece` bytes (0: in one). Its checksums are
 * looked at as if it came by a wire.
 */
void khost_net_input(const void *frame, size_t len, size_t piece);

/* So much time passes, and timers run when they are due. */
void khost_net_run(uint64_t ms);

#endif
