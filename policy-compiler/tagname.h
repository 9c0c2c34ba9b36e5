/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How service tags are spelled.
 */
#ifndef VFG_POLICY_COMPILER_TAGNAME_H
#define VFG_POLICY_COMPILER_TAGNAME_H

#include <stdbool.h>

/* Could it be a service tag: is it spelled like one, and neither a host nor a subnet? */
bool vfg_tag_is_name(const char *text);

/* The name that a spelling of the classic deployment model stands for; @name itself otherwise. */
const char *vfg_tag_canonical(const char *name);

#endif
