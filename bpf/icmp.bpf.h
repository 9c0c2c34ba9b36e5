/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP and ICMPv6: echo, errors and the packets inside them, neighbour discovery.
 */
#ifndef VFG_BPF_ICMP_BPF_H
#define VFG_BPF_ICMP_BPF_H

#include <linux/in.h>

#include "cursor.bpf.h"

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
	VFG_ICMP_TIMESTAMP_REQUEST =
		13, /* up to 18: requests are odd, each followed by its reply */
	VFG_ICMP_MASK_REPLY = 18,
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

/* The type of the query that a reply answers; any other type is its own. */
static __always_inline __u8 query_of(__u32 family, __u8 type)
{
	if (family == VFG_IPV6)
		return type == VFG_ICMP6_ECHO_REPLY ? VFG_ICMP6_ECHO_REQUEST : type;
	if (type == VFG_ICMP_ECHO_REPLY)
		return VFG_ICMP_ECHO_REQUEST;
	if (type > VFG_ICMP_TIMESTAMP_REQUEST && type <= VFG_ICMP_MASK_REPLY && !(type & 1))
		return type - 1;
	return type;
}

/* Does a query of this type carry an identifier (RFC 792, RFC 950, RFC 4443)? */
static __always_inline bool has_id(__u32 family, __u8 query)
{
	if (family == VFG_IPV6)
		return query == VFG_ICMP6_ECHO_REQUEST;
	return query == VFG_ICMP_ECHO_REQUEST ||
	       (query >= VFG_ICMP_TIMESTAMP_REQUEST && query < VFG_ICMP_MASK_REPLY);
}

/*
 * The part of the key that ICMP has. A query and its reply share one; the same query from the other
 * side has another, so that a flow lets in no questions in return.
 * @direction: the way that this packet goes
 */
static __always_inline void set_query(struct vfg_ends *ends, __u32 family,
				      const struct vfg_icmp_header *icmp, __u32 direction)
{
	__u8 query = query_of(family, icmp->type);
	__u32 other = direction == VFG_INBOUND ? VFG_OUTBOUND : VFG_INBOUND;

	ends->icmp_query = query;
	ends->icmp_asker = query == icmp->type ? direction : other;
	if (has_id(family, query))
		set_ports(ends, icmp->echo_id, icmp->echo_id, direction);
}

static __always_inline bool vfg_icmp_is(__u32 family, __u8 protocol)
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
	else if (vfg_icmp_is(packet->family, protocol))
		set_query(&packet->about, packet->family, transport, direction);
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

/**
 * vfg_icmp_parse - an ICMP or ICMPv6 header, and in an error the headers of the packet it is about
 *
 * Return: VFG_REASON_OPEN where rules and flows decide, else the reason that settles it.
 */
static __always_inline __u32 vfg_icmp_parse(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	struct vfg_icmp_header *icmp = take(cursor, sizeof(*icmp));
	__u8 type;

	if (!icmp)
		return VFG_REASON_TRUNCATED;
	type = icmp->type;
	set_query(&packet->ends, packet->family, icmp, packet->direction);
	packet->opens_none = packet->ends.icmp_query != type || !has_id(packet->family, type);
	if (is_icmp_error(packet->family, type)) {
		packet->is_error = 1;
		parse_embedded(cursor, packet);
	}
	return packet->family == VFG_IPV6 ? pass_icmp6(packet, type) : VFG_REASON_OPEN;
}

#endif
