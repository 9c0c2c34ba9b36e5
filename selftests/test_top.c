/* SPDX-License-Identifier: GPL-2.0-only */
/* What top ranks, by two samples of made-up counters, and what it looks like. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/top_text.h"
#include "../maps/reason.h"

enum { SLOTS = 512 };

static struct vfg_top top;
static struct vfg_rule_names names;
static struct vfg_count reasons[VFG_COUNTER_REASON_ENTRIES];
static struct vfg_top_page page;

static const uint32_t slots[VFG_FAMILY_MAX] = {SLOTS, SLOTS};

static void tear_down(void)
{
	vfg_top_free(&top);
}

TestSuite(top, .fini = tear_down);

static void begin(void)
{
	cr_assert(zero(int, vfg_top_begin(&top, slots)));
}

static void take_flow(uint32_t slot, uint16_t sequence, uint64_t packets, uint64_t bytes)
{
	struct vfg_flow flow = {
		.meta = (uint64_t)sequence << VFG_FLOW_SEQUENCE_SHIFT | VFG_FLOW_ESTABLISHED,
		.slot = slot,
		.protocol = 6,
		.local = {192, 0, 2, 10},
		.remote = {198, 51, 100, 7},
		.local_port = 443,
		.remote_port = (uint16_t)(40000 + slot),
		.packets = {packets, packets},
		.bytes = {bytes, 0},
	};

	vfg_top_take_flow(&top, &flow);
}

static void first_sample(void)
{
	begin();
	vfg_top_take_reasons(&top, reasons);
	vfg_top_end(&top);
}

Test(top, ranks_nothing_before_there_are_two_samples)
{
	begin();
	take_flow(1, 1, 1000, 1000);
	vfg_top_take_rule(&top, 5, &(struct vfg_rule_count){9, 9, 9});
	reasons[VFG_REASON_RULE_DENY].packets = 7;
	vfg_top_take_reasons(&top, reasons);
	vfg_top_end(&top);
	cr_expect(zero(sz, top.flows + top.rules + top.drops));
	cr_expect(eq(u64, top.live, 1));
	cr_expect(zero(u64, top.dropped.packets));
}

Test(top, ranks_flows_by_what_they_carried_since)
{
	begin();
	take_flow(1, 1, 1000, 1000000);
	take_flow(2, 1, 10, 100);
	take_flow(3, 1, 10, 100);
	vfg_top_end(&top);
	begin();
	take_flow(1, 1, 1001, 1000060);
	take_flow(2, 1, 30, 1100);
	take_flow(3, 1, 10, 100);
	vfg_top_end(&top);
	cr_assert(eq(sz, top.flows, 2), "one has been silent");
	cr_expect(eq(u32, top.flow[0].flow.slot, 2));
	cr_expect(eq(u64, top.flow[0].count.packets, 40), "both ways");
	cr_expect(eq(u64, top.flow[0].count.bytes, 1000));
	cr_expect(eq(u32, top.flow[1].flow.slot, 1));
	cr_expect(eq(u64, top.flow[1].count.packets, 2));
	cr_expect(eq(u64, top.live, 3));
}

Test(top, another_flow_in_a_slot_has_nothing_of_the_one_before)
{
	begin();
	take_flow(1, 1, 10, 5000);
	vfg_top_end(&top);
	begin();
	take_flow(1, 2, 20, 6000);
	take_flow(7, 1, 1, 60);
	vfg_top_end(&top);
	cr_assert(eq(sz, top.flows, 2));
	cr_expect(eq(u64, top.flow[0].count.bytes, 6000));
	cr_expect(eq(u64, top.flow[1].count.bytes, 60), "new since the sample before");
}

Test(top, keeps_the_largest_of_many)
{
	first_sample();
	begin();
	for (uint32_t i = 0; i < SLOTS; i++)
		take_flow(i, 1, i * 7919 % SLOTS + 1, (i * 7919 % SLOTS + 1) * 100);
	vfg_top_end(&top);
	cr_assert(eq(sz, top.flows, VFG_TOP_ROWS));
	for (size_t i = 0; i < VFG_TOP_ROWS; i++)
		cr_assert(eq(u64, top.flow[i].count.bytes, (SLOTS - i) * 100));
}

Test(top, ranks_by_packets_where_asked_to)
{
	top.by_packets = true;
	first_sample();
	begin();
	take_flow(1, 1, 5, 9000);
	take_flow(2, 1, 6, 100);
	vfg_top_end(&top);
	cr_expect(eq(u32, top.flow[0].flow.slot, 2));
}

Test(top, a_rule_whose_counters_were_cleared_counts_from_zero)
{
	begin();
	vfg_top_take_rule(&top, 5,
			  &(struct vfg_rule_count){.hits = 9, .packets = 90, .bytes = 900});
	vfg_top_take_rule(&top, 6,
			  &(struct vfg_rule_count){.hits = 9, .packets = 90, .bytes = 900});
	vfg_top_end(&top);
	begin();
	vfg_top_take_rule(&top, 5, &(struct vfg_rule_count){.hits = 2, .packets = 3, .bytes = 400});
	vfg_top_take_rule(&top, 6,
			  &(struct vfg_rule_count){.hits = 9, .packets = 91, .bytes = 960});
	vfg_top_end(&top);
	cr_assert(eq(sz, top.rules, 2));
	cr_expect(eq(u32, top.rule[0].id, 5));
	cr_expect(eq(u64, top.rule[0].count.bytes, 400));
	cr_expect(eq(u64, top.rule[0].hits, 2));
	cr_expect(eq(u64, top.rule[1].count.bytes, 60));
	cr_expect(zero(u64, top.rule[1].hits));
}

static struct vfg_count *reason(int hook, int number)
{
	return &reasons[hook * VFG_COUNTER_REASONS + number];
}

Test(top, what_xdp_lets_through_counts_where_tc_judges_it)
{
	first_sample();
	*reason(VFG_HOOK_XDP, VFG_REASON_FLOW) = (struct vfg_count){10, 1000};
	*reason(VFG_HOOK_TC_INGRESS, VFG_REASON_FLOW) = (struct vfg_count){10, 1000};
	*reason(VFG_HOOK_TC_EGRESS, VFG_REASON_RULE_ALLOW) = (struct vfg_count){1, 60};
	*reason(VFG_HOOK_XDP, VFG_REASON_RULE_DENY) = (struct vfg_count){4, 400};
	*reason(VFG_HOOK_TC_INGRESS, VFG_REASON_RULE_DENY) = (struct vfg_count){1, 500};
	begin();
	vfg_top_take_reasons(&top, reasons);
	vfg_top_end(&top);
	cr_expect(eq(u64, top.allowed.packets, 11));
	cr_expect(eq(u64, top.dropped.packets, 5));
	cr_expect(eq(u64, top.dropped.bytes, 900));
	cr_assert(eq(sz, top.drops, 2));
	cr_expect(eq(u32, top.drop[0].hook, VFG_HOOK_TC_INGRESS));
	cr_expect(eq(u64, top.drop[1].count.packets, 4));
	begin();
	vfg_top_take_reasons(&top, reasons);
	vfg_top_end(&top);
	cr_expect(zero(sz, top.drops), "nothing since");
}

Test(top, tables_of_another_size_begin_anew)
{
	static const uint32_t more[VFG_FAMILY_MAX] = {SLOTS * 2, SLOTS};

	first_sample();
	cr_assert(zero(int, vfg_top_begin(&top, more)));
	take_flow(SLOTS * 2 - 1, 1, 5, 500);
	vfg_top_end(&top);
	cr_expect(zero(sz, top.flows));
}

/* ---- the page ---- */

