/*
 * standin.S - stands in for the kernel in tests of the tool alone.
 *
 * Says on the status port that it is ready, and a line on the console. With
 * END defined (a string), it says that and stops; else it waits for the power
 * button of a microvm, says "exit 0" and switches the machine off.
 */
#define SERIAL      0x3f8
#define STATUS      0xe9
#define GED_EVENTS  0xfea00000  /* read: pending events, and clears them */
#define GED_SLEEP   0xfea00200
#define SLEEP_S5    0x34        /* SLP_EN | 5 << 2 */

	.section .note.pvh, "a", @note
	.align 4
	.long 4, 4, 18          /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
start:
	mov $ready, %esi
	mov $STATUS, %dx
	call print
	mov $hello, %esi
	mov $SERIAL, %dx
	call print
#ifndef END
wait:
	mov GED_EVENTS, %eax
	test %eax, %eax
	jz wait
#endif
	mov $end, %esi
	mov $STATUS, %dx
	call print
	movb $SLEEP_S5, GED_SLEEP
	lidt nowhere            /* on a machine without: a triple fault */
	int3

print:
	lodsb
	test %al, %al
	jz 1f
	out %al, %dx
	jmp print
1:	ret

nowhere:
	.word 0
	.long 0
ready:	.asciz "ready\n"
hello:	.asciz "stand-in: up and running\n"
#ifdef END
end:	.asciz END
#else
end:	.asciz "exit 0\n"
#endif
