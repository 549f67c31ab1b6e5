/* instance.c - create, update, delete and describe. */
#include "providers/qemu/instance.h"

#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "providers/qemu/boot_text.h"
#include "providers/qemu/images.h"
#include "providers/qemu/machine.h"
#include "providers/qemu/rotate.h"
#include "providers/qemu/segment.h"
#include "providers/qemu/subnet.h"

/* An instance while something is done to it. */
struct working {
	struct provider *p;
	struct arena *mem;
	const struct desired *want;
	const struct progress *progress;
	struct qemu_spec spec;
	struct qemu_forwards forwards;
	struct qemu_mark mark;
};

static void say(const struct working *w, const char *text)
{
	if (w->progress && w->progress->say)
		w->progress->say(w->progress->ctx, w->want->address, text);
}

static bool is_published(const struct working *w, uint16_t port)
{
	for (size_t i = 0; i < w->forwards.n; i++)
		if (w->forwards.v[i].proto == QEMU_TCP &&
		    w->forwards.v[i].guest == port)
			return true;
	return false;
}

/* A port is tried from this host, so it has to be published here. */
static struct err *check_wait(const struct working *w)
{
	const struct value *wait = value_get(w->want->spec, "wait_for");
	uint16_t port = w->spec.wait_port;

	if (!port || is_published(w, port))
		port = w->spec.wait_http;
	if (!port || is_published(w, port))
		return NULL;
	return err_hint(
		err_new(ERR_SYNTAX, wait->pos.line ? wait->pos : w->want->pos,
	                "instance \"%s\" waits for port %u, which is not "
	                "published on this host",
	                w->want->name, port),
		"put it in ports, with a tag that lets this host in; or wait "
		"for a line of its log");
}

/* Read the spec and settle everything that follows from it. */
static struct err *prepare(struct working *w)
{
	struct provider *p = w->p;
	struct qemu_addresses here;
	struct err *e = qemu_spec_parse(w->mem, w->want, &w->spec);

	if (e)
		return e;
	here = qemu_firewall_addresses(w->mem);
	w->forwards = qemu_firewall_forwards(w->mem, &w->spec.ports,
	                                     &w->spec.rules, &here);
	e = check_wait(w);
	if (e)
		return e;
	w->mark =
		qemu_mark_of(w->want, qemu_mark_dir(w->mem, p->site_dir,
	                                            "instance", w->want->name));
	w->mark.image = w->spec.image;
	return qemu_host_ip(p, w->want->address, w->want->name, &w->mark.ip);
}

static struct err *make_boot(struct working *w, struct image_boot *boot)
{
	struct qemu_boot_request q = {
		.owner = &w->p->owner,
		.address = w->want->address,
		.name = w->want->name,
		.spec = &w->spec,
		.forwards = &w->forwards,
		.ip = w->mark.ip,
		.pos = w->want->pos,
	};
	struct err *e = qemu_host_peers(w->p, w->mem, &q.peers, &q.nr_peers);

	return e ? e : qemu_boot_text(w->mem, &q, boot);
}

/* --- attributes --------------------------------------------------------------
 */

struct attrs {
	struct arena *mem;
	struct value_entry v[16];
	size_t n;
};

static void add(struct attrs *a, const char *key, const struct value *v)
{
	a->v[a->n++] = (struct value_entry){.key = key, .value = v};
}

static void add_text(struct attrs *a, const char *key, const char *s)
{
	add(a, key, s ? value_string(a->mem, s) : value_null());
}

/* Where its published ports are reached from outside the stack. */
static const char *public_ip(struct arena *mem,
                             const struct qemu_forwards *forwards)
{
	char text[QEMU_IP_LEN + 1];

	if (forwards->n == 0 || forwards->v[0].bind == 0)
		return "127.0.0.1";
	qemu_subnet_print(forwards->v[0].bind, text);
	return arena_strdup(mem, text);
}

