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

#include "cursor.bpf.h"
#include "icmp.bpf.h"

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

static __always_inline __u32 parse_transport(struct vfg_cursor *cursor, struct vfg_packet *packet)
{
	if (packet->fragment == VFG_LATER_FRAGMENT)
		return VFG_REASON_OPEN;
	if (packet->ends.protocol == IPPROTO_TCP)
		return parse_tcp(cursor, packet);
	if (packet->ends.protocol == IPPROTO_UDP)
		return parse_udp(cursor, packet);
	if (vfg_icmp_is(packet->family, packet->ends.protocol))
		return vfg_icmp_parse(cursor, packet);
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
