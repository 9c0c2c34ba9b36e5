/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parser: from the bytes of a frame to a struct vfg_packet. It knows link, network and
 * transport headers and which packets pass whatever the rules say; rules and flows are others'
 * business.
 */
#ifndef VFG_BPF_PACKET_BPF_H
#define VFG_BPF_PACKET_BPF_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../maps/abi.h"
#include "../maps/reason.h"

enum {
	/* A verdict that is still open: the next step decides. */
	VFG_REASON_OPEN = VFG_REASON_MAX,
	VFG_VLAN_TAGS_MAX = 2,
	VFG_EXTENSIONS_MAX = 8,
	/* Headers end far below; the mask bounds the offset for the verifier. */
	VFG_OFFSET_MASK = 0x7fff,
	VFG_LENGTH_FIELD_MAX = 0xffff,
};

enum vfg_fragment_state {
	VFG_WHOLE,
	VFG_FIRST_FRAGMENT, /* carries the transport header */
	VFG_LATER_FRAGMENT, /* carries no ports */
};

/* Who talks to whom, laid out as the key of struct vfg_flow6. IPv4: [0], the rest zero. */
struct vfg_ends {
	__be32 local[4];
	__be32 remote[4];
	__be16 local_port;
	__be16 remote_port;
	__u8 protocol;
	__u8 pad0[3];
};

struct vfg_packet {
	struct vfg_ends ends;  /* what the rules judge */
	struct vfg_ends about; /* of the packet that an ICMP error is about; else unset */
	__be32 fragment_id;
	__u32 header_bytes; /* of the frame, before what the transport carries */
	__u8 fragment_protocol;
	__u8 fragment;	/* enum vfg_fragment_state */
	__u8 family;	/* enum vfg_family */
	__u8 direction; /* enum vfg_direction */
	__u8 tcp_flags; /* as on the wire: VFG_TCP_* */
	__u8 hop_limit;
	__u8 is_error;	/* an ICMP error, which opens no flow */
	__u8 has_about; /* about is set: is_error, and the embedded headers were all there */
};

enum {
	VFG_TCP_FIN = 0x01,
	VFG_TCP_SYN = 0x02,
	VFG_TCP_RST = 0x04,
	VFG_TCP_ACK = 0x10,
};

/* Where the parser is. limit: the offset at which the frame, or what its headers say, ends. */
struct vfg_cursor {
	void *data;
	void *data_end;
	__u32 offset;
	__u32 limit;
};

/* The next header, NULL where the frame or its headers' lengths end before it does. */
static __always_inline void *take(struct vfg_cursor *cursor, __u32 bytes)
{
	void *at = cursor->data + (cursor->offset & VFG_OFFSET_MASK);

	if (cursor->offset + bytes > cursor->limit || at + bytes > cursor->data_end)
		return NULL;
	cursor->offset += bytes;
	return at;
}

/* Step over bytes that nobody reads. */
static __always_inline bool skip(struct vfg_cursor *cursor, __u32 bytes)
{
	cursor->offset += bytes;
	return cursor->offset <= cursor->limit;
}

/*
 * The verifier forgets what it knew about the offset: ways that lead to the same header become one,
 * and a chain of headers costs their sum, not their product. Kernel 6.18 gives up at 1,000,000
 * instructions without it; test_budget would notice.
 */
static __always_inline void forget_offset(struct vfg_cursor *cursor)
{
	void *at = cursor->data + (cursor->offset & VFG_OFFSET_MASK);

	asm volatile("" : "+r"(at));
	cursor->offset = (at - cursor->data) & VFG_OFFSET_MASK;
}

