/*
 * boot_lines.h - how the tool tells the kernel what to run.
 *
 * Text: one line is a key, one blank, a value. In a value "\n" stands for a
 * line feed and "\\" for a backslash; nothing else is escaped, and any other
 * byte but NUL may appear. Lines end with a line feed. Empty lines and lines
 * that begin with '#' are skipped. At most BOOT_LINES_MAX bytes in all.
 *
 *	program PATH            what to run, absolute in the root file system
 *	arg TEXT                argv[1], argv[2], ... in order
 *	env NAME=TEXT           an environment variable
 *	cwd PATH                working directory; default /
 *	hostname NAME
 *	host ADDRESS NAME...    a line of /etc/hosts
 *	net MAC dhcp            configure the interface with that address by
 *	                        DHCP; MAC may be "*": every interface that no
 *	                        other line names
 *	net MAC ADDRESS/PREFIX [via GATEWAY] [dns ADDRESS]...
 *	                        the same with addresses of IPv6 may stand beside
 *	                        either; what routers and DHCPv6 give adds up
 *	allow PROTO/PORT CIDR   let traffic in: tcp/1883 10.0.0.0/8, udp/53
 *	                        0.0.0.0/0, icmp 0.0.0.0/0; PORT may be A-B.
 *	                        What no line allows is dropped; answers to what
 *	                        the program began are always let in.
 *	mount SERIAL PATH [ro]  the volume whose disk has that serial number
 *	log syslog HOST:PORT    also ship console lines, RFC 5424 over UDP; HOST
 *	                        is an IPv4 address or a name
 *	restart never|on-failure|always    when the program ends; default never
 *	security wx-deny        refuse writable and executable mappings
 *	seed HEX                entropy, at most 64 bytes
 *	trace syscalls          print each system call on the console
 *	probe NAME              make the kernel fault on purpose, for its own
 *	                        tests (kernel/boot/probe.c)
 *
 * The image carries its defaults in the file BOOT_LINES_PATH of its root; the
 * instance's lines come after them (fw_cfg file BOOT_LINES_FW_CFG). A later
 * `program`, `cwd`, `hostname`, `restart` replaces the earlier. An `env` of the
 * same NAME replaces. The first `arg` of a later source drops all args of the
 * earlier source. Everything else adds up.
 *
 * Unknown keys are reported on the console and skipped. A malformed line stops
 * the boot and is shown.
 */
#ifndef KERNEL_ABI_BOOT_LINES_H
#define KERNEL_ABI_BOOT_LINES_H

#include <stdint.h>

enum { BOOT_LINES_MAX = 256 * 1024 }; /* bytes */

#define BOOT_LINES_PATH   "/.miso/boot"
#define BOOT_LINES_FW_CFG "opt/miso/boot"

enum boot_line_kind {
	BOOT_LINE_END, /* nothing is left */
	BOOT_LINE_OK,  /* key and value are set */
	BOOT_LINE_BAD, /* no blank, a bad escape, a NUL or no key */
};

/*
 * One line, as bytes inside the text that was given: not NUL-terminated. The
 * value is already unescaped, in place: it is never longer than it was.
 */
struct boot_line {
	const char *key;
	uint64_t key_len;
	char *value;
	uint64_t value_len;
	uint64_t number; /* of the line, 1-based */
};

/* Reading position. Start with {text, length, 0}; text is changed. */
struct boot_reader {
	char *text;
	uint64_t left; /* bytes from text on */
	uint64_t number;
};

/*
 * The next line that is neither empty nor a comment. After BOOT_LINE_BAD the
 * line's raw text stands in value and value_len, and reading may go on.
 */
enum boot_line_kind boot_line_next(struct boot_reader *r,
                                   struct boot_line *out);

/*
 * Write `value` (len bytes) with escapes to `out`, which has room for `size`
 * bytes. Returns how many bytes the escaped value has, also when that is more
 * than size (then only what fits was written). No NUL is added.
 */
uint64_t boot_line_escape(char *out, uint64_t size, const char *value,
                          uint64_t len);

#endif
