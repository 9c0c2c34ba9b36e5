/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens the pins and the state of a master, and refuses those that this command must not touch. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cleanup.h"
#include "device.h"
#include "loaded.h"
#include "lock.h"
#include "say.h"

static int not_loaded(const char *master)
{
	autolinks struct vfg_links links = {};
	struct vfg_device device;
	int err = vfg_links_read(&links);

	if (!err && vfg_device_find(&links, master, &device))
		return VFG_EXIT_REFUSED;
	return vfg_say(VFG_EXIT_REFUSED, master, "is not loaded; `%s load %s -p POLICY` does that",
		       vfg_say_program(), master);
}

bool vfg_loaded_elsewhere(const struct vfg_state *state)
{
	struct vfg_netns here;

	return vfg_netns_self(&here) || !vfg_netns_same(&here, &state->netns);
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
	return 0;
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
		return not_loaded(master);
	err = vfg_state_read(&loaded->pins, &loaded->state);
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
