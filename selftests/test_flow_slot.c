/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots of a flow table in memory, read while somebody writes them: a flow is read whole or not at
 * all, and only the flow that is meant is forgotten.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/flow_slot.h"

enum {
	SLOT = 5, /* bucket 1, way 1 */
	READS = 200000,
	CARRIES = 100,
};

static struct vfg_flow4_bucket four[2];
static struct vfg_flow6_bucket six[2];
static struct vfg_tally_bucket tallies[2];
static const struct vfg_flow_table table4 = {VFG_IPV4, 8, four, tallies};
static const struct vfg_flow_table table6 = {VFG_IPV6, 8, six, tallies};
static atomic_bool stop;

static uint64_t meta_of(uint32_t generation, uint16_t sequence, uint32_t flags_and_state)
{
	return (uint64_t)generation << VFG_FLOW_GENERATION_SHIFT |
	       (uint64_t)sequence << VFG_FLOW_SEQUENCE_SHIFT | flags_and_state;
}

Test(flow_slot, fields_come_out_of_either_family)
{
	struct vfg_flow flow;

	four[1].way[1] = (struct vfg_flow4){
		.meta = meta_of(7, 3, VFG_FLOW_OUTBOUND | VFG_FLOW_FIN),
		.local = htonl(0xc0000205),
		.remote = htonl(0xc6336407),
		.local_port = htons(40000),
		.remote_port = htons(443),
		.protocol = 6,
		.seen = 99,
		.rule = 12,
	};
	tallies[1].way[1] = (struct vfg_tally){
		.low = {5ULL << VFG_TALLY_PACKETS_SHIFT | 600, 1ULL << VFG_TALLY_PACKETS_SHIFT},
		.high = {2ULL << VFG_TALLY_HIGH_SHIFT | 3},
	};
	cr_assert(vfg_flow_slot_read(&table4, SLOT, &flow));
	cr_expect(zero(int, memcmp(flow.local, "\xc0\0\x02\x05", 4)));
	cr_expect(zero(int, memcmp(flow.remote, "\xc6\x33\x64\x07", 4)));
	cr_expect(eq(u16, flow.local_port, 40000));
	cr_expect(eq(u16, flow.remote_port, 443));
	cr_expect(eq(int, flow.opener, VFG_OUTBOUND));
	cr_expect(eq(int, flow.state, VFG_FLOW_FIN));
	cr_expect(eq(u32, flow.generation, 7));
	cr_expect(eq(u32, flow.seen, 99));
	cr_expect(eq(u32, flow.rule, 12));
	cr_expect(eq(u64, flow.packets[VFG_INBOUND], 5 + (2ULL << 23)));
	cr_expect(eq(u64, flow.bytes[VFG_INBOUND], 600 + (3ULL << 39)));
	cr_expect(eq(u64, flow.packets[VFG_OUTBOUND], 1));
	cr_expect(not(vfg_flow_slot_read(&table6, SLOT, &flow)));
	six[1].way[1] = (struct vfg_flow6){.meta = meta_of(8, 1, VFG_FLOW_NEW),
					   .local = {htonl(0x20010db8)},
					   .protocol = 58,
					   .icmp_query = 128};
	cr_assert(vfg_flow_slot_read(&table6, SLOT, &flow));
	cr_expect(zero(int, memcmp(flow.local, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0", 16)));
	cr_expect(eq(int, flow.icmp_query, 128));
	cr_expect(eq(int, flow.opener, VFG_INBOUND));
}

Test(flow_slot, what_is_free_or_being_written_is_no_flow)
{
	struct vfg_flow flow;

	four[1].way[1].meta = meta_of(7, 3, VFG_FLOW_FREE);
	cr_expect(not(vfg_flow_slot_read(&table4, SLOT, &flow)));
	four[1].way[1].meta = meta_of(7, 3, VFG_FLOW_BUSY);
	cr_expect(not(vfg_flow_slot_read(&table4, SLOT, &flow)));
	four[1].way[1].meta = meta_of(7, 3, VFG_FLOW_STATE_MAX);
	cr_expect(not(vfg_flow_slot_read(&table4, SLOT, &flow)));
}

/* Claims the slot again and again, as the programs do; flow n has n everywhere. */
static void *claim_on_and_on(void *data)
{
	struct vfg_flow4 *entry = &four[1].way[1];
	struct vfg_tally *tally = &tallies[1].way[1];

	for (uint32_t n = 1; !atomic_load(&stop); n++) {
		uint16_t sequence = (uint16_t)(entry->meta >> VFG_FLOW_SEQUENCE_SHIFT) + 1;

		__atomic_exchange_n(&entry->meta, meta_of(n, sequence, VFG_FLOW_BUSY),
				    __ATOMIC_SEQ_CST);
		*(volatile __be32 *)&entry->local = n;
		*(volatile __be32 *)&entry->remote = n;
		*(volatile __u32 *)&entry->seen = n;
		*(volatile __u32 *)&entry->rule = n;
		*(volatile __u64 *)&tally->low[0] = n;
		*(volatile __u64 *)&tally->low[1] = n;
		__atomic_exchange_n(&entry->meta, meta_of(n, sequence, VFG_FLOW_NEW),
				    __ATOMIC_SEQ_CST);
	}
	return data;
}

Test(flow_slot, is_never_read_as_parts_of_two_flows, .timeout = 60)
{
	uint32_t reads = 0, flows = 0, last = 0;
	pthread_t writer;

	four[1].way[1].meta = meta_of(0, 0, VFG_FLOW_FREE);
	cr_assert(zero(int, pthread_create(&writer, NULL, claim_on_and_on, NULL)));
	while (reads < READS || flows < 100) {
		struct vfg_flow flow;
		uint32_t local, remote;

		reads++;
		if (!vfg_flow_slot_read(&table4, SLOT, &flow))
			continue;
		memcpy(&local, flow.local, sizeof(local));
		memcpy(&remote, flow.remote, sizeof(remote));
		flows += local != last;
		last = local;
		cr_assert(local == remote && local == flow.seen && local == flow.rule &&
				  local == flow.generation && local == flow.bytes[0] &&
				  local == flow.bytes[1],
			  "a mixture: %u %u %u %u %u", local, remote, flow.seen, flow.rule,
			  flow.generation);
	}
	atomic_store(&stop, true);
	pthread_join(writer, NULL);
}

/* Ends a carry that is half done (bpf/account.bpf.h): it stands in high already. */
static void *end_carry(void *data)
{
	struct vfg_tally *tally = &tallies[1].way[1];

	while (!atomic_load(&stop))
		continue;
	for (volatile int i = 0; i < 50000; i++)
		continue;
	__sync_fetch_and_add(&tally->low[0], -(1ULL << VFG_TALLY_PACKETS_TOP));
	return data;
}

/* The reader waits for it, if not for ever: on a busy machine the writer may come too late. */
Test(flow_slot, a_tally_that_is_being_carried_reads_as_one_sum, .timeout = 60)
{
	const uint64_t sum = (1ULL << (VFG_TALLY_PACKETS_TOP - VFG_TALLY_PACKETS_SHIFT)) + 5;
	int right = 0;

	four[1].way[1].meta = meta_of(1, 1, VFG_FLOW_ESTABLISHED);
	for (int i = 0; i < CARRIES; i++) {
		struct vfg_flow flow;
		pthread_t writer;

		tallies[1].way[1] = (struct vfg_tally){
			.low = {1ULL << VFG_TALLY_PACKETS_TOP | 5ULL << VFG_TALLY_PACKETS_SHIFT},
			.high = {1ULL << VFG_TALLY_HIGH_SHIFT},
		};
		atomic_store(&stop, false);
		cr_assert(zero(int, pthread_create(&writer, NULL, end_carry, NULL)));
		atomic_store(&stop, true);
		cr_assert(vfg_flow_slot_read(&table4, SLOT, &flow));
		pthread_join(writer, NULL);
		right += flow.packets[0] == sum;
	}
	cr_expect(ge(int, right, CARRIES / 50), "%d of %d", right, CARRIES);
}

Test(flow_slot, only_the_flow_that_was_read_is_forgotten)
{
	struct vfg_flow4 *entry = &four[1].way[1];
	struct vfg_flow flow;

	entry->meta = meta_of(7, 3, VFG_FLOW_OUTBOUND | VFG_FLOW_ESTABLISHED);
	cr_assert(vfg_flow_slot_read(&table4, SLOT, &flow));
	entry->meta = meta_of(7, 3, VFG_FLOW_OUTBOUND | VFG_FLOW_FIN_IN | VFG_FLOW_FIN);
	cr_expect(not(vfg_flow_slot_forget(&table4, &flow)), "it has moved on");
	entry->meta = meta_of(7, 4, VFG_FLOW_OUTBOUND | VFG_FLOW_ESTABLISHED);
	cr_expect(not(vfg_flow_slot_forget(&table4, &flow)), "another flow has the slot");
	entry->meta = meta_of(0, 4, VFG_FLOW_BUSY);
	cr_expect(not(vfg_flow_slot_forget(&table4, &flow)), "another flow is being written");
	entry->meta = flow.meta;
	cr_expect(vfg_flow_slot_forget(&table4, &flow));
	cr_expect(eq(u64, entry->meta, meta_of(7, 3, VFG_FLOW_OUTBOUND)), "the sequence stays");
	cr_expect(not(vfg_flow_slot_forget(&table4, &flow)), "once only");
	cr_expect(not(vfg_flow_slot_read(&table4, SLOT, &flow)));
}

static const struct vfg_control control = {
	.timeout_ticks = {[VFG_FLOW_NEW] = 100, [VFG_FLOW_ESTABLISHED] = 200},
	.timeout_udp_ticks = 300,
	.timeout_icmp_ticks = 400,
	.timeout_other_ticks = 500,
};

Test(flow_slot, ages_are_right_across_the_wrap_of_the_clock)
{
	struct vfg_flow flow = {.protocol = 6, .state = VFG_FLOW_ESTABLISHED, .seen = -50U};
	struct vfg_flow_age age;

	cr_assert(vfg_flow_age_of(&control, &flow, 100, &age));
	cr_expect(eq(u32, age.idle, 150));
	cr_expect(eq(u32, age.left, 50));
	cr_assert(vfg_flow_age_of(&control, &flow, 150, &age), "to the tick");
	cr_expect(zero(u32, age.left));
	cr_expect(not(vfg_flow_age_of(&control, &flow, 151, &age)));
	cr_assert(vfg_flow_age_of(&control, &flow, -60U, &age),
		  "seen after we looked at the clock");
	cr_expect(zero(u32, age.idle));
	cr_expect(eq(u32, age.left, 200));
}

Test(flow_slot, every_protocol_has_its_time_out)
{
	struct vfg_flow flow = {.protocol = 6, .state = VFG_FLOW_NEW};

	cr_expect(eq(u32, vfg_flow_timeout(&control, &flow), 100));
	flow.state = VFG_FLOW_ESTABLISHED;
	cr_expect(eq(u32, vfg_flow_timeout(&control, &flow), 200));
	flow.protocol = 17;
	cr_expect(eq(u32, vfg_flow_timeout(&control, &flow), 300));
	flow.protocol = 1;
	cr_expect(eq(u32, vfg_flow_timeout(&control, &flow), 400));
	flow.protocol = 58;
	cr_expect(eq(u32, vfg_flow_timeout(&control, &flow), 400));
	flow.protocol = 50;
	cr_expect(eq(u32, vfg_flow_timeout(&control, &flow), 500));
}
