/*
 * test_qemu.c - the qemu provider with real QEMU processes, and a stand-in for
 * the kernel. Run by run.sh with MISO_HOME set to a directory of its own.
 *
 *	test_qemu STANDINS
 */
#include "providers/qemu/qemu.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "parser/base/fs.h"
#include "tests/lib/scratch.h"

static const char *standins; /* directory of stand-in kernels */

/* One stack: an image and an instance. */
struct stack {
	struct arena mem;
	struct provider *p;
	struct owner owner;
	struct desired image, instance;
};

static const struct value *json(struct stack *s, const char *text)
{
	const struct value *v;

	assert_null(value_from_json(&s->mem, text, strlen(text), &v));
	return v;
}

/* An error is a failed test, and its text is what one wants to see. */
static void ok(struct err *e)
{
	if (e)
		err_print(stderr, e);
	assert_null(e);
}

static void use_kernel(struct stack *s, const char *name)
{
	const char *path = arena_printf(&s->mem, "%s/%s.elf", standins, name);

	assert_int_equal(setenv("MISO_KERNEL", path, 1), 0);
}

static struct desired want(struct stack *s, const char *kind, const char *name,
                           const struct value *spec)
{
	return (struct desired){
		.kind = kind,
		.name = name,
		.address = arena_printf(&s->mem, "%s.%s", kind, name),
		.digest = value_digest(&s->mem, spec),
		.pos = {"miso.yaml", 1, 1},
		.spec = spec,
	};
}

static const struct value *resolve(struct stack *s, const struct desired *d)
{
	const struct value *known;

	ok(qemu_provider.resolve(s->p, &s->mem, d, &known));
	return known;
}

/* The instance's spec, with the image's digest as the planner puts it in. */
static struct desired want_instance(struct stack *s, const char *name,
                                    const char *more)
{
	const struct value *image = resolve(s, &s->image);
	const char *text = arena_printf(
		&s->mem,
		"{\"image\":%s,\"memory\":\"16Mi\",\"firewalls\":{\"t\":{"
		"\"allow\":[\"tcp/1883\"],\"sources\":[\"127.0.0.0/8\"]}}%s}",
		value_to_json(&s->mem, image), more);

	return want(s, "instance", name, json(s, text));
}

static void open_stack(struct stack *s, const char *kernel)
{
	static const char settings[] =
		"{\"accel\":\"tcg\",\"stop_timeout\":\"3s\"}";

	use_kernel(s, kernel);
	s->owner = (struct owner){"test", "default", "/"};
	ok(qemu_provider.open(json(s, settings), &s->owner, &s->p));
	ok(qemu_provider.lock(s->p, "one"));
	s->image = want(s, "image", "prog",
	                json(s, "{\"program\":\"/bin/true\"}"));
}

static struct object create(struct stack *s, const struct desired *d)
{
	struct object o;

	resolve(s, d);
	ok(qemu_provider.create(s->p, &s->mem, d, NULL, &o));
	return o;
}

static struct object_set list(struct stack *s)
{
	struct object_set set;

	ok(qemu_provider.list(s->p, &s->mem, &set));
	return set;
}

static struct object find(struct stack *s, const char *address)
{
	struct object_set set = list(s);

	for (size_t i = 0; i < set.n; i++)
		if (strcmp(set.v[i].address, address) == 0)
			return set.v[i];
	fail_msg("%s is not listed", address);
	return (struct object){0};
}

/* Instances first, as what needs others goes first. */
static void destroy(struct stack *s)
{
	struct object_set set = list(s);

	for (size_t i = 0; i < set.n; i++)
		if (strcmp(set.v[i].kind, "instance") == 0)
			ok(qemu_provider.delete(s->p, &set.v[i], NULL));
	set = list(s);
	for (size_t i = 0; i < set.n; i++)
		ok(qemu_provider.delete(s->p, &set.v[i], NULL));
	assert_int_equal(list(s).n, 0);
}

static void close_stack(struct stack *s)
{
	destroy(s);
	qemu_provider.unlock(s->p);
	qemu_provider.close(s->p);
	assert_int_not_equal(
		access(arena_printf(&s->mem, "%s/stacks", getenv("MISO_HOME")),
	               F_OK),
		0);
	arena_free(&s->mem);
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- tests -------------------------------------------------------------------
 */

static void an_instance_comes_up_and_goes_by_the_power_button(void **state)
{
	struct stack s = {0};
	struct desired d;
	struct object o;
	int64_t began;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a", ",\"ports\":[\"21883:1883\"]");
	began = clock_ms();
	o = create(&s, &d);
	printf("create: %lld ms\n", (long long)(clock_ms() - began));
	assert_null(o.fault);
	assert_string_equal(value_get_string(o.attrs, "state", ""), "running");
	assert_string_equal(value_get_string(o.attrs, "public_ip", ""),
	                    "127.0.0.1");
	o = find(&s, "instance.a");
	assert_string_equal(o.digest, d.digest);
	assert_null(o.fault);
	began = clock_ms();
	ok(qemu_provider.delete(s.p, &o, NULL));
	printf("delete: %lld ms\n", (long long)(clock_ms() - began));
	assert_true(clock_ms() - began < 2500); /* less than stop_timeout */
	ok(qemu_provider.delete(s.p, &o, NULL));
	close_stack(&s);
}

