/* sys_socket.c - the system calls about sockets, in front of net/socket.h. */
#include "kernel/arch/user.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/iovec.h"
#include "kernel/linux/process.h"
#include "kernel/linux/syscall.h"
#include "kernel/linux/time.h"
#include "kernel/mm/slab.h"
#include "kernel/net/socket.h"

enum {
	SOCK_TYPE_MASK = 0xf,
	SOL_SOCKET = 1,
	SCM_RIGHTS = 1,
	SCM_CREDENTIALS = 2,
	MSG_WAITFORONE = 0x10000,
	OPTION_MAX = 256,
	CONTROL_MAX = 4096,
	MMSG_MAX = 1024,
};

/* --- arguments --- */

static int get_socket(int fd, struct file **out)
{
	*out = fd_get(fd);
	if (!*out)
		return -EBADF;
	if (socket_is(*out))
		return 0;
	file_put(*out);
	return -ENOTSOCK;
}

static int read_address(struct socket_address *a, uaddr from, uint64_t len)
{
	if (len > SOCKET_ADDRESS_MAX)
		return -EINVAL;
	memset(a, 0, sizeof(*a));
	a->len = len;
	return copy_in(a->bytes, from, len);
}

/* As much as fits; *at_len becomes the whole length (accept(2)). */
static int write_address(const struct socket_address *a, uaddr to, uaddr at_len)
{
	uint32_t len = (uint32_t)a->len;
	int32_t room;

	if (!to.v)
		return 0;
	if (copy_in(&room, at_len, sizeof(room)))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (copy_out(to, a->bytes, (size_t)room < len ? (size_t)room : len))
		return -EFAULT;
	return copy_out(at_len, &len, sizeof(len));
}

/* Flags in a socket's type are those of open(2). */
static int check_type(int type)
{
	return type & ~(SOCK_TYPE_MASK | O_CLOEXEC | O_NONBLOCK) ? -EINVAL : 0;
}

static sysret install(struct file *f, int flags)
{
	return fd_give(f, 0, flags & O_CLOEXEC);
}

/* --- making and naming --- */

sysret linux_socket(const struct sysargs *a)
{
	int type = arg_int(a, 1);
	struct file *f;
	int rc = check_type(type);

	if (!rc)
		rc = socket_new(arg_int(a, 0), type & SOCK_TYPE_MASK,
		                arg_int(a, 2), (unsigned)type & O_NONBLOCK, &f);
	return rc ? rc : install(f, type);
}

sysret linux_socketpair(const struct sysargs *a)
{
	int type = arg_int(a, 1);
	struct file *f[2];
	int32_t fds[2];
	int rc = check_type(type);

	if (!rc)
		rc = socket_pair(arg_int(a, 0), type & SOCK_TYPE_MASK,
		                 arg_int(a, 2), (unsigned)type & O_NONBLOCK, f);
	if (!rc)
		rc = fd_give_pair(f, type & O_CLOEXEC, fds);
	if (!rc && copy_out(arg_addr(a, 3), fds, sizeof(fds))) {
		(void)!fd_close(fds[0]);
		(void)!fd_close(fds[1]);
		rc = -EFAULT;
	}
	return rc;
}

static sysret with_address(const struct sysargs *a,
                           int (*fn)(struct file *f,
                                     const struct socket_address *addr))
{
	struct socket_address addr;
	struct file *f;
	int rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = read_address(&addr, arg_addr(a, 1), arg_uint(a, 2));
	if (!rc)
		rc = fn(f, &addr);
	file_put(f);
	return rc;
}

sysret linux_bind(const struct sysargs *a)
{
	return with_address(a, socket_bind);
}

sysret linux_connect(const struct sysargs *a)
{
	return with_address(a, socket_connect);
}

sysret linux_listen(const struct sysargs *a)
{
	struct file *f;
	int rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = socket_listen(f, arg_int(a, 1));
	file_put(f);
	return rc;
}

