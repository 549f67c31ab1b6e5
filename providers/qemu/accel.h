/*
 * accel.h - does this host run machines by KVM, or must QEMU translate?
 *
 * /dev/kvm says that there is a door, not that it leads anywhere: inside other
 * machines KVM may open and then fail, or crawl. So a guest that counts to a
 * few million and stops is started once under KVM; if it is not through in
 * time, it is TCG. The answer is kept in HOME/accel.json for as long as the
 * host's kernel, CPU and QEMU stay the same.
 */
#ifndef PROVIDERS_QEMU_ACCEL_H
#define PROVIDERS_QEMU_ACCEL_H

#include "parser/base/arena.h"
#include "parser/base/err.h"

/* "kvm" or "tcg". ERR_REF when there is no QEMU. */
NODISCARD struct err *qemu_accel_probe(struct arena *mem, const char *home,
                                       const char **out);

/* "there is no QEMU", with what to install. */
NODISCARD struct err *qemu_accel_no_qemu(struct err *cause);

#endif
