/* syscall_trace.c - see syscall_trace.h. */
#include "kernel/linux/syscall_trace.h"

#include "kernel/arch/user.h"
#include "kernel/core/log.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/time.h"

enum {
	NUMBERS_MAX = 512,
	TEXT_MAX = 400,
	BYTES_SHOWN = 32,
	PATH_SHOWN = 100,
	AT_FDCWD = -100,
};

static const char *const names[NUMBERS_MAX] = {
#define SYSCALL_NAME(nr, name) [nr] = #name,
#include "kernel/linux/syscall_names.def"
#undef SYSCALL_NAME
};

static const struct {
	const char *name, *forms;
} shapes[] = {
#define SYSCALL_ARGS(name, forms) {#name, forms},
#include "kernel/linux/syscall_args.def"
#undef SYSCALL_ARGS
};

struct flag {
	uint64_t bits;
	const char *name;
};

const char *syscall_name(uint64_t nr)
{
	return nr < NUMBERS_MAX ? names[nr] : NULL;
}

static const char *forms_of(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(shapes); i++)
		if (strcmp(shapes[i].name, name) == 0)
			return shapes[i].forms;
	return "";
}

/* --- a line that is put together --- */

struct line {
	char text[TEXT_MAX];
	size_t len;
};

static void add(struct line *l, const char *fmt, ...) PRINTF(2, 3);
static void add(struct line *l, const char *fmt, ...)
{
	size_t room = sizeof(l->text) - l->len;
	va_list ap;

	va_start(ap, fmt);
	l->len += str_vprintf(l->text + l->len, room, fmt, ap);
	va_end(ap);
	if (l->len >= sizeof(l->text))
		l->len = sizeof(l->text) - 1;
}

static void add_byte(struct line *l, unsigned char c)
{
	if (c == '\n')
		add(l, "\\n");
	else if (c == '"' || c == '\\')
		add(l, "\\%c", c);
	else if (c >= ' ' && c < 0x7f)
		add(l, "%c", c);
	else
		add(l, "\\%o", c);
}

static void add_quoted(struct line *l, const char *bytes, size_t n, bool more)
{
	add(l, "\"");
	for (size_t i = 0; i < n; i++)
		add_byte(l, (unsigned char)bytes[i]);
	add(l, more ? "\"..." : "\"");
}

static void add_bytes(struct line *l, uaddr at, uint64_t n)
{
	char bytes[BYTES_SHOWN];
	size_t shown = n < sizeof(bytes) ? n : sizeof(bytes);

	if (copy_in(bytes, at, shown))
		add(l, "%#lx", at.v);
	else
		add_quoted(l, bytes, shown, n > shown);
}

static void add_path(struct line *l, uaddr at)
{
	char path[PATH_SHOWN];
	int64_t n = copy_in_string(path, at, sizeof(path));

	if (n >= 0)
		add_quoted(l, path, (size_t)n, false);
	else if (n == -ENAMETOOLONG)
		add_quoted(l, path, sizeof(path) - 1, true);
	else
		add(l, at.v ? "%#lx" : "NULL", at.v);
}

static void add_time(struct line *l, uaddr at)
{
	struct timespec t;

	if (!at.v || copy_in(&t, at, sizeof(t)))
		add(l, at.v ? "%#lx" : "NULL", at.v);
	else
		add(l, "{%ld, %ld}", t.sec, t.nsec);
}

/* Names of the bits that have some, and the rest as a number. */
static void add_flags(struct line *l, uint64_t v, const struct flag *flags,
                      size_t n, const char *before)
{
	const char *bar = before ? "|" : "";

	add(l, "%s", before ? before : "");
	for (size_t i = 0; i < n; i++) {
		if ((v & flags[i].bits) != flags[i].bits)
			continue;
		add(l, "%s%s", bar, flags[i].name);
		v &= ~flags[i].bits;
		bar = "|";
	}
	if (v || !*bar)
		add(l, "%s%#lx", bar, v);
}

static void add_open_flags(struct line *l, uint64_t v)
{
	static const char *const access[] = {"O_RDONLY", "O_WRONLY", "O_RDWR",
	                                     "O_ACCMODE"};
	static const struct flag flags[] = {
		{O_TMPFILE, "O_TMPFILE"},     {O_SYNC, "O_SYNC"},
		{O_CREAT, "O_CREAT"},         {O_EXCL, "O_EXCL"},
		{O_NOCTTY, "O_NOCTTY"},       {O_TRUNC, "O_TRUNC"},
		{O_APPEND, "O_APPEND"},       {O_NONBLOCK, "O_NONBLOCK"},
		{O_DIRECT, "O_DIRECT"},       {O_LARGEFILE, "O_LARGEFILE"},
		{O_DIRECTORY, "O_DIRECTORY"}, {O_NOFOLLOW, "O_NOFOLLOW"},
		{O_CLOEXEC, "O_CLOEXEC"},     {O_PATH, "O_PATH"},
	};

	add_flags(l, v & ~(uint64_t)O_ACCMODE, flags, ARRAY_LEN(flags),
	          access[v & O_ACCMODE]);
}

static void add_rights(struct line *l, uint64_t v)
{
	static const struct flag flags[] = {{PROT_READ, "PROT_READ"},
	                                    {PROT_WRITE, "PROT_WRITE"},
	                                    {PROT_EXEC, "PROT_EXEC"}};

	if (v)
		add_flags(l, v, flags, ARRAY_LEN(flags), NULL);
	else
		add(l, "PROT_NONE");
}