static __always_inline bool is_vlan(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

struct vfg_vlan_header {
	__be16 tag;
	__be16 type;
};

/* Ethernet and its VLAN tags. tags: those that the device has taken off already. */
static __always_inline __u32 parse_link(struct vfg_cursor *cursor, __u32 tags, __be16 *ret_type)
{
	struct ethhdr *ethernet = take(cursor, sizeof(*ethernet));
	struct vfg_vlan_header *vlan;
	__be16 type;

	if (!ethernet)
		return VFG_REASON_TRUNCATED;
	type = ethernet->h_proto;
	for (__u32 i = 0; i < VFG_VLAN_TAGS_MAX; i++) {
		if (!is_vlan(type))
			break;
		vlan = take(cursor, sizeof(*vlan));
		if (!vlan)
			return VFG_REASON_TRUNCATED;
		type = vlan->type;
		tags++;
	}
	if (tags > VFG_VLAN_TAGS_MAX || is_vlan(type))
		return VFG_REASON_VLAN_DEPTH;
	*ret_type = type;
	return VFG_REASON_OPEN;
}

static __always_inline void set_ipv4(struct vfg_ends *ends, const struct iphdr *ip, __u32 direction)
{
	bool inbound = direction == VFG_INBOUND;

	ends->local[0] = inbound ? ip->daddr : ip->saddr;
	ends->remote[0] = inbound ? ip->saddr : ip->daddr;
	ends->protocol = ip->protocol;
}

static __always_inline void set_ipv6(struct vfg_ends *ends, const struct ipv6hdr *ip,
				     __u32 direction)
{
	bool inbound = direction == VFG_INBOUND;
	const __be32 *local = inbound ? ip->daddr.in6_u.u6_addr32 : ip->saddr.in6_u.u6_addr32;
	const __be32 *remote = inbound ? ip->saddr.in6_u.u6_addr32 : ip->daddr.in6_u.u6_addr32;

	for (__u32 i = 0; i < 4; i++) {
		ends->local[i] = local[i];
		ends->remote[i] = remote[i];
	}
	ends->protocol = ip->nexthdr;
}

static __always_inline void set_ports(struct vfg_ends *ends, __be16 source, __be16 destination,
				      __u32 direction)
{
	bool inbound = direction == VFG_INBOUND;

	ends->local_port = inbound ? destination : source;
	ends->remote_port = inbound ? source : destination;
}

/*
 * The length that an IP header states, counted from `first`, held against the frame. A length of 0
 * in a buffer beyond 64 KiB is the kernel's own (BIG TCP): then it is the buffer that tells.
 */
static __always_inline bool limit_length(struct vfg_cursor *cursor, __u32 first, __u32 stated_bytes)
{
	if (!stated_bytes && cursor->limit > VFG_LENGTH_FIELD_MAX)
		return true;
	if (first + stated_bytes > cursor->limit)
		return false;
	cursor->limit = first + stated_bytes;
	return true;
}

static __always_inline __u32 parse_ipv4(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	__u32 first = cursor->offset, header_bytes, fragment;
	struct iphdr *ip = take(cursor, sizeof(*ip));

	if (!ip)
		return VFG_REASON_TRUNCATED;
	header_bytes = ip->ihl * 4;
	if (ip->version != 4 || header_bytes < sizeof(*ip))
		return VFG_REASON_BAD_HEADER;
	if (!limit_length(cursor, first, bpf_ntohs(ip->tot_len)))
		return VFG_REASON_TRUNCATED;
	if (!skip(cursor, header_bytes - sizeof(*ip)))
		return VFG_REASON_BAD_HEADER;

	packet->family = VFG_IPV4;
	packet->hop_limit = ip->ttl;
	set_ipv4(&packet->ends, ip, packet->direction);
	fragment = bpf_ntohs(ip->frag_off);
	packet->fragment_id = bpf_htonl(bpf_ntohs(ip->id));
	packet->fragment_protocol = ip->protocol;
	if (fragment & 0x1fff)
		packet->fragment = VFG_LATER_FRAGMENT;
	else if (fragment & 0x2000)
		packet->fragment = VFG_FIRST_FRAGMENT;
	return VFG_REASON_OPEN;
}

static __always_inline bool is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_FRAGMENT;
}

