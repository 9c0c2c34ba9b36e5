/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares wanted with actual attachments of one master, and closes the difference. */
#include <errno.h>
#include <string.h>

#include "attach.h"
#include "cleanup.h"
#include "count.h"
#include "cover.h"
#include "say.h"
#include "clsact.h"

enum { LINKS_MAX = 256 };

static int refuse(const char *name, enum vfg_mode mode, int err)
{
	return vfg_say(VFG_EXIT_SYSTEM, name, "no %s XDP: %s",
		       mode == VFG_MODE_GENERIC ? "generic" : "native", vfg_attach_reason(err));
}

static enum vfg_mode mode_to_try(enum vfg_mode asked)
{
	return asked == VFG_MODE_AUTO ? VFG_MODE_NATIVE : asked;
}

/* One device that has no live link. */
static int cover_link(const struct vfg_pins *pins, int program_fd, const struct vfg_link *link,
		      struct vfg_state *state, enum vfg_cover_how how)
{
	enum vfg_mode mode = mode_to_try(state->mode);
	struct vfg_state_path *path = vfg_state_path(state, link->ifindex, true);
	int before = path ? path->error : 0;
	int err = mode == VFG_MODE_TC ? 0 : vfg_attach_xdp(pins, program_fd, link->ifindex, mode);

	if (err == -ENODEV && how != VFG_COVER_LOAD)
		return 0; /* gone again; the next pass sweeps it */
	if (path) {
		path->mode = err ? VFG_MODE_TC : mode;
		path->error = err;
	}
	if (err && how == VFG_COVER_LOAD && state->mode != VFG_MODE_AUTO)
		return refuse(link->name, mode, err);
	if (err && (err != before || how == VFG_COVER_LOAD))
		vfg_note(link->name, "no XDP, TC on %s judges it: %s", state->master,
			 vfg_attach_reason(err));
	else if (!err && how != VFG_COVER_LOAD)
		vfg_note(link->name, "covered, below %s", state->master);
	return 0;
}

static bool is_settled(const struct vfg_state *state, const struct vfg_link *link,
		       enum vfg_cover_how how)
{
	const struct vfg_state_path *path =
		vfg_state_path((struct vfg_state *)state, link->ifindex, false);

	if (!path || path->mode != VFG_MODE_TC)
		return false;
	return how == VFG_COVER_NEW || state->mode == VFG_MODE_TC;
}

int vfg_cover_xdp(const struct vfg_pins *pins, const struct vfg_links *links,
		  const struct vfg_device *device, struct vfg_state *state, enum vfg_cover_how how)
{
	autofd int program_fd = vfg_pin_get(pins, VFG_PIN_XDP);

	if (program_fd < 0)
		return vfg_say(VFG_EXIT_SYSTEM, pins->shown,
			       "no program: %s; unload and load again", strerror(-program_fd));
	for (size_t i = 0; i < links->count; i++) {
		const struct vfg_link *link = &links->link[i];
		int err;

		if (!vfg_device_wants_xdp(device, link) || is_settled(state, link, how) ||
		    vfg_attach_live(pins, link->ifindex))
			continue;
		err = cover_link(pins, program_fd, link, state, how);
		if (err)
			return err;
	}
	return 0;
}

static bool is_wanted(const struct vfg_links *links, const struct vfg_device *device,
		      unsigned int ifindex)
{
	const struct vfg_link *link = vfg_links_by_index(links, ifindex);

	return link && vfg_device_wants_xdp(device, link);
}

void vfg_cover_sweep(const struct vfg_pins *pins, const struct vfg_links *links,
		     const struct vfg_device *device, struct vfg_state *state)
{
	unsigned int pinned[LINKS_MAX];
	int count = vfg_pins_links(pins, pinned, LINKS_MAX);

	for (int i = 0; i < count; i++) {
		if (is_wanted(links, device, pinned[i]))
			continue;
		vfg_attach_undo(pins, pinned[i]);
		vfg_note(state->master, "device %u is gone from below it", pinned[i]);
	}
	for (int i = 0; i < VFG_STATE_PATHS_MAX; i++) {
		struct vfg_state_path *path = &state->path[i];

		if (!path->ifindex || is_wanted(links, device, path->ifindex))
			continue;
		vfg_count_clear_path(pins, path->ifindex);
		*path = (struct vfg_state_path){};
	}
}

static const char *const filter_pins[] = {
	[VFG_INBOUND] = VFG_PIN_TC_IN, [VFG_OUTBOUND] = VFG_PIN_TC_OUT};

bool vfg_cover_has_tc(const struct vfg_pins *pins, unsigned int ifindex,
		      enum vfg_direction direction)
{
	autofd int program_fd = vfg_pin_get(pins, filter_pins[direction]);

	return program_fd >= 0 && vfg_clsact_attached(ifindex, direction, program_fd);
}

static int cover_direction(const struct vfg_pins *pins, unsigned int ifindex,
			   enum vfg_direction direction, struct vfg_state *state)
{
	autofd int program_fd = vfg_pin_get(pins, filter_pins[direction]);
	bool created = false;
	int err;

	if (program_fd < 0)
		return program_fd;
	if (vfg_clsact_attached(ifindex, direction, program_fd))
		return 0;
	err = vfg_clsact_prepare(ifindex, &created);
	if (created)
		state->flags |= VFG_STATE_CLSACT;
	if (!err)
		err = vfg_clsact_attach(ifindex, direction, program_fd);
	return err ? err : 1;
}

int vfg_cover_tc(const struct vfg_pins *pins, unsigned int ifindex, struct vfg_state *state)
{
	/* Egress first, so that flows are open when the answers come in. */
	int out = cover_direction(pins, ifindex, VFG_OUTBOUND, state);
	int in;

	if (out < 0)
		return out;
	in = cover_direction(pins, ifindex, VFG_INBOUND, state);
	return in < 0 ? in : in + out;
}

int vfg_cover_refuse_tc(const char *name, int err)
{
	/* EINVAL: of another kind */
	if (err == -EEXIST || err == -EINVAL)
		return vfg_say(VFG_EXIT_SYSTEM, name,
			       "another TC filter has priority 1, or an ingress qdisc is "
			       "there; remove it (`tc filter show dev %s ingress`)",
			       name);
	return vfg_say(VFG_EXIT_SYSTEM, name,
		       "cannot attach the TC filters: %s; does the kernel have sch_ingress "
		       "and cls_bpf?",
		       strerror(-err));
}
