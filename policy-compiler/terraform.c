/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what `terraform show -json` prints of a plan or a state.
 */
#include <errno.h>

#include "document.h"

int vfg_terraform_read(struct vfg_diag *diag, struct json_object *tree,
		       struct vfg_document *document)
{
	(void)tree;
	vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = document->file},
		     "UnsupportedSource", "this is a Terraform plan or state: not supported yet");
	return -EINVAL;
}
