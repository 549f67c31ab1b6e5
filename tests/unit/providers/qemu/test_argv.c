#include "providers/qemu/argv.h"

#include <string.h>

#include "tests/lib/test.h"

static const struct qemu_forward forwards[] = {
	{QEMU_TCP, 0, 8883, 1883},
	{QEMU_UDP, 0x7f000001, 53, 53},
};
static const struct qemu_forwards both = {forwards, 2};

static const struct qemu_machine machine = {
	.name = "broker",
	.token = "TOKEN",
	.type = "microvm",
	.accel = "tcg",
	.memory = 24 << 20,
	.cpus = 2,
	.kernel = "/k.elf",
	.forwards = &both,
	.out_mac = "52:00:00:00:00:01",
	.segment_mac = "52:00:00:00:00:02",
	.segment_socket = "../../net/520000000002",
	.switch_socket = "../../net/switch",
};

static const char *joined(struct arena *mem, const struct qemu_machine *m)
{
	const char *const *argv = qemu_argv(mem, m);
	const char *text = "";

	for (; *argv; argv++)
		text = arena_printf(mem, "%s%s%s", text,
		                    (*argv)[0] == '-' ? "\n" : " ", *argv);
	return text;
}

static void a_microvm_is_started_like_this(void **state)
{
	struct arena mem = {0};

	(void)state;
	assert_string_equal(
		joined(&mem, &machine),
		" qemu-system-x86_64"
		"\n-name broker"
		"\n-uuid TOKEN"
		"\n-nodefaults"
		"\n-no-user-config"
		"\n-no-reboot"
		"\n-display none"
		"\n-sandbox on,obsolete=deny,elevateprivileges=deny,"
		"spawn=deny,resourcecontrol=deny"
		"\n-machine microvm,acpi=on,ioapic2=off,pic=on,pit=on,rtc=on,"
		"isa-serial=on,x-option-roms=off,auto-kernel-cmdline=off"
		"\n-bios qboot.rom"
		"\n-global virtio-mmio.force-legacy=false"
		"\n-accel tcg"
		"\n-cpu max"
		"\n-m 24576k"
		"\n-smp 2"
		"\n-pidfile pid"
		"\n-chardev file,id=console,path=console.log,append=on"
		"\n-serial chardev:console"
		"\n-chardev file,id=status,path=status"
		"\n-device isa-debugcon,iobase=0xe9,chardev=status"
		"\n-qmp unix:qmp,server=on,wait=off"
		"\n-drive if=none,id=root,file=disk.qcow2,format=qcow2"
		"\n-device virtio-blk-device,bus=virtio-mmio-bus.0,drive=root,"
		"serial=root"
		"\n-object rng-random,id=random,filename=/dev/urandom"
		"\n-device virtio-rng-device,bus=virtio-mmio-bus.1,rng=random"
		"\n-netdev user,id=out,hostfwd=tcp:0.0.0.0:8883-:1883,"
		"hostfwd=udp:127.0.0.1:53-:53"
		"\n-device virtio-net-device,bus=virtio-mmio-bus.2,netdev=out,"
		"mac=52:00:00:00:00:01"
		"\n-netdev dgram,id=segment,local.type=unix,"
		"local.path=../../net/520000000002,remote.type=unix,"
		"remote.path=../../net/switch"
		"\n-device virtio-net-device,bus=virtio-mmio-bus.3,"
		"netdev=segment,mac=52:00:00:00:00:02"
		"\n-kernel /k.elf"
		"\n-fw_cfg name=opt/miso/boot,file=boot"
		"\n-append virtio_mmio.device=512@0xfeb00000:16 "
		"virtio_mmio.device=512@0xfeb00200:17 "
		"virtio_mmio.device=512@0xfeb00400:18 "
		"virtio_mmio.device=512@0xfeb00600:19");
	arena_free(&mem);
}

static void other_machines_have_pci(void **state)
{
	struct arena mem = {0};
	struct qemu_machine m = machine;
	const char *text;

	(void)state;
	m.type = "q35";
	m.accel = "kvm";
	m.foreground = true;
	text = joined(&mem, &m);
	assert_non_null(strstr(text, "-machine q35,"));
	assert_non_null(strstr(text, "-cpu host"));
	assert_non_null(strstr(text, "virtio-net-pci,disable-legacy=on,"));
	assert_non_null(strstr(text, "stdio,id=console"));
	assert_null(strstr(text, "virtio-mmio"));
	assert_null(strstr(text, "-append"));
	arena_free(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_microvm_is_started_like_this),
		cmocka_unit_test(other_machines_have_pci),
	};

	return cmocka_run_group_tests_name("argv", tests, NULL, NULL);
}