struct vfg_fragment_header {
	__u8 next;
	__u8 pad0;
	__be16 offset; /* 13 bits, two reserved, more */
	__be32 id;
};

struct vfg_extension_header {
	__u8 next;
	__u8 length; /* in units of 8 bytes, beyond the first 8 */
};

/* One fragment header. Offset 0 and nothing to follow ("atomic", RFC 6946) is a whole packet. */
static __always_inline __u32 parse_fragment(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	struct vfg_fragment_header *header = take(cursor, sizeof(*header));
	__u32 offset;

	if (!header)
		return VFG_REASON_TRUNCATED;
	offset = bpf_ntohs(header->offset);
	packet->fragment_id = header->id;
	packet->fragment_protocol = header->next;
	packet->ends.protocol = header->next;
	if (offset & 0xfff8)
		packet->fragment = VFG_LATER_FRAGMENT;
	else if (offset & 1)
		packet->fragment = VFG_FIRST_FRAGMENT;
	return VFG_REASON_OPEN;
}

static __always_inline __u32 parse_extension(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	struct vfg_extension_header *header;

	if (packet->ends.protocol == IPPROTO_FRAGMENT)
		return parse_fragment(cursor, packet);
	header = take(cursor, sizeof(*header));
	if (!header || !skip(cursor, (header->length + 1) * 8 - sizeof(*header)))
		return VFG_REASON_TRUNCATED;
	packet->ends.protocol = header->next;
	return VFG_REASON_OPEN;
}

/* Leaves the upper protocol in packet->ends.protocol. What follows a later fragment's header is
 * data. */
static __always_inline __u32 parse_extensions(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	__u32 reason;

	for (__u32 i = 0; i < VFG_EXTENSIONS_MAX; i++) {
		if (packet->fragment == VFG_LATER_FRAGMENT || !is_extension(packet->ends.protocol))
			return VFG_REASON_OPEN;
		forget_offset(cursor);
		reason = parse_extension(cursor, packet);
		if (reason != VFG_REASON_OPEN)
			return reason;
	}
	if (packet->fragment != VFG_LATER_FRAGMENT && is_extension(packet->ends.protocol))
		return VFG_REASON_EXTENSION_CHAIN;
	return VFG_REASON_OPEN;
}

static __always_inline __u32 parse_ipv6(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	struct ipv6hdr *ip = take(cursor, sizeof(*ip));

	if (!ip)
		return VFG_REASON_TRUNCATED;
	if (ip->version != 6)
		return VFG_REASON_BAD_HEADER;
	if (!limit_length(cursor, cursor->offset, bpf_ntohs(ip->payload_len)))
		return VFG_REASON_TRUNCATED;
	packet->family = VFG_IPV6;
	packet->hop_limit = ip->hop_limit;
	set_ipv6(&packet->ends, ip, packet->direction);
	return parse_extensions(cursor, packet);
}

static __always_inline __u32 parse_tcp(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	struct tcphdr *tcp = take(cursor, sizeof(*tcp));
	__u32 header_bytes;

	if (!tcp)
		return VFG_REASON_TRUNCATED;
	header_bytes = tcp->doff * 4;
	if (header_bytes < sizeof(*tcp))
		return VFG_REASON_BAD_HEADER;
	if (!skip(cursor, header_bytes - sizeof(*tcp)))
		return VFG_REASON_TRUNCATED;
	packet->tcp_flags = ((const __u8 *)tcp)[13];
	set_ports(&packet->ends, tcp->source, tcp->dest, packet->direction);
	return VFG_REASON_OPEN;
}

static __always_inline __u32 parse_udp(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	struct udphdr *udp = take(cursor, sizeof(*udp));

	if (!udp)
		return VFG_REASON_TRUNCATED;
	set_ports(&packet->ends, udp->source, udp->dest, packet->direction);
	return VFG_REASON_OPEN;
}

