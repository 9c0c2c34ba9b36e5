/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens the pins and the state of a master, and refuses those that this command must not touch. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../maps/abi.h"
#include "cleanup.h"
#include "device.h"
#include "former.h"
#include "loaded.h"
#include "lock.h"
#include "say.h"

bool vfg_loaded_elsewhere(const struct vfg_state *state)
{
	struct vfg_netns here;

	return vfg_netns_self(&here) || !vfg_netns_same(&here, &state->netns);
}

bool vfg_loaded_as(unsigned int ifindex, char ret_name[IFNAMSIZ])
{
	struct vfg_pin_names names = {};
	bool found = false;

	if (vfg_pins_masters(VFG_ABI, &names))
		return false;
	for (size_t i = 0; !found && i < names.count; i++) {
		autopins struct vfg_pins pins = {.bpffs = -1};
		struct vfg_state state;

		if (vfg_pins_open(names.name[i], false, &pins) || vfg_state_read(&pins, &state) ||
		    vfg_loaded_elsewhere(&state) || state.ifindex != ifindex)
			continue;
		memcpy(ret_name, names.name[i], IFNAMSIZ);
		found = true;
	}
	free(names.name);
	return found;
}

static int not_loaded(const char *master, enum vfg_loaded_how how)
{
	static const char *const commands[] = {[VFG_LOADED_READ] = "status",
					       [VFG_LOADED_CHANGE] = "apply -p POLICY",
					       [VFG_LOADED_REMOVE] = "unload"};
	autoformers struct vfg_formers formers = {};
	autolinks struct vfg_links links = {};
	struct vfg_device device;
	char name[IFNAMSIZ];
	int err = vfg_links_read(&links);

	if (!err && vfg_device_find(&links, master, &device))
		return VFG_EXIT_REFUSED;
	if (!err && vfg_loaded_as(device.link.ifindex, name))
		return vfg_say(VFG_EXIT_REFUSED, master,
			       "is loaded as %s, its name then; `%s %s %s` uses that", name,
			       vfg_say_program(), commands[how], name);
	vfg_formers_find(master, &formers);
	if (formers.count)
		return vfg_say(VFG_EXIT_REFUSED, master,
			       "another version of vfguard has loaded it (%s), and that is in "
			       "force; `%s load %s -p POLICY` takes it over",
			       formers.former[0].pins.shown, vfg_say_program(), master);
	return vfg_say(VFG_EXIT_REFUSED, master, "is not loaded; `%s load %s -p POLICY` does that",
		       vfg_say_program(), master);
}

/* A device is known by its ifindex: its name may have passed to another. */
static int refuse_drift(const char *master, enum vfg_loaded_how how, const struct vfg_state *state)
{
	unsigned int now = if_nametoindex(master);
	char name[IFNAMSIZ];
	bool there = if_indextoname(state->ifindex, name) != NULL;

	if (now && now != state->ifindex)
		return vfg_say(VFG_EXIT_REFUSED, master,
			       "was loaded as ifindex %u, which is %s%s now; the device of that "
			       "name is another and is not judged: `%s unload %s`, then load",
			       state->ifindex, there ? "called " : "gone", there ? name : "",
			       vfg_say_program(), master);
	if (!there && how == VFG_LOADED_CHANGE)
		return vfg_say(VFG_EXIT_REFUSED, master, "is gone; `%s unload %s` removes its pins",
			       vfg_say_program(), master);
	return 0;
}

static int check(const char *master, enum vfg_loaded_how how, const struct vfg_loaded *loaded)
{
	if (loaded->has_state && vfg_loaded_elsewhere(&loaded->state))
		return vfg_say(VFG_EXIT_REFUSED, master,
			       "the pins in %s belong to a device of another network namespace; "
			       "run this there, or rename the device",
			       loaded->pins.shown);
	if (how != VFG_LOADED_REMOVE &&
	    (!loaded->has_state || !(loaded->state.flags & VFG_STATE_COMPLETE)))
		return vfg_say(VFG_EXIT_REFUSED, master,
			       "is half loaded: a load was killed; `%s unload %s` clears that up",
			       vfg_say_program(), master);
	return how == VFG_LOADED_REMOVE ? 0 : refuse_drift(master, how, &loaded->state);
}

int vfg_loaded_open(const char *master, enum vfg_loaded_how how, struct vfg_loaded *ret_loaded)
{
	struct vfg_loaded *loaded = ret_loaded;
	int err = 0;

	*loaded = (struct vfg_loaded){.lock = -1, .pins.bpffs = -1};
	if (!master[0] || strlen(master) >= IFNAMSIZ || strchr(master, '/'))
		return vfg_say(VFG_EXIT_REFUSED, master, "not a device name; `ip link` lists them");
	if (how != VFG_LOADED_READ)
		err = vfg_lock_for_command(master, &loaded->lock);
	if (!err)
		err = vfg_pins_open(master, false, &loaded->pins);
	if (err)
		return err;
	if (!vfg_pins_exist(&loaded->pins))
		return not_loaded(master, how);
	err = vfg_state_read(&loaded->pins, &loaded->state);
	/* Another build's state tells nothing; links and pins can be removed without. */
	if (err == -EPROTO && how == VFG_LOADED_REMOVE)
		err = -ENOENT;
	if (err == -EPROTO)
		return vfg_say(VFG_EXIT_REFUSED, master,
			       "another version of vfguard has loaded it; use that, or `%s unload "
			       "%s` and load again",
			       vfg_say_program(), master);
	if (err && err != -ENOENT)
		return vfg_say(VFG_EXIT_SYSTEM, loaded->pins.shown, "cannot be read: %s",
			       strerror(-err));
	loaded->has_state = !err;
	return check(master, how, loaded);
}

void vfg_loaded_close(struct vfg_loaded *loaded)
{
	vfg_pins_close(&loaded->pins);
	vfg_close_fd(&loaded->lock);
	loaded->lock = -1;
}

void vfg_loaded_hold_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}