struct err *qemu_instance_resolve(struct provider *p, struct arena *mem,
                                  const struct desired *want,
                                  const struct value **known)
{
	struct working w = {.p = p, .mem = mem, .want = want};
	struct attrs a = {.mem = mem};
	struct image_boot boot;
	struct err *e = prepare(&w);

	if (!e)
		e = make_boot(&w, &boot);
	if (e)
		return e;
	add_text(&a, "name", want->name);
	add_text(&a, "ip", w.mark.ip);
	add_text(&a, "public_ip", public_ip(mem, &w.forwards));
	*known = value_map(mem, a.v, a.n);
	return NULL;
}

/* --- describing --------------------------------------------------------------
 */

struct object qemu_instance_object(const struct qemu_mark *mark)
{
	return (struct object){
		.kind = mark->kind,
		.address = mark->address,
		.id = mark->dir,
		.digest = mark->digest,
		.protect = mark->protect,
		.fault_updatable = true,
		.needs = mark->needs,
		.nr_needs = mark->nr_needs,
	};
}

/* A program that was to run once, and did. */
static bool is_done(const struct qemu_mark *mark,
                    const struct qemu_status *status)
{
	const char *restart = value_get_string(mark->spec, "restart", "never");

	return status->end == QEMU_EXIT && status->number == 0 &&
	       strcmp(restart, "always") != 0;
}

/* State in a word, and what is wrong, if anything. */
static const char *judge(struct provider *p, struct arena *mem,
                         const struct qemu_mark *mark, bool alive,
                         const char **fault)
{
	struct qemu_status status = qemu_status_read(
		mem, fs_join(mem, mark->dir, QEMU_FILE_STATUS));

	if (alive) {
		if (!qemu_machine_is_up(mark->dir))
			*fault = "it has not come up";
		else if (mark->ip && !qemu_segment_alive(p->site_dir))
			*fault = "its network switch is gone";
		return status.ready ? "running" : "starting";
	}
	if (qemu_machine_is_up(mark->dir) && is_done(mark, &status))
		return "exited 0";
	*fault = qemu_status_phrase(mem, &status);
	if (!*fault)
		*fault = "its process is gone";
	return "stopped";
}

/* What the spec in the mark publishes; the world may have changed since. */
static const char *marked_public_ip(struct arena *mem,
                                    const struct qemu_mark *mark)
{
	const struct desired want = {.name = mark->name, .spec = mark->spec};
	struct qemu_addresses here = qemu_firewall_addresses(mem);
	struct qemu_forwards forwards;
	struct qemu_spec spec;
	struct err *e = qemu_spec_parse(mem, &want, &spec);

	if (e) {
		err_free(e);
		return NULL;
	}
	forwards = qemu_firewall_forwards(mem, &spec.ports, &spec.rules, &here);
	return public_ip(mem, &forwards);
}

struct err *qemu_instance_describe(struct provider *p, struct arena *mem,
                                   const struct qemu_mark *mark,
                                   struct object *out)
{
	struct qemu_process process =
		qemu_machine_process(mark->dir, mark->token);
	bool alive = qemu_process_alive(&process);
	struct object o = qemu_instance_object(mark);
	struct attrs a = {.mem = mem};

	add(&a, "spec", mark->spec);
	add_text(&a, "name", mark->name);
	add_text(&a, "ip", mark->ip);
	add_text(&a, "public_ip", marked_public_ip(mem, mark));
	add_text(&a, "state", judge(p, mem, mark, alive, &o.fault));
	add(&a, "pid", alive ? value_int(mem, process.pid) : value_null());
	add_text(&a, "image", mark->image);
	o.attrs = value_map(mem, a.v, a.n);
	*out = o;
	return NULL;
}

/* --- starting ----------------------------------------------------------------
 */

static struct err *make_disk(struct working *w)
{
	struct store_image image;
	struct err *e = NULL;

