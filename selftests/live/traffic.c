/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens sockets in both namespaces from one process: a socket stays where it was opened. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "traffic.h"

enum { PATIENCE_MS = 400 };

struct address {
	struct sockaddr_storage storage;
	socklen_t bytes;
};

static struct address address_of(int family, const char *text, uint16_t port)
{
	struct address address = {};
	struct sockaddr_in *four = (void *)&address.storage;
	struct sockaddr_in6 *six = (void *)&address.storage;

	address.storage.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		cr_assert_eq(inet_pton(AF_INET, text, &four->sin_addr), 1);
		four->sin_port = htons(port);
		address.bytes = sizeof(*four);
	} else {
		cr_assert_eq(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
		six->sin6_port = htons(port);
		address.bytes = sizeof(*six);
	}
	return address;
}

static int socket_in(const char *netns, int family, int type, int protocol)
{
	int home = vfg_guest_enter(netns);
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	int one = 1;

	vfg_guest_leave(home);
	cr_assert_geq(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

static bool wait_for(int fd, short events)
{
	struct pollfd wait = {.fd = fd, .events = events};

	return poll(&wait, 1, PATIENCE_MS) == 1 && wait.revents & events;
}

/* A byte there, and one back. */
static bool exchange(int client, int server)
{
	char byte = 'x';

	return send(client, &byte, 1, MSG_NOSIGNAL) == 1 && wait_for(server, POLLIN) &&
	       recv(server, &byte, 1, 0) == 1 && send(server, &byte, 1, MSG_NOSIGNAL) == 1 &&
	       wait_for(client, POLLIN) && recv(client, &byte, 1, 0) == 1;
}

static bool try_tcp(int client, int server, const struct address *to)
{
	int accepted = -1, error = 0;
	socklen_t bytes = sizeof(error);
	bool done;

	cr_assert_eq(listen(server, 1), 0);
	if (connect(client, (const void *)&to->storage, to->bytes) < 0 && errno != EINPROGRESS)
		return false;
	if (!wait_for(client, POLLOUT) ||
	    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &bytes) < 0 || error ||
	    !wait_for(server, POLLIN))
		return false;
	accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	done = accepted >= 0 && exchange(client, accepted);
	close(accepted);
	return done;
}

static bool try_udp(int client, int server, const struct address *to)
{
	struct sockaddr_storage peer;
	socklen_t bytes = sizeof(peer);
	char byte = 'x';

	if (sendto(client, &byte, 1, 0, (const void *)&to->storage, to->bytes) != 1 ||
	    !wait_for(server, POLLIN) ||
	    recvfrom(server, &byte, 1, 0, (void *)&peer, &bytes) != 1 ||
	    sendto(server, &byte, 1, 0, (void *)&peer, bytes) != 1)
		return false;
	return wait_for(client, POLLIN) && recv(client, &byte, 1, 0) == 1;
}

static uint16_t checksum(const uint8_t *bytes, size_t count)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < count; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t) ~((sum & 0xffff) + (sum >> 16)));
}

/* By raw sockets; the answering host's kernel is the server. */
static bool try_ping(const struct vfg_traffic *traffic, int client, const struct address *to)
{
	bool six = traffic->family == AF_INET6;
	static uint16_t number;
	uint16_t id = (uint16_t)(getpid() + ++number);
	uint8_t request[16] = {six ? ICMP6_ECHO_REQUEST : ICMP_ECHO};
	uint8_t reply[256];

	memcpy(request + 4, &id, sizeof(id));
	if (!six) {
		uint16_t sum = checksum(request, sizeof(request));

		memcpy(request + 2, &sum, sizeof(sum));
	}
	if (sendto(client, request, sizeof(request), 0, (const void *)&to->storage, to->bytes) < 0)
		return false;
	while (wait_for(client, POLLIN)) {
		ssize_t got = recv(client, reply, sizeof(reply), 0);
		const uint8_t *message = six ? reply : reply + 20;

		if (got >= (message - reply) + 8 &&
		    message[0] == (six ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
		    !memcmp(message + 4, &id, sizeof(id)))
			return true;
	}
	return false;
}

static const char *guest_address(int family)
{
	return family == AF_INET ? "192.0.2.10" : "2001:db8::10";
}

static const char *outside_address(int family)
{
	return family == AF_INET ? "192.0.2.1" : "2001:db8::1";
}

enum vfg_traffic_end vfg_traffic_try(const struct vfg_guest *guest,
				     const struct vfg_traffic *traffic)
{
	bool in = traffic->from == VFG_FROM_OUTSIDE, icmp = traffic->protocol == IPPROTO_ICMP;
	bool six = traffic->family == AF_INET6, tcp = traffic->protocol == IPPROTO_TCP;
	struct address to =
		address_of(traffic->family,
			   in ? guest_address(traffic->family) : outside_address(traffic->family),
			   traffic->port);
	int type = icmp ? SOCK_RAW : tcp ? SOCK_STREAM : SOCK_DGRAM;
	int protocol = icmp && six ? IPPROTO_ICMPV6 : traffic->protocol;
	int client =
		socket_in(in ? guest->outside : guest->inside, traffic->family, type, protocol);
	int server = -1;
	bool done;

	if (traffic->source) {
		struct address from = address_of(traffic->family, traffic->source, 0);

		cr_assert_eq(bind(client, (void *)&from.storage, from.bytes), 0);
	}
	if (icmp) {
		done = try_ping(traffic, client, &to);
	} else {
		server = socket_in(in ? guest->inside : guest->outside, traffic->family, type,
				   protocol);
		cr_assert_eq(bind(server, (void *)&to.storage, to.bytes), 0, "%s", strerror(errno));
		done = tcp ? try_tcp(client, server, &to) : try_udp(client, server, &to);
		close(server);
	}
	close(client);
	return done ? VFG_TRAFFIC_ANSWERED : VFG_TRAFFIC_NOTHING;
}
