/*
 * probe.c - the program inside of machines that integration tests run.
 *
 *	probe exit N            end with status N
 *	probe kill N            end by signal N
 *	probe once FILE         fail the first time, then succeed (by FILE)
 *	probe keep FILE WORD    add WORD to FILE, print all of it, and wait
 *	probe record DIR N      check DIR's records, add some until there are N
 *	probe say TEXT...       a line for each
 *	probe env NAME          the variable's value
 *	probe cat FILE          the file
 *	probe wait N            until SIGTERM, then end with status N
 *	probe spam N            N lines of 100 bytes, then wait
 *	probe serve PORT TEXT   answer every connection with a line
 *	probe stay              change files, whatever it is asked for
 *	probe pause             until a signal
 *	probe nap MS            say so, sleep, say so
 *	probe wx                try to get writable and executable memory
 *	probe get HOST PORT     print what HOST answers; 1 when nobody does
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/attr.h"

static volatile sig_atomic_t asked;

static void on_term(int sig UNUSED)
{
	asked = 1;
}

static int wait_for_end(int status)
{
	sigset_t term, before;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	signal(SIGTERM, on_term);
	puts("waiting");
	fflush(stdout);
	while (!asked)
		sigsuspend(&before);
	puts("asked to end");
	return status;
}

static int do_exit(char **v)
{
	return atoi(v[0]);
}

static int do_kill(char **v)
{
	return raise(atoi(v[0]));
}

static int do_once(char **v)
{
	FILE *f;

	if (access(v[0], F_OK) == 0) {
		puts("the second time");
		return 0;
	}
	f = fopen(v[0], "w");
	puts("the first time");
	return f && fclose(f) == 0 ? 5 : 6;
}

static int do_keep(char **v)
{
	FILE *f = fopen(v[0], "a+");
	char words[256] = "";

	if (!f || fprintf(f, "%s ", v[1]) < 0 || fflush(f))
		return 1;
	rewind(f);
	words[fread(words, 1, sizeof(words) - 1, f)] = '\0';
	fsync(fileno(f));
	fclose(f);
	printf("kept %s\n", words);
	return wait_for_end(0);
}

/* Line n of a log, of RECORD bytes. */
enum { RECORD = 64 };

static void make_record(char *line, int n)
{
	snprintf(line, RECORD, "record %-56d", n);
	line[RECORD - 1] = '\n';
}

/* How many records there are. Half a last one is none; -1: a wrong one. */
static int check_records(int fd)
{
	char want[RECORD], got[RECORD];
	int n = 0;

	for (; read(fd, got, RECORD) == RECORD; n++) {
		make_record(want, n);
		if (memcmp(got, want, RECORD) != 0)
			return -1;
	}
	return ftruncate(fd, (off_t)n * RECORD) ? -1 : n;
}

/* A small file that says how many there are, replaced as a whole. */
static int put_state(int n)
{
	int fd = open("state.new", O_CREAT | O_TRUNC | O_WRONLY, 0644);

	if (fd < 0 || dprintf(fd, "%d", n) < 0 || fsync(fd) || close(fd))
		return -1;
	return rename("state.new", "state");
}