	if (!w->spec.image)
		return err_new(ERR_SYNTAX, w->want->pos,
		               "instance \"%s\" has no image", w->want->name);
	e = store_find(w->p->store, w->mem, w->spec.image, &image);
	return e ? e : qemu_machine_disk(w->mark.dir, image.root);
}

static struct err *start_qemu(struct working *w, struct qemu_process *process)
{
	char out_mac[QEMU_MAC_LEN + 1], segment_mac[QEMU_MAC_LEN + 1];
	struct store_image image;
	struct image_boot boot;
	struct qemu_start start = {.dir = w->mark.dir};
	struct qemu_machine *m = &start.machine;
	struct err *e = store_find(w->p->store, w->mem, w->spec.image, &image);

	if (!e)
		e = make_boot(w, &boot);
	if (!e)
		e = qemu_host_accel(w->p, &m->accel);
	if (e)
		return e;
	start.boot = boot.text;
	start.boot_len = boot.len;
	qemu_subnet_mac(&w->p->owner, w->want->address, "out", out_mac);
	qemu_subnet_mac(&w->p->owner, w->want->address, "segment", segment_mac);
	m->name = w->want->name;
	m->token = w->mark.token;
	m->type = w->p->machine;
	m->memory = w->spec.memory;
	m->cpus = w->spec.cpus;
	m->kernel = image.kernel;
	m->forwards = &w->forwards;
	m->out_mac = out_mac;
	m->segment_mac = segment_mac;
	m->segment_socket =
		arena_printf(w->mem, QEMU_SEGMENT_FROM_INSTANCE "/%s",
	                     qemu_segment_socket(w->mem, segment_mac));
	m->switch_socket = QEMU_SEGMENT_FROM_INSTANCE "/" QEMU_SEGMENT_SWITCH;
	return qemu_machine_start(&start, process);
}

/* From a mark on disk to a program that runs. */
static struct err *start(struct working *w)
{
	struct qemu_process process;
	struct err *e;

	e = qemu_firewall_check(&w->forwards, w->want->name, w->want->pos);
	if (!e)
		e = make_disk(w);
	if (!e)
		e = qemu_segment_start(w->p->site_dir);
	if (!e) {
		say(w, "booting");
		e = start_qemu(w, &process);
	}
	if (e)
		return e;
	if (w->spec.wait_log || w->spec.wait_port || w->spec.wait_http)
		say(w, "waiting for its program");
	e = qemu_machine_wait(w->mark.dir, &process, &w->spec, &w->forwards,
	                      w->progress);
	if (e)
		return err_wrap(e, w->want->pos,
		                "instance \"%s\" did not come up",
		                w->want->name);
	return NULL;
}

static void new_token(struct working *w)
{
	char token[QEMU_TOKEN_LEN + 1];

	qemu_token_new(token);
	w->mark.token = arena_strdup(w->mem, token);
}

struct err *qemu_instance_create(struct provider *p, struct arena *mem,
                                 const struct desired *want,
                                 const struct progress *progress,
                                 struct object *out)
{
	struct working w = {
		.p = p, .mem = mem, .want = want, .progress = progress};
	struct err *e = prepare(&w);

	if (e)
		return e;
	new_token(&w);
	e = qemu_mark_create(&w.mark);
	if (!e)
		e = start(&w);
	return e ? e : qemu_instance_describe(p, mem, &w.mark, out);
}

/* --- changing ----------------------------------------------------------------
 */

/* What a machine is made of: its image counts by what is in it. */
static const struct value *inside(struct arena *mem, const struct value *spec)
{
	const struct value *digest =
		value_get(value_get(spec, "image"), "digest");

	return digest ? value_with(mem, spec, "image", digest) : spec;
}

static bool is_changed(const struct working *w, const struct qemu_mark *old)
{
	return strcmp(old->digest, w->want->digest) != 0 &&
	       !value_equal(inside(w->mem, old->spec),
	                    inside(w->mem, w->want->spec));
}

