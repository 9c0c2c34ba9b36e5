/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of template expressions.
 */
#ifndef VFG_POLICY_COMPILER_FUNCTION_H
#define VFG_POLICY_COMPILER_FUNCTION_H

#include "template.h"

enum {
	VFG_FUNCTION_LAZY = 1,	   /* evaluates its arguments itself, if it needs them */
	VFG_FUNCTION_TOLERANT = 2, /* takes arguments that are not known */
	VFG_FUNCTION_NAMING = 4,   /* see vfg_template.naming */
	VFG_FUNCTION_MAX = 256,	   /* arguments, where there is no limit */
};

/* One call. argument: evaluated, unless the function is lazy; of the types that it takes. */
struct vfg_call {
	struct vfg_template *template;
	const struct vfg_node *node;
	size_t count;
	struct json_object **argument;
};

/*
 * takes: a letter an argument, the last stands for all that follow:
 *   s string, n whole number, b boolean, a array, o object, l string or array, c string, array or
 *   object, m array or object, v string, number or boolean, * anything
 */
struct vfg_function {
	const char *name;
	size_t min, max;
	const char *takes;
	unsigned int flags;
	/* Return: as vfg_template_node(). */
	int (*run)(struct vfg_call *call, struct json_object **ret_value);
};

/* Tables by subject (function_SUBJECT.c); a NULL name ends each. */
extern const struct vfg_function vfg_function_choice[];
extern const struct vfg_function vfg_function_text[];
extern const struct vfg_function vfg_function_list[];
extern const struct vfg_function vfg_function_object[];
extern const struct vfg_function vfg_function_number[];
extern const struct vfg_function vfg_function_scope[];

/* Evaluate a node of kind CALL. Return: as vfg_template_node(). */
int vfg_function_call(struct vfg_template *template, const struct vfg_node *node,
		      struct json_object **ret_value);

/* A boolean or a number as the answer. Return: 0 or -ENOMEM. */
int vfg_function_bool(struct vfg_call *call, bool value, struct json_object **ret_value);
int vfg_function_number_of(struct vfg_call *call, int64_t value, struct json_object **ret_value);

/* Is something in the value not known? Charges for it. Return: 0 with the unresolved part or NULL,
 * -EINVAL. */
int vfg_function_unknown(struct vfg_call *call, struct json_object *value,
			 struct json_object **ret_part);

#endif
