/* SPDX-License-Identifier: GPL-2.0-only */
/* The load command: its arguments. */
#include <string.h>

#include "capability.h"
#include "command.h"
#include "device.h"
#include "load.h"
#include "policy.h"
#include "say.h"
#include "tcx.h"

struct command {
	struct vfg_load load;
	struct vfg_policy_request request;
};

static void end_command(struct command *command)
{
	vfg_policy_end(&command->request);
}

static int take_own(struct vfg_load *load, int argc, char **argv, int *index)
{
	const char *argument = argv[*index];
	const char *value = *index + 1 < argc ? argv[*index + 1] : NULL;
	const char *problem = NULL;
	int taken = vfg_tuning_take(&load->tuning, argument, value, &problem);

	if (taken < 0)
		return vfg_say(VFG_EXIT_USAGE, argument, "%s", problem);
	*index += taken;
	if (taken)
		return 0;
	if (argument[0] == '-' || load->name)
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of load; see --help");
	load->name = argument;
	*index += 1;
	return 0;
}

static int parse(int argc, char **argv, struct command *command)
{
	int index = 1;

	while (index < argc) {
		bool taken = false;
		int err = vfg_policy_take(&command->request, argc, argv, &index, &taken);

		if (!err && !taken)
			err = take_own(&command->load, argc, argv, &index);
		if (err)
			return err;
	}
	if (!command->load.name)
		return vfg_say(VFG_EXIT_USAGE, "load", "no device; give DEV -p IMAGE|JSON");
	return 0;
}

/* The device first: of what is wrong with both, that is the quicker one to mend. */
static int find_device(const char *name)
{
	autolinks struct vfg_links links = {};
	struct vfg_device device;
	int err = vfg_links_read(&links);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	return vfg_device_find(&links, name, &device);
}

int vfg_command_load(int argc, char **argv)
{
	struct command command
		__attribute__((cleanup(end_command))) = {.load.tuning = vfg_tuning_default()};
	struct vfg_policy_file policy;
	int err = vfg_policy_begin(&command.request);

	if (!err)
		err = parse(argc, argv, &command);
	if (!err)
		err = vfg_capability_check("load");
	if (!err && command.load.tuning.tc == VFG_TC_TCX && !vfg_tcx_supported())
		return vfg_say(VFG_EXIT_SYSTEM, "--tc",
			       "this kernel has no tcx (Linux 6.6); leave it away, or give clsact");
	if (!err)
		err = find_device(command.load.name);
	if (!err)
		err = vfg_policy_open(&command.request, "load", &policy);
	return err ? err : vfg_load(&command.load, &policy);
}
