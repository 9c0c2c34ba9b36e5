/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the evaluation of one template may use up, who owns the values it makes, and how it says
 * what is wrong.
 */
#ifndef VFG_POLICY_COMPILER_EVALUATION_H
#define VFG_POLICY_COMPILER_EVALUATION_H

#include "expression.h"
#include "json.h"

enum {
	/* The largest of real templates needs some 20,000 steps; these are done in about a second.
	 */
	VFG_EVALUATION_STEPS_MAX = 4 * 1000 * 1000,
	VFG_EVALUATION_BYTES_MAX = 64 * 1000 * 1000,
	VFG_EVALUATION_DEPTH_MAX = 400, /* calls within calls, through variables too */
	VFG_EVALUATION_PARSED_MAX = 1024,
	VFG_EVALUATION_FAULTS_MAX = 100, /* that are said */
};

/* Whose value is being evaluated, for messages. */
struct vfg_evaluation_place {
	bool in_nsg;	   /* what has a name and properties is a rule */
	const char *rule;  /* NULL outside of one */
	const char *field; /* of the rule */
};

struct vfg_parsed {
	const char *text;
	const struct vfg_node *node;
};

/*
 * Values are json-c's, null is NULL. All that are made stand in the pool until the end, so that
 * functions hand them about without owning them; a value is never changed once it is in use, as
 * others may hold it too.
 */
struct vfg_evaluation {
	struct vfg_diag *diag;
	const char *file;
	struct json_object *pool;
	size_t steps; /* left */
	size_t bytes; /* left */
	unsigned int depth;
	bool spent;	  /* nothing is left, which is said */
	const char *text; /* the expression at hand, NULL where there is none */
	size_t text_bytes;
	struct vfg_evaluation_place place;
	size_t faults;		   /* said so far */
	struct vfg_parsed *parsed; /* by the text's address */
};

/* Return: 0 or -ENOMEM. */
int vfg_evaluation_open(struct vfg_evaluation *evaluation, struct vfg_diag *diag, const char *file);
void vfg_evaluation_close(struct vfg_evaluation *evaluation);

/* Use up steps and bytes. Return: 0, or -EINVAL where none are left, said once. */
int vfg_evaluation_charge(struct vfg_evaluation *evaluation, size_t steps, size_t bytes);

/* One call or value deeper, until vfg_evaluation_leave(). Return: 0 or -EINVAL. */
int vfg_evaluation_enter(struct vfg_evaluation *evaluation);
void vfg_evaluation_leave(struct vfg_evaluation *evaluation);

/* Charge for the text that a value would make. Return: 0 or -EINVAL. */
int vfg_evaluation_weigh(struct vfg_evaluation *evaluation, struct json_object *value);

/**
 * vfg_evaluation_measure - charge for every node of a value, and refuse one that is nested deeper
 * than JSON may be
 *
 * Values share their parts, so that a few of them can stand for more nodes than any memory holds.
 *
 * Return: 0 or -EINVAL.
 */
int vfg_evaluation_measure(struct vfg_evaluation *evaluation, struct json_object *value);

/* Hand a new value over to the pool. Return: 0, or -ENOMEM where it is NULL or none is left. */
int vfg_evaluation_keep(struct vfg_evaluation *evaluation, struct json_object *value,
			struct json_object **ret_value);

/* A new text. Return: 0, -EINVAL, -ENOMEM. */
int vfg_evaluation_text(struct vfg_evaluation *evaluation, const char *text, size_t bytes,
			struct json_object **ret_value);

/* InvalidTemplate, which names the expression at hand, and its rule and field. Return: -EINVAL. */
int vfg_evaluation_fail(struct vfg_evaluation *evaluation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A value that is not known: why, after the expression at hand. Return: 0 or -ENOMEM. */
int vfg_evaluation_unresolved(struct vfg_evaluation *evaluation, struct json_object **ret_value,
			      const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The nodes of an expression. Return: 0, -EINVAL said in the messages, -ENOMEM. */
int vfg_evaluation_parse(struct vfg_evaluation *evaluation, const char *text, size_t bytes,
			 const struct vfg_node **ret_node);

/* How a value is called in messages: "a string", "an array", "null". */
const char *vfg_evaluation_type(struct json_object *value);

#endif
