/* thread.h - threads of our own beside the one that users signal. */
#ifndef PARSER_BASE_THREAD_H
#define PARSER_BASE_THREAD_H

#include <pthread.h>

/*
 * As pthread_create(): 0 or what is wrong. The thread gets no signals: they are
 * for the one that waits for them, or sleeps in a system call.
 */
int thread_start_quiet(pthread_t *out, void *(*fn)(void *arg), void *arg);

#endif
