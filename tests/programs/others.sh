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
	libs $x/ruby/3.1.0/*.so
	machine -m 160Mi --disk 256Mi "${libs[@]}" \
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

tests haproxy_proxies dnsmasq_answers perl_knows_its_modules ruby_has_threads_and_sockets \
	a_server_that_forks_says_why_it_cannot
