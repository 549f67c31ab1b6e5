/*
 * fake.h - a place that exists only in memory, for tests.
 *
 * Deterministic, and told by its settings to misbehave:
 *
 *	state: PATH    keep the objects in this JSON file between runs
 *	fail: ADDRESS  every create, update or delete of that object fails
 *	fail_at: N     the Nth such call of this run fails
 *	delay: 50ms    such a call takes that long
 *	lag: N         a new object is not listed the first N times
 *	conflict: NAME something of that name exists and is not ours
 */
#ifndef PROVIDERS_FAKE_FAKE_H
#define PROVIDERS_FAKE_FAKE_H

#include "providers/provider.h"

extern const struct provider_ops fake_provider;

#endif
