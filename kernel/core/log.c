/* log.c - the console and the status channel. */
#include "kernel/core/log.h"

#include "kernel/abi/machine.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/core/console.h"
#include "kernel/core/lock.h"
#include "kernel/lib/string.h"

enum { LINE_MAX = 1024 };

static struct {
	struct lock lock;

	/* lock must be held for these. */
	void (*write)(const char *bytes, size_t n);
	void (*tap)(const char *bytes, size_t n);
	char line[LINE_MAX]; /* room to format */
	bool in_line;        /* the program's last byte was no line feed */
} console = {.lock = LOCK_INIT(LOCK_LOG)};

void console_set_writer(void (*write)(const char *bytes, size_t n))
{
	console.write = write;
}

void log_set_tap(void (*tap)(const char *bytes, size_t n))
{
	lock_acquire(&console.lock);
	console.tap = tap;
	lock_release(&console.lock);
}

void log_break(void)
{
	lock_init(&console.lock, LOCK_LOG);
	console.tap = NULL;
}

static void emit_locked(const char *bytes, size_t n)
{
	if (!n)
		return;
	if (console.write)
		console.write(bytes, n);
	if (console.tap)
		console.tap(bytes, n);
	console.in_line = bytes[n - 1] != '\n';
}

void log_write(const char *bytes, size_t n)
{
	lock_acquire(&console.lock);
	emit_locked(bytes, n);
	lock_release(&console.lock);
}

void log_line(const char *fmt, ...)
{
	static const char prefix[] = "miso: ";
	enum { SKIP = sizeof(prefix) - 1 };
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	lock_acquire(&console.lock);
	if (console.in_line)
		emit_locked("\n", 1);
	memcpy(console.line, prefix, SKIP);
	len = SKIP +
	      str_vprintf(console.line + SKIP, LINE_MAX - SKIP - 1, fmt, ap);
	if (len > LINE_MAX - 2)
		len = LINE_MAX - 2;
	console.line[len++] = '\n';
	emit_locked(console.line, len);
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
