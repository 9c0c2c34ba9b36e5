/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Feeders: each run of BPF_PROG_TEST_RUN gets another packet, by writing a header over the last
 * one, and goes on by a tail call to the program that is measured. The floor to compare with is
 * here too: parse, one hit in a hash map of the kernel, one counter.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "feed.h"

char LICENSE[] SEC("license") = "GPL";

enum {
	ETHERNET_TYPE = 12,
	ETHERNET_BYTES = 14,
	TYPE_IPV4 = 0x0008, /* as loaded from the wire */
	TYPE_IPV6 = 0xdd86,
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	TCP = 6,
	UDP = 17,
	WRITE_V4 = 56, /* Ethernet, IPv4 and TCP: 54, in words of 8 */
	WRITE_V6 = 80,
	/* Where an address can change without leaving 10.0.0.0/8 or 2001:db8::/32. */
	FRESH_V4 = 26,
	FRESH_V6 = 26,
	FRESH_SHIFT = 8,
	FLOOD_REMOTE = 26,
	FLOOD_PORT = 34,
	FLOOD_BITS = 24,
	FLOOD_STEP = 0x9e3779b1, /* odd: a permutation of the 24 bits */
};

struct {
	struct feed_lane lane;
	__u8 pad[FEED_LANE_BYTES - sizeof(struct feed_lane)];
} feed_lanes[FEED_LANES] __attribute__((aligned(64)));
struct feed_header feed_headers[FEED_HEADERS_MAX] __attribute__((aligned(64)));

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next_xdp SEC(".maps"), next_tc SEC(".maps");

/* As many entries as the flow table; preallocated, as is the kernel's default. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FEED_HEADERS_MAX);
	__type(key, struct floor_key4);
	__type(value, struct floor_value);
} floor4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FEED_HEADERS_MAX);
	__type(key, struct floor_key6);
	__type(value, struct floor_value);
} floor6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} floor_count SEC(".maps");

static __always_inline bool copy_header(void *data, void *end, const struct feed_header *header,
					__u32 bytes)
{
	const __u64 *from = (const __u64 *)header->byte;
	__u64 *to = data;

	if (data + bytes > end)
		return false;
	for (__u32 i = 0; i < bytes / 8; i++)
		to[i] = from[i];
	return true;
}

static __always_inline bool write_next(struct feed_lane *lane, void *data, void *end)
{
	__u32 index = lane->next & (FEED_HEADERS_MAX - 1), next = index + 1;
	const struct feed_header *header = &feed_headers[index];

	if (lane->wide ? !copy_header(data, end, header, WRITE_V6)
		       : !copy_header(data, end, header, WRITE_V4))
		return false;
	if (next >= lane->count)
		next = 0;
	lane->next = next;
	if (lane->fresh) {
		*(__u32 *)(data + FRESH_V4) ^= lane->lap << FRESH_SHIFT;
		lane->lap += !next;
	}
	return true;
}

SEC("xdp")
int feed_xdp(struct xdp_md *ctx)
{
	if (write_next(&feed_lanes[0].lane, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		bpf_tail_call(ctx, &next_xdp, 0);
	return FEED_BROKEN;
}

SEC("tc")
int feed_tc(struct __sk_buff *skb)
{
	struct feed_lane *lane = &feed_lanes[skb->mark & (FEED_LANES - 1)].lane;

	if (write_next(lane, (void *)(long)skb->data, (void *)(long)skb->data_end))
		bpf_tail_call(skb, &next_tc, 0);
	return FEED_BROKEN;
}

static __always_inline bool write_flood(struct feed_lane *lane, void *data, void *end)
{
	__u32 address;

	if (!copy_header(data, end, &lane->flood, WRITE_V4))
		return false;
	address = (lane->number * FLOOD_STEP) & ((1 << FLOOD_BITS) - 1);
	*(__u32 *)(data + FLOOD_REMOTE) |= address << FRESH_SHIFT;
	*(__u16 *)(data + FLOOD_PORT) = lane->port + (__u16)(lane->number >> FLOOD_BITS << 12);
	if (++lane->sent_of_flow >= lane->packets) {
		lane->sent_of_flow = 0;
		lane->number++;
	}
	return true;
}

SEC("tc")
int feed_flood(struct __sk_buff *skb)
{
	struct feed_lane *lane = &feed_lanes[skb->mark & (FEED_LANES - 1)].lane;
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	bool shared = lane->share && ++lane->sent >= lane->share, written;

	if (shared)
		lane->sent = 0;
	written = shared ? write_next(lane, data, end) : write_flood(lane, data, end);
	if (written)
		bpf_tail_call(skb, &next_tc, 0);
	return FEED_BROKEN;
}

/* The device that feed_send() sends out of. */
__u32 feed_device;

