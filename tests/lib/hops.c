/*
 * hops.c ADDRESS - a program for machines: sends a datagram and a ping there
 * that may make one hop, and prints who said that it was too few.
 */
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(const char *what, const struct sock_extended_err *e)
{
	const struct sockaddr_in *by = (const void *)SO_EE_OFFENDER(e);
	char name[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &by->sin_addr, name, sizeof(name));
	printf("hops: %s: error %u, type %u, code %u by %s\n", what,
	       e->ee_errno, e->ee_type, e->ee_code, name);
}

static void hear(const char *what, int fd)
{
	char bytes[64], room[256] __attribute__((aligned(8)));
	struct pollfd p = {fd, 0, 0};
	struct iovec io = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_iov = &io,
	                   .msg_iovlen = 1,
	                   .msg_control = room,
	                   .msg_controllen = sizeof(room)};

	if (poll(&p, 1, 20000) != 1 || recvmsg(fd, &m, MSG_ERRQUEUE) < 0) {
		perror(what);
		return;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR)
			say(what, (const void *)CMSG_DATA(c));
}

static void try(const char *what, int protocol, const char *address)
{
	struct icmphdr request = {.type = ICMP_ECHO};
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons(33434)};
	int fd = socket(AF_INET, SOCK_DGRAM, protocol), one = 1;

	inet_pton(AF_INET, address, &to.sin_addr);
	if (setsockopt(fd, IPPROTO_IP, IP_TTL, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) ||
	    sendto(fd, &request, sizeof(request), 0, (struct sockaddr *)&to,
	           sizeof(to)) < 0)
		perror(what);
	else
		hear(what, fd);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	try("datagram", 0, argv[1]);
	try("ping", IPPROTO_ICMP, argv[1]);
	printf("hops: done\n");
	return 0;
}
