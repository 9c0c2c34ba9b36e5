/* SPDX-License-Identifier: GPL-2.0-only */
/* Undoes a load, whole or half. */
#include <errno.h>

#include "clsact.h"
#include "cover.h"
#include "ethtool.h"
#include "pinned.h"
#include "teardown.h"

enum { LINKS_MAX = 256 };

static void keep_first(int *first_err, int err)
{
	if (err && err != -ENOENT && !*first_err)
		*first_err = err;
}

static int detach_links(const struct vfg_pins *pins, enum vfg_pin_link kind)
{
	unsigned int ifindex[LINKS_MAX];
	int count, first_err = 0;

	/* More than LINKS_MAX: the next round finds the rest. */
	do {
		count = vfg_pins_links(pins, kind, ifindex, LINKS_MAX);
		for (int i = 0; i < count; i++)
			keep_first(&first_err, vfg_pinned_undo(pins, kind, ifindex[i]));
	} while (count == LINKS_MAX && !first_err);
	return first_err;
}

/* A failure here leaves an empty qdisc at worst, and none where the device is gone. */
static void undo_path(const struct vfg_state_path *path)
{
	char name[IFNAMSIZ];
	bool removed;

	if (path->ifindex && path->flags & VFG_PATH_CLSACT)
		vfg_clsact_tidy(path->ifindex, &removed);
	if (path->ifindex && path->flags & VFG_PATH_LRO && if_indextoname(path->ifindex, name))
		vfg_ethtool_set_lro(name, true);
}

/* Also of devices that came when nobody was there to write them down. */
static int detach_below(const struct vfg_pins *pins, const struct vfg_state *state)
{
	autolinks struct vfg_links links = {};
	int first_err = vfg_links_read(&links);

	for (size_t i = 0; i < links.count; i++) {
		struct vfg_tc_hook hook = vfg_cover_hook_below(pins, links.link[i].ifindex);

		if (links.link[i].master == state->ifindex)
			keep_first(&first_err, vfg_tc_remove(&hook));
	}
	for (int i = 0; i < VFG_STATE_PATHS_MAX; i++)
		undo_path(&state->path[i]);
	return first_err;
}

/* Return: the first failure; what is not there, or not ours, is none. */
static int detach_filters(const struct vfg_pins *pins, const struct vfg_state *state)
{
	int first_err = 0;
	bool removed;

	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		struct vfg_tc_hook hook = vfg_cover_hook(pins, state->ifindex, i);

		keep_first(&first_err, vfg_tc_remove(&hook));
	}
	keep_first(&first_err, detach_below(pins, state));
	if (state->flags & VFG_STATE_CLSACT)
		vfg_clsact_tidy(state->ifindex, &removed);
	return first_err;
}

int vfg_teardown(const struct vfg_pins *pins, const struct vfg_state *state)
{
	int first_err = detach_links(pins, VFG_PIN_LINK_XDP);

	if (state)
		keep_first(&first_err, detach_filters(pins, state));
	keep_first(&first_err, detach_links(pins, VFG_PIN_LINK_TC_IN));
	keep_first(&first_err, detach_links(pins, VFG_PIN_LINK_TC_OUT));
	return first_err ? first_err : vfg_pins_remove(pins);
}
