/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds one packet from a tuple. Pure. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "frame.h"

enum {
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	TCP_BYTES = 20,
	UDP_BYTES = 8,
	ECHO_BYTES = 8,
	PAYLOAD_BYTES = 8,
	AH_BYTES = 12,
	TTL = 64,
};

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* RFC 1071, over an even number of bytes. */
static uint32_t sum_up(const uint8_t *bytes, size_t count, uint32_t sum)
{
	for (size_t i = 0; i + 1 < count; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t put_tcp(uint8_t *at, uint16_t source, uint16_t destination)
{
	put16(at, source);
	put16(at + 2, destination);
	at[7] = 1;		 /* sequence number */
	at[12] = TCP_BYTES << 2; /* header length in words, upper four bits */
	at[13] = 2;		 /* SYN */
	put16(at + 14, 65535);	 /* window */
	return TCP_BYTES;
}

static size_t put_udp(uint8_t *at, uint16_t source, uint16_t destination)
{
	put16(at, source);
	put16(at + 2, destination);
	put16(at + 4, UDP_BYTES + PAYLOAD_BYTES);
	return UDP_BYTES + PAYLOAD_BYTES;
}

static size_t put_echo(uint8_t *at, uint8_t type)
{
	at[0] = type;
	put16(at + 4, 1); /* identifier */
	put16(at + 6, 1); /* sequence number */
	return ECHO_BYTES + PAYLOAD_BYTES;
}

/* Headers that IPv6 chains, or that look like one: nothing follows them. */
static size_t put_other(uint8_t *at, uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_AH:
		at[0] = IPPROTO_NONE;
		at[1] = AH_BYTES / 4 - 2;
		return AH_BYTES;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
		at[0] = IPPROTO_NONE;
		return PAYLOAD_BYTES;
	}
	return PAYLOAD_BYTES;
}

/* Where the protocol keeps its checksum, or -1. */
static int put_transport(const struct vfg_tuple *tuple, uint8_t *at, size_t *ret_bytes)
{
	bool in = tuple->direction == VFG_INBOUND;
	uint16_t source = in ? tuple->remote_port : tuple->local_port;
	uint16_t destination = in ? tuple->local_port : tuple->remote_port;

	if (tuple->protocol == IPPROTO_TCP) {
		*ret_bytes = put_tcp(at, source, destination);
		return 16;
	}
	if (tuple->protocol == IPPROTO_UDP) {
		*ret_bytes = put_udp(at, source, destination);
		return 6;
	}
	if (tuple->protocol == IPPROTO_ICMP && tuple->family == VFG_IPV4) {
		*ret_bytes = put_echo(at, 8);
		return 2;
	}
	if (tuple->protocol == IPPROTO_ICMPV6 && tuple->family == VFG_IPV6) {
		*ret_bytes = put_echo(at, 128);
		return 2;
	}
	*ret_bytes = put_other(at, tuple->protocol);
	return -1;
}

static size_t put_ip(const struct vfg_tuple *tuple, uint8_t *at, size_t payload_bytes)
{
	bool in = tuple->direction == VFG_INBOUND;
	const uint8_t *source = in ? tuple->remote : tuple->local;
	const uint8_t *destination = in ? tuple->local : tuple->remote;

	if (tuple->family == VFG_IPV4) {
		at[0] = 0x45;
		put16(at + 2, (uint16_t)(IPV4_BYTES + payload_bytes));
		at[8] = TTL;
		at[9] = tuple->protocol;
		memcpy(at + 12, source, 4);
		memcpy(at + 16, destination, 4);
		put16(at + 10, fold(sum_up(at, IPV4_BYTES, 0)));
		return IPV4_BYTES;
	}
	at[0] = 0x60;
	put16(at + 4, (uint16_t)payload_bytes);
	at[6] = tuple->protocol;
	at[7] = TTL;
	memcpy(at + 8, source, 16);
	memcpy(at + 24, destination, 16);
	return IPV6_BYTES;
}

size_t vfg_frame_build(const struct vfg_tuple *tuple, uint8_t *ret_frame)
{
	size_t ip_bytes = tuple->family == VFG_IPV4 ? IPV4_BYTES : IPV6_BYTES;
	size_t address_bytes = tuple->family == VFG_IPV4 ? 4 : 16;
	uint8_t *ip = ret_frame + ETH_HLEN;
	uint8_t *transport = ip + ip_bytes;
	size_t bytes = 0;
	int checksum;

	memset(ret_frame, 0, VFG_FRAME_MAX);
	memset(ret_frame, 0xff, 2 * ETH_ALEN); /* no answer looks like this */
	put16(ret_frame + 12, tuple->family == VFG_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	checksum = put_transport(tuple, transport, &bytes);
	put_ip(tuple, ip, bytes);
	if (checksum >= 0) {
		bool pseudo = tuple->family == VFG_IPV6 || tuple->protocol != IPPROTO_ICMP;
		uint32_t sum = 0;

		if (pseudo) {
			sum = sum_up(transport - 2 * address_bytes, 2 * address_bytes, 0);
			sum += tuple->protocol + (uint32_t)bytes;
		}
		put16(transport + checksum, fold(sum_up(transport, bytes, sum)));
	}
	return ETH_HLEN + ip_bytes + bytes;
}
