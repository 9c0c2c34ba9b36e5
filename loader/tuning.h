/* SPDX-License-Identifier: GPL-2.0-only */
/* How a master is loaded, beside its policy: modes, flows, time-outs. */
#ifndef VFG_LOADER_TUNING_H
#define VFG_LOADER_TUNING_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"
#include "tc.h"
#include "timeout.h"

struct vfg_tuning {
	enum vfg_mode mode;
	enum vfg_tc_way tc;
	bool fix_lro;
	uint32_t buckets; /* of each flow table, a power of two */
	struct vfg_timeouts timeouts;
};

/* "auto", "clsact", "tcx": of enum vfg_tc_way */
extern const char *const vfg_tc_ways[3];

/* What holds where nothing is set. */
struct vfg_tuning vfg_tuning_default(void);

/**
 * vfg_tuning_take - take a flag of load and its value, if it is one of ours
 * @value: NULL where none follows
 * @ret_problem: on -EINVAL, what the flag takes
 *
 * Return: how many arguments it is, 2 with its value, 1 without; 0 not one of ours, -EINVAL.
 */
int vfg_tuning_take(struct vfg_tuning *tuning, const char *flag, const char *value,
		    const char **ret_problem);

#endif
