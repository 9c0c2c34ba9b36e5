/* SPDX-License-Identifier: GPL-2.0-only */
/* The unload command. */
#include <string.h>

#include "capability.h"
#include "command.h"
#include "former.h"
#include "loaded.h"
#include "lock.h"
#include "log_ledger.h"
#include "save.h"
#include "say.h"
#include "teardown.h"

/* @has_ours: beside what another version has loaded, or instead of it */
static int remove_all(const char *name, bool has_ours, const struct vfg_formers *formers)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	int err = 0;

	if (has_ours)
		err = vfg_loaded_open(name, VFG_LOADED_REMOVE, &loaded);
	else
		err = vfg_lock_for_command(name, &loaded.lock);
	if (err)
		return err;
	vfg_loaded_hold_signals();
	if (has_ours)
		err = vfg_teardown(&loaded.pins, loaded.has_state ? &loaded.state : NULL);
	if (!err)
		err = vfg_formers_remove(formers);
	return err ? vfg_say(VFG_EXIT_SYSTEM, name, "not all could be removed: %s; try again",
			     strerror(-err))
		   : 0;
}

static int unload(const char *name)
{
	autoformers struct vfg_formers formers = {};
	autopins struct vfg_pins pins = {.bpffs = -1};
	int err = vfg_pins_open(name, false, &pins);

	vfg_formers_find(name, &formers);
	if (!err)
		err = remove_all(name, !formers.count || vfg_pins_exist(&pins), &formers);
	if (err)
		return err;
	vfg_pins_prune();
	vfg_save_forget(name);
	vfg_log_ledger_remove(name);
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
