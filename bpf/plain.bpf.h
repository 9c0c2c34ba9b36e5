/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader for plain packets, which are nearly all: TCP or UDP straight in IPv4 or IPv6, neither
 * tagged nor fragmented, without options or extension headers, all lengths right. It says of them
 * what packet.bpf.h's parser would (test_plain), from a few loads; all else is left to that one.
 */
#ifndef VFG_BPF_PLAIN_BPF_H
#define VFG_BPF_PLAIN_BPF_H

#include <linux/if_ether.h>
#include <linux/in.h>

#include "cursor.bpf.h"
#include "flow.bpf.h"

enum {
	VFG_PLAIN_TCP_BYTES = 20,
	VFG_PLAIN_UDP_BYTES = 8,
	VFG_PLAIN_IPV4_BYTES = 20,
	VFG_PLAIN_IPV6_BYTES = 40,
};

/* A plain packet: the words of its key (flow.bpf.h), and what moves its flow. */
struct vfg_plain {
	struct vfg_flow_key key;
	struct vfg_flow_step step;
	__u32 header_bytes; /* of the frame, before what the transport carries */
};

/*
 * The transport header, of which 20 bytes are there to read.
 * @bytes: of the packet from here on, as its IP header states it
 * Return: the length of the header, 0 where it contradicts itself.
 */
static __always_inline __u32 transport_bytes(const __u8 *transport, __u32 protocol, __u32 bytes)
{
	__u32 header_bytes = VFG_PLAIN_UDP_BYTES;

	if (protocol == IPPROTO_TCP) {
		header_bytes = transport[12] >> 4 << 2;
		if (header_bytes < VFG_PLAIN_TCP_BYTES)
			return 0;
	} else if (protocol != IPPROTO_UDP) {
		return 0;
	}
	return header_bytes <= bytes ? header_bytes : 0;
}

/* The last word of a key: ports and protocol. */
static __always_inline __u64 last_word(const __u8 *transport, __u32 protocol, __u32 direction)
{
	__u16 source = *(const __u16 *)transport, destination = *(const __u16 *)(transport + 2);
	struct vfg_ends ends = {};

	set_ports(&ends, source, destination, direction);
	ends.protocol = protocol;
	return ((const __u64 *)&ends)[VFG_KEY_WORDS_V6 - 1];
}

static __always_inline bool read_transport(const __u8 *transport, __u32 protocol, __u32 bytes,
					   struct vfg_plain *plain)
{
	__u32 header_bytes = transport_bytes(transport, protocol, bytes);

	plain->header_bytes += header_bytes;
	plain->step.protocol = protocol;
	plain->step.tcp_flags = protocol == IPPROTO_TCP ? transport[13] : 0;
	plain->key.is_opening = vfg_flow_is_opening(plain->step.tcp_flags);
	return header_bytes;
}

static __always_inline __u64 pair(__be32 local, __be32 remote)
{
	return (__u64)remote << 32 | local;
}

static __always_inline bool vfg_plain_read4(const __u8 *ip, __u32 limit, struct vfg_plain *plain)
{
	const __u8 *transport = ip + VFG_PLAIN_IPV4_BYTES;
	__u32 stated = bpf_ntohs(*(const __be16 *)(ip + 2));
	bool inbound = plain->step.direction == VFG_INBOUND;
	__be32 source = *(const __be32 *)(ip + 12), destination = *(const __be32 *)(ip + 16);

	if (ip[0] != 0x45 || *(const __be16 *)(ip + 6) & bpf_htons(0x3fff) ||
	    stated < VFG_PLAIN_IPV4_BYTES || stated + ETH_HLEN > limit)
		return false;
	plain->header_bytes = ETH_HLEN + VFG_PLAIN_IPV4_BYTES;
	plain->key.word[0] = inbound ? pair(destination, source) : pair(source, destination);
	plain->key.word[1] = last_word(transport, ip[9], plain->step.direction);
	return read_transport(transport, ip[9], stated - VFG_PLAIN_IPV4_BYTES, plain);
}

static __always_inline bool vfg_plain_read6(const __u8 *ip, __u32 limit, struct vfg_plain *plain)
{
	const __u8 *transport = ip + VFG_PLAIN_IPV6_BYTES;
	__u32 stated = bpf_ntohs(*(const __be16 *)(ip + 4));
	bool inbound = plain->step.direction == VFG_INBOUND;
	const __u64 *local = (const __u64 *)(ip + (inbound ? 24 : 8));
	const __u64 *remote = (const __u64 *)(ip + (inbound ? 8 : 24));

	if (ip[0] >> 4 != 6 || stated + ETH_HLEN + VFG_PLAIN_IPV6_BYTES > limit)
		return false;
	plain->header_bytes = ETH_HLEN + VFG_PLAIN_IPV6_BYTES;
	plain->key.word[0] = local[0];
	plain->key.word[1] = local[1];
	plain->key.word[2] = remote[0];
	plain->key.word[3] = remote[1];
	plain->key.word[4] = last_word(transport, ip[6], plain->step.direction);
	return read_transport(transport, ip[6], stated, plain);
}

/* The family that a frame's type names, VFG_FAMILY_MAX where it is another type, or the frame too
 * short for the headers that a plain packet of it has. */
static __always_inline __u32 vfg_plain_family(const __u8 *frame, const void *frame_end)
{
	const __u8 *transport = frame + ETH_HLEN + VFG_PLAIN_IPV4_BYTES;

	if (transport + VFG_PLAIN_TCP_BYTES > (const __u8 *)frame_end)
		return VFG_FAMILY_MAX;
	if (*(const __be16 *)(frame + 12) == bpf_htons(ETH_P_IP))
		return VFG_IPV4;
	if (*(const __be16 *)(frame + 12) != bpf_htons(ETH_P_IPV6))
		return VFG_FAMILY_MAX;
	transport = frame + ETH_HLEN + VFG_PLAIN_IPV6_BYTES;
	return transport + VFG_PLAIN_TCP_BYTES > (const __u8 *)frame_end ? VFG_FAMILY_MAX
									 : VFG_IPV6;
}

/* What the rules judge, as the parser lays it out. */
static __always_inline void vfg_plain_ends(const struct vfg_plain *plain, __u32 family,
					   struct vfg_ends *ret_ends)
{
	__u64 *word = (__u64 *)ret_ends;

	if (family == VFG_IPV4) {
		__builtin_memset(ret_ends, 0, sizeof(*ret_ends));
		ret_ends->local[0] = plain->key.word[0];
		ret_ends->remote[0] = plain->key.word[0] >> 32;
		word[VFG_KEY_WORDS_V6 - 1] = plain->key.word[VFG_KEY_WORDS_V4 - 1];
		return;
	}
	for (__u32 i = 0; i < VFG_KEY_WORDS_V6; i++)
		word[i] = plain->key.word[i];
}

#endif
