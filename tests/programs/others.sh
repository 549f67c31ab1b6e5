#!/bin/bash
# others.sh OUT [TEST] - a proxy, scripting languages, and what must be refused.
. "$(dirname "$0")/lib.sh"

haproxy_proxies() {
	needs /usr/sbin/haproxy
	cat >haproxy.cfg <<-END
		global
		  maxconn 500
		  chroot /var/lib/haproxy
		  log stdout format raw local0
		defaults
		  mode http
		  timeout connect 5s
		  timeout client 30s
		  timeout server 30s
		frontend outside
		  bind :80
		  default_backend inside
		backend inside
		  server one 127.0.0.1:8080
		frontend inside
		  bind 127.0.0.1:8080
		  http-request return status 200 content-type text/plain string hello
	END
	read -r port < <(free_ports 1)
	machine -p "$port:80" -m 128Mi --file /etc/haproxy.cfg=haproxy.cfg \
		--file /var/lib/haproxy/README=haproxy.cfg \
		-- /usr/sbin/haproxy -db -f /etc/haproxy.cfg
	up "$port"
	get / hello
	load 1000 8
	power_off 143 # it has no handler for SIGTERM without a master
}

perl_knows_its_modules() {
	local x=/usr/lib/x86_64-linux-gnu
	needs /usr/bin/perl
	machine -m 96Mi --disk 128Mi --file /usr/share/perl=/usr/share/perl \
		--file $x/perl-base=$x/perl-base --file $x/perl=$x/perl \
		-- /usr/bin/perl -e '
		use IO::Socket::INET; use Time::HiRes;
		my $s = IO::Socket::INET->new(Listen => 5, LocalPort => 80) or die;
		my $c = IO::Socket::INET->new("127.0.0.1:80") or die;
		print $c "some pig\n"; $c->flush;
		my $line = $s->accept->getline; print "got $line";
		open(F, ">/tmp/x") or die; flock(F, 2) or die; close F;
		print defined(fork()) ? "forked\n" : "no fork: $!\n";
		$SIG{ALRM} = sub { print "alarm\n" };
		Time::HiRes::ualarm(50000); select(undef, undef, undef, 5);
		print "end\n"'
	wait_end 0
	says "got some pig" "no fork: Function not implemented" alarm end
}

ruby_has_threads_and_sockets() {
	local x=/usr/lib/x86_64-linux-gnu
	needs /usr/bin/ruby3.1
	machine -m 160Mi --disk 256Mi \
		--file /usr/lib/ruby=/usr/lib/ruby --file $x/ruby=$x/ruby \
		-- /usr/bin/ruby3.1 -e '
		require "socket"
		q = Queue.new
		4.times.map { Thread.new { q << (1..1000).sum } }.each(&:join)
		puts "sums #{q.size}"
		s = TCPServer.new(80)
		Thread.new { c = s.accept; c.puts "some pig"; c.close }
		puts "got #{TCPSocket.new("127.0.0.1", 80).read}"
		begin
			fork {}
		rescue SystemCallError => e
			puts "no fork: #{e.class}"
		end
		puts "end"'
	wait_end 0
	says "sums 4" "got some pig" "no fork: Errno::ENOSYS" end
}

dnsmasq_answers() {
	needs /usr/sbin/dnsmasq
	read -r port < <(free_ports 1)
	machine -p "$port:53/udp" -m 48Mi -- /usr/sbin/dnsmasq -k -d \
		--no-resolv --user=root --address=/pig.example/10.1.2.3
	soon "$here/dns.py" "$port" pig.example 10.1.2.3
	power_off
}