static sysret accept_with(const struct sysargs *a, int flags)
{
	struct socket_address from;
	struct file *f, *new;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = flags & ~(O_CLOEXEC | O_NONBLOCK) ? -EINVAL : 0;
	if (!rc)
		rc = socket_accept(f, (unsigned)flags & O_NONBLOCK, &new,
		                   &from);
	file_put(f);
	if (rc)
		return rc;
	rc = write_address(&from, arg_addr(a, 1), arg_addr(a, 2));
	if (!rc)
		return install(new, flags);
	file_put(new);
	return rc;
}

sysret linux_accept(const struct sysargs *a)
{
	return accept_with(a, 0);
}

sysret linux_accept4(const struct sysargs *a)
{
	return accept_with(a, arg_int(a, 3));
}

static sysret get_name(const struct sysargs *a,
                       int (*fn)(struct file *f, struct socket_address *out))
{
	struct socket_address addr;
	struct file *f;
	int rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = fn(f, &addr);
	file_put(f);
	return rc ? rc : write_address(&addr, arg_addr(a, 1), arg_addr(a, 2));
}

sysret linux_getsockname(const struct sysargs *a)
{
	return get_name(a, socket_name);
}

sysret linux_getpeername(const struct sysargs *a)
{
	return get_name(a, socket_peer);
}

sysret linux_shutdown(const struct sysargs *a)
{
	struct file *f;
	int rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = socket_shutdown(f, arg_int(a, 1));
	file_put(f);
	return rc;
}

/* Gaps: those of net/: what it does not know is -ENOPROTOOPT. */
sysret linux_setsockopt(const struct sysargs *a)
{
	unsigned char value[OPTION_MAX];
	size_t len = arg_uint(a, 4);
	struct file *f;
	int rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = len > sizeof(value) ? -EINVAL
	                         : copy_in(value, arg_addr(a, 3), len);
	if (!rc)
		rc = socket_set_option(f, arg_int(a, 1), arg_int(a, 2), value,
		                       len);
	file_put(f);
	return rc;
}

static sysret get_option(struct file *f, const struct sysargs *a)
{
	unsigned char value[OPTION_MAX];
	uint32_t len;
	size_t n;
	int rc;

	if (copy_in(&len, arg_addr(a, 4), sizeof(len)))
		return -EFAULT;
	if ((int32_t)len < 0)
		return -EINVAL;
	n = len < sizeof(value) ? len : sizeof(value);
	rc = socket_get_option(f, arg_int(a, 1), arg_int(a, 2), value, &n);
	if (rc)
		return rc;
	len = (uint32_t)n;
	if (copy_out(arg_addr(a, 3), value, n))
		return -EFAULT;
	return copy_out(arg_addr(a, 4), &len, sizeof(len));
}

/* Gaps: see setsockopt. */
sysret linux_getsockopt(const struct sysargs *a)
{
	struct file *f;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = get_option(f, a);
	file_put(f);
	return rc;
}

/* --- data --- */

static int64_t send_message(struct file *f, const struct socket_msg *m,
                            unsigned flags)
{
	int64_t rc = socket_send(f, m, flags);

	if (rc == -EPIPE && !(flags & SOCKET_MSG_NOSIGNAL))
		signal_pipe();
	return rc;
}

sysret linux_sendto(const struct sysargs *a)
{
	struct socket_address name;
	struct socket_msg m = {0};
	struct file *f;
	struct uio u;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	if (a->a[4]) {
		rc = read_address(&name, arg_addr(a, 4), arg_uint(a, 5));
		m.name = &name;
	}
	if (!rc && !user_range_ok(arg_addr(a, 1), a->a[2]))
		rc = -EFAULT;
	uio_user(&u, arg_addr(a, 1), a->a[2]);
	m.data = &u;
	if (!rc)
		rc = send_message(f, &m, arg_uint(a, 3));
	file_put(f);
	return rc;
}