/* The common part of ICMP and ICMPv6. */
struct vfg_icmp_header {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be16 echo_id;
	__be16 echo_sequence;
};

enum {
	VFG_ICMP_ECHO_REPLY = 0,
	VFG_ICMP_UNREACHABLE = 3,
	VFG_ICMP_SOURCE_QUENCH = 4,
	VFG_ICMP_ECHO_REQUEST = 8,
	VFG_ICMP_TIME_EXCEEDED = 11,
	VFG_ICMP_PARAMETER_PROBLEM = 12,
	VFG_ICMP6_ERROR_FIRST = 1,
	VFG_ICMP6_ERROR_LAST = 4,
	VFG_ICMP6_ECHO_REQUEST = 128,
	VFG_ICMP6_ECHO_REPLY = 129,
	VFG_ICMP6_LISTENER_FIRST = 130,
	VFG_ICMP6_LISTENER_LAST = 132,
	VFG_ICMP6_NEIGHBOUR_FIRST = 133,
	VFG_ICMP6_NEIGHBOUR_LAST = 137,
	VFG_ICMP6_LISTENER_V2 = 143,
	VFG_HOP_LIMIT_ON_LINK = 255,
};

static __always_inline bool is_echo(__u32 family, __u8 type)
{
	if (family == VFG_IPV4)
		return type == VFG_ICMP_ECHO_REQUEST || type == VFG_ICMP_ECHO_REPLY;
	return type == VFG_ICMP6_ECHO_REQUEST || type == VFG_ICMP6_ECHO_REPLY;
}

