/*
 * floor.S - the least a guest can do: one byte on the serial port, then stop.
 * What QEMU and the firmware cost by themselves; benchmarks are ratios to it.
 */
#define SERIAL 0x3f8

	.section .note.pvh, "a", @note
	.align 4
	.long 4, 4, 18          /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
start:
	mov $'!', %al
	mov $SERIAL, %dx
	out %al, %dx
	lidt nowhere            /* a triple fault ends QEMU with -no-reboot */
	int3
1:	hlt
	jmp 1b

nowhere:
	.word 0
	.long 0