static struct vfg_top_look look = {.names = &names,
				   .master = "eth0",
				   .policy = "live",
				   .clock = "12:34:56",
				   .generation = 3,
				   .room = 1024,
				   .interval_ms = 2000,
				   .lines = 24,
				   .columns = 80,
				   .keys = true};

static void busy(void)
{
	static const struct vfg_rule_name rule = {
		"securityRules/AllowAllOfTheTrafficThatComesFromTheLoadBalancerInFront",
		"nsg-of-the-subnet-in-front", VFG_INBOUND, VFG_ACTION_ALLOW, true};

	first_sample();
	for (uint32_t id = 0; id < 200; id++)
		names.of[id] = rule;
	*reason(VFG_HOOK_TC_INGRESS, VFG_REASON_RULE_DENY) = (struct vfg_count){4, 400};
	begin();
	vfg_top_take_reasons(&top, reasons);
	for (uint32_t i = 0; i < 200; i++) {
		take_flow(i, 1, 1000 + i, (1000 + i) * 1000);
		vfg_top_take_rule(&top, i,
				  &(struct vfg_rule_count){.packets = 50 + i, .bytes = 500});
	}
	vfg_top_end(&top);
}

static bool has_line(const char *text)
{
	for (size_t i = 0; i < page.count; i++) {
		if (strstr(page.line[i], text))
			return true;
	}
	return false;
}