static bool needs_restart(const struct working *w, const struct qemu_mark *old)
{
	struct qemu_process process =
		qemu_machine_process(old->dir, old->token);
	struct qemu_status status = qemu_status_read(
		w->mem, fs_join(w->mem, old->dir, QEMU_FILE_STATUS));

	if (is_changed(w, old) || strcmp(old->address, w->want->address) != 0 ||
	    !qemu_machine_is_up(old->dir))
		return true;
	return !qemu_process_alive(&process) && !is_done(old, &status);
}

/* Its place in the private network is named after its address. */
static void leave_segment(const struct provider *p, struct arena *mem,
                          const char *address)
{
	char mac[QEMU_MAC_LEN + 1];

	qemu_subnet_mac(&p->owner, address, "segment", mac);
	(void)unlink(arena_printf(mem, "%s/net/%s", p->site_dir,
	                          qemu_segment_socket(mem, mac)));
}

/* Under another address it has another name and other addresses, too. */
static struct err *restart(struct working *w, const struct qemu_mark *old)
{
	struct err *e;

	say(w, "stopping");
	e = qemu_machine_stop(old->dir, old->token, w->p->stop_ms);
	if (!e)
		e = qemu_mark_move(old->dir, &w->mark);
	if (e)
		return e;
	if (strcmp(old->address, w->want->address) != 0)
		leave_segment(w->p, w->mem, old->address);
	new_token(w);
	e = qemu_mark_write(&w->mark);
	return e ? e : start(w);
}

/* Only the mark differs, or only the switch is gone. */
static struct err *refresh(struct working *w, const struct qemu_mark *old)
{
	struct err *e;

	w->mark.token = old->token;
	e = qemu_mark_write(&w->mark);
	return e ? e : qemu_segment_start(w->p->site_dir);
}

struct err *qemu_instance_update(struct provider *p, struct arena *mem,
                                 const struct object *have,
                                 const struct desired *want,
                                 const struct progress *progress,
                                 struct object *out)
{
	struct working w = {
		.p = p, .mem = mem, .want = want, .progress = progress};
	struct qemu_mark old;
	struct err *e = prepare(&w);

	if (!e)
		e = qemu_mark_read(mem, have->id, &old);
	if (e)
		return e;
	if (needs_restart(&w, &old))
		e = restart(&w, &old);
	else
		e = refresh(&w, &old);
	return e ? e : qemu_instance_describe(p, mem, &w.mark, out);
}

/* --- deleting ----------------------------------------------------------------
 */

static struct err *stop_segment_if_empty(struct provider *p, struct arena *mem)
{
	struct qemu_marks marks;
	struct err *e = qemu_mark_list(mem, p->site_dir, &marks);

	for (size_t i = 0; !e && i < marks.n; i++)
		if (marks.v[i].ip)
			return NULL;
	return e ? e : qemu_segment_stop(p->site_dir);
}

static struct err *delete_marked(struct provider *p, struct arena *mem,
                                 const struct qemu_mark *mark)
{
	struct err *e = qemu_machine_stop(mark->dir, mark->token, p->stop_ms);

	if (!e)
		e = qemu_mark_remove(mark->dir);
	if (e)
		return e;
	leave_segment(p, mem, mark->address);
	e = stop_segment_if_empty(p, mem);
	if (!e && mark->image)
		e = qemu_images_release(p, mark->image);
	return e;
}

struct err *qemu_instance_delete(struct provider *p, const struct object *have,
                                 const struct progress *progress)
{
	struct arena mem = {0};
	struct qemu_mark mark;
	struct err *e = NULL;

	if (access(have->id, F_OK) == 0) {
		if (progress && progress->say)
			progress->say(progress->ctx, have->address, "stopping");
		e = qemu_mark_read(&mem, have->id, &mark);
		if (!e)
			e = delete_marked(p, &mem, &mark);
	}
	arena_free(&mem);
	return e;
}
