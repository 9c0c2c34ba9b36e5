/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the loaded masters by their pins. */
#include <stdlib.h>

#include "../maps/abi.h"
#include "loaded_all.h"
#include "say.h"

static int visit_named(const char *name, int (*visit)(const struct vfg_loaded *, void *),
		       void *data)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	int err = vfg_loaded_open(name, VFG_LOADED_READ, &loaded);

	return err ? err : visit(&loaded, data);
}

/* What is not of this network namespace is left out. */
static int visit_if_here(const char *name, int (*visit)(const struct vfg_loaded *, void *),
			 void *data, bool *any)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1, .has_state = true};
	int err = vfg_pins_open(name, false, &loaded.pins);

	if (err || vfg_state_read(&loaded.pins, &loaded.state) ||
	    vfg_loaded_elsewhere(&loaded.state))
		return err;
	*any = true;
	if (!(loaded.state.flags & VFG_STATE_COMPLETE)) {
		vfg_note(name, "is half loaded; `%s unload %s` clears that up", vfg_say_program(),
			 name);
		return 0;
	}
	return visit(&loaded, data);
}

int vfg_loaded_all(const char *master, int (*visit)(const struct vfg_loaded *loaded, void *data),
		   void *data, bool *ret_any)
{
	struct vfg_pin_names names = {};
	int err;

	*ret_any = master != NULL;
	if (master)
		return visit_named(master, visit, data);
	err = vfg_pins_masters(VFG_ABI, &names);
	for (size_t i = 0; !err && i < names.count; i++)
		err = visit_if_here(names.name[i], visit, data, ret_any);
	free(names.name);
	return err;
}
