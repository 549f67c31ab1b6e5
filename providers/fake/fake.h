/*
 * fake.h - a place that exists only in memory, for tests.
 *
 * Deterministic, and told by its settings to misbehave. A "change" is a call
 * of create, update or delete.
 *
 *	state: PATH      keep the objects in this JSON file between runs
 *	trace: PATH      append a line for every call
 *	fail: ADDRESS    every change of that object fails
 *	fail_at: N       the Nth change of this run fails
 *	crash_at: N      at the Nth change the process is killed,
 *	crash_record: N  the same at the Nth write of a release record
 *	crash: WHEN      before (default), inside, or after it has its effect
 *	delay: 50ms      a change takes that long
 *	hold: PATH       the change of the object that this file names waits
 *			 until it does not any more
 *	list_delay: 50ms a page of a list takes that long
 *	page: N          a page of a list holds N objects; default all
 *	lag: N           a new object is not listed the first N times
 *	conflict: NAME   something of that name exists and is not ours
 *	clock: PATH      the time is the number of ms in this file
 *	no_cell: N       the Nth and later calls about the cell fail
 *
 * A process killed inside a change leaves the object with a fault, as a far
 * end would that was half done. Beside the state's file there are PATH.log
 * (changes that are not in it yet), PATH.lease and PATH.releases/.
 */
#ifndef PROVIDERS_FAKE_FAKE_H
#define PROVIDERS_FAKE_FAKE_H

#include "providers/provider.h"

extern const struct provider_ops fake_provider;

#endif
