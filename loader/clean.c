/* SPDX-License-Identifier: GPL-2.0-only */
/* The clean command: pins of masters that are no more. */
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#include "../maps/abi.h"
#include "attach.h"
#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "lock.h"
#include "netlink.h"
#include "pin.h"
#include "say.h"
#include "state.h"
#include "teardown.h"

enum { LINKS_MAX = 256 };

static bool has_live_link(const struct vfg_pins *pins)
{
	unsigned int ifindex[LINKS_MAX];
	int count = vfg_pins_links(pins, VFG_PIN_LINK_XDP, ifindex, LINKS_MAX);

	for (int i = 0; i < count; i++) {
		if (vfg_attach_live(pins, ifindex[i]))
			return true;
	}
	return false;
}

/* Another namespace's devices cannot be seen from here: it must be gone, as far as can be told. */
static bool is_defunct(const struct vfg_pins *pins, const struct vfg_state *state,
		       const struct vfg_links *links)
{
	struct vfg_netns here;

	if (vfg_netns_self(&here))
		return false;
	if (vfg_netns_same(&here, &state->netns))
		return !vfg_links_by_index(links, state->ifindex);
	return !has_live_link(pins) && !vfg_netns_exists(&state->netns);
}

static int clean_master(const char *name, uint32_t abi, const struct vfg_links *links)
{
	autopins struct vfg_pins pins = {.bpffs = -1};
	autofd int lock = -1;
	struct vfg_state state;
	struct vfg_netns here;
	int err;

	if (vfg_lock_master(name, 0, &lock)) {
		vfg_note(name, "a command is at work on it, left alone");
		return 0;
	}
	/* Without a state it is half a load of unknown origin: that is for unload. */
	if (vfg_pins_open_abi(name, abi, &pins) || vfg_state_read_head(&pins, &state) ||
	    !is_defunct(&pins, &state, links))
		return 0;
	err = vfg_netns_self(&here);
	if (!err)
		err = vfg_teardown(&pins, vfg_netns_same(&here, &state.netns) ? &state : NULL);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, pins.shown, "cannot be removed: %s",
			       strerror(-err));
	printf("removed %s: its device is gone\n", pins.shown);
	return 0;
}

static int clean_all(uint32_t abi, const struct vfg_links *links)
{
	struct vfg_pin_names names = {};
	int first_err = vfg_pins_masters(abi, &names);

	for (size_t i = 0; i < names.count; i++) {
		int err = clean_master(names.name[i], abi, links);

		first_err = first_err ? first_err : err;
	}
	free(names.name);
	return first_err;
}

int vfg_command_clean(int argc, char **argv)
{
	enum { ABIS_MAX = 16 };
	uint32_t abi[1 + ABIS_MAX] = {VFG_ABI};
	autolinks struct vfg_links links = {};
	int first_err = 0;
	size_t count;
	int err;

	if (argc > 1)
		return vfg_say(VFG_EXIT_USAGE, argv[1], "clean takes no arguments");
	err = vfg_capability_check("clean");
	if (err)
		return err;
	err = vfg_links_read(&links);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	count = 1 + vfg_pins_former_abis(abi + 1, ABIS_MAX);
	for (size_t i = 0; i < count; i++) {
		err = clean_all(abi[i], &links);
		first_err = first_err ? first_err : err;
	}
	vfg_pins_prune();
	return first_err;
}
