/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table: set-associative buckets in array maps, one map a family, shared by every hook.
 * XDP only reads; the TC programs claim, refresh and close entries. What a flow carried stands
 * beside it, in the tally maps.
 */
#ifndef VFG_MAPS_FLOW_H
#define VFG_MAPS_FLOW_H

#include "abi.h"

enum {
	VFG_FLOW_WAYS = 4,
	/* Flows of each family by default: what the platform grants a NIC. A power of two. */
	VFG_FLOW_DEFAULT = 512 * 1024,
	VFG_FLOW_BUCKETS_DEFAULT = VFG_FLOW_DEFAULT / VFG_FLOW_WAYS,
	/* As many bits as the programs take from the hash. */
	VFG_FLOW_BUCKETS_MAX = 1 << 24,
};

/* A flow is live in every state but FREE and BUSY. The order matters: from ESTABLISHED on, an entry
 * is never evicted. */
enum vfg_flow_state {
	VFG_FLOW_FREE = 0,
	VFG_FLOW_BUSY = 1,	  /* being written: neither match nor claim */
	VFG_FLOW_NEW = 2,	  /* seen in one direction only: TCP SYN, unanswered UDP, ... */
	VFG_FLOW_REPLIED = 3,	  /* TCP: answered, the handshake not yet complete */
	VFG_FLOW_CLOSING = 4,	  /* TCP: FIN seen both ways */
	VFG_FLOW_RESET = 5,	  /* TCP: RST seen; a short time-out, undone by further traffic */
	VFG_FLOW_ESTABLISHED = 6, /* traffic in both directions */
	VFG_FLOW_FIN = 7,	  /* TCP: FIN seen one way */
	VFG_FLOW_STATE_MAX = 8,
};

/*
 * meta, one 64-bit word, changed only by compare-and-swap, so that whoever changes it still means
 * the same flow:
 *
 *    63 .. 32     31 .. 16   15 .. 8   7 .. 0
 *    generation   sequence   flags     state
 *
 *    generation  of the policy that judged the flow
 *    sequence    raised by every claim of the slot: a reader compares meta before and after the key
 *    flags       bit 0: direction that opened it (enum vfg_direction); bit 1: FIN seen inbound; bit
 * 2: FIN seen outbound
 *
 * Claim: CAS meta to BUSY with sequence + 1 and, in the place of the generation, 32 bits of the
 * key's hash, so that another CPU with the same key waits and does not enter it twice; write tag,
 * key, seen and rule, then store the final state by an atomic exchange.
 */
enum {
	VFG_FLOW_STATE_MASK = 0xff,
	VFG_FLOW_OUTBOUND = 1 << 8,
	VFG_FLOW_FIN_IN = 1 << 9,
	VFG_FLOW_FIN_OUT = 1 << 10,
	VFG_FLOW_SEQUENCE_SHIFT = 16,
	VFG_FLOW_GENERATION_SHIFT = 32,
};

/*
 * Keys are (local, remote, local port, remote port, protocol), whatever the hook. Ports: 0 where
 * the protocol has none; ICMP query and its reply: both ports are the identifier, and the key also
 * says what was asked and who asked, so that only the reply goes with the query. Example, an SSH
 * connection to 192.0.2.5 from 198.51.100.7 port 40000: local 192.0.2.5, remote 198.51.100.7,
 * local_port 22, remote_port 40000, protocol 6.
 */
struct vfg_flow4 {
	__u64 meta;
	__be32 local;
	__be32 remote;
	__be16 local_port;
	__be16 remote_port;
	__u8 protocol;
	__u8 icmp_query; /* type of the query; 0 but for ICMP */
	__u8 icmp_asker; /* direction that the query went; 0 but for ICMP */
	__u8 pad0;
	__u32 seen; /* ticks (control.h), written lazily: at most once a second */
	__u32 rule; /* id of the rule that allowed it */
};

