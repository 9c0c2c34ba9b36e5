/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds XDP programs of others below a master that hands its own on. */
#include "beneath.h"

const struct vfg_link *vfg_beneath_program(const struct vfg_links *links, unsigned int master)
{
	for (size_t i = 0; i < links->count; i++) {
		if (links->link[i].master == master && links->link[i].xdp_program)
			return &links->link[i];
	}
	return NULL;
}
