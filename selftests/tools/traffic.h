/* SPDX-License-Identifier: GPL-2.0-only */
/* What the traffic tools share: exit statuses, the clock, addresses, and the pattern of a stream.
 */
#ifndef VFG_SELFTESTS_TOOLS_TRAFFIC_H
#define VFG_SELFTESTS_TOOLS_TRAFFIC_H

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	EXIT_NO_ANSWER = 1,
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,
	EXIT_REFUSED = 4,
};

static inline int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline int fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	return EXIT_SYSTEM;
}

struct address {
	struct sockaddr_storage at;
	socklen_t bytes;
};

static inline bool parse_address(const char *text, const char *port, struct address *ret_address)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;

	if (getaddrinfo(text, port, &hints, &found)) {
		fprintf(stderr, "%s: '%s' port '%s' is not an address\n",
			program_invocation_short_name, text, port);
		return false;
	}
	memcpy(&ret_address->at, found->ai_addr, found->ai_addrlen);
	ret_address->bytes = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

/* The byte that belongs at a place of the stream: wrong order and loss both show. */
static inline uint8_t pattern(uint64_t offset)
{
	return offset * 0x9e3779b97f4a7c15ULL >> 56;
}

#endif
