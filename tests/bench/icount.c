/*
 * icount.c - a plugin for QEMU's TCG that counts the guest's instructions.
 *
 * The counts lie in a file that the plugin maps (counts=PATH), so whoever
 * measures reads it before and after. Two numbers of 64 bits for each
 * processor, in cache lines of their own: all instructions, and those of the
 * upper half of the address space, a kernel's. Several processors run the same
 * translated code, so what is counted inline, faster, would be lost where two
 * do at once: they call a function that is told which it is.
 *
 * The declarations are what of QEMU's plugin interface, version 1, is used
 * (docs/devel/tcg-plugins.rst): Debian does not ship the header.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;

struct qemu_info {
	const char *target;
	struct {
		int min, cur;
	} version;
	bool system;
	int vcpus, vcpus_max;
};

enum { INLINE_ADD_U64 = 0, NO_REGISTERS = 0, FILE_SIZE = 4096, STRIDE = 8 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                           void (*cb)(plugin_id,
                                                      struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
                                              void *ptr, uint64_t n);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                          void (*cb)(unsigned vcpu, void *user),
                                          int flags, void *user);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
__attribute__((visibility("default"))) int qemu_plugin_install(
	plugin_id id, const struct qemu_info *info, int argc, char **argv);

static uint64_t *counts; /* of processor i from i * STRIDE on */
static bool several;

static void executed(unsigned vcpu, void *user)
{
	counts[vcpu * STRIDE] += (uintptr_t)user;
}

static void executed_in_kernel(unsigned vcpu, void *user)
{
	counts[vcpu * STRIDE] += (uintptr_t)user;
	counts[vcpu * STRIDE + 1] += (uintptr_t)user;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	uint64_t n = qemu_plugin_tb_n_insns(tb);
	bool kernel = qemu_plugin_tb_vaddr(tb) >> 63;

	(void)id;
	if (several) {
		qemu_plugin_register_vcpu_tb_exec_cb(
			tb, kernel ? executed_in_kernel : executed,
			NO_REGISTERS, (void *)(uintptr_t)n);
		return;
	}
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &counts[0],
	                                         n);
	if (kernel)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64,
		                                         &counts[1], n);
}

static uint64_t *map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	void *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, FILE_SIZE))
		p = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		         fd, 0);
	if (fd >= 0)
		close(fd);
	return p == MAP_FAILED ? NULL : p;
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
                        char **argv)
{
	static const char key[] = "counts=";

	several = info->vcpus > 1;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], key, sizeof(key) - 1))
			counts = map(argv[i] + sizeof(key) - 1);
	if (!counts || info->vcpus > FILE_SIZE / 8 / STRIDE)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
