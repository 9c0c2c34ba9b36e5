/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of an ARM template expression to a tree of nodes. What functions do is not known here.
 */
#ifndef VFG_POLICY_COMPILER_EXPRESSION_H
#define VFG_POLICY_COMPILER_EXPRESSION_H

#include "nsgc.h"

enum {
	VFG_EXPRESSION_DEPTH_MAX = 64, /* brackets within brackets */
};

enum vfg_node_kind {
	VFG_NODE_TEXT,	 /* 'text' */
	VFG_NODE_NUMBER, /* -1 */
	VFG_NODE_WORD,	 /* true, false, null */
	VFG_NODE_CALL,	 /* text(child, ...) */
	VFG_NODE_MEMBER, /* child[0][child[1]], child[0].name */
};

/*
 * [concat(parameters('a').b, '-x')] is
 *   CALL concat
 *     MEMBER
 *       CALL parameters
 *         TEXT a
 *       TEXT b
 *     TEXT -x
 */
struct vfg_node {
	enum vfg_node_kind kind;
	const char *source; /* how the template spells it */
	size_t source_bytes;
	const char *text; /* of TEXT, WORD and CALL; names of the template's own functions are
			     NAMESPACE.NAME */
	int64_t number;
	bool safe; /* MEMBER: .? and [?, null where there is no such member */
	size_t count;
	struct vfg_node **child;
};

/* Is a string of a template an expression, to be evaluated? */
bool vfg_expression_is(const char *text, size_t bytes);

/* A string that begins with [[ and ends with ] is a literal whose first bracket does not count. */
bool vfg_expression_is_escaped(const char *text, size_t bytes);

/**
 * vfg_expression_parse - an expression, brackets included, to nodes
 * @text: must live as long as the nodes, which live in @arena
 * @ret_problem: on -EINVAL, what is wrong, one line
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int vfg_expression_parse(struct vfg_arena *arena, const char *text, size_t bytes,
			 const struct vfg_node **ret_node, const char **ret_problem);

#endif
