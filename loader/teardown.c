/* SPDX-License-Identifier: GPL-2.0-only */
/* Undoes a load, whole or half. */
#include <errno.h>

#include "attach.h"
#include "cleanup.h"
#include "clsact.h"
#include "teardown.h"

enum { LINKS_MAX = 256 };

static int detach_links(const struct vfg_pins *pins)
{
	unsigned int ifindex[LINKS_MAX];
	int count, first_err = 0;

	/* More than LINKS_MAX: the next round finds the rest. */
	do {
		count = vfg_pins_links(pins, ifindex, LINKS_MAX);
		for (int i = 0; i < count; i++) {
			int err = vfg_attach_undo(pins, ifindex[i]);

			if (err && !first_err)
				first_err = err;
		}
	} while (count == LINKS_MAX && !first_err);
	return first_err;
}

static int detach_filter(const struct vfg_pins *pins, unsigned int ifindex,
			 enum vfg_direction direction)
{
	const char *pin = direction == VFG_INBOUND ? VFG_PIN_TC_IN : VFG_PIN_TC_OUT;
	autofd int program_fd = vfg_pin_get(pins, pin);
	int err = program_fd < 0 ? program_fd : vfg_clsact_detach(ifindex, direction, program_fd);

	/* Not there, or not ours. */
	return err == -ENOENT ? 0 : err;
}

static int detach_filters(const struct vfg_pins *pins, const struct vfg_state *state)
{
	int in = detach_filter(pins, state->ifindex, VFG_INBOUND);
	int out = detach_filter(pins, state->ifindex, VFG_OUTBOUND);
	bool removed;

	/* A failure here leaves an empty qdisc at worst, and none where the device is gone. */
	if (state->flags & VFG_STATE_CLSACT)
		vfg_clsact_tidy(state->ifindex, &removed);
	return in ? in : out;
}

int vfg_teardown(const struct vfg_pins *pins, const struct vfg_state *state)
{
	int links = detach_links(pins);
	int filters = state ? detach_filters(pins, state) : 0;
	int removal = links || filters ? 0 : vfg_pins_remove(pins);

	if (links || filters)
		return links ? links : filters;
	return removal;
}