sysret linux_recvfrom(const struct sysargs *a)
{
	struct socket_address name = {0};
	struct socket_msg m = {.name = a->a[4] ? &name : NULL};
	struct file *f;
	struct uio u;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	uio_user(&u, arg_addr(a, 1), a->a[2]);
	m.data = &u;
	rc = user_range_ok(arg_addr(a, 1), a->a[2])
	             ? socket_recv(f, &m, arg_uint(a, 3))
	             : -EFAULT;
	file_put(f);
	if (rc >= 0 && m.name &&
	    write_address(&name, arg_addr(a, 4), arg_addr(a, 5)))
		return -EFAULT;
	return rc;
}

/* --- sendmsg and recvmsg --- */

struct msghdr {
	uint64_t name;
	uint32_t namelen, pad0;
	uint64_t iov, iovlen, control, controllen;
	uint32_t flags, pad1;
};
static_assert(sizeof(struct msghdr) == 56, "struct msghdr on x86-64");

struct cmsghdr {
	uint64_t len;
	int32_t level, type;
};

static uint64_t cmsg_align(uint64_t n)
{
	return (n + 7) & ~UINT64_C(7);
}

static void put_files(struct file **files, unsigned n)
{
	while (n--)
		if (files[n])
			file_put(files[n]);
}

static int take_rights(const int32_t *fds, unsigned n, struct file **files,
                       unsigned *have)
{
	for (unsigned i = 0; i < n; i++) {
		if (*have == SOCKET_FILES_MAX)
			return -EINVAL;
		files[*have] = fd_get(fds[i]);
		if (!files[*have])
			return -EBADF;
		(*have)++;
	}
	return 0;
}

/* What is not about sockets in general: its protocol knows. */
static int take_control(const char *data, const struct cmsghdr *h,
                        struct socket_msg *m)
{
	struct socket_control *to = &m->control[m->nr_control];
	uint64_t len = h->len - sizeof(*h);

	if (m->nr_control == SOCKET_CONTROL_MAX || len > sizeof(to->bytes))
		return -EINVAL;
	to->level = h->level;
	to->type = h->type;
	to->len = (uint32_t)len;
	memcpy(to->bytes, data, len);
	m->nr_control++;
	return 0;
}

/* Descriptors to send along. What else may be in there is checked and, for
 * credentials, known already: there is one process. */
static int read_control(const char *c, uint64_t len, struct file **files,
                        struct socket_msg *m)
{
	unsigned *have = &m->nr_files;

	while (len >= sizeof(struct cmsghdr)) {
		struct cmsghdr h;
		uint64_t step;
		int rc;

		memcpy(&h, c, sizeof(h));
		if (h.len < sizeof(h) || h.len > len)
			return -EINVAL;
		if (h.level == SOL_SOCKET && h.type == SCM_RIGHTS) {
			rc = take_rights((const void *)(c + sizeof(h)),
			                 (unsigned)((h.len - sizeof(h)) / 4),
			                 files, have);
			if (rc)
				return rc;
		} else if (h.level != SOL_SOCKET) {
			rc = take_control(c + sizeof(h), &h, m);
			if (rc)
				return rc;
		} else if (h.type != SCM_CREDENTIALS) {
			return -EINVAL;
		}
		step = cmsg_align(h.len);
		if (step >= len)
			break;
		c += step;
		len -= step;
	}
	return 0;
}

/* One place for what is too large for a kernel stack. */
struct msg_room {
	struct socket_address name;
	struct file *files[SOCKET_FILES_MAX];
	char control[CONTROL_MAX];
};

static int prepare_send(struct msg_room *r, const struct msghdr *h,
                        struct socket_msg *m)
{
	int rc = 0;

	if (h->name && h->namelen) {
		rc = read_address(&r->name, (uaddr){h->name}, h->namelen);
		m->name = &r->name;
	}
	if (rc || !h->control || !h->controllen)
		return rc;
	if (h->controllen > CONTROL_MAX)
		return -ENOBUFS;
	if (copy_in(r->control, (uaddr){h->control}, h->controllen))
		return -EFAULT;
	m->files = r->files;
	return read_control(r->control, h->controllen, r->files, m);
}

