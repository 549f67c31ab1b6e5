/*
 * icount.c - a plugin for QEMU's TCG that counts the guest's instructions.
 *
 * The count lies in a file that the plugin maps (counts=PATH), so whoever
 * measures reads it before and after. Two numbers of 64 bits: all
 * instructions, and those of the upper half of the address space, a kernel's.
 *
 * The declarations are what of QEMU's plugin interface, version 1, is used
 * (docs/devel/tcg-plugins.rst): Debian does not ship the header.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;

enum { INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                           void (*cb)(plugin_id,
                                                      struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
                                              void *ptr, uint64_t n);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id,
                                                               const void *info,
                                                               int argc,
                                                               char **argv);

static uint64_t *counts;

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	uint64_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &counts[0],
	                                         n);
	if (qemu_plugin_tb_vaddr(tb) >> 63)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64,
		                                         &counts[1], n);
}

static uint64_t *map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	void *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, 4096))
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return p == MAP_FAILED ? NULL : p;
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	static const char key[] = "counts=";

	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], key, sizeof(key) - 1))
			counts = map(argv[i] + sizeof(key) - 1);
	if (!counts)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
