/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security admin rules, from the REST API's shape to the rules of the model.
 */
#include "admin.h"

int vfg_admin_build(struct vfg_diag *diag, struct vfg_tags *tags, bool lenient,
		    const struct vfg_document *document, size_t count,
		    struct vfg_list *ret_list[VFG_DIRECTION_MAX])
{
	(void)tags;
	(void)lenient;
	for (size_t i = 0; i < count; i++) {
		if (document[i].admin)
			vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = document[i].file},
				     "UnsupportedSource",
				     "these are security admin rules: not supported yet");
	}
	ret_list[VFG_INBOUND] = NULL;
	ret_list[VFG_OUTBOUND] = NULL;
	return 0;
}
