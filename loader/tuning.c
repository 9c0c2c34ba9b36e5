/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the flags of load that are not the policy's, for the command line and the settings. */
#include "tuning.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	FLOWS_MIN = 1024,
	FLOWS_MAX = VFG_FLOW_BUCKETS_MAX * VFG_FLOW_WAYS,
};

static bool take_mode(struct vfg_tuning *tuning, const char *text)
{
	static const char *const names[] = {[VFG_MODE_AUTO] = "auto",
					    [VFG_MODE_NATIVE] = "native",
					    [VFG_MODE_GENERIC] = "generic",
					    [VFG_MODE_TC] = "tc"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			tuning->mode = (enum vfg_mode)i;
			return true;
		}
	}
	return false;
}

const char *const vfg_tc_ways[3] = {
	[VFG_TC_AUTO] = "auto", [VFG_TC_CLSACT] = "clsact", [VFG_TC_TCX] = "tcx"};

static bool take_tc(struct vfg_tuning *tuning, const char *text)
{
	for (size_t i = 0; i < sizeof(vfg_tc_ways) / sizeof(vfg_tc_ways[0]); i++) {
		if (!strcmp(text, vfg_tc_ways[i])) {
			tuning->tc = (enum vfg_tc_way)i;
			return true;
		}
	}
	return false;
}

static bool take_flows(struct vfg_tuning *tuning, const char *text)
{
	char *end = NULL;
	unsigned long flows = strtoul(text, &end, 10);
	uint32_t rounded = FLOWS_MIN;

	if (*end || text[0] == '-' || flows < 1 || flows > FLOWS_MAX)
		return false;
	while (rounded < flows)
		rounded *= 2;
	tuning->buckets = rounded / VFG_FLOW_WAYS;
	return true;
}

static bool take_timeouts(struct vfg_tuning *tuning, const char *text)
{
	return vfg_timeouts_take(&tuning->timeouts, text) == 0;
}

static const struct {
	const char *flag;
	bool (*take)(struct vfg_tuning *tuning, const char *text);
	const char *usage;
} flags[] = {
	{"--mode", take_mode, "takes auto, native, generic or tc"},
	{"-m", take_mode, "takes auto, native, generic or tc"},
	{"--tc", take_tc, "takes auto, clsact or tcx"},
	{"--flows", take_flows, "takes a number from 1 to 67108864"},
	{"--timeout", take_timeouts, vfg_timeouts_usage},
};

_Static_assert(FLOWS_MAX == 67108864, "as the usage says");

int vfg_tuning_take(struct vfg_tuning *tuning, const char *flag, const char *value,
		    const char **ret_problem)
{
	if (!strcmp(flag, "--fix-lro")) {
		tuning->fix_lro = true;
		return 1;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(flag, flags[i].flag) != 0)
			continue;
		if (value && flags[i].take(tuning, value))
			return 2;
		*ret_problem = flags[i].usage;
		return -EINVAL;
	}
	return 0;
}

struct vfg_tuning vfg_tuning_default(void)
{
	return (struct vfg_tuning){.mode = VFG_MODE_AUTO,
				   .buckets = VFG_FLOW_BUCKETS_DEFAULT,
				   .timeouts = vfg_timeouts_default};
}
