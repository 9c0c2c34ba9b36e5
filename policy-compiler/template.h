/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One template, or one template within a template, as a scope in which values are evaluated.
 */
#ifndef VFG_POLICY_COMPILER_TEMPLATE_H
#define VFG_POLICY_COMPILER_TEMPLATE_H

#include "evaluation.h"

/* What stands in ids for what only the deployment knows. */
#define VFG_TEMPLATE_SUBSCRIPTION "00000000-0000-0000-0000-000000000000"
#define VFG_TEMPLATE_GROUP	  "template"

enum vfg_symbol_state {
	VFG_SYMBOL_NEW,
	VFG_SYMBOL_RUNNING, /* being evaluated: one that is asked for meanwhile names itself */
	VFG_SYMBOL_KNOWN,
	VFG_SYMBOL_BROKEN, /* which is said */
};

/* A parameter or a variable: evaluated when it is first asked for. */
struct vfg_symbol {
	const char *name;
	struct json_object *source;	 /* defaultValue, or the variable's value */
	struct json_object *declaration; /* of a parameter */
	struct json_object *value;
	enum vfg_symbol_state state;
	bool loop;    /* source is an element of variables.copy */
	bool absent;  /* a parameter without default and value */
	bool checked; /* against the parameter's declaration */
};

struct vfg_symbols {
	size_t count;
	struct vfg_symbol *symbol;
};

/* A copy loop that is running, the innermost first. */
struct vfg_loop {
	const char *name;
	int64_t index;
	bool resource; /* of a resource, else of a property or a variable */
	const struct vfg_loop *outer;
};

/* A variable of a lambda function that is running, the innermost first. */
struct vfg_binding {
	const char *name;
	struct json_object *value;
	const struct vfg_binding *outer;
};

struct vfg_template {
	struct vfg_evaluation *evaluation;
	const char *name; /* of the deployment, "" for the outermost */
	const char *subscription;
	const char *group; /* resource group */
	struct vfg_symbols parameters;
	struct vfg_symbols variables;
	const struct vfg_loop *loop;
	const struct vfg_binding *binding;
	bool naming; /* a name is being made: concat(), format() and resourceId() take the
			text of an argument that is not known, in its brackets */
	bool named;  /* members called name and id are evaluated so where they are not known */
};

/**
 * vfg_template_node - evaluate a node of an expression
 *
 * Return: 0, also where the value is not known (vfg_json_is_unresolved()); -EINVAL said in the
 * messages; -ENOMEM.
 */
int vfg_template_node(struct vfg_template *template, const struct vfg_node *node,
		      struct json_object **ret_value);

/* Evaluate a string that is an expression. Return: as above. */
int vfg_template_expression(struct vfg_template *template, struct json_object *source,
			    struct json_object **ret_value);

/* Evaluate every expression in a value of the template's tree. Return: as above. */
int vfg_template_value(struct vfg_template *template, struct json_object *source,
		       struct json_object **ret_value);

/**
 * vfg_template_name - evaluate what must be a name: what is not known stays in it as its
 * expression in brackets, so that equal expressions still make equal names
 * @ret_known: false where something is not
 *
 * Return: as above; -EINVAL also where it is no text.
 */
int vfg_template_name(struct vfg_template *template, struct json_object *source,
		      const char **ret_name, bool *ret_known);

/* The value of a variable or parameter. Return: as above. */
int vfg_template_symbol(struct vfg_template *template, struct vfg_symbol *symbol,
			struct json_object **ret_value);

/* By its name, whatever the case; NULL where there is none. */
struct vfg_symbol *vfg_template_find(struct vfg_template *template,
				     const struct vfg_symbols *symbols, const char *name);

/* Their names, for messages. */
const char *vfg_template_names(struct vfg_template *template, const struct vfg_symbols *symbols);

/* The variables of a template, none of them evaluated yet. Return: 0, -EINVAL, -ENOMEM. */
int vfg_template_variables(struct vfg_template *template, struct json_object *variables);

#endif
