/*
 * socket.h - sockets, for the layer of system calls.
 *
 * A socket is an open file (fs/vfs.h); every function here takes that file and
 * answers -ENOTSOCK when it is something else. read() and write() on the file
 * are socket_recv() and socket_send() without flags or names.
 *
 * Addresses are the bytes of Linux's sockaddr_in, sockaddr_un, ... as they are.
 * All memory is the kernel's but for what a struct uio points at.
 *
 * A function that waits ends early when a signal is to be handled: with
 * -ERESTARTSYS, or -EINTR where a timeout is set on the socket (signal(7)).
 * Where Linux raises SIGPIPE the caller does: on -EPIPE from socket_send()
 * without SOCKET_MSG_NOSIGNAL.
 */
#ifndef KERNEL_NET_SOCKET_H
#define KERNEL_NET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

struct file;
struct page;
struct uio;

/* Linux's numbers. */
enum {
	AF_UNSPEC = 0,
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	AF_NETLINK = 16,

	SOCK_STREAM = 1,
	SOCK_DGRAM = 2,
	SOCK_RAW = 3,
	SOCK_SEQPACKET = 5,

	SOCKET_MSG_OOB = 0x1,
	SOCKET_MSG_PEEK = 0x2,
	SOCKET_MSG_DONTROUTE = 0x4,
	SOCKET_MSG_CTRUNC = 0x8,
	SOCKET_MSG_TRUNC = 0x20,
	SOCKET_MSG_DONTWAIT = 0x40,
	SOCKET_MSG_EOR = 0x80,
	SOCKET_MSG_WAITALL = 0x100,
	SOCKET_MSG_ERRQUEUE = 0x2000,
	SOCKET_MSG_NOSIGNAL = 0x4000,
	SOCKET_MSG_MORE = 0x8000,
	SOCKET_MSG_CMSG_CLOEXEC = 0x40000000,

	SOCKET_ADDRESS_MAX = 128, /* sizeof(struct sockaddr_storage) */
	SOCKET_FILES_MAX = 253,   /* of one message: SCM_MAX_FD */
	SOCKET_CONTROL_MAX = 6,
};

struct socket_address {
	size_t len; /* 0: none */
	union {
		uint16_t family;
		uint8_t bytes[SOCKET_ADDRESS_MAX];
	};
};

/* One control message; data as its level and type define it. */
struct socket_control {
	int32_t level, type;
	uint32_t len; /* bytes of data */
	union {
		uint8_t bytes[48]; /* the longest: IPV6_RECVERR's 44 */
		uint64_t align;
	};
};

/*
 * A message. To send: `name` is where to (NULL: where the socket is connected
 * to), `files` are borrowed. To receive: `name`, unless NULL, is set to where
 * from; up to max_files references are put into `files`, which become the
 * caller's; `flags` gets SOCKET_MSG_TRUNC, CTRUNC, EOR.
 */
struct socket_msg {
	struct uio *data;
	struct socket_address *name;
	struct file **files; /* SCM_RIGHTS */
	unsigned nr_files, max_files;
	bool want_credentials; /* out: SO_PASSCRED is set, so send along who
	                          it was: the only process there is */
	unsigned flags;

	/* What is said beside the data (cmsg(3)): received, or to send along.
	 */
	struct socket_control control[SOCKET_CONTROL_MAX];
	unsigned nr_control;
};

/* Bytes that lie in pages: from `offset` of the first on. */
struct socket_pages {
	struct page **pages;
	size_t offset, left;
	bool more;   /* more is to come soon */
	size_t done; /* out: bytes that were taken */
};

/*
 * `type` is SOCK_...; not with SOCK_NONBLOCK and SOCK_CLOEXEC, which are
 * flags of files: pass O_NONBLOCK in `flags`.
 */
NODISCARD int socket_new(int domain, int type, int protocol, unsigned flags,
                         struct file **out);
NODISCARD int socket_pair(int domain, int type, int protocol, unsigned flags,
                          struct file *out[2]);

NODISCARD int socket_bind(struct file *f, const struct socket_address *a);
NODISCARD int socket_listen(struct file *f, int backlog);
/* `from` may be NULL. */
NODISCARD int socket_accept(struct file *f, unsigned flags, struct file **out,
                            struct socket_address *from);
NODISCARD int socket_connect(struct file *f, const struct socket_address *a);

/* Bytes moved, or a negated errno. */
NODISCARD int64_t socket_send(struct file *f, const struct socket_msg *m,
                              unsigned flags);

/*
 * Send pages without copying them: the socket takes references. -EOPNOTSUPP:
 * it is of a kind that copies, or no socket.
 */
NODISCARD int64_t socket_send_pages(struct file *f, struct socket_pages *p);
NODISCARD int64_t socket_recv(struct file *f, struct socket_msg *m,
                              unsigned flags);

/* `how`: 0 reading, 1 writing, 2 both. */
NODISCARD int socket_shutdown(struct file *f, int how);
NODISCARD int socket_name(struct file *f, struct socket_address *out);
NODISCARD int socket_peer(struct file *f, struct socket_address *out);
NODISCARD int socket_set_option(struct file *f, int level, int name,
                                const void *value, size_t len);
/* *len: in the room, out the length. */
NODISCARD int socket_get_option(struct file *f, int level, int name,
                                void *value, size_t *len);

bool socket_is(const struct file *f);

/* sizeof what an ioctl moves to or from the program; 0: not one of ours. */
size_t socket_ioctl_size(unsigned cmd);

/*
 * An ioctl whose argument is plain bytes: `arg` is socket_ioctl_size(cmd) of
 * them, copied in before and out after. -ENOTTY when there is none such.
 */
NODISCARD int socket_ioctl(struct file *f, unsigned cmd, void *arg);

/*
 * SIOCGIFCONF: up to max records of 40 bytes (struct ifreq) into `out`.
 * Returns how many there are to write.
 */
unsigned socket_list_interfaces(void *out, unsigned max);

#endif
