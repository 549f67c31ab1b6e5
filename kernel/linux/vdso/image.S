/* image.S - the vDSO's bytes, in whole pages. VDSO_SO is built before us. */
	.section .rodata.vdso, "a", @progbits
	.align	4096
	.globl	vdso_image, vdso_image_end
vdso_image:
	.incbin	VDSO_SO
	.align	4096
vdso_image_end:

	.section .note.GNU-stack, "", @progbits
