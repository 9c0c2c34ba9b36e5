/* SPDX-License-Identifier: GPL-2.0-only */
/* Goes over the loaded masters and has each covered, under its lock. */
#include <errno.h>
#include <string.h>

#include "audit.h"
#include "cleanup.h"
#include "cover.h"
#include "loaded.h"
#include "lock.h"
#include "reconcile.h"
#include "say.h"

/* What one pass knows of the devices. */
struct look {
	const struct vfg_links *links;
	const struct vfg_links *heard;
};

/* Return: as vfg_cover_tc(). */
static int put_filters_back(const struct vfg_pins *pins, struct vfg_state *state)
{
	int filters = vfg_cover_tc(pins, state->ifindex, state);

	if (filters > 0)
		vfg_note(state->master, "%d TC filter(s) were missing, put back", filters);
	if (filters >= 0)
		state->flags &= ~(uint32_t)VFG_STATE_TC_FAILED;
	return filters;
}

static void cover_filters(const struct vfg_pins *pins, struct vfg_state *state)
{
	int filters = put_filters_back(pins, state);

	if (filters >= 0)
		return;
	if (!(state->flags & VFG_STATE_TC_FAILED))
		vfg_note(state->master, "a TC filter is missing and cannot be put back: %s",
			 strerror(-filters));
	state->flags |= VFG_STATE_TC_FAILED;
}

static void write_if_changed(const struct vfg_pins *pins, const struct vfg_state *before,
			     const struct vfg_state *state)
{
	if (memcmp(before, state, sizeof(*state)) && vfg_state_write(pins, state))
		vfg_note(state->master, "its state cannot be written, continuing");
}

static void reconcile_state(const struct vfg_pins *pins, struct vfg_state *state,
			    const struct look *look, bool changed)
{
	const struct vfg_links *links = look->links;
	const struct vfg_link *link = vfg_links_by_index(links, state->ifindex);
	struct vfg_device device;

	if (!link) {
		if (!(state->flags & VFG_STATE_GONE))
			vfg_note(state->master, "is gone; `%s clean` removes its pins",
				 vfg_say_program());
		state->flags |= VFG_STATE_GONE;
		return;
	}
	vfg_device_fill(links, link, &device);
	vfg_audit_pass(pins, &device, links, look->heard);
	cover_filters(pins, state);
	vfg_cover_sweep(pins, links, &device, state);
	vfg_cover_xdp(pins, links, &device, state, changed ? VFG_COVER_EVENT : VFG_COVER_NEW);
}

static void reconcile_master(const char *name, const struct look *look, bool changed, bool *busy)
{
	autopins struct vfg_pins pins = {.bpffs = -1};
	struct vfg_state state, before;
	autofd int lock = -1;

	if (vfg_lock_master(name, 0, &lock)) {
		*busy = true;
		return;
	}
	if (vfg_pins_open(name, false, &pins) || vfg_state_read(&pins, &state) ||
	    vfg_loaded_elsewhere(&state) || !(state.flags & VFG_STATE_COMPLETE))
		return;
	before = state;
	reconcile_state(&pins, &state, look, changed);
	write_if_changed(&pins, &before, &state);
}

int vfg_reconcile_loaded(struct vfg_loaded *loaded)
{
	autolinks struct vfg_links links = {};
	struct vfg_state *state = &loaded->state, before = *state;
	const struct vfg_link *link;
	struct vfg_device device;
	int err = vfg_links_read(&links);
	int filters;

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	link = vfg_links_by_index(&links, state->ifindex);
	if (!link)
		return vfg_say(VFG_EXIT_SYSTEM, state->master,
			       "is gone; `%s unload %s` removes its pins", vfg_say_program(),
			       state->master);
	vfg_device_fill(&links, link, &device);
	vfg_audit_pass(&loaded->pins, &device, &links, NULL);
	filters = put_filters_back(&loaded->pins, state);
	vfg_cover_sweep(&loaded->pins, &links, &device, state);
	err = vfg_cover_xdp(&loaded->pins, &links, &device, state, VFG_COVER_EVENT);
	write_if_changed(&loaded->pins, &before, state);
	return filters < 0 ? vfg_cover_refuse_tc(link->name, filters) : err;
}

int vfg_reconcile(struct vfg_hearing *hearing, bool changed, bool *ret_busy)
{
	autolinks struct vfg_links links = {};
	struct look look = {.links = &links};
	struct vfg_pin_names names = {};
	int err = vfg_pins_masters(&names);

	*ret_busy = false;
	if (err)
		return err;
	err = vfg_links_read(&links);
	if (err)
		vfg_note("devices", "cannot be listed: %s, continuing", strerror(-err));
	/* After the dump, so that it explains whoever is missing there. */
	look.heard = vfg_hearing_take(hearing);
	for (size_t i = 0; !err && i < names.count; i++)
		reconcile_master(names.name[i], &look, changed, ret_busy);
	free(names.name);
	return 0;
}
