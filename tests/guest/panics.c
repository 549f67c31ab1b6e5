/*
 * panics.c - the kernel faults on purpose (kernel/boot/probe.c), and says why.
 *
 * An error code's bits: 1 present, 2 write, 16 fetch.
 *
 * run: guest exit=panic line=probe_panic says=panic:_asked_for
 * run: guest exit=panic line=probe_panic moves
 * run: guest exit=panic line=probe_panic says=probe_panic+
 * run: guest exit=panic line=probe_panic says=what_happened_last:
 * run: guest exit=panic line=probe_panic says=system_call_34
 * run: guest exit=panic line=probe_panic says="program"_sleeps
 * run: guest exit=panic line=probe_panic says=linux_pause+
 * run: guest exit=panic line=probe_null says=error_0,_address_0x8
 * run: guest exit=panic line=probe_null says=rip_ffffffff
 * run: guest exit=panic line=probe_write-text says=error_0x3,
 * run: guest exit=panic line=probe_write-text-alias says=error_0x3,
 * run: guest exit=panic line=probe_write-constant says=error_0x3,
 * run: guest exit=panic line=probe_run-data says=error_0x11,
 * run: guest exit=panic line=probe_run-text-alias says=error_0x11,
 * run: guest exit=panic line=probe_read-program says=error_0x1,
 * run: guest exit=panic line=probe_run-program says=error_0x11,
 * run: guest exit=panic line=probe_stack-overflow says=kernel_stack_overflow
 * run: guest exit=panic line=probe_stack-overflow cpus=2 says=stack_overflow
 * run: guest exit=panic line=probe_double-fault-guard says=error_0x2,
 * run: guest exit=panic line=probe_nmi-guard says=error_0x2,
 * run: guest exit=panic line=probe_nmi-guard cpus=2 says=error_0x2,
 * run: guest exit=panic line=probe_stack-overrun says=array_on_its_stack
 */
#include <unistd.h>

int main(void)
{
	pause();
	return 1;
}
