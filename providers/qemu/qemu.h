/*
 * qemu.h - instances as QEMU processes on this host.
 *
 * Settings: accel (auto, kvm, tcg), machine (microvm, q35, pc), stop_timeout
 * (how long a machine has after the power button).
 *
 * The environment: MISO_HOME (where everything is kept), MISO_KERNEL (path of
 * the kernel), MISO_ACCEL (over the setting).
 */
#ifndef PROVIDERS_QEMU_QEMU_H
#define PROVIDERS_QEMU_QEMU_H

#include "providers/provider.h"

extern const struct provider_ops qemu_provider;

/*
 * A stack's network switch runs as this program with the arguments
 *
 *	QEMU_SWITCH_ARG DIR TOKEN
 *
 * main() calls qemu_switch_main() when it sees the first, before anything
 * else, and exits with what it returns.
 */
#define QEMU_SWITCH_ARG "--switch"
int qemu_switch_main(int argc, char **argv);

#endif
