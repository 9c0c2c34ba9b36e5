/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic for the laboratory and the demo: an echo server, and single probes that tell "answered"
 * from "refused" and "no answer". IPv4 and IPv6, no library but libc. What should have happened is
 * for the caller to judge; lasting traffic is transfer.c's.
 */
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "traffic.h"

enum {
	DOORS_MAX = 32,
	CHUNK_BYTES = 16384,
	PROBE_BYTES = 32,
};

static const char usage[] =
	"usage: traffic serve {tcp|udp}:PORT...           echo; a line on stdout for each caller\n"
	"       traffic probe {tcp|udp|icmp} ADDR [PORT] [--timeout MS] [--source ADDR]\n"
	"                     [--source-port PORT]        one exchange of a new flow\n"
	"exit status: 0 answered, 1 no answer, 2 usage, 3 system, 4 refused\n";

/* ---- serve ---- */

static void announce(const char *protocol, int port, const struct sockaddr_in6 *from)
{
	char text[INET6_ADDRSTRLEN];
	const char *address = inet_ntop(AF_INET6, &from->sin6_addr, text, sizeof(text));

	if (address && IN6_IS_ADDR_V4MAPPED(&from->sin6_addr))
		address += strlen("::ffff:");
	printf("%s %d %s %d\n", protocol, port, address ? address : "?", ntohs(from->sin6_port));
	fflush(stdout);
}

static void echo_stream(int fd)
{
	char chunk[CHUNK_BYTES];
	ssize_t got;

	while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
		for (ssize_t done = 0, put; done < got; done += put) {
			put = write(fd, chunk + done, got - done);
			if (put <= 0)
				return;
		}
	}
}

static void accept_stream(int listener, int port)
{
	struct sockaddr_in6 from;
	socklen_t bytes = sizeof(from);
	int fd = accept(listener, (struct sockaddr *)&from, &bytes);

	if (fd < 0)
		return;
	announce("tcp", port, &from);
	if (fork() == 0) {
		close(listener);
		echo_stream(fd);
		_exit(0);
	}
	close(fd);
}

/* The control data carries the address that was asked, so that the answer comes from there. */
static void echo_datagram(int fd, int port)
{
	char data[2048], control[256];
	struct sockaddr_in6 from;
	struct iovec part = {data, sizeof(data)};
	struct msghdr message = {.msg_name = &from,
				 .msg_namelen = sizeof(from),
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(fd, &message, 0);

	if (got < 0)
		return;
	announce("udp", port, &from);
	part.iov_len = got;
	sendmsg(fd, &message, 0);
}

static int open_door(bool tcp, int port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	int on = 1, off = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (!tcp)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) || (tcp && listen(fd, 64))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int serve(int argc, char **argv)
{
	struct pollfd door[DOORS_MAX];
	int port[DOORS_MAX];
	bool tcp[DOORS_MAX];

	if (argc < 1 || argc > DOORS_MAX)
		return fputs(usage, stderr), EXIT_USAGE;
	for (int i = 0; i < argc; i++) {
		tcp[i] = strncmp(argv[i], "tcp:", 4) == 0;
		port[i] = atoi(argv[i] + strcspn(argv[i], "0123456789"));
		if (!tcp[i] && strncmp(argv[i], "udp:", 4) != 0)
			return fputs(usage, stderr), EXIT_USAGE;
		door[i] = (struct pollfd){.fd = open_door(tcp[i], port[i]), .events = POLLIN};
		if (door[i].fd < 0)
			return fail(argv[i]);
	}
	signal(SIGCHLD, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(door, argc, -1) < 0)
			return fail("poll");
		for (int i = 0; i < argc; i++) {
			if (!(door[i].revents & POLLIN))
				continue;
			if (tcp[i])
				accept_stream(door[i].fd, port[i]);
			else
				echo_datagram(door[i].fd, port[i]);
		}
	}
}

/* ---- probe ---- */

struct probe {
	const char *protocol;
	struct address to, from;
	int64_t deadline_ns;
};

static int answered(void)
{
	puts("answered");
	return 0;
}

/* What the errno of a failed exchange means for a probe. */
static int unanswered(void)
{
	switch (errno) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EACCES:
		printf("refused (%s)\n", strerror(errno));
		return EXIT_REFUSED;
	case EPERM: /* how a send that a program drops on the way out looks */
	case ENOBUFS:
	case EAGAIN:
	case ETIMEDOUT:
		puts("no answer");
		return EXIT_NO_ANSWER;
	}
	return fail("probe");
}

static bool wait_for(int fd, short event, int64_t deadline_ns)
{
	struct pollfd ready = {.fd = fd, .events = event};
	int64_t left_ns = deadline_ns - now_ns();
	int count = left_ns > 0 ? poll(&ready, 1, left_ns / 1000000 + 1) : 0;

	if (count == 0)
		errno = ETIMEDOUT;
	return count > 0;
}

