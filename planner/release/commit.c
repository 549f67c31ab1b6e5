/* commit.c - git is asked, so that its many ways to keep things stay its own.
 */
#include "planner/release/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENOUGH = 256 };

extern char **environ;

/* Run it with its output in `out`; false: it could not be, or it failed. */
static bool run(char *const *argv, char out[ENOUGH])
{
	posix_spawn_file_actions_t files;
	size_t len = 0;
	ssize_t n;
	int pipefd[2], status = -1;
	pid_t pid;
	bool started;

	if (pipe2(pipefd, O_CLOEXEC))
		return false;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, pipefd[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
	                                 O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null",
	                                 O_WRONLY, 0);
	started = !posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(pipefd[1]);
	while (started && len < ENOUGH - 1 &&
	       (n = read(pipefd[0], out + len, ENOUGH - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(pipefd[0]);
	while (started && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return started && WIFEXITED(status) && !WEXITSTATUS(status);
}

const char *release_commit(struct arena *mem, const char *dir, bool *dirty)
{
	char git[] = "git", c[] = "-C", rev[] = "rev-parse", head[] = "HEAD";
	char verify[] = "--verify", diff[] = "diff", quiet[] = "--quiet";
	char rest[] = "--", dot[] = ".", out[ENOUGH];
	char *where = arena_strdup(mem, dir);
	char *name[] = {git, c, where, rev, verify, head, NULL};
	char *clean[] = {git, c, where, diff, quiet, head, rest, dot, NULL};
	const char *commit;

	*dirty = false;
	if (!run(name, out))
		return NULL;
	out[strcspn(out, "\n")] = '\0';
	commit = arena_strdup(mem, out);
	*dirty = !run(clean, out);
	return commit;
}