static void a_killed_machine_is_a_fault_that_update_mends(void **state)
{
	struct stack s = {0};
	struct desired d;
	struct object o, mended;
	pid_t pid;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a", "");
	o = create(&s, &d);
	pid = (pid_t)value_get_int(o.attrs, "pid", 0);
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	do
		o = find(&s, "instance.a");
	while (!o.fault);
	assert_string_equal(o.fault, "its process is gone");
	assert_true(o.fault_updatable);
	ok(qemu_provider.update(s.p, &s.mem, &o, &d, NULL, &mended));
	assert_null(mended.fault);
	assert_int_not_equal(value_get_int(mended.attrs, "pid", 0), pid);
	close_stack(&s);
}

static void an_unchanged_instance_is_not_restarted_by_update(void **state)
{
	struct stack s = {0};
	struct desired d;
	struct object o, again;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a", "");
	o = create(&s, &d);
	d.protect = true;
	ok(qemu_provider.update(s.p, &s.mem, &o, &d, NULL, &again));
	assert_true(again.protect);
	assert_int_equal(value_get_int(o.attrs, "pid", 0),
	                 value_get_int(again.attrs, "pid", 1));
	d = want_instance(&s, "a", ",\"env\":{\"X\":\"1\"}");
	ok(qemu_provider.update(s.p, &s.mem, &o, &d, NULL, &again));
	assert_int_not_equal(value_get_int(o.attrs, "pid", 0),
	                     value_get_int(again.attrs, "pid", 0));
	assert_string_equal(again.digest, d.digest);
	close_stack(&s);
}

static void a_program_that_ended_well_is_done(void **state)
{
	struct stack s = {0};
	struct desired d;
	struct object o;

	(void)state;
	open_stack(&s, "exits0");
	create(&s, &s.image);
	d = want_instance(&s, "a", "");
	create(&s, &d);
	do
		o = find(&s, "instance.a");
	while (strcmp(value_get_string(o.attrs, "state", ""), "running") == 0);
	assert_null(o.fault);
	assert_string_equal(value_get_string(o.attrs, "state", ""), "exited 0");
	close_stack(&s);
}

static void how_a_program_failed_is_in_the_fault(void **state)
{
	static const struct {
		const char *kernel, *fault;
	} cases[] = {
		{"exits3", "the program exited with status 3"},
		{"panics", "kernel panic: nobody home"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stack s = {0};
		struct desired d;
		struct object o;

		open_stack(&s, cases[i].kernel);
		create(&s, &s.image);
		d = want_instance(&s, "a", "");
		create(&s, &d);
		do
			o = find(&s, "instance.a");
		while (!o.fault);
		assert_string_equal(o.fault, cases[i].fault);
		close_stack(&s);
	}
}

static void a_dead_switch_is_a_fault_that_update_mends(void **state)
{
	struct stack s = {0};
	struct desired d;
	struct object o, mended;
	const char *path;
	char *text;
	FILE *f;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a", "");
	o = create(&s, &d);
	path = arena_printf(&s.mem, "%s/stacks/test/default/net/switch.json",
	                    getenv("MISO_HOME"));
	text = arena_alloc(&s.mem, 1024, 1);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, 1023, f) > 0);
	fclose(f);
	assert_int_equal(
		kill((pid_t)value_get_int(json(&s, text), "pid", 0), SIGKILL),
		0);
	do
		o = find(&s, "instance.a");
	while (!o.fault);
	assert_string_equal(o.fault, "its network switch is gone");
	ok(qemu_provider.update(s.p, &s.mem, &o, &d, NULL, &mended));
	assert_null(mended.fault);
	assert_int_equal(value_get_int(o.attrs, "pid", 0),
	                 value_get_int(mended.attrs, "pid", 1));
	close_stack(&s);
}

static void a_port_in_use_is_refused_before_the_start(void **state)
{
	struct stack s = {0};
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct desired d;
	struct object o;
	struct err *e;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a",
	                  arena_printf(&s.mem, ",\"ports\":[\"%u:1883\"]",
	                               ntohs(a.sin_port)));
	e = qemu_provider.create(s.p, &s.mem, &d, NULL, &o);
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_non_null(strstr(err_text(e), "instance \"a\" publishes port"));
	assert_non_null(strstr(err_text(e), "in use by test_qemu"));
	assert_non_null(strstr(err_hint_text(e), ":1883"));
	err_free(e);
	close(fd);
	close_stack(&s);
}

static void logs_show_the_console(void **state)
{
	struct stack s = {0};
	struct log_request q = {.address = "instance.a", .lines = 1};
	struct desired d;
	char *text = NULL;
	size_t len;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a", ",\"wait_for\":{\"log\":\"up and\"}");
	create(&s, &d);
	q.out = open_memstream(&text, &len);
	ok(qemu_provider.logs(s.p, &q));
	fclose(q.out);
	assert_string_equal(text, "stand-in: up and running\n");
	free(text);
	close_stack(&s);
}

