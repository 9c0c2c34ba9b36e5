/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares wanted with actual XDP of one master's devices, and closes the difference. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "attach.h"
#include "beneath.h"
#include "count.h"
#include "cover.h"
#include "ethtool.h"
#include "clsact.h"
#include "pinned.h"
#include "refusal.h"
#include "say.h"

enum { LINKS_MAX = 256 };

static enum vfg_mode mode_to_try(enum vfg_mode asked)
{
	return asked == VFG_MODE_AUTO ? VFG_MODE_NATIVE : asked;
}

struct vfg_state_path *vfg_cover_path(const struct vfg_cover *cover, const struct vfg_link *link)
{
	struct vfg_state_path *path = vfg_state_path(cover->state, link->ifindex);
	char driver[VFG_DRIVER_MAX];

	if (path)
		return path;
	vfg_ethtool_driver(link->name, driver, sizeof(driver));
	return vfg_state_arrive(cover->state, link, driver);
}

/* Since the kernel's first word of it, 0 where that was not heard. */
static uint32_t microseconds(const struct vfg_cover *cover, const struct vfg_link *link)
{
	uint64_t first = 0, now;
	struct timespec time;

	if (cover->monitor)
		first = vfg_monitor_first(cover->monitor, link->ifindex, link->master);
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
	if (!first || now < first)
		return 0;
	return (uint32_t)((now - first) / 1000) + 1;
}

/* Consent is given once, at load, and holds for devices that come later. */
static bool fix_lro(const struct vfg_cover *cover, const struct vfg_link *link,
		    struct vfg_state_path *path)
{
	bool is_on = false;

	if (!path || !(cover->state->flags & VFG_STATE_FIX_LRO) ||
	    vfg_ethtool_lro(link->name, &is_on) || !is_on || vfg_ethtool_set_lro(link->name, false))
		return false;
	path->flags |= VFG_PATH_LRO;
	vfg_note(link->name, "LRO turned off for native XDP, as --fix-lro permits; unload turns it "
			     "on again");
	return true;
}

static void record(struct vfg_state_path *path, enum vfg_mode mode, int err, uint32_t cover_us)
{
	if (!path)
		return;
	path->mode = err ? VFG_MODE_TC : mode;
	path->error = err;
	path->cover_us = err ? 0 : cover_us;
}

static void say_covered(const struct vfg_cover *cover, const struct vfg_link *link,
			const struct vfg_attach_done *done, uint32_t cover_us)
{
	if (done->stale)
		vfg_note(link->name,
			 "a link of an earlier device %u was in the way, severed; "
			 "removed",
			 link->ifindex);
	if (cover->how == VFG_COVER_LOAD)
		return;
	if (cover_us)
		vfg_note(link->name, "covered, below %s, %u us after the kernel's first word of it",
			 cover->state->master, cover_us);
	else
		vfg_note(link->name, "covered, below %s", cover->state->master);
}

/* Return: 0, or an exit status, reported. */
static int refuse(const struct vfg_cover *cover, const struct vfg_link *link, int err, int before)
{
	enum vfg_mode asked = cover->state->mode;
	char text[VFG_REFUSAL_TEXT_MAX];
	struct vfg_refusal refusal;

	if (err == before && cover->how != VFG_COVER_LOAD)
		return 0;
	vfg_refusal_gather(cover->links, link, err, &refusal);
	vfg_refusal_text(&refusal, text);
	if (cover->how == VFG_COVER_LOAD && asked != VFG_MODE_AUTO)
		return vfg_say(VFG_EXIT_SYSTEM, link->name, "no %s XDP: %s",
			       asked == VFG_MODE_GENERIC ? "generic" : "native", text);
	vfg_note(link->name, "no XDP, TC on %s judges it: %s", cover->state->master, text);
	return 0;
}

/* Not over somebody's program below. */
static int attach(const struct vfg_cover *cover, const struct vfg_link *link, enum vfg_mode mode,
		  struct vfg_attach_done *ret_done)
{
	if (vfg_beneath_program(cover->links, link->ifindex))
		return -ENOTEMPTY;
	return vfg_attach_xdp(cover->pins, link->ifindex, mode, ret_done);
}

/* One device that has no live link. Attached first, and only then asked who it is. */
static int cover_link(const struct vfg_cover *cover, const struct vfg_link *link)
{
	enum vfg_mode mode = mode_to_try(cover->state->mode);
	struct vfg_attach_done done = {};
	struct vfg_state_path *path;
	uint32_t cover_us;
	int before, err;

	if (mode == VFG_MODE_TC) {
		record(vfg_cover_path(cover, link), mode, 0, 0);
		return 0;
	}
	err = attach(cover, link, mode, &done);
	cover_us = microseconds(cover, link);
	if (err == -ENODEV && cover->how != VFG_COVER_LOAD)
		return 0; /* gone again, or being rebuilt; a later pass sees */
	path = vfg_cover_path(cover, link);
	if (vfg_refusal_by_lro(err) && fix_lro(cover, link, path)) {
		err = attach(cover, link, mode, &done);
		cover_us = microseconds(cover, link);
	}
	before = path ? path->error : 0;
	record(path, mode, err, cover_us);
	/* One that has no place in the state is told of when devices change, not in each pass. */
	if (err)
		return path || cover->how != VFG_COVER_NEW ? refuse(cover, link, err, before) : 0;
	say_covered(cover, link, &done, cover_us);
	return 0;
}

