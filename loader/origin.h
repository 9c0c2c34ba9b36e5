/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a policy came from: what status tells of it later. */
#ifndef VFG_LOADER_ORIGIN_H
#define VFG_LOADER_ORIGIN_H

#include "policy.h"
#include "state.h"

/**
 * vfg_origin_text - the files that a policy was made of
 *
 * By their full names, "a.json + b.json", in the request's memory.
 *
 * Return: the text; "" without memory.
 */
const char *vfg_origin_text(struct vfg_policy_request *request);

/**
 * vfg_origin_record - note where the policy came from that is in force now
 * @generation: of vfg_publish()
 */
void vfg_origin_record(const struct vfg_policy_file *file, uint32_t generation,
		       struct vfg_state_policy *ret_policy);

#endif
