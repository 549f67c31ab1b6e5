/* run.c - console on stdout, signals as power button, exit status as ours. */
#include "providers/qemu/run.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/qemu/accel.h"
#include "providers/qemu/boot_text.h"
#include "providers/qemu/images.h"
#include "providers/qemu/machine.h"
#include "providers/qemu/qmp.h"
#include "providers/qemu/subnet.h"

enum { QMP_MS = 1000, SIGNAL_BASE = 128, LOCALHOST = 0x7f000001 };

struct running {
	struct provider *p;
	struct arena mem;
	const struct desired *want;
	int console;
	const char *digest; /* of the image */
	const char *dir;
	struct qemu_spec spec;
	struct qemu_forwards forwards;
	struct qemu_process process;
	sigset_t signals, before;
	int signal_fd;
	unsigned pressed; /* how often somebody asked for the end */
};

/* --- what to run -------------------------------------------------------------
 */

static void forward_all(struct running *r)
{
	const struct qemu_ports *ports = &r->spec.ports;
	struct qemu_forward *v =
		ARENA_ARRAY(&r->mem, struct qemu_forward, ports->n);

	for (size_t i = 0; i < ports->n; i++)
		v[i] = (struct qemu_forward){ports->v[i].proto, LOCALHOST,
		                             ports->v[i].host,
		                             ports->v[i].guest};
	r->forwards = (struct qemu_forwards){v, ports->n};
}

static struct err *prepare(struct running *r)
{
	struct qemu_addresses here;
	struct err *e = qemu_spec_parse(&r->mem, r->want, &r->spec);

	if (e)
		return e;
	here = qemu_firewall_addresses(&r->mem);
	if (r->spec.rules.n)
		r->forwards = qemu_firewall_forwards(&r->mem, &r->spec.ports,
		                                     &r->spec.rules, &here);
	else
		forward_all(r);
	return qemu_firewall_check(&r->forwards, r->want->name, r->want->pos);
}

static struct err *make_boot(struct running *r, struct image_boot *boot)
{
	const struct qemu_boot_request q = {
		.owner = &r->p->owner,
		.address = r->want->address,
		.name = r->want->name,
		.spec = &r->spec,
		.forwards = &r->forwards,
		.pos = r->want->pos,
	};

	return qemu_boot_text(&r->mem, &q, boot);
}

static struct err *start(struct running *r)
{
	char mac[QEMU_MAC_LEN + 1], token[QEMU_TOKEN_LEN + 1];
	struct store_image files;
	struct image_boot boot;
	struct qemu_start start = {.dir = r->dir};
	struct qemu_machine *m = &start.machine;
	struct err *e = store_find(r->p->store, &r->mem, r->digest, &files);

	if (!e)
		e = qemu_machine_disk(r->dir, files.root);
	if (!e)
		e = make_boot(r, &boot);
	if (!e)
		e = qemu_host_accel(r->p, &m->accel);
	if (e)
		return e;
	qemu_token_new(token);
	qemu_subnet_mac(&r->p->owner, r->want->address, "out", mac);
	start.boot = boot.text;
	start.boot_len = boot.len;
	start.console = r->console;
	m->name = r->want->name;
	m->token = token;
	m->type = r->p->machine;
	m->memory = r->spec.memory;
	m->cpus = r->spec.cpus;
	m->kernel = files.kernel;
	m->foreground = true;
	m->forwards = &r->forwards;
	m->out_mac = mac;
	return qemu_machine_start(&start, &r->process);
}

/* --- while it runs -----------------------------------------------------------
 */