# Its workers end their threads from within when they stop.
apache_has_threads_and_sendfile() {
	local modules=/usr/lib/apache2/modules m modules_in=()
	needs /usr/sbin/apache2
	for m in mpm_event authz_core; do
		modules_in+=(--file "$modules/mod_$m.so=$modules/mod_$m.so")
	done
	mkdir www
	echo hello >www/index
	head -c 300000 /dev/urandom >www/large
	printf '%s\n' 'www-data:x:33:33::/:' >passwd
	cat >httpd.conf <<-END
		ServerName pig
		ServerRoot /usr/lib/apache2
		LoadModule mpm_event_module modules/mod_mpm_event.so
		LoadModule authz_core_module modules/mod_authz_core.so
		Listen 80
		PidFile /run/httpd.pid
		ErrorLog /dev/stderr
		DocumentRoot /www
		EnableSendfile On
	END
	read -r port < <(free_ports 1)
	machine -p "$port:80" -m 96Mi "${modules_in[@]}" --file /www=www \
		--file /etc/httpd.conf=httpd.conf --file /etc/passwd=passwd \
		-- /usr/sbin/apache2 -X -f /etc/httpd.conf
	soon curl -fsS --max-time 2 -o /dev/null "http://127.0.0.1:$port/index"
	get /index hello
	curl -fsS "http://127.0.0.1:$port/large" | cmp - www/large
	load 1000 8 /index
	power_off
}

sql() {
	timeout 20 mariadb --no-defaults -h127.0.0.1 -P"$port" -uroot -N -e "$1"
}

# Asynchronous reads and writes are refused, and InnoDB does it with threads.
mariadb_keeps_tables() {
	local part parts=()
	needs /usr/sbin/mariadbd /usr/bin/mariadb
	mkdir data
	ok timeout 60 mariadb-install-db --no-defaults --user=root \
		--auth-root-authentication-method=normal --datadir="$PWD/data"
	read -r port < <(free_ports 1)
	machine -p "$port:3306" -m 384Mi --cpus 2 --disk 512Mi \
		--file /var/lib/mysql=data --file /usr/share/mysql=/usr/share/mysql \
		-- /usr/sbin/mariadbd --no-defaults --user=root \
		--datadir=/var/lib/mysql --socket=/tmp/sock --skip-grant-tables \
		--innodb-buffer-pool-size=32M
	soon sql "select 1"
	sql "create database d; create table d.t (a int primary key, b text)
		engine=innodb"
	for part in 0 1 2 3; do # QEMU takes them in one by one
		sql "use d; insert into t select seq, repeat('pig', 100)
			from seq_$((part * 1000 + 1))_to_$((part * 1000 + 1000))" &
		parts+=($!)
	done
	wait "${parts[@]}"
	[ "$(sql "select count(*), sum(a) from d.t")" = $'4000\t8002000' ]
	sql "check table d.t" | grep -q OK
	power_off
	says "Shutdown complete"
}

# It reads what of /proc and /sys tools for machines read.
node_exporter_sees_the_machine() {
	needs /usr/bin/prometheus-node-exporter
	read -r port < <(free_ports 1)
	machine -p "$port:9100" -m 128Mi -- /usr/bin/prometheus-node-exporter \
		--no-collector.{systemd,textfile,netstat,softnet}
	up "$port"
	curl -fsS "http://127.0.0.1:$port/metrics" >metrics
	for name in node_network_receive_bytes_total node_disk_read_bytes_total \
		node_memory_MemFree_bytes node_arp_entries node_vmstat_pgpgin \
		node_filefd_allocated node_timex_tick_seconds; do
		grep -q "^$name" metrics || fail "there is no $name"
	done
	! grep 'scrape_collector_success.* 0$' metrics
	power_off 143
}

# QEMU takes a connection before the machine does, and drops it when nobody
# listens yet: the first one that comes through ends the server.
asked_to_fork() {
	(: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
	grep -q "wanted a second process" console
}

a_server_that_forks_says_why_it_cannot() {
	needs /usr/bin/socat
	read -r port < <(free_ports 1)
	machine -p "$port:7" -m 48Mi -- /usr/bin/socat TCP-LISTEN:7,fork PIPE
	soon asked_to_fork
	wait_end 1
	says "wanted a second process" "fork(): Function not implemented"
}

# By a socket of ICMP: there are no capabilities that raw ones would need.
ping_hears_the_gateway() {
	needs /usr/bin/ping
	machine -m 48Mi -- /usr/bin/ping -c 3 -i 0.2 10.0.2.2
	wait_end 0
	says "3 packets transmitted, 3 received, 0% packet loss"
}

tests haproxy_proxies apache_has_threads_and_sendfile mariadb_keeps_tables \
	dnsmasq_answers node_exporter_sees_the_machine perl_knows_its_modules ruby_has_threads_and_sockets \
	a_server_that_forks_says_why_it_cannot ping_hears_the_gateway
