/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the samples of `vfguard top`. */
#ifndef VFG_LOADER_TOP_SAMPLE_H
#define VFG_LOADER_TOP_SAMPLE_H

#include "flow_view.h"
#include "top_model.h"

/**
 * vfg_top_sample - look at a loaded master once
 * @view: opened anew; the names in it are those of the moment
 *
 * Return: 0, or an exit status, reported: unloaded meanwhile, for example.
 */
int vfg_top_sample(const char *name, struct vfg_flow_view *view, struct vfg_top *top);

#endif
