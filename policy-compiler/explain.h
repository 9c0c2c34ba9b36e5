/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet is allowed or denied: the rules that were tried, and what of each matched.
 */
#ifndef VFG_POLICY_COMPILER_EXPLAIN_H
#define VFG_POLICY_COMPILER_EXPLAIN_H

#include "arguments.h"
#include "nsgc.h"

/*
 * What a rule asks of a packet, in the platform's terms. A rule matches where all five do.
 *
 * They are read from the tables, which keep no rule as it was written. So: the ports of a rule for
 * a protocol without ports always match, and for a packet without ports they match where the rule
 * is for all ports; and a rule for Icmp, which is IPv4's, matches no address of IPv6.
 */
enum vfg_mark {
	VFG_MARK_PROTOCOL = 0,
	VFG_MARK_SOURCE = 1,
	VFG_MARK_SOURCE_PORT = 2,
	VFG_MARK_DESTINATION = 3,
	VFG_MARK_DESTINATION_PORT = 4,
	VFG_MARK_MAX = 5,
};

/* A rule that was tried. */
struct vfg_trial {
	uint32_t number; /* of the rule */
	bool matched[VFG_MARK_MAX];
};

/* A list that was asked: its rules in order, up to the one that matches. */
struct vfg_explained_list {
	const char *id; /* or its name where it has none */
	const char *name;
	uint8_t stage;	/* enum vfg_stage */
	uint32_t match; /* rule number, VFG_RULE_NONE where none does */
	size_t count;
	struct vfg_trial *trial;
};

struct vfg_explanation {
	struct vfg_verdict verdict; /* as vfg_tables_judge() says */
	size_t count;
	struct vfg_explained_list list[VFG_STAGE_MAX]; /* in the order of the walk */
};

/**
 * vfg_explain - every rule that a packet was tried against, and what of each did not match
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_explain(struct vfg_arena *arena, const struct vfg_tables *tables,
		const struct vfg_tuple *tuple, struct vfg_explanation *ret_explanation);

/**
 * vfg_report_explanation - lists and rules with their marks, then the verdict's line; or, as JSON,
 * what the platform's NSG diagnostics answers
 * @ret_text: lives in @arena, ends in a newline
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_report_explanation(struct vfg_arena *arena, const struct vfg_tables *tables,
			   const struct vfg_question *question,
			   const struct vfg_explanation *explanation, bool json,
			   const char **ret_text);

#endif