static struct err *catch_signals(struct running *r)
{
	sigemptyset(&r->signals);
	sigaddset(&r->signals, SIGINT);
	sigaddset(&r->signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &r->signals, &r->before);
	r->signal_fd = signalfd(-1, &r->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signal_fd < 0 ? err_sys(errno, "signalfd") : NULL;
}

static void release_signals(struct running *r)
{
	if (r->signal_fd >= 0)
		close(r->signal_fd);
	pthread_sigmask(SIG_SETMASK, &r->before, NULL);
}

/* The first time the power button, then the plug. */
static void press(struct running *r)
{
	struct signalfd_siginfo info;

	if (read(r->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (r->pressed++)
		qemu_process_signal(&r->process, SIGKILL);
	else
		err_free(qemu_qmp_send(
			r->dir, "{\"execute\":\"system_powerdown\"}", QMP_MS));
}

static struct err *watch(struct running *r)
{
	int ended = pidfd_open(r->process.pid, 0);
	struct pollfd p[] = {{.fd = ended, .events = POLLIN},
	                     {.fd = r->signal_fd, .events = POLLIN}};
	struct err *e = NULL;

	if (ended < 0)
		return err_sys(errno, "process %d", (int)r->process.pid);
	while (!e && !(p[0].revents & POLLIN)) {
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			e = err_sys(errno, "poll");
		else if (p[1].revents & POLLIN)
			press(r);
	}
	close(ended);
	return e;
}

/* --- how it ended ------------------------------------------------------------
 */

static struct err *stopped_without_status(struct running *r, int wait_status)
{
	enum { MAX_LOG = 1024 * 1024 };
	char *log = arena_strdup(&r->mem, "");
	size_t len;

	/* Who pressed the button twice wanted just this. */
	if (r->pressed > 1 || (r->pressed && WIFEXITED(wait_status)))
		return NULL;
	err_free(fs_read(&r->mem, fs_join(&r->mem, r->dir, QEMU_FILE_LOG),
	                 MAX_LOG, &log, &len));
	return err_new(ERR_IO, NO_POS, "the machine stopped without a word%s%s",
	               *log ? "; QEMU says: " : "", log);
}

static struct err *judge(struct running *r, int *status)
{
	const char *path = fs_join(&r->mem, r->dir, QEMU_FILE_STATUS);
	struct qemu_status s = qemu_status_read(&r->mem, path);
	int wait_status = 0;

	(void)waitpid(r->process.pid, &wait_status, 0);
	switch (s.end) {
	case QEMU_EXIT:
		*status = s.number;
		return NULL;
	case QEMU_SIGNAL:
		*status = SIGNAL_BASE + s.number;
		return NULL;
	case QEMU_BOOT:
	case QEMU_PANIC:
		return err_new(ERR_IO, NO_POS, "%s",
		               qemu_status_phrase(&r->mem, &s));
	case QEMU_RUNS:
		*status = SIGNAL_BASE + SIGTERM;
		return stopped_without_status(r, wait_status);
	}
	return NULL;
}

static struct err *run_in_dir(struct running *r, int *status)
{
	struct err *e = fs_make_dirs(r->dir, 0700);

	if (!e)
		e = catch_signals(r);
	if (!e)
		e = start(r);
	if (!e)
		e = watch(r);
	if (!e)
		e = judge(r, status);
	if (e && qemu_process_signal(&r->process, SIGKILL))
		(void)waitpid(r->process.pid, NULL, 0);
	release_signals(r);
	return e;
}

/*
 * What runs left that were killed outright: their directories are named after
 * their pids, and their machines are known by more than that.
 */
static void stop_left(const char *path)
{
	err_free(qemu_machine_stop(path, NULL, 0));
}

struct err *qemu_run(struct provider *p, const struct desired *image,
                     const struct desired *instance, int console, int *status)
{
	struct running r = {
		.p = p, .want = instance, .console = console, .signal_fd = -1};
	struct err *e = prepare(&r);

	pthread_sigmask(SIG_SETMASK, NULL, &r.before);
	r.dir = arena_printf(&r.mem, "%s/run/%d", p->home, (int)getpid());
	qemu_process_sweep(&r.mem, fs_parent(&r.mem, r.dir), "", stop_left);
	if (!e)
		e = qemu_images_build(p, image, &r.digest);
	if (!e)
		e = fs_remove_tree(r.dir); /* of a crashed run with our pid */
	if (!e)
		e = run_in_dir(&r, status);
	err_free(fs_remove_tree(r.dir));
	(void)rmdir(fs_parent(&r.mem, r.dir));
	arena_free(&r.mem);
	return e;
}