static void a_console_that_grew_is_rotated(void **state)
{
	enum { LARGE = 6 * 1024 * 1024, PATIENCE_MS = 10 * 1000 };
	struct stack s = {0};
	struct desired d;
	struct object o;
	const char *old, *live;
	int64_t began = clock_ms();
	int fd;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a", "");
	o = create(&s, &d);
	live = arena_printf(&s.mem, "%s/console.log", o.id);
	old = arena_printf(&s.mem, "%s.1", live);
	fd = open(live, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, LARGE), 0);
	close(fd);
	while (access(old, F_OK) || access(live, F_OK)) {
		assert_true(clock_ms() - began < PATIENCE_MS);
		usleep(10000);
	}
	close_stack(&s);
}

/* It may still be waiting for init to ask for its status: proc(5), state. */
static bool has_ended(struct arena *mem, int64_t pid)
{
	char *text;
	size_t len;
	struct err *e =
		fs_read(mem, arena_printf(mem, "/proc/%d/stat", (int)pid), 4096,
	                &text, &len);
	bool gone = e || strstr(text, ") Z ");

	err_free(e);
	return gone;
}

static void a_machine_whose_pid_was_not_written_down_is_found(void **state)
{
	struct stack s = {0};
	struct desired d;
	struct object o;
	int64_t pid;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	d = want_instance(&s, "a", "");
	o = create(&s, &d);
	pid = value_get_int(o.attrs, "pid", 0);
	assert_int_equal(unlink(arena_printf(&s.mem, "%s/process.json", o.id)),
	                 0);
	o = find(&s, "instance.a");
	assert_null(o.fault);
	assert_int_equal(value_get_int(o.attrs, "pid", 1), pid);
	assert_false(has_ended(&s.mem, pid));
	close_stack(&s);
	assert_true(has_ended(&s.mem, pid));
	arena_free(&s.mem);
}

static void two_instances_have_different_addresses(void **state)
{
	struct stack s = {0};
	struct desired a, b;
	const char *ip;

	(void)state;
	open_stack(&s, "stays");
	create(&s, &s.image);
	a = want_instance(&s, "a", "");
	b = want_instance(&s, "b", "");
	ip = value_get_string(resolve(&s, &a), "ip", "");
	create(&s, &a);
	create(&s, &b);
	assert_string_equal(
		value_get_string(find(&s, "instance.a").attrs, "ip", ""), ip);
	assert_string_not_equal(
		value_get_string(find(&s, "instance.b").attrs, "ip", ""), ip);
	close_stack(&s);
}

static void a_second_apply_is_kept_out_by_name(void **state)
{
	struct stack s = {0}, other = {0};
	const char *holder = NULL;
	struct err *e;

	(void)state;
	open_stack(&s, "stays");
	ok(qemu_provider.open(value_null(), &s.owner, &other.p));
	e = qemu_provider.lock(other.p, "two");
	assert_int_equal(err_code(e), ERR_CONFLICT);
	err_free(e);
	ok(qemu_provider.holder(other.p, &s.mem, &holder));
	assert_string_equal(holder, "one");
	qemu_provider.close(other.p);
	close_stack(&s);
}

static void run_gives_the_exit_status(void **state)
{
	struct stack s = {0};
	struct desired d;
	int status = -1;

	(void)state;
	open_stack(&s, "exits3");
	d = want_instance(&s, "a", "");
	ok(qemu_provider.run(s.p, &s.image, &d, STDOUT_FILENO, &status));
	assert_int_equal(status, 3);
	assert_int_not_equal(
		access(arena_printf(&s.mem, "%s/run", getenv("MISO_HOME")),
	               F_OK),
		0);
	close_stack(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_instance_comes_up_and_goes_by_the_power_button),
		cmocka_unit_test(a_killed_machine_is_a_fault_that_update_mends),
		cmocka_unit_test(
			an_unchanged_instance_is_not_restarted_by_update),
		cmocka_unit_test(a_program_that_ended_well_is_done),
		cmocka_unit_test(how_a_program_failed_is_in_the_fault),
		cmocka_unit_test(a_dead_switch_is_a_fault_that_update_mends),
		cmocka_unit_test(a_port_in_use_is_refused_before_the_start),
		cmocka_unit_test(logs_show_the_console),
		cmocka_unit_test(a_console_that_grew_is_rotated),
		cmocka_unit_test(
			a_machine_whose_pid_was_not_written_down_is_found),
		cmocka_unit_test(two_instances_have_different_addresses),
		cmocka_unit_test(a_second_apply_is_kept_out_by_name),
		cmocka_unit_test(run_gives_the_exit_status),
	};

	if (argc > 1 && strcmp(argv[1], QEMU_SWITCH_ARG) == 0)
		return qemu_switch_main(argc, argv);
	if (argc != 2 || !getenv("MISO_HOME"))
		return 2;
	standins = argv[1];
	if (getenv("ONLY"))
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests_name("qemu", tests, NULL, NULL);
}
