/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens what is loaded at the moment, and hands all of it to the model. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "count.h"
#include "loaded.h"
#include "say.h"
#include "top_sample.h"

static void take_flows(const struct vfg_flow_view *view, struct vfg_top *top)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		for (uint32_t slot = 0; slot < view->table[family].slots; slot++) {
			struct vfg_flow_age age;
			struct vfg_flow flow;

			if (vfg_flow_slot_read(&view->table[family], slot, &flow) &&
			    vfg_flow_age_of(&view->control, &flow, view->now, &age))
				vfg_top_take_flow(top, &flow);
		}
	}
}

/* Of every rule that has a name; the counters of others are nobody's. */
static int take_rules(const struct vfg_pins *pins, const struct vfg_flow_view *view,
		      struct vfg_top *top)
{
	autofree uint32_t *ids = calloc(VFG_POLICY_RULES_MAX, sizeof(*ids));
	autofree struct vfg_rule_count *counts = calloc(VFG_POLICY_RULES_MAX, sizeof(*counts));
	size_t count = 0;
	int err;

	if (!ids || !counts)
		return -ENOMEM;
	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		if (view->names->of[id].name)
			ids[count++] = id;
	}
	err = vfg_count_rules(pins, ids, count, counts);
	for (size_t i = 0; !err && i < count; i++)
		vfg_top_take_rule(top, ids[i], &counts[i]);
	return err;
}

static int take_all(const struct vfg_pins *pins, const struct vfg_flow_view *view,
		    struct vfg_top *top)
{
	const uint32_t slots[VFG_FAMILY_MAX] = {view->table[VFG_IPV4].slots,
						view->table[VFG_IPV6].slots};
	struct vfg_count reasons[VFG_COUNTER_REASON_ENTRIES];
	int err = vfg_top_begin(top, slots);

	if (!err)
		err = vfg_count_reasons(pins, reasons);
	if (!err)
		err = take_rules(pins, view, top);
	if (err)
		return err;
	vfg_top_take_reasons(top, reasons);
	take_flows(view, top);
	vfg_top_end(top);
	return 0;
}

int vfg_top_sample(const char *name, struct vfg_flow_view *view, struct vfg_top *top)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	int err = vfg_loaded_open(name, VFG_LOADED_READ, &loaded);

	if (err)
		return err;
	vfg_flow_view_close(view);
	err = vfg_flow_view_open(&loaded, name, false, view);
	if (err)
		return err;
	err = take_all(&loaded.pins, view, top);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, name, "cannot be read: %s", strerror(-err));
	return 0;
}
