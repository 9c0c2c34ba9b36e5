/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The resources in what `terraform show -json` prints, of a plan or a state, module by module.
 */
#ifndef VFG_POLICY_COMPILER_PLAN_H
#define VFG_POLICY_COMPILER_PLAN_H

#include "json.h"

/*
 * One instance of a managed resource. "module.net.azurerm_subnet.a[0]" has the module
 * "module.net." and the index "[0]".
 */
struct vfg_plan_resource {
	const char *address;
	const char *module; /* with the dot behind it, "" at the top */
	const char *type;
	const char *index; /* "" where there is one instance only */
	/* What is known only after the apply stands as vfg_json_unresolved_new(). */
	struct json_object *values;
	struct json_object *expressions; /* as configured; borrowed, NULL in a state */
	struct vfg_plan_resource *next;
};

struct vfg_plan {
	struct vfg_arena *arena;
	struct vfg_plan_resource *first; /* in the order of the file */
	struct vfg_plan_resource *last;
	struct json_object *changes; /* resource_changes, borrowed; NULL in a state */
};

/**
 * vfg_plan_read - the network resources of a file
 * @tree: must live as long as the plan
 *
 * Return: 0, -EINVAL where it is neither a plan nor a state (said in @diag), -ENOMEM. Release it by
 * vfg_plan_put(), also after an error.
 */
int vfg_plan_read(struct vfg_diag *diag, const char *file, struct json_object *tree,
		  struct vfg_plan *ret_plan);

void vfg_plan_put(struct vfg_plan *plan);

/**
 * vfg_plan_reference - the resource that an attribute is configured to name
 * @type: the resource's
 *
 * Return: the one instance that the configuration names; NULL where it names none or several.
 */
const struct vfg_plan_resource *vfg_plan_reference(const struct vfg_plan *plan,
						   const struct vfg_plan_resource *from,
						   const char *attribute, const char *type);

/* A value of a resource as text, NULL where it is not known or no text. */
const char *vfg_plan_text(const struct vfg_plan *plan, struct json_object *values,
			  const char *attribute);

/* The id that the platform gave a resource, or its address, where it has none yet. */
const char *vfg_plan_id(const struct vfg_plan *plan, const struct vfg_plan_resource *resource);

#endif
