/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parameters of a template: what it declares, and what the user or an outer template gives.
 */
#ifndef VFG_POLICY_COMPILER_PARAMETER_H
#define VFG_POLICY_COMPILER_PARAMETER_H

#include "document.h"
#include "template.h"

/* Take the declarations of a template's tree. Return: 0, -EINVAL said in the messages, -ENOMEM. */
int vfg_parameter_declare(struct vfg_template *template, struct json_object *tree);

/* Give the user's values, checked. Return: as above, after all of them have been looked at. */
int vfg_parameter_give(struct vfg_template *template, const struct vfg_parameters *parameters);

/* Give the values that an outer template passes, evaluated: {"n":{"value":...}}. Return: as above.
 */
int vfg_parameter_pass(struct vfg_template *template, struct json_object *values);

/* A parameter's value; unresolved where it has none. Return: as vfg_template_node(). */
int vfg_parameter_value(struct vfg_template *template, const char *name,
			struct json_object **ret_value);

#endif
