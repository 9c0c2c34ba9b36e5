/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one file holds, whatever its format: lists of objects in the shape of the REST API. A format
 * has one reader, which fills the lists; what the objects mean is for the rooms behind.
 */
#ifndef VFG_POLICY_COMPILER_DOCUMENT_H
#define VFG_POLICY_COMPILER_DOCUMENT_H

#include "kind.h"

/*
 * Lists are arrays, NULL where the format has none of the sort; the document owns a reference to
 * each, and elements may be shared with the file's tree. A value that is not known before a
 * deployment stands as vfg_json_unresolved_new(), and is an error only where it is read.
 */
struct vfg_document {
	const char *file;
	enum vfg_kind kind;
	struct json_object *nsgs;  /* {"name","id","properties":{"securityRules":[],...}} */
	struct json_object *admin; /* security admin rules */
	struct json_object *nics;
	struct json_object *groups; /* application security groups */
	struct json_object *tags;   /* an object: tag to array of prefixes */
};

/* Parameters of a template: files first, then definitions, which win. */
struct vfg_parameters {
	size_t file_count;
	const char **file;
	struct json_object **tree;
	size_t define_count;
	const char *const *define; /* NAME=VALUE */
};

/**
 * vfg_document_read - what a parsed file holds
 * @tree: stays the caller's
 *
 * Return: 0, -EINVAL where the file is of no supported kind or cannot be read (said in @diag),
 * -ENOMEM.
 */
int vfg_document_read(struct vfg_diag *diag, const struct vfg_parameters *parameters,
		      const char *file, struct json_object *tree,
		      struct vfg_document *ret_document);

void vfg_document_put(struct vfg_document *document);

/*
 * The readers (arm.c, terraform.c, effective.c): fill the lists of @document, whose file and kind
 * are set. Return: as vfg_document_read().
 */
int vfg_arm_read(struct vfg_diag *diag, const struct vfg_parameters *parameters,
		 struct json_object *tree, struct vfg_document *document);
int vfg_terraform_read(struct vfg_diag *diag, struct json_object *tree,
		       struct vfg_document *document);
int vfg_effective_read(struct vfg_diag *diag, struct json_object *tree,
		       struct vfg_document *document);
int vfg_routes_read(struct vfg_diag *diag, struct json_object *tree, struct vfg_document *document);

#endif
