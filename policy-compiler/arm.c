/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads ARM templates.
 */
#include <errno.h>

#include "document.h"

int vfg_arm_read(struct vfg_diag *diag, const struct vfg_parameters *parameters,
		 struct json_object *tree, struct vfg_document *document)
{
	(void)parameters;
	(void)tree;
	vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = document->file},
		     "UnsupportedSource", "this is an ARM template: not supported yet");
	return -EINVAL;
}
