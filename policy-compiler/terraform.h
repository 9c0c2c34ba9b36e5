/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the rooms that read Terraform's resources.
 */
#ifndef VFG_POLICY_COMPILER_TERRAFORM_H
#define VFG_POLICY_COMPILER_TERRAFORM_H

#include "document.h"
#include "plan.h"

/**
 * vfg_terraform_nics - NICs, application security groups, and who is a member of which
 * @document: nics and groups are filled in
 *
 * A membership that is not known makes the NIC's addresses or the file an error, never a group
 * without it.
 */
void vfg_terraform_nics(struct vfg_diag *diag, const struct vfg_plan *plan,
			struct vfg_document *document);

/* The resource that an attribute names, by id or, before the apply, by the configuration; NULL
 * where it cannot be told or is not in the file. */
const struct vfg_plan_resource *vfg_terraform_target(const struct vfg_plan *plan,
						     const struct vfg_plan_resource *from,
						     const char *attribute, const char *type);

/* {"id": ID}, {"name": NAME, "properties": FIELDS}: the caller's; takes @fields over. */
struct json_object *vfg_terraform_id_new(const char *id);
struct json_object *vfg_terraform_named_new(const char *name, struct json_object *fields);

/* A rule in the REST API's shape, from the values of one in an NSG or of its own: the caller's. */
struct json_object *vfg_terraform_rule_new(const struct vfg_plan *plan, struct json_object *values);

/**
 * vfg_terraform_name_groups - put in the groups that a plan makes, which have no ids yet
 * @rule: made of @resource
 *
 * Only where the configuration names one group, and the list has one element: that is it.
 */
void vfg_terraform_name_groups(const struct vfg_plan *plan,
			       const struct vfg_plan_resource *resource, struct json_object *rule);

/* A security admin rule in the REST API's shape: the caller's. */
struct json_object *vfg_terraform_admin_new(const struct vfg_plan *plan,
					    const struct vfg_plan_resource *resource);

#endif
