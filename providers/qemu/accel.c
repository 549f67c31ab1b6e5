/* accel.c - a guest of a few instructions, and a note of how it went. */
#include "providers/qemu/accel.h"

#include <assert.h>
#include <elf.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "parser/base/sha256.h"
#include "parser/base/str.h"
#include "parser/value/value.h"
#include "providers/qemu/argv.h"
#include "providers/qemu/process.h"

enum {
	PROBE_MS = 1500,
	LOAD_AT = 0x100000,
	PVH_ENTRY = 18, /* XEN_ELFNOTE_PHYS32_ENTRY */
	EXIT_PORT = 0xf4,
	EXIT_CODE = 0x10,
	EXIT_STATUS = EXIT_CODE << 1 | 1, /* as isa-debug-exit makes it */
};

/* Count down from 20 million, write EXIT_CODE to EXIT_PORT, stop. */
static const uint8_t probe_code[] = {
	0xb9, 0x00,      0x2d,      0x31, 0x01, /*    mov $20000000, %ecx */
	0x49,                                   /* 1: dec %ecx */
	0x75, 0xfd,                             /*    jnz 1b */
	0xb0, EXIT_CODE,                        /*    mov $EXIT_CODE, %al */
	0x66, 0xba,      EXIT_PORT, 0x00,       /*    mov $EXIT_PORT, %dx */
	0xee,                                   /*    out %al, %dx */
	0xf4,                                   /* 2: hlt */
	0xeb, 0xfd,                             /*    jmp 2b */
};

/* A kernel as QEMU's -kernel wants it: 32-bit ELF with a PVH note. */
struct probe {
	Elf32_Ehdr head;
	Elf32_Phdr load, note;
	struct {
		uint32_t name_size, size, type;
		char name[4];
		uint32_t entry;
	} pvh;
	uint8_t code[sizeof(probe_code)];
};

static_assert(sizeof(Elf32_Ehdr) == 52, "gABI 4, ELF header");

static struct probe make_probe(void)
{
	struct probe p = {
		.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32,
	                             ELFDATA2LSB, EV_CURRENT},
	                 .e_type = ET_EXEC,
	                 .e_machine = EM_386,
	                 .e_version = EV_CURRENT,
	                 .e_entry = LOAD_AT + offsetof(struct probe, code),
	                 .e_phoff = offsetof(struct probe, load),
	                 .e_ehsize = sizeof(Elf32_Ehdr),
	                 .e_phentsize = sizeof(Elf32_Phdr),
	                 .e_phnum = 2},
		.load = {.p_type = PT_LOAD,
	                 .p_vaddr = LOAD_AT,
	                 .p_paddr = LOAD_AT,
	                 .p_filesz = sizeof(struct probe),
	                 .p_memsz = sizeof(struct probe),
	                 .p_flags = PF_R | PF_X,
	                 .p_align = 4096},
		.note = {.p_type = PT_NOTE,
	                 .p_offset = offsetof(struct probe, pvh),
	                 .p_vaddr = LOAD_AT + offsetof(struct probe, pvh),
	                 .p_paddr = LOAD_AT + offsetof(struct probe, pvh),
	                 .p_filesz = sizeof(p.pvh),
	                 .p_memsz = sizeof(p.pvh),
	                 .p_align = 4},
		.pvh = {4, 4, PVH_ENTRY, "Xen",
	                LOAD_AT + offsetof(struct probe, code)},
	};

	memcpy(p.code, probe_code, sizeof(probe_code));
	return p;
}

struct err *qemu_accel_no_qemu(struct err *cause)
{
	return err_hint(err_wrap(cause, NO_POS, "QEMU is not installed"),
	                "apt-get install qemu-system-x86 qemu-utils");
}

/* --- what the answer depends on ----------------------------------------------
 */

/* QEMU's file on the PATH: its identity is part of the key. */
static const char *find_qemu(struct arena *mem, struct stat *st)
{
	const char *path = getenv("PATH");
	char *dirs = arena_strdup(mem, path ? path : "/usr/bin:/bin"), *dir;

	while ((dir = strsep(&dirs, ":"))) {
		const char *file = fs_join(mem, dir, QEMU_BINARY);

		if (access(file, X_OK) == 0 && stat(file, st) == 0)
			return file;
	}
	return NULL;
}

