/* SPDX-License-Identifier: GPL-2.0-only */
/* Time-outs as they are given, and as the programs are told them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/control.h"

static const struct {
	const char *text;
	struct vfg_timeouts expected;
} rows[] = {
	{"half-open=7",
	 {{[VFG_FLOW_NEW] = 7,
	   [VFG_FLOW_REPLIED] = 7,
	   [VFG_FLOW_CLOSING] = 15,
	   [VFG_FLOW_RESET] = 5,
	   [VFG_FLOW_ESTABLISHED] = 240,
	   [VFG_FLOW_FIN] = 240},
	  240,
	  240,
	  240,
	  2}},
	{"established=1800,other=30",
	 {{[VFG_FLOW_NEW] = 60,
	   [VFG_FLOW_REPLIED] = 60,
	   [VFG_FLOW_CLOSING] = 15,
	   [VFG_FLOW_RESET] = 5,
	   [VFG_FLOW_ESTABLISHED] = 1800,
	   [VFG_FLOW_FIN] = 1800},
	  240,
	  240,
	  30,
	  2}},
	{"udp=31,icmp=32",
	 {{[VFG_FLOW_NEW] = 60,
	   [VFG_FLOW_REPLIED] = 60,
	   [VFG_FLOW_CLOSING] = 15,
	   [VFG_FLOW_RESET] = 5,
	   [VFG_FLOW_ESTABLISHED] = 240,
	   [VFG_FLOW_FIN] = 240},
	  31,
	  32,
	  240,
	  2}},
	{"closing=1,reset=2,fragment=3,closing=4",
	 {{[VFG_FLOW_NEW] = 60,
	   [VFG_FLOW_REPLIED] = 60,
	   [VFG_FLOW_CLOSING] = 4,
	   [VFG_FLOW_RESET] = 2,
	   [VFG_FLOW_ESTABLISHED] = 240,
	   [VFG_FLOW_FIN] = 240},
	  240,
	  240,
	  240,
	  3}},
};

Test(timeout, each_name_sets_its_states_and_no_other)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vfg_timeouts timeouts = vfg_timeouts_default;

		cr_assert(zero(int, vfg_timeouts_take(&timeouts, rows[i].text)));
		for (int state = 0; state < VFG_FLOW_STATE_MAX; state++)
			cr_expect(eq(u32, timeouts.tcp[state], rows[i].expected.tcp[state]),
				  "%s: state %d", rows[i].text, state);
		cr_expect(eq(u32, timeouts.udp, rows[i].expected.udp));
		cr_expect(eq(u32, timeouts.icmp, rows[i].expected.icmp));
		cr_expect(eq(u32, timeouts.other, rows[i].expected.other));
		cr_expect(eq(u32, timeouts.fragment, rows[i].expected.fragment));
	}
}

/* A tick is 64 jiffies, rounded up: of equal seconds as many ticks, and ten times as many of ten
 * times the seconds, but for that. */
Test(timeout, the_programs_are_told_them_in_ticks)
{
	struct vfg_timeouts timeouts = vfg_timeouts_default;
	struct vfg_control control;
	uint32_t one;

	cr_assert(zero(
		int, vfg_timeouts_take(&timeouts,
				       "established=6000,udp=600,icmp=1200,other=600,fragment=6")));
	cr_assert(zero(int, vfg_control_fill(1024, &timeouts, &control)));
	one = control.timeout_ticks[VFG_FLOW_NEW];
	cr_expect(gt(u32, one, 0));
	cr_expect(eq(u32, one, control.timeout_ticks[VFG_FLOW_REPLIED]));
	cr_expect(eq(u32, control.timeout_udp_ticks, control.timeout_other_ticks));
	cr_expect(ge(u32, control.timeout_icmp_ticks, one * 20 - 20));
	cr_expect(le(u32, control.timeout_icmp_ticks, one * 20));
	cr_expect(ge(u32, control.timeout_other_ticks, one * 10 - 10));
	cr_expect(le(u32, control.timeout_other_ticks, one * 10));
	cr_expect(ge(u32, control.timeout_ticks[VFG_FLOW_ESTABLISHED], one * 100 - 100));
	cr_expect(le(u32, control.timeout_ticks[VFG_FLOW_ESTABLISHED], one * 100));
	cr_expect(le(u32, control.timeout_fragment_ticks, one / 10 + 1));
	cr_expect(ge(u32, control.timeout_fragment_ticks, control.tick_hz));
}
