/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The resources of a template that matter here, evaluated, in the shape of the REST API.
 */
#ifndef VFG_POLICY_COMPILER_RESOURCE_H
#define VFG_POLICY_COMPILER_RESOURCE_H

#include "template.h"

enum vfg_resource_kind {
	VFG_RESOURCE_OTHER,
	VFG_RESOURCE_NSG,
	VFG_RESOURCE_RULE,
	VFG_RESOURCE_NIC,
	VFG_RESOURCE_GROUP,
	VFG_RESOURCE_ADMIN,
	VFG_RESOURCE_ADMIN_PARENT, /* what admin rules may be nested in */
	VFG_RESOURCE_DEPLOYMENT,
};

/* One resource of a template. Type and name have all parts, those of its parents too. */
struct vfg_resource {
	enum vfg_resource_kind kind;
	const char *type;
	const char *name;
	bool known;	   /* its name is */
	const char *scope; /* "/subscriptions/S/resourceGroups/G" */
	struct json_object *source;
	struct json_object *doubt; /* unresolved: why it is not known whether it will exist; NULL
				      where it will */
};

/* A rule that is a resource of its own. */
struct vfg_child_rule {
	const char *nsg;    /* its name */
	const char *nsg_id; /* as the NSG's own */
	bool known;	    /* whose it is */
	const char *name;
	struct json_object *rule;
};

/* What has been found so far. Lists are the pool's. */
struct vfg_inventory {
	struct vfg_evaluation *evaluation;
	struct json_object *nsgs;
	struct json_object *nics;
	struct json_object *groups;
	struct json_object *admin;
	size_t child_count, child_room;
	struct vfg_child_rule *child; /* rules that stand outside their NSG */
};

enum vfg_resource_kind vfg_resource_kind_of(const char *type);

/* The last slash of a name; slashes inside [expressions] do not count. NULL where there is none. */
const char *vfg_resource_last_part(const char *name);

int vfg_inventory_open(struct vfg_inventory *inventory, struct vfg_evaluation *evaluation);

/* Evaluate a resource, and keep it for the document. Return: 0, -EINVAL said in the messages,
 * -ENOMEM. */
int vfg_inventory_add(struct vfg_inventory *inventory, struct vfg_template *template,
		      const struct vfg_resource *resource);

/* Put the rules that stand outside into their NSGs (child.c). Return: as above. */
int vfg_inventory_join(struct vfg_inventory *inventory);

#endif
