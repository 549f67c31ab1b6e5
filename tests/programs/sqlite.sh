#!/bin/bash
# sqlite.sh OUT [TEST] - sqlite3 on the disk, with a write-ahead log and without.
. "$(dirname "$0")/lib.sh"

# with JOURNAL: rows in and out; the database is whole on the disk, too.
with() {
	needs /usr/bin/sqlite3
	machine -m 64Mi --file /data/here=/etc/hostname -- /usr/bin/sqlite3 \
		/data/a.db "pragma journal_mode=$1;
		create table t(a integer primary key, b text);
		create index i on t(b);
		with recursive c(x) as
			(select 1 union all select x + 1 from c where x < 20000)
			insert into t(b) select 'row ' || x from c;
		begin; delete from t where a % 2; rollback;
		update t set b = b || '!' where a % 3 = 0;
		select count(*), max(a), max(b) from t;
		pragma integrity_check;"
	wait_end 0
	says "$1" "20000|20000|row 9999!" ok
	debugfs -R "dump /data/a.db a.db" disk.raw 2>/dev/null
	ok sqlite3 a.db 'pragma integrity_check; select count(*) from t'
	says ok 20000
}

a_write_ahead_log_works() {
	with wal
}

a_rollback_journal_works() {
	with delete
	[ "$(debugfs -R 'ls -p /data' disk.raw 2>/dev/null |
		grep -c a.db-journal)" = 0 ]
}

tests a_write_ahead_log_works a_rollback_journal_works
