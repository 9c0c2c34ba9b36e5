/* SPDX-License-Identifier: GPL-2.0-only */
/* The features command: each probe and its outcome. */
#include <stdio.h>
#include <string.h>

#include "capability.h"
#include "command.h"
#include "device.h"
#include "feature.h"
#include "say.h"
#include "tcx.h"

static int show_device(const char *name)
{
	autolinks struct vfg_links links = {};
	struct vfg_device device;
	int err = vfg_links_read(&links);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	err = vfg_device_find(&links, name, &device);
	if (err)
		return err;
	printf("%-16s %s, driver %s, XDP on %s\n", name,
	       device.link.kind[0] ? device.link.kind : "plain",
	       device.driver[0] ? device.driver : "unknown",
	       device.xdp_on_self ? "the device itself" : "each device below it");
	return 0;
}

int vfg_command_features(int argc, char **argv)
{
	int missing = 0;
	int err;

	for (int i = 1; i < argc; i++) {
		if (i > 1 || argv[i][0] == '-')
			return vfg_say(VFG_EXIT_USAGE, argv[i],
				       "not an argument of features, which takes a device at most");
	}
	err = vfg_capability_check("features");
	if (err)
		return err;
	for (size_t i = 0; i < vfg_feature_count; i++) {
		bool there = vfg_features[i].probe();

		printf("%-16s %s\n", vfg_features[i].name, there ? "yes" : "no");
		missing += !there;
	}
	printf("%-16s %s\n", "tcx", vfg_tcx_supported() ? "yes" : "no, clsact instead");
	if (argc == 2)
		err = show_device(argv[1]);
	return err ? err : missing ? VFG_EXIT_SYSTEM : VFG_EXIT_DONE;
}