static bool is_settled(const struct vfg_cover *cover, const struct vfg_link *link)
{
	const struct vfg_state_path *path = vfg_state_path(cover->state, link->ifindex);

	if (!path || path->mode != VFG_MODE_TC)
		return false;
	return cover->how == VFG_COVER_NEW || cover->state->mode == VFG_MODE_TC;
}

int vfg_cover_xdp(const struct vfg_cover *cover)
{
	for (size_t i = 0; i < cover->links->count; i++) {
		const struct vfg_link *link = &cover->links->link[i];
		int err;

		if (!vfg_device_wants_xdp(cover->device, link) || is_settled(cover, link) ||
		    vfg_attach_live(cover->pins, link->ifindex))
			continue;
		err = cover_link(cover, link);
		if (err)
			return err;
	}
	return 0;
}

int vfg_cover_renew(const struct vfg_cover *cover, const struct vfg_link *link, const char *why)
{
	const struct vfg_state_path *path = vfg_state_path(cover->state, link->ifindex);
	enum vfg_mode mode = path && path->mode ? path->mode : mode_to_try(cover->state->mode);
	int err;

	if (mode == VFG_MODE_TC)
		return -EOPNOTSUPP;
	err = vfg_attach_renew(cover->pins, link->ifindex, mode);
	if (err)
		vfg_note(link->name, "%s; XDP cannot be put on again: %s; TC on %s judges it", why,
			 strerror(-err), cover->state->master);
	else
		vfg_note(link->name, "%s; XDP was taken off and put on again", why);
	return err;
}

static bool is_wanted(const struct vfg_cover *cover, enum vfg_pin_link kind, unsigned int ifindex)
{
	const struct vfg_link *link = vfg_links_by_index(cover->links, ifindex);

	if (!link)
		return false;
	if (kind == VFG_PIN_LINK_XDP)
		return vfg_device_wants_xdp(cover->device, link);
	return ifindex == cover->device->link.ifindex || vfg_device_has_below(cover->device, link);
}

static void say_swept(const struct vfg_cover *cover, unsigned int ifindex)
{
	const struct vfg_link *link = vfg_links_by_index(cover->links, ifindex);

	if (!link)
		vfg_note(cover->state->master, "device %u is gone from below it", ifindex);
	else if (ifindex == cover->device->link.ifindex)
		vfg_note(link->name, "has devices below it now, which get XDP instead of it");
	else
		vfg_note(link->name, "has left %s; our programs are off it", cover->state->master);
}

void vfg_cover_sweep(const struct vfg_cover *cover)
{
	unsigned int pinned[LINKS_MAX];

	for (int kind = 0; kind < VFG_PIN_LINK_MAX; kind++) {
		int count = vfg_pins_links(cover->pins, kind, pinned, LINKS_MAX);

		for (int i = 0; i < count; i++) {
			if (is_wanted(cover, kind, pinned[i]))
				continue;
			vfg_pinned_undo(cover->pins, kind, pinned[i]);
			if (kind == VFG_PIN_LINK_XDP)
				say_swept(cover, pinned[i]);
		}
	}
}

/* The device is there, and no longer below the master. */
static void leave(const struct vfg_cover *cover, const struct vfg_link *link,
		  const struct vfg_state_path *path)
{
	struct vfg_tc_hook hook = vfg_cover_hook_below(cover->pins, link->ifindex);
	bool removed;

	vfg_tc_remove(&hook);
	if (path->flags & VFG_PATH_CLSACT)
		vfg_clsact_tidy(link->ifindex, &removed);
	if (path->flags & VFG_PATH_LRO)
		vfg_ethtool_set_lro(link->name, true);
}

void vfg_cover_forget(const struct vfg_cover *cover)
{
	for (int i = 0; i < VFG_STATE_PATHS_MAX; i++) {
		struct vfg_state_path *path = &cover->state->path[i];
		const struct vfg_link *link;

		if (!path->ifindex || is_wanted(cover, VFG_PIN_LINK_TC_OUT, path->ifindex))
			continue;
		link = vfg_links_by_index(cover->links, path->ifindex);
		if (link)
			leave(cover, link, path);
		vfg_count_clear_path(cover->pins, path->ifindex);
		path->ifindex = 0;
		path->flags = 0;
		path->error = 0;
	}
}