static sysret send_header(struct file *f, const struct msghdr *h,
                          unsigned flags)
{
	struct msg_room *r = mem_alloc(sizeof(*r));
	struct socket_msg m = {0};
	struct iovec_copy v;
	sysret rc;

	if (!r)
		return -ENOMEM;
	rc = h->iovlen > IOV_MAX ? -EMSGSIZE
	                         : iovec_read(&v, (uaddr){h->iov}, h->iovlen);
	if (!rc) {
		m.data = &v.uio;
		rc = prepare_send(r, h, &m);
		if (!rc)
			rc = send_message(f, &m, flags);
		put_files(r->files, m.nr_files);
		iovec_free(&v);
	}
	mem_free(r);
	return rc;
}

sysret linux_sendmsg(const struct sysargs *a)
{
	struct msghdr h;
	struct file *f;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = copy_in(&h, arg_addr(a, 1), sizeof(h));
	if (!rc)
		rc = send_header(f, &h, arg_uint(a, 2));
	file_put(f);
	return rc;
}

/* Descriptors that came along become the program's; those for which there is
 * no room are closed and MSG_CTRUNC says so. */
static int write_rights(const struct msghdr *h, struct socket_msg *m,
                        bool cloexec, uint64_t *used)
{
	uint64_t room = h->control ? h->controllen : 0;
	unsigned fit = room > sizeof(struct cmsghdr)
	                       ? (unsigned)((room - sizeof(struct cmsghdr)) / 4)
	                       : 0;
	struct cmsghdr c = {.level = SOL_SOCKET, .type = SCM_RIGHTS};
	unsigned n = 0;

	for (; n < m->nr_files && n < fit; n++) {
		int32_t fd = fd_install(m->files[n], 0, cloexec);

		if (fd < 0)
			break;
		m->files[n] = NULL; /* the table has it now */
		if (copy_out((uaddr){h->control + sizeof(c) + 4 * n}, &fd, 4))
			return -EFAULT;
	}
	if (n < m->nr_files)
		m->flags |= SOCKET_MSG_CTRUNC;
	if (!n)
		return 0;
	c.len = sizeof(c) + 4 * n;
	*used = cmsg_align(c.len) < room ? cmsg_align(c.len) : room;
	return copy_out((uaddr){h->control}, &c, sizeof(c));
}

/* Each begins where the one before ends; one that has no room is cut. */
static int write_control(const struct msghdr *h, struct socket_msg *m,
                         uint64_t *used)
{
	uint64_t all = h->control ? h->controllen : 0;

	for (unsigned i = 0; i < m->nr_control; i++) {
		const struct socket_control *c = &m->control[i];
		struct cmsghdr head = {sizeof(head) + c->len, c->level,
		                       c->type};
		uint64_t at = h->control + *used, room = all - *used;

		if (room < sizeof(head)) {
			m->flags |= SOCKET_MSG_CTRUNC;
			return 0;
		}
		if (room < head.len) {
			m->flags |= SOCKET_MSG_CTRUNC;
			head.len = room;
		}
		if (copy_out((uaddr){at}, &head, sizeof(head)) ||
		    copy_out((uaddr){at + sizeof(head)}, c->bytes,
		             head.len - sizeof(head)))
			return -EFAULT;
		*used += cmsg_align(head.len) < room ? cmsg_align(head.len)
		                                     : room;
	}
	return 0;
}

