#!/bin/bash
# apply.sh ADDRESS SIGNAL... - an apply gets signals while the change of that
# object is in flight: the fake holds it as long as the file `hold` names it.
: >trace
echo "$1" >hold
"$MISO" apply --yes --parallelism 1 >/dev/null 2>said &
pid=$!
until grep -q " $1\$" trace; do
	[ -d /proc/$pid ] || break
done
shift
for signal; do
	# It was delivered when it is pending no more.
	kill "-$signal" $pid
	while grep -qs '^ShdPnd:.*[1-9a-f]' /proc/$pid/status; do
		:
	done
done
rm hold
wait $pid 2>/dev/null
echo "apply: exit status $?"
sed 's/pid [0-9]*/pid N/' said
