/* SPDX-License-Identifier: GPL-2.0-only */
/* The apply command: another policy for a master that is loaded. */
#include <stdio.h>
#include <string.h>

#include "capability.h"
#include "command.h"
#include "loaded.h"
#include "origin.h"
#include "policy.h"
#include "publish.h"
#include "reconcile.h"
#include "save.h"
#include "say.h"

struct apply {
	const char *name;
	bool flush;
	struct vfg_policy_request request;
};

static void end_apply(struct apply *apply)
{
	vfg_policy_end(&apply->request);
}

static int take_own(struct apply *apply, char **argv, int *index)
{
	const char *argument = argv[(*index)++];

	if (!strcmp(argument, "--flush")) {
		apply->flush = true;
		return 0;
	}
	if (!strcmp(argument, "--confirm"))
		return vfg_say(VFG_EXIT_USAGE, argument, "not there yet; apply without it");
	if (argument[0] == '-' || apply->name)
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of apply; see --help");
	apply->name = argument;
	return 0;
}

static int parse(int argc, char **argv, struct apply *apply)
{
	int index = 1;

	while (index < argc) {
		bool taken = false;
		int err = vfg_policy_take(&apply->request, argc, argv, &index, &taken);

		if (!err && !taken)
			err = take_own(apply, argv, &index);
		if (err)
			return err;
	}
	if (!apply->name)
		return vfg_say(VFG_EXIT_USAGE, "apply", "no device; give DEV -p IMAGE|JSON");
	return 0;
}

static int run(struct apply *apply)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	struct vfg_policy_file policy;
	uint32_t generation;
	int err = vfg_capability_check("apply");

	if (!err)
		err = vfg_policy_open(&apply->request, "apply", &policy);
	if (!err)
		err = vfg_loaded_open(apply->name, VFG_LOADED_CHANGE, &loaded);
	if (err)
		return err;
	vfg_loaded_hold_signals();
	err = vfg_publish(&loaded.pins, apply->name, &policy.tables, apply->flush, &generation);
	if (err)
		return err;
	vfg_origin_record(&policy, generation, &loaded.state.policy);
	if (vfg_state_write(&loaded.pins, &loaded.state))
		vfg_warn(apply->name, "its state cannot be written, continuing");
	vfg_save_image(apply->name, &policy);
	/* A policy that no hook asks enforces nothing. */
	return vfg_reconcile_loaded(&loaded);
}

int vfg_command_apply(int argc, char **argv)
{
	struct apply apply __attribute__((cleanup(end_apply))) = {};
	int err = vfg_policy_begin(&apply.request);

	if (!err)
		err = parse(argc, argv, &apply);
	return err ? err : run(&apply);
}
