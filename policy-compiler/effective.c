/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what the platform says is in force at a NIC: effective security rules and routes.
 */
#include <errno.h>

#include "document.h"

int vfg_effective_read(struct vfg_diag *diag, struct json_object *tree,
		       struct vfg_document *document)
{
	(void)tree;
	vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = document->file},
		     "UnsupportedSource", "these are effective security rules: not supported yet");
	return -EINVAL;
}

int vfg_routes_read(struct vfg_diag *diag, struct json_object *tree, struct vfg_document *document)
{
	(void)tree;
	vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = document->file},
		     "UnsupportedSource", "these are effective routes: not supported yet");
	return -EINVAL;
}
