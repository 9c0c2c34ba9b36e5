/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel can do, by probe and never by version number. */
#ifndef VFG_LOADER_FEATURE_H
#define VFG_LOADER_FEATURE_H

#include <stdbool.h>
#include <stddef.h>

struct vfg_feature {
	const char *name;
	const char *since; /* of upstream Linux, for the message only */
	bool (*probe)(void);
};

/* All that vfguard needs. */
extern const struct vfg_feature vfg_features[];
extern const size_t vfg_feature_count;

/* What it may have besides, by probes that take longer. */
struct vfg_feature_extra {
	const char *name;
	const char *since;
	const char *without; /* NULL: nothing is enforced without it */
	int (*probe)(void);  /* 1 or 0; -errno where it cannot be tried */
};

extern const struct vfg_feature_extra vfg_features_extra[];
extern const size_t vfg_feature_extra_count;

/* Are programs compiled to machine code? 1 or 0; -errno where it cannot be tried. */
int vfg_feature_jit(void);

/* Are maps charged to the control group of who makes them, and not to RLIMIT_MEMLOCK? */
bool vfg_feature_charged(void);

/**
 * vfg_feature_check - does the kernel have all of them?
 * @where: for the message, which names the first that is missing
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_feature_check(const char *where);

#endif