static const char *cpu_model(struct arena *mem)
{
	enum { ENOUGH = 64 * 1024 };
	char *text = arena_strdup(mem, "");
	const char *at;
	size_t len;

	err_free(fs_read(mem, "/proc/cpuinfo", ENOUGH, &text, &len));
	at = strstr(text, "model name");
	return at ? arena_strndup(mem, at, strcspn(at, "\n")) : "";
}

static const char *make_key(struct arena *mem, const struct stat *qemu)
{
	struct utsname host;
	struct sha256 h;
	const char *text;

	if (uname(&host))
		abort();
	text = arena_printf(mem, "%s %s %s %lld %lld %lld", host.release,
	                    host.version, cpu_model(mem),
	                    (long long)qemu->st_ino, (long long)qemu->st_size,
	                    (long long)qemu->st_mtime);
	h = sha256_of(text, strlen(text));
	return arena_strdup(mem, h.hex);
}

/* --- the probe ---------------------------------------------------------------
 */

static struct err *run_probe(struct arena *mem, const char *dir, bool *works)
{
	char token[QEMU_TOKEN_LEN + 1];
	const char *const argv[] = {
		QEMU_BINARY,
		"-uuid",
		token,
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-no-reboot",
		"-machine",
		"microvm,acpi=on,ioapic2=off,x-option-roms=off",
		"-bios",
		"qboot.rom",
		"-accel",
		"kvm",
		"-cpu",
		"host",
		"-m",
		"16",
		"-kernel",
		"probe",
		"-device",
		"isa-debug-exit,iobase=0xf4,iosize=1",
		NULL};
	const struct qemu_command command = {
		.argv = argv,
		.cwd = dir,
		.log = "log",
		.token = token,
		.bound = true,
	};
	struct probe probe = make_probe();
	struct qemu_process p;
	struct err *e;
	int status;

	qemu_token_new(token);
	e = fs_write(fs_join(mem, dir, "probe"), &probe, sizeof(probe), 0600);
	if (!e)
		e = qemu_process_start(&command, &p);
	if (e)
		return e;
	if (!qemu_process_wait(&p, PROBE_MS)) {
		qemu_process_signal(&p, SIGKILL);
		qemu_process_wait(&p, QEMU_NO_TIMEOUT);
	}
	status = qemu_process_status(&p);
	*works = status != -1 && WIFEXITED(status) &&
	         WEXITSTATUS(status) == EXIT_STATUS;
	return NULL;
}

#define PROBE_DIR "probe-" /* and the thread's number */

static struct err *probe(struct arena *mem, const char *home, bool *works)
{
	const char *dir =
		arena_printf(mem, "%s/" PROBE_DIR "%d", home, gettid());
	struct err *e;

	*works = false;
	qemu_process_sweep(mem, home, PROBE_DIR, NULL); /* of those killed */
	if (access("/dev/kvm", R_OK | W_OK))
		return NULL;
	e = fs_make_dirs(dir, 0700);
	if (!e)
		e = run_probe(mem, dir, works);
	err_free(fs_remove_tree(dir));
	return e;
}

/* --- the note ----------------------------------------------------------------
 */

static const char *recall(struct arena *mem, const char *path, const char *key)
{
	enum { ENOUGH = 4096 };
	const struct value *note = value_null();
	char *text;
	size_t len;
	struct err *e = fs_read(mem, path, ENOUGH, &text, &len);

	if (!e)
		e = value_from_json(mem, text, len, &note);
	err_free(e);
	if (strcmp(value_get_string(note, "key", ""), key) != 0)
		return NULL;
	return value_get_string(note, "accel", NULL);
}

struct err *qemu_accel_probe(struct arena *mem, const char *home,
                             const char **out)
{
	const char *path = fs_join(mem, home, "accel.json");
	const char *key, *text;
	struct stat qemu;
	struct err *e;
	bool works;

	if (!find_qemu(mem, &qemu))
		return qemu_accel_no_qemu(err_new(ERR_REF, NO_POS,
		                                  "there is no \"" QEMU_BINARY
		                                  "\" on the PATH"));
	key = make_key(mem, &qemu);
	*out = recall(mem, path, key);
	if (*out)
		return NULL;
	e = probe(mem, home, &works);
	if (e)
		return err_wrap(e, NO_POS, "whether KVM works is not known");
	*out = works ? "kvm" : "tcg";
	text = arena_printf(mem, "{\"accel\":\"%s\",\"key\":\"%s\"}\n", *out,
	                    key);
	e = fs_make_dirs(home, 0700);
	return e ? e : fs_write(path, text, strlen(text), 0600);
}
