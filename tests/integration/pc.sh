# pc.sh - what tests share that boot whole disks by a machine's own firmware:
# sourced after lib.sh. $firmware is which machine and firmware (SeaBIOS, which
# QEMU has), $memory how many MiB. A boot may take nearly as long as its test: one
# that hangs is ended in time to show its console, and no other one before.
# shellcheck shell=bash

firmware=(-M pc)

# pc DISK FORMAT QEMU-ARG...: boot it with SeaBIOS; the console goes to `console`,
# what the kernel tells to `status`.
pc() {
	pc_command "$@"
	"${command[@]}"
}

pc_command() {
	command=(timeout --foreground -k 2 $((TEST_SECONDS - 5)) qemu-system-x86_64
		"${firmware[@]}"
		-accel tcg -cpu max -m "${memory:-64}" -nodefaults
		-no-user-config -display none -no-reboot -serial file:console
		-device "isa-debugcon,iobase=0xe9,chardev=st"
		-chardev "file,id=st,path=status"
		-drive "if=none,id=d,file=$1,format=$2" "${@:3}")
}

# stack ARGS: an image that runs the probe with them.
stack() {
	cat >miso.yaml <<-END
	version: 1
	name: disks
	images:
	  probe: {program: ./probe, args: [$1], disk: 8Mi}
	END
}

ends_with() {
	[ "$(tail -n 1 status)" = "$1" ] || { cat console; fail "not $1"; }
}

# says_in FILE TEXT: wait until it does.
says_in() {
	until grep -q "$2" "$1" 2>/dev/null; do
		sleep 0.1
	done
}

# For QEMU's monitor on stdin: the power button, once the probe waits, and then
# nothing until it has ended with 9.
press_the_button() {
	says_in console waiting
	echo system_powerdown
	says_in status "exit 9"
}

# The root's partition as a file of its own.
root_of() {
	local first sectors
	read -r first sectors < <(sfdisk -d "$1" |
		sed -n 's/.*start= *\([0-9]*\), size= *\([0-9]*\), .*4F68BCE3.*/\1 \2/p')
	dd if="$1" of=root bs=512 skip="$first" count="$sectors" status=none
}

root_is_clean() {
	root_of "$1"
	ok /sbin/e2fsck -fn root
}

# Answers with 503 twice, as a server that comes up; then with the boot lines. A
# thread for each connection: a relay whose machine gave up may have left one that
# says nothing, and the next one must not wait for it.
metadata() {
	python3 - "$1" <<-'END' &
	import http.server, sys
	class Server(http.server.BaseHTTPRequestHandler):
	    asked = 0
	    def do_GET(self):
	        Server.asked += 1
	        good = (self.headers["Metadata-Flavor"] == "Google" and self.path ==
	            "/computeMetadata/v1/instance/attributes/miso-boot")
	        body = open("lines", "rb").read() if good else b"no"
	        self.send_response(404 if not good else
	            503 if Server.asked < 3 else 200)
	        self.send_header("Content-Length", str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	    def log_message(self, *args):
	        pass
	http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
	END
	server=$!
	until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
		sleep 0.1
	done
}

google=(-smbios "type=1,manufacturer=Google,product=Google Compute Engine")

# gets_boot_lines DISK: as a machine of Compute Engine, from the metadata server.
gets_boot_lines() {
	local port
	printf 'arg env\narg GREETING\nenv GREETING=from far away\n' >lines
	read -r port < <(free_ports 1)
	metadata "$port"
	# QEMU keeps one connection for all; a program it starts for each.
	printf '#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/%d\ncat <&3 &\ncat >&3\n' \
		"$port" >relay
	chmod +x relay
	pc "$1" raw -device virtio-scsi-pci -device scsi-hd,drive=d \
		"${google[@]}" -device virtio-net-pci,netdev=n -netdev \
		"user,id=n,net=169.254.169.0/24,guestfwd=tcp:169.254.169.254:80-cmd:$PWD/relay" ||
		true
	kill "$server"
	wait "$server" 2>/dev/null || true
	grep -q "from far away" console || { cat console; fail "no lines"; }
	ends_with "exit 0"
}
