/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet builder: headers are added from the outside in, then packet_finish() puts in every
 * length, "next header" and checksum. A malformed packet is built right, then broken by one named
 * call.
 */
#ifndef VFG_SELFTESTS_PACKET_H
#define VFG_SELFTESTS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "../policy-compiler/nsgc.h"

enum {
	PACKET_BYTES_MAX = 4096,
	PACKET_LAYERS_MAX = 24,
};

enum packet_layer_kind {
	PACKET_ETHERNET,
	PACKET_VLAN,
	PACKET_IPV4,
	PACKET_IPV6,
	PACKET_EXTENSION,
	PACKET_FRAGMENT,
	PACKET_TCP,
	PACKET_UDP,
	PACKET_ICMP,
	PACKET_ICMP6,
	PACKET_DATA,
};

struct packet_layer {
	enum packet_layer_kind kind;
	size_t offset;
};

struct packet {
	uint8_t bytes[PACKET_BYTES_MAX];
	size_t length;
	struct packet_layer layer[PACKET_LAYERS_MAX];
	size_t layers;
};

enum packet_tcp_flag {
	PACKET_FIN = 0x01,
	PACKET_SYN = 0x02,
	PACKET_RST = 0x04,
	PACKET_PSH = 0x08,
	PACKET_ACK = 0x10,
};

/* An empty frame: an Ethernet header between two locally administered addresses. */
void packet_begin(struct packet *packet);

/* ---- headers, from the outside in ---- */

/* A frame of another type than IP: ARP, LACP, ...; the type stands in the Ethernet or VLAN header.
 */
void packet_type(struct packet *packet, uint16_t type);
void packet_vlan(struct packet *packet, uint16_t type, uint16_t id);
/* Addresses as text: both IPv4 or both IPv6. */
void packet_ip(struct packet *packet, const char *source, const char *destination);
/* As packet_ip(), with the addresses as in struct vfg_tuple. */
void packet_ip_bytes(struct packet *packet, enum vfg_family family, const uint8_t *source,
		     const uint8_t *destination);
/* Options of the IPv4 header that was added last: no-operation, words of 4 bytes. */
void packet_ipv4_options(struct packet *packet, size_t words);
/* An IPv6 extension header (0, 43, 60) of 8 * (1 + more) bytes. */
void packet_extension(struct packet *packet, uint8_t protocol, uint8_t more);
/* This packet is a fragment: of the IPv4 header added last, or by an IPv6 fragment header.
 * @offset_units: of 8 bytes. */
void packet_fragment(struct packet *packet, uint32_t id, uint16_t offset_units, bool more);
void packet_hop_limit(struct packet *packet, uint8_t hop_limit);
void packet_tcp(struct packet *packet, uint16_t source, uint16_t destination, uint8_t flags);
void packet_udp(struct packet *packet, uint16_t source, uint16_t destination);
/* ICMP or ICMPv6, after the last IP header's family. @id: echo; in errors, 0. */
void packet_icmp(struct packet *packet, uint8_t type, uint8_t code, uint16_t id);
/* Eight bytes of any other upper protocol. */
void packet_protocol(struct packet *packet, uint8_t protocol);
void packet_data(struct packet *packet, size_t bytes);

/* Lengths, next headers and checksums. */
void packet_finish(struct packet *packet);

/* The first packet of the flow that a tuple names: TCP SYN, UDP, echo request or eight bytes. */
void packet_of_tuple(struct packet *packet, const struct vfg_tuple *tuple);

/* ---- after packet_finish() ---- */

/* Bytes behind the IP packet, as Ethernet pads short frames. */
void packet_pad(struct packet *packet, size_t bytes);
/* The frame ends early; its headers still say what they said. */
void packet_cut(struct packet *packet, size_t bytes);
/* The n-th IP header (0: the outer one) says a length that is not so. */
void packet_break_length(struct packet *packet, size_t n, uint16_t length);
void packet_break_version(struct packet *packet, uint8_t version);
/* Words of 4 bytes that the header says it has. */
void packet_break_ipv4_header(struct packet *packet, uint8_t words);
void packet_break_tcp_header(struct packet *packet, uint8_t words);

#endif
