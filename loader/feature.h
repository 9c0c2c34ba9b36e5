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

/**
 * vfg_feature_check - does the kernel have all of them?
 * @where: for the message, which names the first that is missing
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_feature_check(const char *where);

#endif
