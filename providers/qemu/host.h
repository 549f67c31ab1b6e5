/*
 * host.h - one opened provider: this host, for one stack and site.
 */
#ifndef PROVIDERS_QEMU_HOST_H
#define PROVIDERS_QEMU_HOST_H

#include <pthread.h>

#include "providers/image/image.h"
#include "providers/image/store.h"
#include "providers/provider.h"
#include "providers/qemu/mark.h"

/* A name in the private network. */
struct qemu_peer {
	const char *address, *name;
	uint32_t ip;
};

/* An image that was looked at in this process. */
struct qemu_planned {
	const char *address;
	const char *digest; /* of the image */
	struct image image;
};

struct provider {
	/* Constant after open(). */
	struct arena mem;
	struct owner owner;
	const char *home;
	const char *site_dir;
	const char *machine;
	const char *accel_setting; /* auto, kvm, tcg */
	int stop_ms;               /* between power button and the end */
	struct store *store;       /* locks itself */

	pthread_mutex_t lock;

	/* lock must be held for these; what they point at is constant. */
	struct arena found;
	const char *accel; /* NULL: not known yet */
	struct qemu_peer *peers;
	size_t nr_peers, cap_peers;
	bool peers_loaded;
	struct qemu_planned **planned;
	size_t nr_planned, cap_planned;

	/* Of the thread that locks: the file that keeps others out. */
	int lock_fd; /* -1: not locked */
};

NODISCARD struct err *qemu_host_open(const struct value *settings,
                                     const struct owner *owner,
                                     struct provider **out);
void qemu_host_close(struct provider *p);

/* See provider.h. */
NODISCARD struct err *qemu_host_lock(struct provider *p, const char *holder);
void qemu_host_unlock(struct provider *p);
NODISCARD struct err *qemu_host_holder(struct provider *p, struct arena *mem,
                                       const char **out);

/* kvm or tcg, as set or as probed. */
NODISCARD struct err *qemu_host_accel(struct provider *p, const char **out);

/* Where the kernel is; ERR_REF says where it was looked for. */
NODISCARD struct err *qemu_host_kernel(struct provider *p, const char **out);

/*
 * The address of an instance in the private network: the same at every call.
 * What is on disk already keeps its address.
 */
NODISCARD struct err *qemu_host_ip(struct provider *p, const char *address,
                                   const char *name, const char **ip);

/* Everybody in the private network who is known by now. */
NODISCARD struct err *qemu_host_peers(struct provider *p, struct arena *mem,
                                      const struct qemu_peer **v, size_t *n);

#endif