static bool connect_within(int fd, const struct probe *probe)
{
	socklen_t bytes = sizeof(int);
	int err = 0;

	if (connect(fd, (const struct sockaddr *)&probe->to.at, probe->to.bytes) == 0)
		return true;
	if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, probe->deadline_ns))
		return false;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &bytes);
	errno = err;
	return err == 0;
}

/* An echo request with our number; the kernel fills in the checksum of ICMPv6, we that of ICMP. */
static size_t build_ping(uint8_t *data, int family, uint16_t number)
{
	uint32_t sum = 0;

	data[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	data[1] = data[2] = data[3] = 0;
	memcpy(data + 4, &number, sizeof(number));
	for (int i = 0; i < PROBE_BYTES; i += 2)
		sum += data[i] << 8 | data[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	sum = ~(sum + (sum >> 16)) & 0xffff;
	if (family == AF_INET) {
		data[2] = sum >> 8;
		data[3] = sum;
	}
	return PROBE_BYTES;
}

/* A raw socket receives the IPv4 header too, and other people's answers. */
static bool is_pong(const uint8_t *data, size_t bytes, int family, uint16_t number)
{
	size_t skip = family == AF_INET ? (data[0] & 15) * 4 : 0;
	uint8_t type = family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;

	return bytes >= skip + 8 && data[skip] == type &&
	       memcmp(data + skip + 4, &number, sizeof(number)) == 0;
}

static int exchange(int fd, const struct probe *probe)
{
	bool icmp = strcmp(probe->protocol, "icmp") == 0;
	int family = probe->to.at.ss_family;
	uint16_t number = getpid();
	uint8_t out[PROBE_BYTES] = {0}, in[512];
	ssize_t got;

	for (int i = 8; i < PROBE_BYTES; i++)
		out[i] = pattern(i);
	if (icmp)
		build_ping(out, family, number);
	if (!connect_within(fd, probe) || send(fd, out, sizeof(out), MSG_NOSIGNAL) < 0)
		return unanswered();
	for (;;) {
		if (!wait_for(fd, POLLIN, probe->deadline_ns))
			return unanswered();
		got = recv(fd, in, sizeof(in), 0);
		if (got == 0)
			errno = ECONNRESET;
		if (got <= 0)
			return unanswered();
		if (icmp ? is_pong(in, got, family, number)
			 : got == sizeof(out) && memcmp(in, out, got) == 0)
			return answered();
	}
}

static int run_probe(const struct probe *probe)
{
	int family = probe->to.at.ss_family;
	int kind = SOCK_DGRAM, protocol = 0, on = 1;
	int fd, status;

	if (strcmp(probe->protocol, "tcp") == 0)
		kind = SOCK_STREAM;
	if (strcmp(probe->protocol, "icmp") == 0) {
		kind = SOCK_RAW;
		protocol = family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
	}
	fd = socket(family, kind | SOCK_NONBLOCK, protocol);
	if (fd < 0)
		return fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (probe->from.bytes &&
	    bind(fd, (const struct sockaddr *)&probe->from.at, probe->from.bytes))
		return fail("bind");
	status = exchange(fd, probe);
	close(fd);
	return status;
}

static int probe(int argc, char **argv)
{
	struct probe probe = {0};
	const char *port = "0", *source = NULL, *source_port = "0";
	int at = 2, timeout_ms = 1000;

	if (argc < 2)
		return fputs(usage, stderr), EXIT_USAGE;
	probe.protocol = argv[0];
	if (at < argc && argv[at][0] != '-')
		port = argv[at++];
	for (; at + 1 < argc; at += 2) {
		if (strcmp(argv[at], "--timeout") == 0)
			timeout_ms = atoi(argv[at + 1]);
		else if (strcmp(argv[at], "--source") == 0)
			source = argv[at + 1];
		else if (strcmp(argv[at], "--source-port") == 0)
			source_port = argv[at + 1];
		else
			break;
	}
	if (at != argc || !strstr("tcp udp icmp", argv[0]) ||
	    !parse_address(argv[1], port, &probe.to))
		return fputs(usage, stderr), EXIT_USAGE;
	if (!source)
		source = probe.to.at.ss_family == AF_INET ? "0.0.0.0" : "::";
	if (!parse_address(source, source_port, &probe.from))
		return EXIT_USAGE;
	probe.deadline_ns = now_ns() + timeout_ms * 1000000LL;
	return run_probe(&probe);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} command[] = {{"serve", serve}, {"probe", probe}};

	for (size_t i = 0; argc > 1 && i < sizeof(command) / sizeof(command[0]); i++) {
		if (strcmp(argv[1], command[i].name) == 0)
			return command[i].run(argc - 2, argv + 2);
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout), 0;
	fputs(usage, stderr);
	return EXIT_USAGE;
}
