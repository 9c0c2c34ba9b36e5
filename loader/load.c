/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a policy in force, step by step; what the steps pass on is struct work. Where device, policy
 * and tuning come from is for others.
 */
#include <errno.h>
#include <string.h>

#include "audit.h"
#include "cleanup.h"
#include "control.h"
#include "cover.h"
#include "feature.h"
#include "former.h"
#include "load.h"
#include "loaded.h"
#include "lock.h"
#include "object.h"
#include "origin.h"
#include "publish.h"
#include "save.h"
#include "say.h"
#include "teardown.h"

/* What the steps of one load pass on. */
struct work {
	const struct vfg_load *load;
	const struct vfg_policy_file *policy;
	struct vfg_links *links;
	struct vfg_device device;
	struct vfg_control control;
	struct vfg_pins pins;
	struct vfg_state state;
	struct vfg_formers formers;
};

static void end_work(struct work *work)
{
	vfg_formers_close(&work->formers);
	vfg_pins_close(&work->pins);
}

static int refuse_loaded(const struct work *work)
{
	struct vfg_state state;
	const char *name = work->load->name;
	int err = vfg_state_read(&work->pins, &state);

	if (!err && vfg_loaded_elsewhere(&state))
		return vfg_say(VFG_EXIT_REFUSED, name,
			       "a device of that name in another network namespace has the pins in "
			       "%s; %s",
			       work->pins.shown,
			       vfg_netns_exists(&state.netns)
				       ? "unload that, or rename this one"
				       : "that namespace is gone, the clean command removes them");
	if (err || !(state.flags & VFG_STATE_COMPLETE))
		return vfg_say(VFG_EXIT_REFUSED, name,
			       "is half loaded: a load was killed; `%s unload %s` clears that up",
			       vfg_say_program(), name);
	if (state.ifindex != work->device.link.ifindex)
		return vfg_say(VFG_EXIT_REFUSED, name,
			       "pins of an earlier device of that name are there; `%s unload %s` "
			       "removes them",
			       vfg_say_program(), name);
	return vfg_say(VFG_EXIT_REFUSED, name, "already loaded; use apply to change its policy");
}

static int attach_tc(struct work *work)
{
	int programs = vfg_formers_replace(&work->formers, &work->pins, &work->state);
	int err;

	if (!programs)
		programs = vfg_cover_tc(&work->pins, &work->state);
	err = vfg_state_write(&work->pins, &work->state);

	if (programs < 0 || err)
		return vfg_cover_refuse_tc(work->load->name, programs < 0 ? programs : err);
	return 0;
}

/* What another version has there goes first: TC, ours and theirs, judges until ours is there. */
static int attach_devices(struct work *work)
{
	const struct vfg_cover cover = {&work->pins,  work->links,    &work->device,
					&work->state, VFG_COVER_LOAD, NULL};
	int err = vfg_formers_uncover(&work->formers);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, work->load->name,
			       "XDP of another version of vfguard cannot be taken off: %s",
			       strerror(-err));
	err = vfg_cover_xdp(&cover);
	if (!err)
		vfg_cover_below(&cover);
	return err;
}

/* TC before XDP: it sees what every path delivers, so nothing is let through unjudged while the
 * paths are covered one by one. */
static int build(struct work *work)
{
	const char *name = work->load->name;
	uint32_t generation;
	int err = vfg_state_create(&work->pins, &work->state);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, work->pins.shown, "cannot pin: %s", strerror(-err));
	err = vfg_object_load(&work->pins, name, work->load->tuning.buckets);
	if (err)
		return err;
	err = vfg_control_write(&work->pins, &work->control);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, name, "cannot set up the programs: %s",
			       strerror(-err));
	err = vfg_publish(&work->pins, name, &work->policy->tables, false, &generation);
	if (!err) {
		vfg_origin_record(work->policy, generation, &work->state.policy);
		err = attach_tc(work);
	}
	if (!err)
		err = attach_devices(work);
	if (err)
		return err;
	err = vfg_audit_begin(&work->pins, &work->state);
	if (!err) {
		work->state.flags |= VFG_STATE_COMPLETE;
		err = vfg_state_write(&work->pins, &work->state);
	}
	return err ? vfg_say(VFG_EXIT_SYSTEM, work->pins.shown, "%s", strerror(-err)) : 0;
}

