/*
 * sysnet.c - /sys/class/net says what ioctl() and /proc/net/dev say.
 *
 * run:
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

static char text[200];

static const char *value(const char *file)
{
	char path[100];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/lo/%s", file);
	f = fopen(path, "r");
	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static long number(const char *file)
{
	char *end;
	long v = strtol(value(file), &end, 0);

	return end != text && *end == '\n' ? v : -1;
}

static bool is(const char *file, const char *want)
{
	return !strcmp(value(file), want);
}

static bool is_listed(const char *name)
{
	DIR *d = opendir("/sys/class/net");
	bool found = false;
	struct dirent *e;

	while (d && (e = readdir(d)))
		found |= !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

static void what_it_is(void)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq r = {.ifr_name = "lo"};

	begin("what it is");
	CHECK(is_listed("lo"));
	CHECK(is("address", "00:00:00:00:00:00\n"));
	CHECK(is("broadcast", "00:00:00:00:00:00\n"));
	CHECK(is("operstate", "unknown\n"));
	CHECK_EQ(number("carrier"), 1);
	CHECK_EQ(number("type"), 772);
	CHECK_EQ(number("addr_len"), 6);
	CHECK_EQ(number("flags"), IFF_UP | IFF_LOOPBACK);
	CHECK_EQ(number("ifindex"), (long)if_nametoindex("lo"));
	CHECK_EQ(ioctl(s, SIOCGIFMTU, &r), 0);
	CHECK_EQ(number("mtu"), r.ifr_mtu);
	CHECK_EQ(number("statistics/rx_errors"), 0);
	CHECK_EQ(number("nothing"), -1);
	close(s);
}

static void what_went_through(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t size = sizeof(a);
	char buf[1000] = "";
	long packets, bytes;

	begin("what went through");
	MUST(!bind(s, (struct sockaddr *)&a, sizeof(a)));
	MUST(!getsockname(s, (struct sockaddr *)&a, &size));
	packets = number("statistics/tx_packets");
	bytes = number("statistics/rx_bytes");
	CHECK(packets >= 0 && bytes >= 0);
	MUST(sendto(s, buf, 1000, 0, (struct sockaddr *)&a, size) == 1000);
	MUST(recv(s, buf, 1000, 0) == 1000);
	CHECK(number("statistics/tx_packets") >= packets + 1);
	CHECK(number("statistics/rx_bytes") >= bytes + 1000);
	close(s);
}

int main(void)
{
	what_it_is();
	what_went_through();
	return check_done();
}
