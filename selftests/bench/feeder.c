/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The feeders, loaded.
 */
#include "feeder.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/bench/feed.skel.h"

enum {
	RUN_BYTES = 128, /* a frame of the usual small size, beyond what a header overwrites */
	TYPE_OFFSET = 12,
	IP_OFFSET = 14,
	TCP_FLAGS_V4 = 47,
	TCP_FLAGS_V6 = 67,
	SEND_BATCH = 64, /* as a driver sends at once */
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

void feeder_open(struct feeder *feeder, uint32_t floor_entries)
{
	feeder->feed = feed__open();
	must(feeder->feed, "open feed");
	bpf_map__set_max_entries(feeder->feed->maps.floor4, floor_entries);
	bpf_map__set_max_entries(feeder->feed->maps.floor6, floor_entries);
	must(!feed__load(feeder->feed), "load feed");
}

void feeder_close(struct feeder *feeder)
{
	feed__destroy(feeder->feed);
	feeder->feed = NULL;
}

void feeder_aim(struct feeder *feeder, enum feeder_way way, int program_fd)
{
	const struct bpf_map *map =
		way == FEEDER_XDP ? feeder->feed->maps.next_xdp : feeder->feed->maps.next_tc;
	uint32_t first = 0;

	must(!bpf_map_update_elem(bpf_map__fd(map), &first, &program_fd, BPF_ANY), "aim");
}

int feeder_floor_fd(const struct feeder *feeder, enum feeder_way way)
{
	return bpf_program__fd(way == FEEDER_XDP ? feeder->feed->progs.floor_xdp
						 : feeder->feed->progs.floor_tc);
}

int feeder_nothing_fd(const struct feeder *feeder)
{
	return bpf_program__fd(feeder->feed->progs.feed_nothing);
}

struct feed_lane *feeder_lane(struct feeder *feeder, unsigned int lane)
{
	return &feeder->feed->bss->feed_lanes[lane].lane;
}

void feeder_load(struct feeder *feeder, enum vfg_family family, const struct feed_header *headers,
		 uint32_t count)
{
	must(count <= FEED_HEADERS_MAX, "too many headers");
	memcpy(feeder->feed->bss->feed_headers, headers, count * sizeof(*headers));
	for (unsigned int i = 0; i < FEED_LANES; i++)
		*feeder_lane(feeder, i) = (struct feed_lane){
			.count = count,
			.wide = family == VFG_IPV6,
		};
}

static int program_of(const struct feeder *feeder, enum feeder_way way)
{
	switch (way) {
	case FEEDER_XDP:
		return bpf_program__fd(feeder->feed->progs.feed_xdp);
	case FEEDER_TC:
		return bpf_program__fd(feeder->feed->progs.feed_tc);
	case FEEDER_FLOOD:
		return bpf_program__fd(feeder->feed->progs.feed_flood);
	}
	abort();
}

/* The test run itself looks at the frame that it is given: it has to have a protocol. */
static void begin_frame(const struct feeder *feeder, uint8_t frame[RUN_BYTES])
{
	bool wide = feeder->feed->bss->feed_lanes[0].lane.wide;
	struct packet packet;

	packet_begin(&packet);
	packet_ip(&packet, wide ? "2001:db8::1" : "192.0.2.1", wide ? "2001:db8::2" : "192.0.2.2");
	packet_finish(&packet);
	memset(frame, 0, RUN_BYTES);
	memcpy(frame, packet.bytes, packet.length);
}

double feeder_run(struct feeder *feeder, enum feeder_way way, unsigned int lane, uint32_t packets)
{
	struct __sk_buff skb = {.mark = lane};
	uint8_t frame[RUN_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = (int)packets);

	begin_frame(feeder, frame);
	if (way != FEEDER_XDP) {
		options.ctx_in = &skb;
		options.ctx_size_in = sizeof(skb);
	}
	must(!bpf_prog_test_run_opts(program_of(feeder, way), &options), "BPF_PROG_TEST_RUN");
	must(options.retval != FEED_BROKEN, "the feeder's packet did not arrive");
	feeder->action = options.retval;
	return options.duration;
}

void feeder_send(struct feeder *feeder, unsigned int ifindex, uint32_t packets)
{
	uint8_t frame[RUN_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = (int)packets, .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    .batch_size = SEND_BATCH);

	feeder->feed->bss->feed_device = ifindex;
	begin_frame(feeder, frame);
	must(!bpf_prog_test_run_opts(bpf_program__fd(feeder->feed->progs.feed_send), &options),
	     "send");
}

int feeder_drop_fd(const struct feeder *feeder)
{
	return bpf_program__fd(feeder->feed->progs.drop_xdp);
}

static struct feed_header header_of(const struct packet *packet, const struct vfg_tuple *tuple,
				    uint8_t flags)
{
	struct feed_header header = {};

	must(packet->length <= sizeof(header.byte), "header");
	memcpy(header.byte, packet->bytes, packet->length);
	if (tuple->protocol == IPPROTO_TCP)
		header.byte[tuple->family == VFG_IPV4 ? TCP_FLAGS_V4 : TCP_FLAGS_V6] = flags;
	return header;
}

struct feed_header feeder_header(const struct vfg_tuple *tuple, uint8_t flags)
{
	struct packet packet;

	packet_of_tuple(&packet, tuple);
	return header_of(&packet, tuple, flags);
}

struct feed_header feeder_answer(const struct vfg_tuple *tuple, uint8_t flags)
{
	struct vfg_tuple back = *tuple;

	back.direction = tuple->direction == VFG_INBOUND ? VFG_OUTBOUND : VFG_INBOUND;
	return feeder_header(&back, flags);
}

/* Where the addresses stand in a frame. */
static size_t put_key(uint8_t *key, const uint8_t *frame, size_t addresses, size_t bytes)
{
	memcpy(key, frame + IP_OFFSET + addresses, bytes + 4);
	return bytes + 4;
}

void feeder_floor_add(struct feeder *feeder, enum vfg_family family,
		      const struct feed_header *header)
{
	const struct bpf_map *map =
		family == VFG_IPV4 ? feeder->feed->maps.floor4 : feeder->feed->maps.floor6;
	const struct floor_value value = {{1}};
	uint8_t key[sizeof(struct floor_key6)] = {};
	size_t at = family == VFG_IPV4 ? put_key(key, header->byte, 12, 8)
				       : put_key(key, header->byte, 8, 32);

	key[at] = header->byte[IP_OFFSET + (family == VFG_IPV4 ? 9 : 6)];
	must(!bpf_map_update_elem(bpf_map__fd(map), key, &value, BPF_ANY), "floor");
}
