/* guest.h - instances that are real machines: QEMU as GCE would run it. */
#ifndef TESTS_GCE_GUEST_H
#define TESTS_GCE_GUEST_H

#include "tests/gce/cloud.h"

/* Boot it. An error's code, or NULL. */
const char *guest_start(struct cloud *c, json_t *r, const char **message);

/*
 * Press the power button, once. True while it runs down: for as long as Compute
 * Engine waits for that, by the cloud's clock.
 */
bool guest_runs_down(struct cloud *c, const json_t *r);

/* Those that ended by themselves are TERMINATED. */
void guest_reap(struct cloud *c);

/* Cut the power; nothing if it does not run. */
void guest_stop(struct cloud *c, const json_t *r);
void guest_stop_all(struct cloud *c);

/*
 * What the serial port said so far (malloc). Without a guest it is the text
 * that a test gave as "_serial".
 */
char *guest_serial(const struct cloud *c, const json_t *r, size_t *len);

#endif