/* Linux, uapi/asm-generic/mman.h. */
static void add_map_flags(struct line *l, uint64_t v)
{
	static const struct flag flags[] = {
		{0x01, "MAP_SHARED"},     {0x02, "MAP_PRIVATE"},
		{0x10, "MAP_FIXED"},      {0x20, "MAP_ANONYMOUS"},
		{0x800, "MAP_DENYWRITE"}, {0x4000, "MAP_NORESERVE"},
		{0x8000, "MAP_POPULATE"}, {0x20000, "MAP_STACK"},
	};

	add_flags(l, v, flags, ARRAY_LEN(flags), NULL);
}

static void add_signal(struct line *l, uint64_t v)
{
	static const char *const signals[32] = {
		NULL,    "HUP",  "INT",    "QUIT", "ILL",  "TRAP",   "ABRT",
		"BUS",   "FPE",  "KILL",   "USR1", "SEGV", "USR2",   "PIPE",
		"ALRM",  "TERM", "STKFLT", "CHLD", "CONT", "STOP",   "TSTP",
		"TTIN",  "TTOU", "URG",    "XCPU", "XFSZ", "VTALRM", "PROF",
		"WINCH", "IO",   "PWR",    "SYS"};

	if (v < ARRAY_LEN(signals) && signals[v])
		add(l, "SIG%s", signals[v]);
	else
		add(l, "%lu", v);
}

static void add_folder(struct line *l, uint64_t v)
{
	if ((int)v == AT_FDCWD)
		add(l, "AT_FDCWD");
	else
		add(l, "%d", (int)v);
}

static void add_arg(struct line *l, char form, uint64_t v, uint64_t next,
                    sysret result)
{
	switch (form) {
	case 'd':
		add(l, "%d", (int)v);
		break;
	case 'l':
		add(l, "%ld", (int64_t)v);
		break;
	case 'u':
		add(l, "%lu", v);
		break;
	case 'o':
		add(l, "%#lo", v);
		break;
	case 'P':
		add_path(l, (uaddr){v});
		break;
	case 'W':
		add_bytes(l, (uaddr){v}, next);
		break;
	case 'R':
		if (result >= 0)
			add_bytes(l, (uaddr){v}, (uint64_t)result);
		else
			add(l, "%#lx", v);
		break;
	case 'D':
		add_folder(l, v);
		break;
	case 'F':
		add_open_flags(l, v);
		break;
	case 'M':
		add_rights(l, v);
		break;
	case 'm':
		add_map_flags(l, v);
		break;
	case 'g':
		add_signal(l, v);
		break;
	case 'T':
		add_time(l, (uaddr){v});
		break;
	default:
		add(l, v ? "%#lx" : "0", v);
		break;
	}
}

/* Those that programs get. */
static const char *error_name(int64_t error)
{
	static const char *const errors[] = {
#define E(name) [E##name] = "E" #name
		E(PERM),
		E(NOENT),
		E(SRCH),
		E(INTR),
		E(IO),
		E(NXIO),
		E(2BIG),
		E(NOEXEC),
		E(BADF),
		E(CHILD),
		E(AGAIN),
		E(NOMEM),
		E(ACCES),
		E(FAULT),
		E(BUSY),
		E(EXIST),
		E(XDEV),
		E(NODEV),
		E(NOTDIR),
		E(ISDIR),
		E(INVAL),
		E(NFILE),
		E(MFILE),
		E(NOTTY),
		E(TXTBSY),
		E(FBIG),
		E(NOSPC),
		E(SPIPE),
		E(ROFS),
		E(MLINK),
		E(PIPE),
		E(DOM),
		E(RANGE),
		E(DEADLK),
		E(NAMETOOLONG),
		E(NOLCK),
		E(NOSYS),
		E(NOTEMPTY),
		E(LOOP),
		E(NODATA),
		E(OVERFLOW),
		E(NOTSOCK),
		E(DESTADDRREQ),
		E(MSGSIZE),
		E(PROTOTYPE),
		E(NOPROTOOPT),
		E(PROTONOSUPPORT),
		E(OPNOTSUPP),
		E(AFNOSUPPORT),
		E(ADDRINUSE),
		E(ADDRNOTAVAIL),
		E(NETUNREACH),
		E(CONNRESET),
		E(NOBUFS),
		E(ISCONN),
		E(NOTCONN),
		E(TIMEDOUT),
		E(CONNREFUSED),
		E(HOSTUNREACH),
		E(ALREADY),
		E(INPROGRESS),
		[ERESTARTSYS] = "to be begun again",
		[ERESTARTNOHAND] = "to be begun again",
#undef E
	};
	const char *name =
		(uint64_t)error < ARRAY_LEN(errors) ? errors[error] : NULL;

	return name ? name : "?";
}

void syscall_trace_line(uint64_t nr, unsigned nargs, const struct sysargs *a,
                        bool returns, sysret result)
{
	const char *name = syscall_name(nr), *forms = forms_of(name);
	struct line l = {.len = 0};

	if (name)
		add(&l, "%s(", name);
	else
		add(&l, "syscall_%lu(", nr);
	for (unsigned i = 0; i < nargs; i++) {
		add(&l, i ? ", " : "");
		add_arg(&l, *forms, a->a[i], i < 5 ? a->a[i + 1] : 0, result);
		forms += *forms != '\0';
	}
	if (!returns)
		add(&l, ") = ?");
	else if (result < 0 && result > -4096)
		add(&l, ") = -%ld %s", -result, error_name(-result));
	else
		add(&l, (uint64_t)result < 0x10000 ? ") = %ld" : ") = %#lx",
		    result);
	log_line("[%u] %s", task_current()->tid, l.text);
}