static int get_state(void)
{
	FILE *f = fopen("state", "r");
	int n = 0;

	if (f && fscanf(f, "%d", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static int do_record(char **v)
{
	int end = atoi(v[1]), fd, n, state;
	char line[RECORD];

	if ((mkdir(v[0], 0755) && errno != EEXIST) || chdir(v[0]))
		return 1;
	fd = open("log", O_CREAT | O_RDWR, 0644);
	n = fd < 0 ? -1 : check_records(fd);
	state = get_state();
	printf("found %d, state %d\n", n, state);
	fflush(stdout);
	if (n < 0 || state < 0 || state > n || lseek(fd, 0, SEEK_END) < 0)
		return 2;
	for (; n < end; n++) {
		make_record(line, n);
		if (write(fd, line, RECORD) != RECORD || fsync(fd))
			return 3;
		if (n % 5 == 4 && put_state(n + 1))
			return 4;
		printf("stored %d\n", n + 1);
		fflush(stdout);
	}
	return 0;
}

static int do_say(char **v)
{
	for (; *v; v++)
		puts(*v);
	return 0;
}

static int do_env(char **v)
{
	const char *value = getenv(v[0]);

	printf("%s=%s\n", v[0], value ? value : "(unset)");
	return 0;
}

static int do_cat(char **v)
{
	FILE *f = fopen(v[0], "r");
	int c;

	if (!f)
		return 1;
	while ((c = getc(f)) != EOF)
		putchar(c);
	return fclose(f) != 0;
}

static int do_wait(char **v)
{
	return wait_for_end(atoi(v[0]));
}

static int do_draw(char **v UNUSED)
{
	unsigned char bytes[16];

	(void)wait_for_end(0);
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return 1;
	fputs("drew ", stdout);
	for (size_t i = 0; i < sizeof(bytes); i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	return 0;
}

static int do_spam(char **v)
{
	for (int i = 0, n = atoi(v[0]); i < n; i++)
		printf("%099d\n", i);
	return wait_for_end(0);
}

static int find(const char *host, const char *port, struct addrinfo **out)
{
	const struct addrinfo how = {
		.ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = host ? 0 : AI_PASSIVE,
	};
	int problem = getaddrinfo(host, port, &how, out);

	if (problem)
		printf("%s: %s\n", host, gai_strerror(problem));
	return problem;
}

static int do_serve(char **v)
{
	struct addrinfo *at;
	int fd = socket(AF_INET, SOCK_STREAM, 0), client;

	if (find(NULL, v[0], &at))
		return 1;
	if (bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, 8)) {
		perror("listen");
		return 1;
	}
	printf("serving %s\n", v[0]);
	fflush(stdout);
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		dprintf(client, "%s\n", v[1]);
		close(client);
	}
	perror("accept");
	return 1;
}

/* Connect, but not longer than two seconds. */
static int reach(const struct addrinfo *at)
{
	enum { PATIENCE_MS = 2000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), why = 0;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(why);

	if (connect(fd, at->ai_addr, at->ai_addrlen) && errno != EINPROGRESS)
		return -1;
	errno = ETIMEDOUT;
	if (poll(&p, 1, PATIENCE_MS) != 1)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) || why) {
		errno = why;
		return -1;
	}
	return fd;
}

static int do_get(char **v)
{
	struct addrinfo *at;
	char text[256];
	ssize_t n;
	int fd;

	if (find(v[0], v[1], &at))
		return 1;
	fd = reach(at);
	if (fd < 0) {
		printf("%s does not answer: %s\n", v[0], strerror(errno));
		return 1;
	}
	poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 2000);
	n = read(fd, text, sizeof(text) - 1);
	printf("%s said %.*s", v[0], n > 0 ? (int)n : 0, text);
	return n <= 0;
}

/* Is memory to be had that is writable and executable at once? */
static int do_wx(char **v UNUSED)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	puts(p == MAP_FAILED ? strerror(errno) : "it is");
	return 0;
}

static int do_stay(char **v UNUSED)
{
	bool told = false;

	signal(SIGTERM, on_term);
	puts("waiting");
	fflush(stdout);
	for (unsigned i = 0;; i++) {
		char name[32];

		snprintf(name, sizeof(name), "/d%u", i % 50);
		if (rmdir(name) && mkdir(name, 0755))
			return 1;
		if (!asked || told)
			continue;
		puts("asked to end");
		fflush(stdout);
		told = true;
	}
}

static int do_pause(char **v UNUSED)
{
	return pause();
}

static int do_nap(char **v)
{
	puts("asleep");
	fflush(stdout);
	poll(NULL, 0, atoi(v[0]));
	puts("awake");
	return 0;
}

static const struct verb {
	const char *name;
	int nr_args;
	int (*run)(char **args);
} verbs[] = {
	{"exit", 1, do_exit},     {"kill", 1, do_kill},   {"once", 1, do_once},
	{"keep", 2, do_keep},     {"say", 0, do_say},     {"env", 1, do_env},
	{"cat", 1, do_cat},       {"wait", 1, do_wait},   {"spam", 1, do_spam},
	{"serve", 2, do_serve},   {"get", 2, do_get},     {"wx", 0, do_wx},
	{"record", 2, do_record}, {"pause", 0, do_pause}, {"nap", 1, do_nap},
	{"draw", 0, do_draw},     {"stay", 0, do_stay},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0 &&
		    argc - 2 >= verbs[i].nr_args)
			return verbs[i].run(argv + 2);
	fputs("probe: wrong arguments\n", stderr);
	return 99;
}
