/* log.c - the console and the status channel. */
#include "kernel/core/log.h"

#include "kernel/abi/machine.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/core/console.h"
#include "kernel/core/lock.h"
#include "kernel/lib/string.h"

enum {
	LINE_MAX = 1024,
	HELD_MAX = 2 * LINE_MAX,
	EARLY_MAX = 4 * LINE_MAX,
};

static struct {
	struct lock lock;

	/* lock must be held for these. */
	void (*write)(const char *bytes, size_t n);
	void (*tap)(const char *bytes, size_t n);
	char line[LINE_MAX]; /* room to format */
	bool in_line;        /* the program's last byte was no line feed */
	bool patient;        /* and it will go on */
	char held[HELD_MAX]; /* lines of ours that wait for that */
	size_t nr_held;      /* bytes */

	/* The first bytes, for a tap that comes later. */
	char early[EARLY_MAX];
	size_t nr_early;
} console = {.lock = LOCK_INIT(LOCK_LOG)};

void console_set_writer(void (*write)(const char *bytes, size_t n))
{
	console.write = write;
}

void log_set_tap(void (*tap)(const char *bytes, size_t n))
{
	lock_acquire(&console.lock);
	console.tap = tap;
	if (tap)
		tap(console.early, console.nr_early);
	lock_release(&console.lock);
}

static void remember_locked(const char *bytes, size_t n)
{
	size_t room = EARLY_MAX - console.nr_early;

	n = n < room ? n : room;
	memcpy(console.early + console.nr_early, bytes, n);
	console.nr_early += n;
}

static void emit_locked(const char *bytes, size_t n)
{
	if (!n)
		return;
	if (console.write)
		console.write(bytes, n);
	if (console.tap)
		console.tap(bytes, n);
	else
		remember_locked(bytes, n);
	console.in_line = bytes[n - 1] != '\n';
}

/* The program's line ends here, whether it wanted to or not. */
static void release_locked(void)
{
	if (console.in_line)
		emit_locked("\n", 1);
	emit_locked(console.held, console.nr_held);
	console.nr_held = 0;
}

void log_flush(void)
{
	lock_acquire(&console.lock);
	if (console.nr_held)
		release_locked();
	console.patient = false;
	lock_release(&console.lock);
}

void log_break(void)
{
	lock_init(&console.lock, LOCK_LOG);
	console.tap = NULL;
	log_flush();
}

/* The length up to and with the last line feed; 0: there is none. */
static size_t whole_lines(const char *bytes, size_t n)
{
	while (n && bytes[n - 1] != '\n')
		n--;
	return n;
}

void log_write(const char *bytes, size_t n)
{
	size_t lines;

	lock_acquire(&console.lock);
	lines = console.nr_held ? whole_lines(bytes, n) : 0;
	if (lines) {
		emit_locked(bytes, lines);
		release_locked();
	}
	emit_locked(bytes + lines, n - lines);
	console.patient = console.in_line;
	lock_release(&console.lock);
}

/* A line of ours, ready to print, into the queue of those that wait. */
static void hold_locked(const char *line, size_t len)
{
	if (!console.patient || len > HELD_MAX - console.nr_held) {
		release_locked();
		emit_locked(line, len);
		return;
	}
	memcpy(console.held + console.nr_held, line, len);
	console.nr_held += len;
}

void log_line(const char *fmt, ...)
{
	static const char prefix[] = "miso: ";
	enum { SKIP = sizeof(prefix) - 1 };
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	lock_acquire(&console.lock);
	memcpy(console.line, prefix, SKIP);
	len = SKIP +
	      str_vprintf(console.line + SKIP, LINE_MAX - SKIP - 1, fmt, ap);
	if (len > LINE_MAX - 2)
		len = LINE_MAX - 2;
	console.line[len++] = '\n';
	hold_locked(console.line, len);
	lock_release(&console.lock);
	va_end(ap);
}

void log_status(const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (inb(MACHINE_STATUS_PORT) != MACHINE_STATUS_MAGIC)
		return;
	for (const char *c = line; *c; c++)
		outb(MACHINE_STATUS_PORT, (uint8_t)(*c == '\n' ? ' ' : *c));
	outb(MACHINE_STATUS_PORT, '\n');
}