static __always_inline bool is_icmp(__u32 family, __u8 protocol)
{
	return protocol == (family == VFG_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* An error (RFC 792, RFC 4443). A redirect is none: it is judged by the rules. */
static __always_inline bool is_icmp_error(__u32 family, __u8 type)
{
	if (family == VFG_IPV6)
		return type >= VFG_ICMP6_ERROR_FIRST && type <= VFG_ICMP6_ERROR_LAST;
	return type == VFG_ICMP_UNREACHABLE || type == VFG_ICMP_SOURCE_QUENCH ||
	       type == VFG_ICMP_TIME_EXCEEDED || type == VFG_ICMP_PARAMETER_PROBLEM;
}

/* The address part of the packet inside an error; it went the other way. */
static __always_inline bool parse_embedded_ip(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	__u32 direction = packet->direction == VFG_INBOUND ? VFG_OUTBOUND : VFG_INBOUND;
	struct ipv6hdr *ip6;
	struct iphdr *ip4;

	if (packet->family == VFG_IPV6) {
		ip6 = take(cursor, sizeof(*ip6));
		if (!ip6 || ip6->version != 6)
			return false;
		set_ipv6(&packet->about, ip6, direction);
		return true;
	}
	ip4 = take(cursor, sizeof(*ip4));
	if (!ip4 || ip4->version != 4 || ip4->ihl * 4 < sizeof(*ip4))
		return false;
	if (ip4->frag_off & bpf_htons(0x1fff))
		return false;
	set_ipv4(&packet->about, ip4, direction);
	return skip(cursor, ip4->ihl * 4 - sizeof(*ip4));
}

/*
 * The packet inside an error, as far as it identifies a flow: RFC 792 promises 8 bytes of its
 * transport header. One that is cut short, is a later fragment or has extension headers identifies
 * none.
 */
static __always_inline void parse_embedded(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	__u32 direction = packet->direction == VFG_INBOUND ? VFG_OUTBOUND : VFG_INBOUND;
	struct vfg_icmp_header *transport;
	__u8 protocol;

	if (!parse_embedded_ip(cursor, packet))
		return;
	transport = take(cursor, sizeof(*transport));
	if (!transport)
		return;
	protocol = packet->about.protocol;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP)
		set_ports(&packet->about, ((const __be16 *)transport)[0],
			  ((const __be16 *)transport)[1], direction);
	else if (is_icmp(packet->family, protocol) && is_echo(packet->family, transport->type))
		set_ports(&packet->about, transport->echo_id, transport->echo_id, direction);
	packet->has_about = 1;
}

/* What IPv6 cannot work without, and what can come only from the link itself (RFC 4861 section
 * 7.1: hop limit 255; RFC 6980: never fragmented). */
static __always_inline __u32 pass_icmp6(const struct vfg_packet *packet, __u8 type)
{
	if (type >= VFG_ICMP6_NEIGHBOUR_FIRST && type <= VFG_ICMP6_NEIGHBOUR_LAST) {
		if (packet->hop_limit != VFG_HOP_LIMIT_ON_LINK || packet->fragment != VFG_WHOLE)
			return VFG_REASON_BAD_HEADER;
		return VFG_REASON_NEIGHBOUR;
	}
	if (type >= VFG_ICMP6_LISTENER_FIRST && type <= VFG_ICMP6_LISTENER_LAST)
		return VFG_REASON_NEIGHBOUR;
	return type == VFG_ICMP6_LISTENER_V2 ? VFG_REASON_NEIGHBOUR : VFG_REASON_OPEN;
}

static __always_inline __u32 parse_icmp(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	struct vfg_icmp_header *icmp = take(cursor, sizeof(*icmp));
	__u8 type;

	if (!icmp)
		return VFG_REASON_TRUNCATED;
	type = icmp->type;
	if (is_echo(packet->family, type))
		set_ports(&packet->ends, icmp->echo_id, icmp->echo_id, packet->direction);
	if (is_icmp_error(packet->family, type)) {
		packet->is_error = 1;
		parse_embedded(cursor, packet);
	}
	return packet->family == VFG_IPV6 ? pass_icmp6(packet, type) : VFG_REASON_OPEN;
}

static __always_inline __u32 parse_transport(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	if (packet->fragment == VFG_LATER_FRAGMENT)
		return VFG_REASON_OPEN;
	if (packet->ends.protocol == IPPROTO_TCP)
		return parse_tcp(cursor, packet);
	if (packet->ends.protocol == IPPROTO_UDP)
		return parse_udp(cursor, packet);
	if (is_icmp(packet->family, packet->ends.protocol))
		return parse_icmp(cursor, packet);
	return VFG_REASON_OPEN;
}

static __always_inline __u32 pass_link(__be16 type)
{
	if (type == bpf_htons(ETH_P_ARP))
		return VFG_REASON_ARP;
	if (type == bpf_htons(ETH_P_SLOW) || type == bpf_htons(ETH_P_LLDP) ||
	    type == bpf_htons(ETH_P_PAE))
		return VFG_REASON_LINK_CONTROL;
	return VFG_REASON_NOT_IP;
}

/**
 * vfg_packet_parse - read the headers of a frame
 * @cursor: at the Ethernet header; limit = bytes of the frame
 * @tags: VLAN tags that the frame had and that its bytes no longer show
 * @packet: zeroed, but for the direction
 *
 * Return: VFG_REASON_OPEN where rules and flows decide, else the reason that settles it.
 */
static __always_inline __u32 vfg_packet_parse(struct vfg_cursor *cursor, __u32 tags,
					      struct vfg_packet *packet)
{
	__be16 type = 0;
	__u32 reason = parse_link(cursor, tags, &type);

	if (reason != VFG_REASON_OPEN)
		return reason;
	forget_offset(cursor);
	if (type == bpf_htons(ETH_P_IP))
		reason = parse_ipv4(cursor, packet);
	else if (type == bpf_htons(ETH_P_IPV6))
		reason = parse_ipv6(cursor, packet);
	else
		return pass_link(type);
	if (reason != VFG_REASON_OPEN)
		return reason;
	forget_offset(cursor);
	reason = parse_transport(cursor, packet);
	packet->header_bytes = cursor->offset;
	return reason;
}

#endif
