/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a JSON file is, told by its content.
 */
#ifndef VFG_POLICY_COMPILER_KIND_H
#define VFG_POLICY_COMPILER_KIND_H

#include "json.h"

enum vfg_kind {
	VFG_KIND_UNKNOWN,
	VFG_KIND_NSG,	       /* one, a list ({"value":[]} or an array), or {"NewNSG":{}} */
	VFG_KIND_RULES,	       /* an array of one NSG's rules, or one rule */
	VFG_KIND_EFFECTIVE,    /* effective security rules of a NIC */
	VFG_KIND_TEMPLATE,     /* ARM */
	VFG_KIND_TERRAFORM,    /* terraform show -json, of a plan or a state */
	VFG_KIND_ADMIN_RULES,  /* security admin rules */
	VFG_KIND_NIC,	       /* network interfaces: addresses and memberships */
	VFG_KIND_GROUP,	       /* application security groups */
	VFG_KIND_SERVICE_TAGS, /* weekly file or discovery API */
	VFG_KIND_ROUTES,       /* effective routes of a NIC */
	VFG_KIND_PARAMETERS,   /* of an ARM template */
};

enum vfg_kind vfg_kind_of(struct json_object *tree);

/**
 * vfg_kind_list - the elements of a file that holds a list
 *
 * Return: the array that an answer of the API wraps ({"value":[]}, {"networkSecurityGroups":[]}) or
 * that the file is; NULL where it is one object. Borrowed.
 */
struct json_object *vfg_kind_list(struct json_object *tree);

/* What it is, for people: "an ARM template", "JSON of type Microsoft.Network/virtualNetworks". */
const char *vfg_kind_name(struct vfg_arena *arena, struct json_object *tree);

#endif