/* Real frames, in a run of BPF_F_TEST_XDP_LIVE_FRAMES. Frames come back from their receiver as it
 * left them, so that all of the header is written each time. */
SEC("xdp")
int feed_send(struct xdp_md *ctx)
{
	if (write_next(&feed_lanes[0].lane, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return bpf_redirect(feed_device, 0);
	return XDP_ABORTED;
}

/* The least that a receiver can do. */
SEC("xdp")
int drop_xdp(struct xdp_md *ctx)
{
	return ctx ? XDP_DROP : XDP_ABORTED;
}

/* To measure what a feeder itself costs. */
SEC("tc")
int feed_nothing(struct __sk_buff *skb)
{
	return skb ? TC_ACT_SHOT : FEED_BROKEN;
}

static __always_inline bool hit4(void *data, void *end)
{
	struct floor_key4 key = {};
	__u8 *ip = data + ETHERNET_BYTES;

	if (data + ETHERNET_BYTES + IPV4_BYTES + 4 > end)
		return false;
	if ((ip[0] & 15) != IPV4_BYTES / 4 || (ip[9] != TCP && ip[9] != UDP))
		return false;
	key.remote = *(__u32 *)(ip + 12);
	key.local = *(__u32 *)(ip + 16);
	key.ports = *(__u32 *)(ip + IPV4_BYTES);
	key.protocol = ip[9];
	return bpf_map_lookup_elem(&floor4, &key);
}

static __always_inline bool hit6(void *data, void *end)
{
	struct floor_key6 key = {};
	__u8 *ip = data + ETHERNET_BYTES;

	if (data + ETHERNET_BYTES + IPV6_BYTES + 4 > end)
		return false;
	if (ip[6] != TCP && ip[6] != UDP)
		return false;
	__builtin_memcpy(key.remote, ip + 8, sizeof(key.remote));
	__builtin_memcpy(key.local, ip + 24, sizeof(key.local));
	key.ports = *(__u32 *)(ip + IPV6_BYTES);
	key.protocol = ip[6];
	return bpf_map_lookup_elem(&floor6, &key);
}

static __always_inline bool floor_hit(void *data, void *end)
{
	__u16 *type = data + ETHERNET_TYPE;
	__u32 first = 0;
	__u64 *count;

	if (data + ETHERNET_BYTES > end)
		return false;
	if (*type == TYPE_IPV4 ? !hit4(data, end) : *type != TYPE_IPV6 || !hit6(data, end))
		return false;
	count = bpf_map_lookup_elem(&floor_count, &first);
	if (count)
		*count += 1;
	return count;
}

SEC("xdp")
int floor_xdp(struct xdp_md *ctx)
{
	return floor_hit((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_DROP
									       : FEED_BROKEN;
}

SEC("tc")
int floor_tc(struct __sk_buff *skb)
{
	return floor_hit((void *)(long)skb->data, (void *)(long)skb->data_end) ? TC_ACT_SHOT
									       : FEED_BROKEN;
}
