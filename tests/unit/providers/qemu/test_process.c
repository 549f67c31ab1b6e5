#include "providers/qemu/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/scratch.h"

/* A process that lasts as long as a test needs, with a token. */
static struct qemu_process start(struct scratch *s)
{
	static char token[QEMU_TOKEN_LEN + 1];
	const char *const argv[] = {"sh", "-c", "sleep 60; exit", token, NULL};
	const struct qemu_command c = {
		.argv = argv, .cwd = s->dir, .log = "log", .token = token};
	struct qemu_process p;

	qemu_token_new(token);
	assert_null(qemu_process_start(&c, &p));
	/* Until its exec is done, it has no command line to be known by. */
	while (!qemu_process_find(p.pid, p.token).pid)
		assert_true(qemu_process_alive(&p));
	return p;
}

/* It leads a session of its own, which ends as a whole. */
static void stop(const struct qemu_process *p)
{
	assert_int_equal(kill(-p->pid, SIGKILL), 0);
	assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
}

static void an_identity_is_kept_and_found_again(void **state)
{
	struct scratch *s = *state;
	struct qemu_process p = start(s), again;

	assert_null(qemu_process_save(&p, scratch_path(s, "p")));
	again = qemu_process_load(scratch_path(s, "p"));
	assert_true(qemu_process_alive(&again));
	again = qemu_process_find(p.pid, p.token);
	assert_int_equal(again.start, p.start);
	assert_int_equal(qemu_process_find(p.pid, "another").pid, 0);
	stop(&p);
	assert_false(qemu_process_alive(&again));
	assert_int_equal(qemu_process_load(scratch_path(s, "none")).pid, 0);
}

static void a_reused_pid_is_neither_taken_for_it_nor_signalled(void **state)
{
	struct qemu_process p = start(*state), other;

	other = p;
	other.start--; /* as if the pid had belonged to an earlier process */
	assert_false(qemu_process_alive(&other));
	assert_false(qemu_process_signal(&other, SIGKILL));
	other = p;
	other.boot_id[0] ^= 1; /* as if the host had been started since */
	assert_false(qemu_process_signal(&other, SIGKILL));
	other = p;
	other.token[0] = 'x';
	assert_false(qemu_process_signal(&other, SIGKILL));
	assert_true(qemu_process_alive(&p));
	stop(&p);
}

static void a_process_that_ended_is_not_alive_before_it_is_reaped(void **state)
{
	struct qemu_process p = start(*state);

	assert_int_equal(kill(-p.pid, SIGKILL), 0);
	assert_true(qemu_process_wait(&p, 5000));
	assert_false(qemu_process_alive(&p));
	assert_true(WIFSIGNALED(qemu_process_status(&p)));
	assert_int_equal(qemu_process_status(&p), -1);
}

/* Who started it is killed, and has no time to end anything. */
static void what_is_bound_ends_with_its_starter(void **state)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	struct scratch *s = *state;
	struct qemu_process p;
	int ready[2], fd;
	pid_t starter;

	assert_int_equal(pipe(ready), 0);
	starter = fork();
	if (starter == 0) {
		const struct qemu_command c = {.argv = argv,
		                               .cwd = s->dir,
		                               .log = "log",
		                               .token = "60",
		                               .bound = true};

		if (qemu_process_start(&c, &p) ||
		    write(ready[1], &p, sizeof(p)) != (ssize_t)sizeof(p))
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &p, sizeof(p)), sizeof(p));
	fd = pidfd_open(p.pid, 0);
	assert_true(fd >= 0);
	kill(starter, SIGKILL);
	assert_int_equal(waitpid(starter, NULL, 0), starter);
	assert_int_equal(
		poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 10000),
		1);
	close(fd);
	close(ready[0]);
	close(ready[1]);
}

/* Its token is on no command line before the program is there. */
static void what_is_bound_is_known_at_once(void **state)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	struct scratch *s = *state;
	const struct qemu_command c = {.argv = argv,
	                               .cwd = s->dir,
	                               .log = "log",
	                               .token = "60",
	                               .bound = true};

	for (int i = 0; i < 20; i++) {
		struct qemu_process p;

		assert_null(qemu_process_start(&c, &p));
		assert_true(qemu_process_alive(&p));
		stop(&p);
	}
}

static void waiting_has_a_limit(void **state)
{
	struct qemu_process p = start(*state);

	assert_false(qemu_process_wait(&p, 1));
	stop(&p);
}

static void a_missing_program_is_told_from_other_failures(void **state)
{
	struct scratch *s = *state;
	const char *const argv[] = {"no-such-program", NULL};
	const struct qemu_command c = {
		.argv = argv, .cwd = s->dir, .log = "log", .token = ""};
	struct qemu_process p;
	struct err *e = qemu_process_start(&c, &p);

	assert_int_equal(err_code(e), ERR_REF);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(an_identity_is_kept_and_found_again),
		SCRATCH_TEST(
			a_reused_pid_is_neither_taken_for_it_nor_signalled),
		SCRATCH_TEST(
			a_process_that_ended_is_not_alive_before_it_is_reaped),
		SCRATCH_TEST(what_is_bound_ends_with_its_starter),
		SCRATCH_TEST(what_is_bound_is_known_at_once),
		SCRATCH_TEST(waiting_has_a_limit),
		SCRATCH_TEST(a_missing_program_is_told_from_other_failures),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
