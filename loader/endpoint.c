/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads and writes addresses, ports and protocols. A table of half a million flows is written by
 * it, so numbers and IPv4 do without printf().
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../policy-compiler/protocol.h"
#include "endpoint.h"

/* Digits and nothing else. Return: the number, or -1 where it is none up to @max. */
static int number_of(const char *text, int max)
{
	int number = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		number = number * 10 + (*text - '0');
		if (number > max)
			return -1;
	}
	return number;
}

int vfg_endpoint_port(const char *text)
{
	int port = number_of(text, 65535);

	return port < 0 ? VFG_PORT_NONE : port;
}

/* IP[/LEN], no brackets and no port. */
static int parse_prefix(char *text, struct vfg_endpoint_filter *filter)
{
	char *slash = strchr(text, '/');
	int bits;

	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET, text, filter->address) == 1)
		filter->family = VFG_IPV4;
	else if (inet_pton(AF_INET6, text, filter->address) == 1)
		filter->family = VFG_IPV6;
	else
		return -EINVAL;
	bits = filter->family == VFG_IPV4 ? 32 : 128;
	if (slash)
		bits = number_of(slash, bits);
	if (bits < 0)
		return -EINVAL;
	filter->bits = (uint8_t)bits;
	filter->has_address = true;
	return 0;
}

static int parse_port(const char *text, struct vfg_endpoint_filter *filter)
{
	filter->port = vfg_endpoint_port(text);
	return filter->port == VFG_PORT_NONE ? -EINVAL : 0;
}

/* "ADDR]...", the first bracket apart: [ADDR/LEN] and [ADDR]/LEN are the same. */
static int parse_bracketed(char *text, struct vfg_endpoint_filter *filter)
{
	char *end = strchr(text, ']'), *colon;
	int err;

	if (!end)
		return -EINVAL;
	*end++ = '\0';
	if (!strchr(text, ':'))
		return -EINVAL;
	colon = strchr(end, ':');
	if (colon)
		*colon++ = '\0';
	if (*end == '/' && !strchr(text, '/')) {
		memmove(text + strlen(text), end, strlen(end) + 1);
		end = text + strlen(text);
	}
	if (*end)
		return -EINVAL;
	err = colon ? parse_port(colon, filter) : 0;
	return err ? err : parse_prefix(text, filter);
}

int vfg_endpoint_parse(const char *text, struct vfg_endpoint_filter *ret_filter)
{
	struct vfg_endpoint_filter filter = {.port = VFG_PORT_NONE};
	char copy[VFG_ENDPOINT_TEXT_MAX + 8], *colon;
	int err = 0;

	if (!*text || strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	colon = strchr(copy, ':');
	if (copy[0] == '[') {
		err = parse_bracketed(copy + 1, &filter);
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
		err = parse_port(colon + 1, &filter);
		if (!err && *copy)
			err = parse_prefix(copy, &filter);
	} else {
		err = parse_prefix(copy, &filter);
	}
	if (!err)
		*ret_filter = filter;
	return err;
}

bool vfg_endpoint_matches(const struct vfg_endpoint_filter *filter, uint8_t family,
			  const uint8_t *address, int port)
{
	uint32_t whole = filter->bits / 8, rest = filter->bits % 8;

	if (filter->port != VFG_PORT_NONE && filter->port != port)
		return false;
	if (!filter->has_address)
		return true;
	if (filter->family != family || memcmp(filter->address, address, whole) != 0)
		return false;
	return !rest || (filter->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

char *vfg_number_text(char *at, uint64_t number)
{
	char digits[20];
	int count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count)
		*at++ = digits[--count];
	return at;
}

size_t vfg_address_text(uint8_t family, const uint8_t *address, char *ret_text)
{
	char *at = ret_text;

	if (family == VFG_IPV6) {
		inet_ntop(AF_INET6, address, ret_text, VFG_ENDPOINT_TEXT_MAX);
		return strlen(ret_text);
	}
	for (int i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = vfg_number_text(at, address[i]);
	}
	*at = '\0';
	return (size_t)(at - ret_text);
}

size_t vfg_endpoint_text(uint8_t family, const uint8_t *address, int port, char *ret_text)
{
	bool brackets = port != VFG_PORT_NONE && family == VFG_IPV6;
	char *at = ret_text;

	if (brackets)
		*at++ = '[';
	at += vfg_address_text(family, address, at);
	if (brackets)
		*at++ = ']';
	if (port != VFG_PORT_NONE) {
		*at++ = ':';
		at = vfg_number_text(at, (uint64_t)port);
	}
	*at = '\0';
	return (size_t)(at - ret_text);
}

size_t vfg_endpoint_protocol_text(uint8_t protocol, char *ret_text)
{
	const char *name = vfg_protocol_name(protocol);

	if (name)
		strcpy(ret_text, name);
	else
		*vfg_number_text(ret_text, protocol) = '\0';
	return strlen(ret_text);
}
