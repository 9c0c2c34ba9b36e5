/* SPDX-License-Identifier: GPL-2.0-only */
/* The unload command. */
#include <string.h>

#include "capability.h"
#include "command.h"
#include "loaded.h"
#include "save.h"
#include "say.h"
#include "teardown.h"

static int unload(const char *name)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	int err = vfg_loaded_open(name, VFG_LOADED_REMOVE, &loaded);

	if (err)
		return err;
	vfg_loaded_hold_signals();
	err = vfg_teardown(&loaded.pins, loaded.has_state ? &loaded.state : NULL);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, name, "not all could be removed: %s; try again",
			       strerror(-err));
	vfg_pins_prune();
	vfg_save_forget(name);
	return VFG_EXIT_DONE;
}

int vfg_command_unload(int argc, char **argv)
{
	const char *name = NULL;
	int err;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--all") || !strcmp(argv[i], "-a"))
			continue;
		if (argv[i][0] == '-' || name)
			return vfg_say(VFG_EXIT_USAGE, argv[i],
				       "not an argument of unload; see --help");
		name = argv[i];
	}
	if (!name)
		return vfg_say(VFG_EXIT_USAGE, "unload", "no device; give DEV");
	err = vfg_capability_check("unload");
	return err ? err : unload(name);
}
