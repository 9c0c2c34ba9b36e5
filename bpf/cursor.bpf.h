/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parser fills and how it moves: struct vfg_packet, and the cursor that steps from header
 * to header. What the headers mean is packet.bpf.h's and icmp.bpf.h's.
 */
#ifndef VFG_BPF_CURSOR_BPF_H
#define VFG_BPF_CURSOR_BPF_H

#include <linux/ip.h>
#include <linux/ipv6.h>
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
	__u8 icmp_query; /* type of the query that this is, or answers */
	__u8 icmp_asker; /* enum vfg_direction: the way that the query went */
	__u8 pad0;
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
	__u8 is_error;	 /* an ICMP error */
	__u8 opens_none; /* ICMP, but no query: never opens a flow */
	__u8 has_about;	 /* about is set: is_error, and the embedded headers were all there */
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

#endif
