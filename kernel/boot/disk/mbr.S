/*
 * mbr.S - the first sector of a disk: 440 bytes at 0000:7c00 in real mode, %dl
 * is the BIOS's number of the disk. Reads the loader, which always lies at the
 * same place (kernel/abi/gpt.h), with INT 13h extensions (EDD 3.0), and jumps
 * there with %dl as it came.
 */
#include "kernel/boot/disk/layout.h"

	.code16
	.section .text
	.globl	mbr_start
mbr_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$MBR_ADDR, %sp
	sti
	cld
	ljmp	$0, $1f			/* some BIOSes enter at 07c0:0000 */

1:	movb	$0x41, %ah		/* extensions there? */
	movw	$0x55aa, %bx
	int	$0x13
	jc	fail
	cmpw	$0xaa55, %bx
	jne	fail
	movw	$packet, %si
	movb	$0x42, %ah
	int	$0x13
	jc	fail
	ljmp	$0, $LOADER_ADDR

fail:	movw	$message, %si
2:	lodsb
	testb	%al, %al
	jz	3f
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	jmp	2b
3:	hlt
	jmp	3b

message:
	.asciz	"miso: the BIOS cannot read the boot loader\r\n"
	.align	4
packet:	.byte	16, 0
	.word	LOADER_SECTORS
	.word	LOADER_ADDR, 0
	.quad	LOADER_LBA

	.org	440			/* behind it: the partition table */
