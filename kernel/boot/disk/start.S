/*
 * start.S - the loader's way into 32-bit mode, and back for each BIOS call.
 */
#include "kernel/boot/disk/layout.h"

#define CR0_PE 1

	.section .start, "ax"
	.code16
	.globl	loader_start
loader_start:
	cli
	movzbl	%dl, %edx
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $1f

	.code32
1:	call	use_data32
	movl	$STACK_TOP, %esp
	movl	$bss_start, %edi
	movl	$bss_end, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	cld
	rep stosb
	pushl	%edx
	call	loader_main
2:	hlt
	jmp	2b

use_data32:
	movw	$SEL_DATA32, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	%ax, %fs
	movw	%ax, %gs
	ret

/*
 * void bios_call(uint8_t vector): INT vector in real mode with the registers
 * in bios_regs, which then hold what came back. Segments are 0.
 */
	.globl	bios_call
bios_call:
	pushal
	movb	36(%esp), %al
	movb	%al, vector
	ljmp	$SEL_CODE16, $1f
	.code16
1:	movw	$SEL_DATA16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	%cr0, %eax
	andl	$~CR0_PE, %eax
	movl	%eax, %cr0
	ljmp	$0, $2f
2:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	%ax, %fs
	movw	%ax, %gs
	lidtl	real_idt
	movl	bios_regs, %eax
	movl	bios_regs + 4, %ebx
	movl	bios_regs + 8, %ecx
	movl	bios_regs + 12, %edx
	movl	bios_regs + 16, %esi
	movl	bios_regs + 20, %edi
	sti
	.byte	0xcd			/* INT */
vector:	.byte	0
	cli
	cld
	movl	%eax, %cs:bios_regs	/* the BIOS may have changed %ds */
	movw	$0, %ax			/* keeps the flags, as XOR would not */
	movw	%ax, %ds
	movl	%ebx, bios_regs + 4
	movl	%ecx, bios_regs + 8
	movl	%edx, bios_regs + 12
	movl	%esi, bios_regs + 16
	movl	%edi, bios_regs + 20
	pushfl
	popl	bios_regs + 24
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $3f
	.code32
3:	call	use_data32
	popal
	ret

/* void enter_kernel(uint32_t entry, uint32_t start_info): the PVH entry. */
	.globl	enter_kernel
enter_kernel:
	movl	4(%esp), %eax
	movl	8(%esp), %ebx
	jmp	*%eax

	.section .rodata
	.align	8
gdt:	.quad	0
	.quad	0x00cf9a000000ffff	/* SEL_CODE32: 4 GiB */
	.quad	0x00cf92000000ffff	/* SEL_DATA32 */
	.quad	0x00009a000000ffff	/* SEL_CODE16: 64 KiB */
	.quad	0x000092000000ffff	/* SEL_DATA16 */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
real_idt:
	.word	0x3ff
	.long	0
