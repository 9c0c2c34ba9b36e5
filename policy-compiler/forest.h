/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All sources of a request, parsed and read: the texts' trees and the documents that they hold.
 */
#ifndef VFG_POLICY_COMPILER_FOREST_H
#define VFG_POLICY_COMPILER_FOREST_H

#include "document.h"

/* By the index of the request's sources. A source that cannot be read has no tree or kind UNKNOWN,
 * and errors in @diag. */
struct vfg_forest {
	size_t count;
	struct json_object **tree;
	struct vfg_document *document;
};

/**
 * vfg_forest_read - parse and read every source
 * @ret_forest: zeroed by the caller, who releases it by vfg_forest_put() whatever is returned
 *
 * Return: 0, also with errors in @diag; -ENOMEM.
 */
int vfg_forest_read(struct vfg_diag *diag, const struct vfg_request *request,
		    struct vfg_forest *ret_forest);

void vfg_forest_put(struct vfg_forest *forest);

#endif
