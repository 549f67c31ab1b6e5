#!/bin/bash
# banned.sh - functions that have a better twin are not called.
set -euo pipefail
cd "$(dirname "$0")/../.."

banned='strcpy|strcat|strncpy|sprintf|vsprintf|strtok|gets|atoi|atol|system|alloca|localtime|gmtime|tmpnam|mktemp'
libc='malloc|calloc|realloc|free|fopen|fclose|perror|errno'
status=0

if git ls-files -co --exclude-standard 'parser/*.[ch]' 'planner/*.[ch]' \
	'providers/*.[ch]' 'cmd/*.[ch]' 'kernel/*.[ch]' 'tests/*.[ch]' |
	xargs grep -nEw "($banned) ?\(" /dev/null | grep -vE ':[0-9]+:\s*/?\*'
then
	echo "banned: use snprintf, strtol, localtime_r, ... instead"
	status=1
fi
if git ls-files -co --exclude-standard 'kernel/*.[ch]' |
	xargs grep -nEw "($libc) ?\(" /dev/null | grep -vE ':[0-9]+:\s*/?\*'
then
	echo "banned: the kernel has no libc"
	status=1
fi
if git ls-files -co --exclude-standard 'kernel/*.[ch]' 'parser/*.[ch]' \
	'planner/*.[ch]' 'providers/*.[ch]' 'cmd/*.[ch]' |
	xargs grep -nE 'TODO|FIXME|XXX' /dev/null
then
	echo "banned: unfinished work is an error message or an issue number"
	status=1
fi
exit $status
