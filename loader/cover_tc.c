/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares wanted with actual TC programs on a master and below it, and closes the difference. */
#include <errno.h>
#include <string.h>

#include "cover.h"
#include "say.h"

static const char *const programs[] = {
	[VFG_INBOUND] = VFG_PIN_TC_IN, [VFG_OUTBOUND] = VFG_PIN_TC_OUT};
static const char *const sides[] = {[VFG_INBOUND] = "ingress", [VFG_OUTBOUND] = "egress"};

struct vfg_tc_hook vfg_cover_hook(const struct vfg_pins *pins, unsigned int ifindex,
				  enum vfg_direction direction)
{
	return (struct vfg_tc_hook){pins, programs[direction], ifindex, direction};
}

struct vfg_tc_hook vfg_cover_hook_below(const struct vfg_pins *pins, unsigned int ifindex)
{
	return (struct vfg_tc_hook){pins, VFG_PIN_TC_BELOW, ifindex, VFG_OUTBOUND};
}

bool vfg_cover_has_tc(const struct vfg_pins *pins, unsigned int ifindex,
		      enum vfg_direction direction)
{
	struct vfg_tc_hook hook = vfg_cover_hook(pins, ifindex, direction);

	return vfg_tc_find(&hook) != VFG_TC_AUTO;
}

static int cover_direction(const struct vfg_pins *pins, struct vfg_state *state,
			   enum vfg_direction direction)
{
	struct vfg_tc_hook hook = vfg_cover_hook(pins, state->ifindex, direction);
	struct vfg_tc_done done;
	int err = vfg_tc_cover(&hook, state->tc, &done);

	if (done.created_clsact)
		state->flags |= VFG_STATE_CLSACT;
	if (done.moved)
		vfg_note(state->master,
			 "another tcx program was ahead of ours at %s; ours is the first again",
			 sides[direction]);
	return err ? err : done.put;
}

int vfg_cover_tc(const struct vfg_pins *pins, struct vfg_state *state)
{
	/* Egress first, so that flows are open when the answers come in. */
	int out = cover_direction(pins, state, VFG_OUTBOUND);
	int in;

	if (out < 0)
		return out;
	in = cover_direction(pins, state, VFG_INBOUND);
	return in < 0 ? in : in + out;
}

static void say_below(const struct vfg_cover *cover, const struct vfg_link *link, int err,
		      const struct vfg_tc_done *done)
{
	if (err)
		vfg_note(link->name,
			 "what is sent on it past %s is not judged: TC egress cannot be attached: "
			 "%s",
			 cover->state->master, strerror(-err));
	if (done->moved)
		vfg_note(link->name,
			 "another tcx program was ahead of ours at egress; ours is the first "
			 "again");
}

static void cover_one_below(const struct vfg_cover *cover, const struct vfg_link *link)
{
	struct vfg_tc_hook hook = vfg_cover_hook_below(cover->pins, link->ifindex);
	struct vfg_state_path *path;
	struct vfg_tc_done done;
	int err = vfg_tc_cover(&hook, cover->state->tc, &done);

	if (err == -ENODEV && cover->how != VFG_COVER_LOAD)
		return;
	path = vfg_cover_path(cover, link);
	if (done.moved || (path ? path->below_error != err : cover->how != VFG_COVER_NEW))
		say_below(cover, link, err, &done);
	if (!path)
		return;
	path->below_error = err;
	if (done.created_clsact)
		path->flags |= VFG_PATH_CLSACT;
}

void vfg_cover_below(const struct vfg_cover *cover)
{
	for (size_t i = 0; i < cover->links->count; i++) {
		const struct vfg_link *link = &cover->links->link[i];

		if (vfg_device_has_below(cover->device, link))
			cover_one_below(cover, link);
	}
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
		       "cannot attach the TC programs: %s; does the kernel have sch_ingress "
		       "and cls_bpf?",
		       strerror(-err));
}