/* What recvmsg(2) writes back into the header. */
static int finish_recv(uaddr at, const struct msghdr *h, struct socket_msg *m,
                       unsigned flags)
{
	struct msghdr out = *h;
	uint64_t used = 0, n;
	int rc = 0;

	if (m->name) {
		n = m->name->len < h->namelen ? m->name->len : h->namelen;
		rc = copy_out((uaddr){h->name}, m->name->bytes, n);
		out.namelen = (uint32_t)m->name->len;
	}
	if (!rc && m->nr_files)
		rc = write_rights(h, m, flags & SOCKET_MSG_CMSG_CLOEXEC, &used);
	if (!rc)
		rc = write_control(h, m, &used);
	out.controllen = used;
	out.flags = m->flags;
	return rc ? rc : copy_out(at, &out, sizeof(out));
}

static sysret recv_header(struct file *f, uaddr at, unsigned flags)
{
	struct msg_room *r = mem_zalloc(sizeof(*r));
	struct iovec_copy v;
	struct msghdr h;
	sysret rc;

	if (!r)
		return -ENOMEM;
	rc = copy_in(&h, at, sizeof(h));
	if (!rc)
		rc = h.iovlen > IOV_MAX
		             ? -EMSGSIZE
		             : iovec_read(&v, (uaddr){h.iov}, h.iovlen);
	if (!rc) {
		struct socket_msg m = {
			.data = &v.uio,
			.name = h.name ? &r->name : NULL,
			.files = r->files,
			.max_files = SOCKET_FILES_MAX,
		};

		rc = socket_recv(f, &m, flags);
		if (rc >= 0 && finish_recv(at, &h, &m, flags))
			rc = -EFAULT;
		put_files(r->files, m.nr_files);
		iovec_free(&v);
	}
	mem_free(r);
	return rc;
}

sysret linux_recvmsg(const struct sysargs *a)
{
	struct file *f;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	rc = recv_header(f, arg_addr(a, 1), arg_uint(a, 2));
	file_put(f);
	return rc;
}

/* --- many at once: struct mmsghdr is a msghdr and a length --- */

enum { MMSG_SIZE = 64, MMSG_LEN_OFFSET = 56 };

static sysret send_one_of_many(struct file *f, uint64_t at, unsigned flags)
{
	struct msghdr h;

	if (copy_in(&h, (uaddr){at}, sizeof(h)))
		return -EFAULT;
	return send_header(f, &h, flags);
}

sysret linux_sendmmsg(const struct sysargs *a)
{
	unsigned nr = arg_uint(a, 2), done = 0;
	struct file *f;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	for (; done < nr && done < MMSG_MAX; done++) {
		uint64_t at = a->a[1] + (uint64_t)done * MMSG_SIZE;
		uint32_t len;

		rc = send_one_of_many(f, at, arg_uint(a, 3));
		if (rc < 0)
			break;
		len = (uint32_t)rc;
		rc = copy_out((uaddr){at + MMSG_LEN_OFFSET}, &len, 4);
		if (rc)
			break;
	}
	file_put(f);
	return done ? done : rc;
}

sysret linux_recvmmsg(const struct sysargs *a)
{
	unsigned nr = arg_uint(a, 2), flags = arg_uint(a, 3), done = 0;
	uint64_t ns, deadline = NO_DEADLINE;
	struct file *f;
	sysret rc = get_socket(arg_int(a, 0), &f);

	if (rc)
		return rc;
	if (a->a[4]) {
		rc = time_read(arg_addr(a, 4), &ns);
		deadline = rc ? 0 : time_after(ns);
	}
	/* As on Linux, the time is looked at after each message. */
	while (!rc && done < nr && done < MMSG_MAX) {
		uint64_t at = a->a[1] + (uint64_t)done * MMSG_SIZE;
		uint32_t len;

		rc = recv_header(f, (uaddr){at},
		                 flags & ~(unsigned)MSG_WAITFORONE);
		if (rc < 0)
			break;
		len = (uint32_t)rc;
		rc = copy_out((uaddr){at + MMSG_LEN_OFFSET}, &len, 4);
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= SOCKET_MSG_DONTWAIT;
		if (clock_monotonic() >= deadline)
			break;
	}
	file_put(f);
	return done ? done : rc;
}
