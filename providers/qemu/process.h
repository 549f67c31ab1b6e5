/*
 * process.h - processes that outlive this one, known by more than a pid.
 *
 * A pid is reused; a pid together with the process's start time and the boot
 * it belongs to is not. On top, each process carries a token (128 random bits)
 * on its command line, by which it is found again when we crashed between
 * starting it and writing down its pid. Signals go through a pidfd that was
 * opened before the identity was checked.
 */
#ifndef PROVIDERS_QEMU_PROCESS_H
#define PROVIDERS_QEMU_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "parser/base/arena.h"
#include "parser/base/err.h"

enum {
	QEMU_TOKEN_LEN = 36, /* a UUID */
	QEMU_BOOT_ID_LEN = 36,
	QEMU_NO_TIMEOUT = -1,
};

struct qemu_process {
	pid_t pid;      /* 0: none */
	uint64_t start; /* clock ticks after boot: /proc/PID/stat, field 22 */
	char boot_id[QEMU_BOOT_ID_LEN + 1];
	char token[QEMU_TOKEN_LEN + 1];
};

struct qemu_command {
	const char *const *argv; /* argv[0] is looked up on the PATH */
	const char *cwd;
	const char *log;   /* stdout and stderr; relative to cwd */
	int out;           /* stdout instead; 0: none */
	bool bound;        /* it ends with the thread that starts it; then no
	                      `out`, and a program that is not there is one
	                      that exits with 127 */
	const char *token; /* one of argv contains it */
};

/* A fresh random token. */
void qemu_token_new(char token[static QEMU_TOKEN_LEN + 1]);

/*
 * Start a process in a session of its own. ERR_REF when there is no such
 * program.
 */
NODISCARD struct err *qemu_process_start(const struct qemu_command *command,
                                         struct qemu_process *out);

/* Keep an identity in a file, and get it back: pid 0 if there is none. */
NODISCARD struct err *qemu_process_save(const struct qemu_process *p,
                                        const char *path);
struct qemu_process qemu_process_load(const char *path);

/*
 * The process `pid`, if it has the token on its command line; pid 0 if not.
 */
struct qemu_process qemu_process_find(pid_t pid, const char *token);

/* It runs, and it is the one that was started. */
bool qemu_process_alive(const struct qemu_process *p);

/* False when it was gone already. */
bool qemu_process_signal(const struct qemu_process *p, int signal);

/* Wait for its end. False when it still runs after `timeout_ms`. */
bool qemu_process_wait(const struct qemu_process *p, int timeout_ms);

/*
 * How our own child ended, as a wait status; -1 when it still runs or is not
 * our child.
 */
int qemu_process_status(const struct qemu_process *p);

/*
 * The folders in `dir` are named `prefix` and the pid, or a thread's number, of
 * who uses them: remove those of who is gone, after `left` (or NULL) was called
 * with each. What cannot be removed stays.
 */
void qemu_process_sweep(struct arena *mem, const char *dir, const char *prefix,
                        void (*left)(const char *path));

#endif