/* Only now, that ours is whole. */
static void end_formers(struct work *work)
{
	int err = vfg_formers_remove(&work->formers);

	for (size_t i = 0; !err && i < work->formers.count; i++)
		vfg_note(work->load->name,
			 "taken over from another version of vfguard (%s); its flows and counters "
			 "are not",
			 work->formers.former[i].pins.shown);
	if (err)
		vfg_note(work->load->name,
			 "not all of another version of vfguard could be removed: %s; `%s unload "
			 "%s`, then load, continuing",
			 strerror(-err), vfg_say_program(), work->load->name);
	vfg_pins_prune();
}

static int build_or_undo(struct work *work)
{
	int err = vfg_pins_create(&work->pins);
	int undo_err;

	if (err == -EEXIST)
		return refuse_loaded(work);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, work->pins.shown, "cannot be made: %s",
			       strerror(-err));
	err = build(work);
	if (!err) {
		end_formers(work);
		return 0;
	}
	vfg_formers_restore(&work->formers, &work->pins, &work->state);
	undo_err = vfg_teardown(&work->pins, &work->state);
	vfg_pins_prune();
	if (undo_err)
		vfg_note(work->load->name,
			 "not all could be undone: %s; `%s unload %s` tries again",
			 strerror(-undo_err), vfg_say_program(), work->load->name);
	return err;
}

static int start_state(struct work *work)
{
	const struct vfg_tuning *tuning = &work->load->tuning;

	work->state = (struct vfg_state){.ifindex = work->device.link.ifindex,
					 .mode = tuning->mode,
					 .flags = tuning->fix_lro ? VFG_STATE_FIX_LRO : 0,
					 .tc = tuning->tc};
	if (work->load->stand_in)
		work->state.flags |= VFG_STATE_STAND_IN;
	memcpy(work->state.master, work->device.link.name, sizeof(work->state.master));
	memcpy(work->state.driver, work->device.driver, sizeof(work->state.driver));
	return vfg_netns_self(&work->state.netns);
}

/* Devices may have come and gone while another command held the lock. */
static int look_again(struct work *work)
{
	int err;

	vfg_links_free(work->links);
	err = vfg_links_read(work->links);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	return vfg_device_find(work->links, work->load->name, &work->device);
}

/* Under its own name that is told where the pins are found to be there. */
static int refuse_renamed(const struct work *work)
{
	const char *name = work->load->name;
	char loaded[IFNAMSIZ];

	if (!vfg_loaded_as(work->device.link.ifindex, loaded) || !strcmp(loaded, name))
		return 0;
	return vfg_say(VFG_EXIT_REFUSED, name,
		       "is loaded already, as %s, its name then; `%s unload %s` first", loaded,
		       vfg_say_program(), loaded);
}

static int prepare(struct work *work)
{
	const struct vfg_tuning *tuning = &work->load->tuning;
	int err = look_again(work);

	if (!err)
		err = vfg_feature_check("load");
	return err ? err : vfg_control_fill(tuning->buckets, &tuning->timeouts, &work->control);
}

int vfg_load(const struct vfg_load *load, const struct vfg_policy_file *policy)
{
	autolinks struct vfg_links links = {};
	struct work work __attribute__((cleanup(end_work))) = {
		.load = load, .policy = policy, .links = &links, .pins.bpffs = -1};
	autofd int lock = -1;
	int err = prepare(&work);

	if (!err)
		err = vfg_lock_for_command(load->name, &lock);
	if (!err)
		err = look_again(&work);
	if (err)
		return err;
	vfg_loaded_hold_signals();
	err = vfg_pins_open(load->name, true, &work.pins);
	if (!err)
		err = refuse_renamed(&work);
	if (err)
		return err;
	vfg_formers_find(load->name, &work.formers);
	err = start_state(&work);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "/proc", "%s; mount it", strerror(-err));
	err = build_or_undo(&work);
	if (!err && !load->stand_in)
		vfg_save_image(load->name, policy);
	return err;
}
