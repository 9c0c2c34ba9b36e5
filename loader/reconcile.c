/* SPDX-License-Identifier: GPL-2.0-only */
/* Goes over the loaded masters and has each covered, under its lock. */
#include <errno.h>
#include <string.h>

#include "../maps/abi.h"
#include "alarm.h"
#include "audit.h"
#include "cleanup.h"
#include "cover.h"
#include "loaded.h"
#include "lock.h"
#include "reconcile.h"
#include "say.h"
#include "watch.h"

/* What one pass knows of the devices. */
struct look {
	const struct vfg_links *links;
	const struct vfg_links *heard;
};

/* Return: as vfg_cover_tc(). */
static int put_filters_back(const struct vfg_pins *pins, struct vfg_state *state)
{
	int filters = vfg_cover_tc(pins, state);

	if (filters > 0)
		vfg_note(state->master, "%d TC program(s) were missing, put back", filters);
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
		vfg_note(state->master, "a TC program is missing and cannot be put back: %s",
			 strerror(-filters));
	state->flags |= VFG_STATE_TC_FAILED;
}

static void write_if_changed(const struct vfg_pins *pins, const struct vfg_state *before,
			     const struct vfg_state *state)
{
	if (memcmp(before, state, sizeof(*state)) && vfg_state_write(pins, state))
		vfg_note(state->master, "its state cannot be written, continuing");
}

/* Alarms are told of when they come and when they end, not in each pass. */
static void tell_alarms(const struct vfg_cover *cover)
{
	struct vfg_state *state = cover->state;
	struct vfg_alarms alarms;
	uint32_t digest;

	vfg_alarm_gather(cover, &alarms);
	digest = vfg_alarm_digest(&alarms);
	if (digest == state->alarm)
		return;
	for (size_t i = 0; i < alarms.count; i++)
		vfg_note(state->master, "ALARM: %s", alarms.text[i]);
	if (!digest)
		vfg_note(state->master, "the alarm is over");
	state->alarm = digest;
}

static void say_gone(struct vfg_state *state)
{
	if (!(state->flags & VFG_STATE_GONE))
		vfg_note(state->master, "is gone; `%s clean` removes its pins", vfg_say_program());
	state->flags |= VFG_STATE_GONE;
}

/* A driver that no longer runs what the kernel shows on it is given the program anew. */
static void audit(const struct vfg_cover *cover, const struct vfg_watch_found *found,
		  const struct vfg_links *heard)
{
	uint32_t blind = vfg_audit_pass(cover->pins, cover->device, cover->links, heard, found);
	const struct vfg_link *link = vfg_links_by_index(cover->links, blind);

	if (blind && link)
		vfg_cover_renew(cover, link, "packets come in and XDP sees none");
}

/* New devices first, and all that takes time after them; counters before they are cleared. */
static void reconcile_state(const struct vfg_cover *cover, const struct vfg_links *heard)
{
	struct vfg_watch_found found;

	vfg_watch_find(cover->pins, cover->device, cover->links, &found);
	vfg_cover_sweep(cover);
	vfg_cover_xdp(cover);
	cover_filters(cover->pins, cover->state);
	audit(cover, &found, heard);
	vfg_cover_below(cover);
	vfg_cover_forget(cover);
	tell_alarms(cover);
}

static void reconcile_master(const char *name, const struct look *look, struct vfg_pass *pass)
{
	const struct vfg_links *links = look->links;
	autopins struct vfg_pins pins = {.bpffs = -1};
	struct vfg_state state, before;
	const struct vfg_link *link;
	struct vfg_device device;
	autofd int lock = -1;

	if (vfg_lock_master(name, 0, &lock)) {
		pass->busy = true;
		return;
	}
	if (vfg_pins_open(name, false, &pins) || vfg_state_read(&pins, &state) ||
	    vfg_loaded_elsewhere(&state) || !(state.flags & VFG_STATE_COMPLETE))
		return;
	before = state;
	link = vfg_links_by_index(links, state.ifindex);
	if (link) {
		struct vfg_cover cover = {&pins,
					  links,
					  &device,
					  &state,
					  pass->retry ? VFG_COVER_EVENT : VFG_COVER_NEW,
					  pass->monitor};

		vfg_device_fill(links, link, state.driver, &device);
		reconcile_state(&cover, look->heard);
	} else {
		say_gone(&state);
	}
	write_if_changed(&pins, &before, &state);
}

int vfg_reconcile_loaded(struct vfg_loaded *loaded)
{
	autolinks struct vfg_links links = {};
	struct vfg_state *state = &loaded->state, before = *state;
	struct vfg_device device;
	struct vfg_cover cover = {&loaded->pins, &links, &device, state, VFG_COVER_EVENT, NULL};
	struct vfg_watch_found found;
	const struct vfg_link *link;
	int err = vfg_links_read(&links);
	int filters;

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	link = vfg_links_by_index(&links, state->ifindex);
	if (!link)
		return vfg_say(VFG_EXIT_SYSTEM, state->master,
			       "is gone; `%s unload %s` removes its pins", vfg_say_program(),
			       state->master);
	vfg_device_fill(&links, link, state->driver, &device);
	vfg_watch_find(&loaded->pins, &device, &links, &found);
	filters = put_filters_back(&loaded->pins, state);
	vfg_cover_sweep(&cover);
	vfg_cover_xdp(&cover);
	audit(&cover, &found, NULL);
	vfg_cover_below(&cover);
	vfg_cover_forget(&cover);
	write_if_changed(&loaded->pins, &before, state);
	return filters < 0 ? vfg_cover_refuse_tc(link->name, filters) : 0;
}

int vfg_reconcile(struct vfg_pass *pass)
{
	autolinks struct vfg_links links = {};
	struct look look = {.links = &links};
	struct vfg_pin_names names = {};
	int err = vfg_pins_masters(VFG_ABI, &names);

	pass->busy = false;
	if (err)
		return err;
	err = vfg_links_read(&links);
	if (err) {
		vfg_note("devices", "cannot be listed: %s, continuing", strerror(-err));
		pass->busy = true;
	}
	/* After the dump, so that it explains whoever is missing there. */
	look.heard = vfg_hearing_take(pass->hearing);
	for (size_t i = 0; !err && i < names.count; i++)
		reconcile_master(names.name[i], &look, pass);
	free(names.name);
	return 0;
}
