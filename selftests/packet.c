/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet builder. What does not fit or does not parse aborts: these are our own mistakes.
 */
#include "packet.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <string.h>

enum {
	ETHERNET_BYTES = 14,
	VLAN_BYTES = 4,
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	FRAGMENT_BYTES = 8,
	TCP_BYTES = 20,
	UDP_BYTES = 8,
	ICMP_BYTES = 8,
	HOP_LIMIT = 64,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_ICMP6 = 58,
};

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, (uint16_t)value);
}

/* One's complement sum of 16-bit words, RFC 1071. */
static uint32_t sum(const uint8_t *bytes, size_t length)
{
	uint32_t total = 0;

	for (size_t i = 0; i < length; i++)
		total += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
	return total;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static uint8_t *append(struct packet *packet, enum packet_layer_kind kind, size_t bytes)
{
	uint8_t *at = packet->bytes + packet->length;

	assert(packet->length + bytes <= PACKET_BYTES_MAX && packet->layers < PACKET_LAYERS_MAX);
	packet->layer[packet->layers++] = (struct packet_layer){kind, packet->length};
	memset(at, 0, bytes);
	packet->length += bytes;
	return at;
}

static uint8_t *at_layer(struct packet *packet, size_t index)
{
	return packet->bytes + packet->layer[index].offset;
}

/* The header that names the next one's protocol: the last that can. */
static void name_protocol(struct packet *packet, uint8_t protocol)
{
	size_t last = packet->layers - 1;
	uint8_t *at = at_layer(packet, last);

	switch (packet->layer[last].kind) {
	case PACKET_IPV4:
		at[9] = protocol;
		return;
	case PACKET_IPV6:
		at[6] = protocol;
		return;
	case PACKET_EXTENSION:
	case PACKET_FRAGMENT:
		at[0] = protocol;
		return;
	case PACKET_ETHERNET:
	case PACKET_VLAN:
	case PACKET_TCP:
	case PACKET_UDP:
	case PACKET_ICMP:
	case PACKET_ICMP6:
	case PACKET_DATA:
		break;
	}
	assert(!"an upper protocol needs an IP header before it");
}

/* The n-th layer of IP, or the last one before a layer. */
static size_t ip_before(const struct packet *packet, size_t layer)
{
	for (size_t i = layer; i-- > 0;)
		if (packet->layer[i].kind == PACKET_IPV4 || packet->layer[i].kind == PACKET_IPV6)
			return i;
	assert(!"no IP header");
	return 0;
}

void packet_begin(struct packet *packet)
{
	static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	memset(packet, 0, sizeof(*packet));
	memcpy(append(packet, PACKET_ETHERNET, ETHERNET_BYTES), addresses, sizeof(addresses));
}

void packet_type(struct packet *packet, uint16_t type)
{
	size_t last = packet->layers - 1;

	if (packet->layer[last].kind == PACKET_ETHERNET)
		put16(at_layer(packet, last) + 12, type);
	else if (packet->layer[last].kind == PACKET_VLAN)
		put16(at_layer(packet, last) + 2, type);
}

void packet_vlan(struct packet *packet, uint16_t type, uint16_t id)
{
	packet_type(packet, type);
	put16(append(packet, PACKET_VLAN, VLAN_BYTES), id);
}

void packet_ip_bytes(struct packet *packet, enum vfg_family family, const uint8_t *source,
		     const uint8_t *destination)
{
	uint8_t *at;

	if (family == VFG_IPV6) {
		packet_type(packet, ETH_P_IPV6);
		at = append(packet, PACKET_IPV6, IPV6_BYTES);
		at[0] = 0x60;
		at[7] = HOP_LIMIT;
		memcpy(at + 8, source, 16);
		memcpy(at + 24, destination, 16);
		return;
	}
	packet_type(packet, ETH_P_IP);
	at = append(packet, PACKET_IPV4, IPV4_BYTES);
	at[0] = 0x45;
	at[8] = HOP_LIMIT;
	memcpy(at + 12, source, 4);
	memcpy(at + 16, destination, 4);
}

void packet_ip(struct packet *packet, const char *source, const char *destination)
{
	bool ipv6 = strchr(source, ':') != NULL;
	int domain = ipv6 ? AF_INET6 : AF_INET;
	uint8_t from[16], to[16];
	int parsed = inet_pton(domain, source, from) + inet_pton(domain, destination, to);

	assert(parsed == 2);
	(void)parsed;
	packet_ip_bytes(packet, ipv6 ? VFG_IPV6 : VFG_IPV4, from, to);
}

void packet_ipv4_options(struct packet *packet, size_t words)
{
	uint8_t *at = at_layer(packet, packet->layers - 1);

	assert(packet->layer[packet->layers - 1].kind == PACKET_IPV4 && words <= 10);
	memset(packet->bytes + packet->length, 1, words * 4);
	packet->length += words * 4;
	at[0] = (uint8_t)(0x45 + words);
}

void packet_extension(struct packet *packet, uint8_t protocol, uint8_t more)
{
	uint8_t *at;

	name_protocol(packet, protocol);
	at = append(packet, PACKET_EXTENSION, 8 * (1 + (size_t)more));
	at[0] = IPPROTO_NONE;
	at[1] = more;
	/* one option, PadN, that fills the header; a routing header reads it as type 1 */
	at[2] = 1;
	at[3] = (uint8_t)(4 + 8 * more);
}

void packet_fragment(struct packet *packet, uint32_t id, uint16_t offset_units, bool more)
{
	size_t last = packet->layers - 1;
	uint8_t *at = at_layer(packet, last);

	if (packet->layer[last].kind == PACKET_IPV4) {
		put16(at + 4, (uint16_t)id);
		put16(at + 6, (uint16_t)(offset_units | (more ? 0x2000 : 0)));
		return;
	}
	name_protocol(packet, PROTOCOL_FRAGMENT);
	at = append(packet, PACKET_FRAGMENT, FRAGMENT_BYTES);
	put16(at + 2, (uint16_t)(offset_units << 3 | more));
	put32(at + 4, id);
}

void packet_hop_limit(struct packet *packet, uint8_t hop_limit)
{
	size_t ip = ip_before(packet, packet->layers);

	at_layer(packet, ip)[packet->layer[ip].kind == PACKET_IPV4 ? 8 : 7] = hop_limit;
}

void packet_tcp(struct packet *packet, uint16_t source, uint16_t destination, uint8_t flags)
{
	uint8_t *at;

	name_protocol(packet, IPPROTO_TCP);
	at = append(packet, PACKET_TCP, TCP_BYTES);
	put16(at, source);
	put16(at + 2, destination);
	put32(at + 4, 1);
	at[12] = 5 << 4;
	at[13] = flags;
	put16(at + 14, 0xffff);
}

void packet_udp(struct packet *packet, uint16_t source, uint16_t destination)
{
	uint8_t *at;

	name_protocol(packet, IPPROTO_UDP);
	at = append(packet, PACKET_UDP, UDP_BYTES);
	put16(at, source);
	put16(at + 2, destination);
}

void packet_icmp(struct packet *packet, uint8_t type, uint8_t code, uint16_t id)
{
	bool ipv6 = packet->layer[ip_before(packet, packet->layers)].kind == PACKET_IPV6;
	uint8_t *at;

	name_protocol(packet, ipv6 ? PROTOCOL_ICMP6 : IPPROTO_ICMP);
	at = append(packet, ipv6 ? PACKET_ICMP6 : PACKET_ICMP, ICMP_BYTES);
	at[0] = type;
	at[1] = code;
	put16(at + 4, id);
}

void packet_protocol(struct packet *packet, uint8_t protocol)
{
	name_protocol(packet, protocol);
	append(packet, PACKET_DATA, 8);
}

void packet_data(struct packet *packet, size_t bytes)
{
	append(packet, PACKET_DATA, bytes);
}

/* The sum of the pseudo header of the IP layer that carries a transport layer. */
static uint32_t sum_pseudo(struct packet *packet, size_t layer, uint8_t protocol)
{
	size_t ip = ip_before(packet, layer);
	uint8_t *at = at_layer(packet, ip);
	uint32_t length = (uint32_t)(packet->length - packet->layer[layer].offset);

	if (packet->layer[ip].kind == PACKET_IPV4)
		return sum(at + 12, 8) + protocol + length;
	return sum(at + 8, 32) + protocol + (length >> 16) + (length & 0xffff);
}

/* A fragment gets the checksum of what it carries: nobody can tell before reassembly. */
static void finish_transport(struct packet *packet, size_t layer, uint8_t protocol, size_t place)
{
	uint8_t *at = at_layer(packet, layer);
	uint32_t total = 0;

	if (protocol == IPPROTO_UDP)
		put16(at + 4, (uint16_t)(packet->length - packet->layer[layer].offset));
	if (protocol != IPPROTO_ICMP)
		total = sum_pseudo(packet, layer, protocol);
	put16(at + place, 0);
	put16(at + place, fold(total + sum(at, packet->length - packet->layer[layer].offset)));
}

static void finish_ipv4(struct packet *packet, size_t layer)
{
	uint8_t *at = at_layer(packet, layer);

	put16(at + 2, (uint16_t)(packet->length - packet->layer[layer].offset));
	put16(at + 10, 0);
	put16(at + 10, fold(sum(at, (size_t)(at[0] & 0xf) * 4)));
}

static void finish_layer(struct packet *packet, size_t layer)
{
	size_t inside = packet->length - packet->layer[layer].offset;

	switch (packet->layer[layer].kind) {
	case PACKET_IPV4:
		finish_ipv4(packet, layer);
		break;
	case PACKET_IPV6:
		put16(at_layer(packet, layer) + 4, (uint16_t)(inside - IPV6_BYTES));
		break;
	case PACKET_TCP:
		finish_transport(packet, layer, IPPROTO_TCP, 16);
		break;
	case PACKET_UDP:
		finish_transport(packet, layer, IPPROTO_UDP, 6);
		break;
	case PACKET_ICMP:
		finish_transport(packet, layer, IPPROTO_ICMP, 2);
		break;
	case PACKET_ICMP6:
		finish_transport(packet, layer, PROTOCOL_ICMP6, 2);
		break;
	case PACKET_ETHERNET:
	case PACKET_VLAN:
	case PACKET_EXTENSION:
	case PACKET_FRAGMENT:
	case PACKET_DATA:
		break;
	}
}

void packet_finish(struct packet *packet)
{
	for (size_t i = packet->layers; i-- > 0;)
		finish_layer(packet, i);
}

void packet_of_tuple(struct packet *packet, const struct vfg_tuple *tuple)
{
	bool inbound = tuple->direction == VFG_INBOUND;
	uint16_t from = inbound ? tuple->remote_port : tuple->local_port;
	uint16_t to = inbound ? tuple->local_port : tuple->remote_port;
	bool ipv6 = tuple->family == VFG_IPV6;

	packet_begin(packet);
	packet_ip_bytes(packet, tuple->family, inbound ? tuple->remote : tuple->local,
			inbound ? tuple->local : tuple->remote);
	if (tuple->protocol == IPPROTO_TCP)
		packet_tcp(packet, from, to, PACKET_SYN);
	else if (tuple->protocol == IPPROTO_UDP)
		packet_udp(packet, from, to);
	else if (tuple->protocol == (ipv6 ? PROTOCOL_ICMP6 : IPPROTO_ICMP))
		packet_icmp(packet, ipv6 ? 128 : 8, 0, 1);
	else
		packet_protocol(packet, tuple->protocol);
	packet_finish(packet);
}
