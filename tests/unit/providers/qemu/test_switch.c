#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "providers/qemu/qemu.h"
#include "tests/lib/scratch.h"

/* A machine's end of the wire: a socket named after its MAC. */
static int plug(struct scratch *s, const char *mac)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", scratch_path(s, mac));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void transmit(struct scratch *s, int fd, const char *to,
                     const char *from)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	uint8_t frame[64] = {0};

	for (size_t i = 0; i < 6; i++) {
		unsigned t, f;

		assert_int_equal(sscanf(to + 2 * i, "%2x", &t), 1);
		assert_int_equal(sscanf(from + 2 * i, "%2x", &f), 1);
		frame[i] = (uint8_t)t;
		frame[6 + i] = (uint8_t)f;
	}
	snprintf(a.sun_path, sizeof(a.sun_path), "%s",
	         scratch_path(s, "switch"));
	assert_int_equal(sendto(fd, frame, sizeof(frame), 0,
	                        (struct sockaddr *)&a, sizeof(a)),
	                 sizeof(frame));
}

static bool receives(int fd, int timeout_ms)
{
	struct pollfd in = {.fd = fd, .events = POLLIN};
	char frame[64];

	return poll(&in, 1, timeout_ms) == 1 &&
	       recv(fd, frame, sizeof(frame), 0) == sizeof(frame);
}

static pid_t start_switch(struct scratch *s)
{
	char name[] = "miso", option[] = QEMU_SWITCH_ARG, token[] = "token";
	char *argv[] = {name, option, arena_strdup(&s->mem, s->dir), token,
	                NULL};
	pid_t pid = fork();

	if (pid == 0)
		_exit(qemu_switch_main(4, argv));
	for (int i = 0; i < 5000; i++) {
		if (access(scratch_path(s, "switch"), F_OK) == 0)
			return pid;
		(void)poll(NULL, 0, 1);
	}
	fail_msg("no switch");
	return -1;
}

#define A "52aaaaaaaaaa"
#define B "52bbbbbbbbbb"
#define C "52cccccccccc"

static void frames_go_where_they_belong(void **state)
{
	struct scratch *s = *state;
	pid_t pid = start_switch(s);
	int a = plug(s, A), b = plug(s, B), c = plug(s, C);

	transmit(s, a, B, A);
	assert_true(receives(b, 2000));
	transmit(s, b, "ffffffffffff", B);
	assert_true(receives(a, 2000));
	assert_true(receives(c, 2000));
	transmit(s, b, A, C); /* a forged source */
	transmit(s, b, C, B);
	assert_true(receives(c, 2000));
	assert_false(receives(a, 0));
	assert_false(receives(b, 0));
	close(a);
	close(b);
	close(c);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(frames_go_where_they_belong),
	};

	return cmocka_run_group_tests_name("switch", tests, NULL, NULL);
}
