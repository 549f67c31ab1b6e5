#!/bin/sh
# symtab.sh - from "nm -n" on stdin, assembly for the table of functions that
# backtraces use: addresses as 32-bit offsets, sorted, and one blob of names.
awk '
BEGIN { n = 0; at = 0 }
$2 ~ /^[tT]$/ && $3 !~ /^\./ { addr[n] = $1; name[n++] = $3 }
END {
	print "\t.section .symtab_data, \"a\""
	print "\t.globl symtab_count, symtab_addrs, symtab_names"
	print "\t.globl symtab_offsets\n\t.align 8"
	print "symtab_count:\t.quad " n + 0
	print "symtab_addrs:"
	for (i = 0; i < n; i++)
		print "\t.long 0x" substr(addr[i], 9)
	print "symtab_offsets:"
	for (i = 0; i < n; i++) {
		print "\t.long " at + 0
		at += length(name[i]) + 1
	}
	if (!n) print "\t.long 0"
	print "symtab_names:"
	for (i = 0; i < n; i++)
		print "\t.asciz \"" name[i] "\""
	if (!n) print "\t.asciz \"\""
	print "\t.section .note.GNU-stack, \"\", @progbits"
}'
