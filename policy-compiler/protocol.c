/* SPDX-License-Identifier: GPL-2.0-only */
/* The one table of protocol names. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "protocol.h"

/* IANA's numbers, and its names without dashes. */
static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{"icmp", 1}, {"igmp", 2}, {"ipip", 4}, {"tcp", 6},     {"udp", 17},   {"ipv6", 41},
	{"gre", 47}, {"esp", 50}, {"ah", 51},  {"icmpv6", 58}, {"sctp", 132}, {"udplite", 136},
};

enum { PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]) };

int vfg_protocol_parse(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	long number;

	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (!strcasecmp(text, protocols[i].name))
			return protocols[i].number;
	}
	if (!digits || digits > 5 || text[digits])
		return -EINVAL;
	number = strtol(text, NULL, 10);
	return number <= UINT8_MAX ? (int)number : -EINVAL;
}

const char *vfg_protocol_name(uint8_t number)
{
	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (protocols[i].number == number)
			return protocols[i].name;
	}
	return NULL;
}
