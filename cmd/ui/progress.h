/*
 * progress.h - showing an apply while it runs, on stderr.
 *
 * On a terminal each running change has a line with the seconds it takes;
 * otherwise there is a line when a change begins and one when it ends. While
 * it is shown, SIGINT means: finish what is in flight, begin nothing new.
 */
#ifndef CMD_UI_PROGRESS_H
#define CMD_UI_PROGRESS_H

struct apply_events;
struct plan;
struct progress_ui;

/* One at a time: the signal handler is the process's. */
struct progress_ui *progress_start(const struct plan *p);
const struct apply_events *progress_events(struct progress_ui *ui);

/* Clears what is on the terminal, gives SIGINT back, frees `ui`. */
void progress_end(struct progress_ui *ui);

#endif
