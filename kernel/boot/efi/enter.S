/*
 * enter.S - from UEFI's 64-bit mode to the kernel's 32-bit entry.
 *
 * _Noreturn void enter_kernel(void *low, uint32_t entry, uint32_t start_info)
 *
 * `low`: ENTER_SIZE bytes below 4 GiB; what switches paging off is copied
 * there, since the loader may lie higher. Memory is mapped where it is (UEFI
 * 2.10, 2.3.4). State at the entry: Xen, docs/misc/pvh.pandoc.
 */
#include "kernel/boot/efi/enter.h"

#define SEL_CODE32 0x08
#define SEL_DATA32 0x10
#define CR0_PG     0x80000000
#define MSR_EFER   0xc0000080
#define EFER_LME   0x100

	.text
	.globl	enter_kernel
enter_kernel:
	cli
	cld
	movq	%rdi, %r8
	movl	%esi, %eax
	leaq	low_begin(%rip), %rsi
	movl	$ENTER_SIZE, %ecx
	rep movsb
	movl	%eax, %esi
	jmp	*%r8

low_begin:				/* at %r8 from here on */
	leaq	gdt(%rip), %rax
	movq	%rax, gdt_pointer + 2(%rip)
	lgdt	gdt_pointer(%rip)
	leaq	1f(%rip), %rax
	pushq	$SEL_CODE32
	pushq	%rax
	lretq

	.code32
1:	movl	$SEL_DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%edx, %ebx
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	$MSR_EFER, %ecx
	rdmsr
	andl	$~EFER_LME, %eax
	wrmsr
	xorl	%eax, %eax
	movl	%eax, %cr4
	jmp	*%esi

	.align	8
gdt:	.quad	0
	.quad	0x00cf9a000000ffff	/* SEL_CODE32: 4 GiB */
	.quad	0x00cf92000000ffff	/* SEL_DATA32 */
gdt_pointer:
	.word	. - gdt - 1
	.quad	0
	.org	low_begin + ENTER_SIZE	/* an error when it is longer */