struct vfg_flow6 {
	__u64 meta;
	__be32 local[4];
	__be32 remote[4];
	__be16 local_port;
	__be16 remote_port;
	__u8 protocol;
	__u8 icmp_query; /* type of the query; 0 but for ICMP */
	__u8 icmp_asker; /* direction that the query went; 0 but for ICMP */
	__u8 pad0;
	__u32 seen;
	__u32 rule;
	__u64 pad1;
};

struct vfg_flow4_bucket {
	struct vfg_flow4 way[VFG_FLOW_WAYS];
};

struct vfg_flow6_bucket {
	struct vfg_flow6 way[VFG_FLOW_WAYS];
};

/*
 * Beside each bucket, in maps of their own that the cache holds: what its ways may hold. A look-up
 * reads this first, and of the flows only the one that it names. Written by a claim before the
 * entry is published, never taken back: a tag that is out of date costs a look at the entry, no
 * more.
 */
struct vfg_tag_bucket {
	__u8 way[VFG_FLOW_WAYS]; /* 8 bits of the hash of the key that the way has, or had last */
	/* 1: some flow whose first choice is this bucket went to its second. Without it no look-up
	   reads that one. */
	__u32 overflow;
};

/*
 * What a flow carried, by the slot of its entry and by direction; bytes of L2 frames. Written by
 * the TC programs, one atomic addition a packet:
 *
 *    low    63 .. 40 packets   39 .. 0 bytes
 *    high   63 .. 32 packets   31 .. 0 bytes, in units of the upper half of the fields of `low`
 *
 * Whose addition sets the top bit of a field moves it to `high`: first there, then from here. So
 * the sums below are exact, but for that moment.
 */
struct vfg_tally {
	__u64 low[VFG_DIRECTION_MAX];
	__u64 high[VFG_DIRECTION_MAX];
};

enum {
	VFG_TALLY_PACKETS_SHIFT = 40, /* of packets in low */
	VFG_TALLY_BYTES_TOP = 39,     /* top bits of the fields */
	VFG_TALLY_PACKETS_TOP = 63,
	VFG_TALLY_HIGH_SHIFT = 32, /* of packets in high */
};

static inline __u64 vfg_tally_packets(const struct vfg_tally *tally, __u32 direction)
{
	return (tally->high[direction] >>
		VFG_TALLY_HIGH_SHIFT << (VFG_TALLY_PACKETS_TOP - VFG_TALLY_PACKETS_SHIFT)) +
	       (tally->low[direction] >> VFG_TALLY_PACKETS_SHIFT);
}

static inline __u64 vfg_tally_bytes(const struct vfg_tally *tally, __u32 direction)
{
	return ((tally->high[direction] & 0xffffffff) << VFG_TALLY_BYTES_TOP) +
	       (tally->low[direction] & ((1ULL << VFG_TALLY_PACKETS_SHIFT) - 1));
}

struct vfg_tally_bucket {
	struct vfg_tally way[VFG_FLOW_WAYS];
};

/*
 * First fragments that were let through, so that the later ones follow: LRU, two seconds. Written
 * by TC, read by TC. A missing entry means that the later fragment is dropped: none is let through
 * before its first.
 */
struct vfg_fragment_key {
	__be32 source[4]; /* IPv4: [0], the rest zero */
	__be32 destination[4];
	__be32 id; /* IPv4: the 16 bits in the lower half of a host-order word, then swapped; IPv6:
		      as on the wire */
	__u8 protocol;
	__u8 family;
	__u8 direction;
	__u8 pad0;
};

struct vfg_fragment {
	__u32 expires; /* ticks */
	__u32 rule;    /* id */
};

_Static_assert(sizeof(struct vfg_flow4) == 32, "layout");
_Static_assert(sizeof(struct vfg_flow6) == 64, "layout");
_Static_assert(sizeof(struct vfg_tag_bucket) == 8, "layout");
_Static_assert(sizeof(struct vfg_tally) == 32, "layout");
_Static_assert(sizeof(struct vfg_fragment_key) == 40, "layout");
_Static_assert(sizeof(struct vfg_fragment) == 8, "layout");

#endif
