/*
 * patience.c SECONDS PROGRAM ARG... - run a program that may hang, however
 * busy this machine is.
 *
 * What hangs either runs or waits for ever. So it is ended when one of its
 * threads has run for SECONDS (of processor time), or when SECONDS are over
 * and it was looked at QUIET times, a second apart, without a thread that ran
 * or wanted to. What only gets little of a processor is let go on.
 *
 * Exits with the program's status, 128 and its signal, or 124 if it was ended.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { QUIET = 10, LAST_WORDS_S = 2, ENDED = 124 };

struct look {
	double most_s; /* that a thread has run */
	bool busy;     /* one runs, or would if it could */
};

/* proc(5), /proc/pid/task/tid/stat: the state is behind the name, which may
 * hold anything; utime and stime are the 12th and 13th from there. */
static void look_at_thread(const char *pid, const char *tid, struct look *l)
{
	unsigned long user = 0, system = 0;
	char path[600], text[1024], state = 'S';
	const char *end;
	double s;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/stat", pid, tid);
	f = fopen(path, "r");
	if (!f)
		return; /* it is gone */
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	end = strrchr(text, ')');
	if (!end ||
	    sscanf(end + 1,
	           " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu",
	           &state, &user, &system) != 3)
		return;
	s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	l->most_s = s > l->most_s ? s : l->most_s;
	l->busy = l->busy || state == 'R' || state == 'D';
}

static struct look look_at(pid_t child)
{
	struct look l = {0};
	struct dirent *e;
	char pid[24], path[64];
	DIR *d;

	snprintf(pid, sizeof(pid), "%d", (int)child);
	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			look_at_thread(pid, e->d_name, &l);
	if (d)
		closedir(d);
	return l;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int status_of(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The next signal of `set`, or 0 after a second. */
static int wait_for(const sigset_t *set)
{
	const struct timespec second = {1, 0};
	int sig = sigtimedwait(set, NULL, &second);

	return sig < 0 ? 0 : sig;
}

static int give_up(pid_t child, const sigset_t *set, const char *why)
{
	if (why)
		fprintf(stderr, "patience: %s\n", why);
	kill(child, SIGTERM);
	for (int i = 0; i < LAST_WORDS_S; i++)
		if (wait_for(set) == SIGCHLD)
			break;
	kill(child, SIGKILL);
	(void)status_of(child);
	return ENDED;
}

static int watch(pid_t child, double limit_s, const sigset_t *set)
{
	double begin = now();
	int quiet = 0;

	for (;;) {
		int sig = wait_for(set);
		struct look l;

		if (sig == SIGCHLD)
			return status_of(child);
		if (sig)
			return give_up(child, set, NULL);
		l = look_at(child);
		quiet = l.busy ? 0 : quiet + 1;
		if (l.most_s >= limit_s)
			return give_up(child, set, "it has run for too long");
		if (quiet >= QUIET && now() - begin >= limit_s)
			return give_up(child, set, "nothing goes on in it");
	}
}

int main(int argc, char **argv)
{
	double limit_s = argc > 2 ? strtod(argv[1], NULL) : 0;
	sigset_t set, before;
	pid_t child;

	if (limit_s <= 0) {
		fprintf(stderr, "usage: patience SECONDS PROGRAM ARG...\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &before);
	child = fork();
	if (child < 0) {
		perror("patience");
		return 1;
	}
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	return watch(child, limit_s, &set);
}