Test(top, fits_any_screen_in_every_view)
{
	busy();
	for (int view = 0; view < VFG_TOP_VIEWS; view++) {
		for (look.lines = 0; look.lines < 200; look.lines += 1 + look.lines / 7) {
			for (look.columns = 1; look.columns < 300; look.columns += 13) {
				look.view = (enum vfg_top_view)view;
				vfg_top_text(&top, &look, &page);
				cr_assert(le(sz, page.count, look.lines));
				for (size_t i = 0; i < page.count; i++)
					cr_assert(le(sz, strlen(page.line[i]), look.columns));
			}
		}
	}
}

Test(top, shows_all_three_kinds_on_80_by_24)
{
	busy();
	vfg_top_text(&top, &look, &page);
	cr_expect(eq(sz, page.count, 24));
	cr_expect(has_line(" RULE"));
	cr_expect(has_line(" DROPPED BECAUSE"));
	cr_expect(has_line(" REMOTE"));
	cr_expect(has_line("rule-deny"));
	/* the busiest: 2 * 1199 packets and 1,199,000 bytes in two seconds */
	cr_expect(has_line("    1.2k     600k tcp    192.0.2.10:443        <- 198.51.100.7:40199"),
		  "%s", page.line[14]);
}

Test(top, views_show_one_kind)
{
	busy();
	look.view = VFG_TOP_DROPS;
	vfg_top_text(&top, &look, &page);
	cr_expect(has_line("rule-deny"));
	cr_expect(not(has_line(" RULE")));
	look.view = VFG_TOP_RULES;
	vfg_top_text(&top, &look, &page);
	cr_expect(not(has_line("rule-deny")));
	cr_expect(not(has_line("192.0.2.10")));
	look.view = VFG_TOP_FLOWS;
	vfg_top_text(&top, &look, &page);
	cr_expect(eq(sz, page.count, 24));
	cr_expect(not(has_line("HITS")));
}

Test(top, a_long_address_is_cut_in_its_middle)
{
	struct vfg_flow flow = {.meta = VFG_FLOW_NEW, .family = VFG_IPV6, .protocol = 17};

	memset(flow.local, 0xa1, sizeof(flow.local));
	memset(flow.remote, 0xb2, sizeof(flow.remote));
	flow.local_port = flow.remote_port = 65535;
	flow.packets[0] = 1;
	first_sample();
	begin();
	vfg_top_take_flow(&top, &flow);
	vfg_top_end(&top);
	look.view = VFG_TOP_FLOWS;
	vfg_top_text(&top, &look, &page);
	cr_expect(has_line(" [a1a1:a1a1~1a1]:65535 <- [b2b2:b2b2~2b2]:65535 "), "%s", page.line[4]);
	look.columns = 160;
	vfg_top_text(&top, &look, &page);
	cr_expect(has_line("[a1a1:a1a1:a1a1:a1a1:a1a1:a1a1:a1a1:a1a1]:65535"));
}

Test(top, names_move_no_cursor)
{
	busy();
	look.policy = "a\x1b[2Jb\n";
	vfg_top_text(&top, &look, &page);
	cr_expect(has_line("policy a?[2Jb?, 3"), "%s", page.line[0]);
}

Test(top, rates_have_five_columns_at_most)
{
	static const struct {
		uint64_t amount, ms;
		const char *text;
	} rates[] = {{0, 1000, "0"},	     {1, 2000, "0.5"},	     {1, 3600000, "0.1"},
		     {7, 1000, "7.0"},	     {99, 10000, "9.9"},     {123, 1000, "123"},
		     {999, 1000, "999"},     {9999, 10000, "1.0k"},  {1000, 1000, "1.0k"},
		     {4321, 1000, "4.3k"},   {99949, 1000, "100k"},  {120000000, 1000, "120M"},
		     {999000, 1000, "999k"}, {999999, 1000, "1.0M"}, {UINT64_MAX, 1000, "18E"},
		     {5, 0, "5.0k"}};
	char text[VFG_TOP_RATE_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		vfg_top_rate_text(rates[i].amount, rates[i].ms, text);
		cr_expect(eq(str, text, (char *)rates[i].text), "%llu in %llu ms",
			  (unsigned long long)rates[i].amount, (unsigned long long)rates[i].ms);
	}
}
