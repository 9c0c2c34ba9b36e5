/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts what is in the flow tables, while the programs change them. */
#include "control.h"
#include "fill.h"
#include "flow_table.h"
#include "tick.h"

struct clock {
	struct vfg_control control;
	uint32_t now_ticks;
};

static void count(const struct clock *clock, const struct vfg_flow *flow, struct vfg_fill *use)
{
	struct vfg_flow_age age;

	use->in_state[flow->state]++;
	if (!vfg_flow_age_of(&clock->control, flow, clock->now_ticks, &age)) {
		use->over++;
		return;
	}
	use->live++;
	switch ((enum vfg_flow_state)flow->state) {
	case VFG_FLOW_NEW:
	case VFG_FLOW_REPLIED:
		use->half_open++;
		break;
	case VFG_FLOW_ESTABLISHED:
		use->established++;
		break;
	case VFG_FLOW_FIN:
	case VFG_FLOW_CLOSING:
	case VFG_FLOW_RESET:
		use->closing++;
		break;
	case VFG_FLOW_FREE:
	case VFG_FLOW_BUSY:
	case VFG_FLOW_STATE_MAX:
		break;
	}
}

/* What they carried is not asked, and would be as much memory again. */
static void count_table(const struct clock *clock, const struct vfg_flow_table *table,
			struct vfg_fill *ret_use)
{
	struct vfg_flow_table bare = *table;
	struct vfg_flow flow;

	bare.tallies = NULL;
	*ret_use = (struct vfg_fill){.room = table->slots};
	for (uint32_t slot = 0; slot < table->slots; slot++) {
		if (vfg_flow_slot_read(&bare, slot, &flow))
			count(clock, &flow, ret_use);
	}
}

int vfg_fill_count(const struct vfg_pins *pins, struct vfg_fill *ret_use)
{
	struct clock clock;
	int err = vfg_control_read(pins, &clock.control);

	if (!err)
		err = vfg_tick_now(&clock.now_ticks);
	for (int family = 0; !err && family < VFG_FAMILY_MAX; family++) {
		struct vfg_flow_table table;

		err = vfg_flow_table_open(pins, (enum vfg_family)family, false, &table);
		if (err)
			break;
		count_table(&clock, &table, &ret_use[family]);
		vfg_flow_table_close(&table);
	}
	return err;
}

const char *vfg_fill_pressure(const struct vfg_fill *use)
{
	uint64_t percent = use->room ? use->live * 100 / use->room : 0;

	return percent >= 95 ? "full" : percent >= 80 ? "high" : percent >= 60 ? "rising" : "none";
}
