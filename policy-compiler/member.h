/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Members of application security groups, as NICs say them. Used by group.c alone.
 */
#ifndef VFG_POLICY_COMPILER_MEMBER_H
#define VFG_POLICY_COMPILER_MEMBER_H

#include "address.h"
#include "document.h"
#include "finder.h"
#include "gap.h"

enum {
	VFG_MEMBER_GROUPS_MAX = 20, /* groups of one NIC: the platform's limit */
};

/* A group that a NIC or the group's own JSON names. */
struct vfg_group {
	const char *id;
	size_t count, room;
	struct vfg_prefix *member;
	const char *network[2];	   /* ids of the VNets of its members, NULL where not told */
	struct vfg_gap *gaps;	   /* members whose address is not known */
	const struct vfg_set *set; /* of all members, once somebody has asked */
};

struct vfg_members {
	struct vfg_diag *diag;
	size_t count, room;
	struct vfg_group **group;
	struct vfg_finder index; /* of group, by the last part of its id */
	struct vfg_gap *blind;	 /* NICs that do not tell their groups */
	struct vfg_whole_nics whole;
};

/* Take the groups and the NICs of a document. Return: 0, also with errors in @diag; -ENOMEM. */
int vfg_members_add(struct vfg_members *members, const struct vfg_document *document);

/**
 * vfg_members_next - the next group whose id may be the one that is asked for
 * @cursor: 0 at first
 *
 * Return: the group, or NULL.
 */
struct vfg_group *vfg_members_next(const struct vfg_members *members, const char *id,
				   size_t *cursor);

#endif
