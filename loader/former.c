/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes over, or takes away, what another version of vfguard has loaded. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "clsact.h"
#include "cover.h"
#include "former.h"
#include "pinned.h"
#include "say.h"
#include "teardown.h"

enum { LINKS_MAX = 256 };

/* Another namespace's stays: it is found there. */
static bool is_here(const struct vfg_former *former, int err)
{
	struct vfg_netns here;

	return err || vfg_netns_self(&here) || vfg_netns_same(&here, &former->state.netns);
}

static void take(struct vfg_formers *formers, const char *master, uint32_t abi)
{
	struct vfg_former *former = &formers->former[formers->count];

	*former = (struct vfg_former){.abi = abi, .pins.bpffs = -1};
	if (vfg_pins_open_abi(master, abi, &former->pins))
		return;
	if (vfg_pins_exist(&former->pins) &&
	    is_here(former, vfg_state_read_head(&former->pins, &former->state)))
		formers->count++;
	else
		vfg_pins_close(&former->pins);
}

void vfg_formers_find(const char *master, struct vfg_formers *ret_formers)
{
	uint32_t abi[VFG_FORMERS_MAX];
	size_t count = vfg_pins_former_abis(abi, VFG_FORMERS_MAX);

	*ret_formers = (struct vfg_formers){};
	for (size_t i = 0; i < count; i++)
		take(ret_formers, master, abi[i]);
}

void vfg_formers_close(struct vfg_formers *formers)
{
	for (size_t i = 0; i < formers->count; i++)
		vfg_pins_close(&formers->former[i].pins);
	formers->count = 0;
}

/* The filter of one hook, where it has the program of @from, gets that of @to. */
static int exchange(const struct vfg_tc_hook *from, const struct vfg_tc_hook *to)
{
	autofd int had = vfg_pin_get(from->pins, from->program);
	autofd int gets = vfg_pin_get(to->pins, to->program);

	if (had < 0 || !vfg_clsact_attached(from->ifindex, from->direction, had))
		return 0;
	if (gets < 0)
		return gets;
	return vfg_clsact_replace(from->ifindex, from->direction, gets);
}

static int exchange_all(const struct vfg_pins *from, const struct vfg_pins *to, uint32_t master)
{
	autolinks struct vfg_links links = {};
	int err = vfg_links_read(&links);

	for (int i = 0; !err && i < VFG_DIRECTION_MAX; i++) {
		struct vfg_tc_hook had = vfg_cover_hook(from, master, (enum vfg_direction)i);
		struct vfg_tc_hook gets = vfg_cover_hook(to, master, (enum vfg_direction)i);

		err = exchange(&had, &gets);
	}
	for (size_t i = 0; !err && i < links.count; i++) {
		struct vfg_tc_hook had = vfg_cover_hook_below(from, links.link[i].ifindex);
		struct vfg_tc_hook gets = vfg_cover_hook_below(to, links.link[i].ifindex);

		if (links.link[i].master == master)
			err = exchange(&had, &gets);
	}
	return err;
}

int vfg_formers_replace(const struct vfg_formers *formers, const struct vfg_pins *pins,
			struct vfg_state *state)
{
	int err = 0;

	for (size_t i = 0; !err && i < formers->count; i++) {
		const struct vfg_former *former = &formers->former[i];

		err = exchange_all(&former->pins, pins, state->ifindex);
		state->flags |= former->state.flags & VFG_STATE_CLSACT;
	}
	return err;
}

int vfg_formers_restore(const struct vfg_formers *formers, const struct vfg_pins *pins,
			const struct vfg_state *state)
{
	return formers->count ? exchange_all(pins, &formers->former[0].pins, state->ifindex) : 0;
}

int vfg_formers_uncover(const struct vfg_formers *formers)
{
	unsigned int ifindex[LINKS_MAX];
	int err = 0;

	for (size_t i = 0; !err && i < formers->count; i++) {
		const struct vfg_pins *pins = &formers->former[i].pins;
		int count = vfg_pins_links(pins, VFG_PIN_LINK_XDP, ifindex, LINKS_MAX);

		for (int j = 0; !err && j < count; j++)
			err = vfg_pinned_undo(pins, VFG_PIN_LINK_XDP, ifindex[j]);
	}
	return err;
}

int vfg_formers_remove(const struct vfg_formers *formers)
{
	int first_err = 0, err;

	for (size_t i = 0; i < formers->count; i++) {
		const struct vfg_former *former = &formers->former[i];

		err = vfg_teardown(&former->pins, former->state.ifindex ? &former->state : NULL);
		first_err = first_err ? first_err : err;
	}
	return first_err;
}
