/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens what a look at flows needs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "flow_table.h"
#include "flow_view.h"
#include "say.h"
#include "tick.h"

static int open_names(const struct vfg_pins *pins, struct vfg_flow_view *view)
{
	int err = vfg_active_open(pins, &view->policy);

	view->names = calloc(1, sizeof(*view->names));
	if (!view->names)
		return -ENOMEM;
	if (!err)
		vfg_rule_names_add(view->names, &view->policy.tables, true);
	else if (err != -ENOENT)
		return err;
	/* What cannot be named is shown by its id. */
	if (!vfg_retired_open(pins, &view->retired))
		vfg_rule_names_add_retired(view->names, &view->retired);
	return 0;
}

static int open_all(const struct vfg_pins *pins, bool change, struct vfg_flow_view *view)
{
	int err = vfg_control_read(pins, &view->control);

	if (!err)
		err = open_names(pins, view);
	for (int family = 0; !err && family < VFG_FAMILY_MAX; family++)
		err = vfg_flow_table_open(pins, (enum vfg_family)family, change,
					  &view->table[family]);
	if (!err)
		err = vfg_tick_now(&view->now);
	return err;
}

int vfg_flow_view_open(const struct vfg_loaded *loaded, const char *name, bool change,
		       struct vfg_flow_view *ret_view)
{
	int err;

	*ret_view = (struct vfg_flow_view){.policy.fd = -1};
	err = open_all(&loaded->pins, change, ret_view);
	if (err == -ENOENT)
		return vfg_say(VFG_EXIT_REFUSED, name, "was unloaded just now");
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, name, "its flows cannot be read: %s",
			       strerror(-err));
	return vfg_tick_hz(&ret_view->jiffies_hz);
}

void vfg_flow_view_close(struct vfg_flow_view *view)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		vfg_flow_table_close(&view->table[family]);
	vfg_active_close(&view->policy);
	vfg_retired_close(&view->retired);
	free(view->names);
	view->names = NULL;
}

const struct vfg_rule_name *vfg_flow_view_rule(const struct vfg_flow_view *view, uint32_t id)
{
	static const struct vfg_rule_name unknown;

	return id < VFG_POLICY_RULES_MAX ? &view->names->of[id] : &unknown;
}
