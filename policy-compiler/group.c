/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Application security groups: names for sets of NICs. What no NIC and no group says is not known,
 * and never taken for empty. Who is a member is found by member.c.
 */
#include "group.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "groupid.h"
#include "member.h"

struct vfg_groups {
	struct vfg_diag *diag;
	struct vfg_members members;
};

/* A rule's question. */
struct question {
	struct vfg_groups *groups;
	struct vfg_place place;
	bool inert;
};

#define SUPPLY_NIC "supply --nic FILE with the deployed NIC (az network nic show)"

static const char unresolved[] = "UnresolvedApplicationSecurityGroup";

int vfg_groups_new(struct vfg_diag *diag, const struct vfg_document *document, size_t count,
		   struct vfg_groups **ret_groups)
{
	struct vfg_groups *groups = vfg_arena_alloc(diag->arena, sizeof(*groups));
	int err = 0;

	if (!groups)
		return -ENOMEM;
	groups->diag = diag;
	groups->members.diag = diag;
	groups->members.index.arena = diag->arena;
	groups->members.whole.index.arena = diag->arena;
	for (size_t i = 0; !err && i < count; i++)
		err = vfg_members_add(&groups->members, &document[i]);
	*ret_groups = groups;
	return err;
}

/*
 * The group of this id, and the one that an id with a placeholder may mean beside it. Return: how
 * many, 3 where several may be meant.
 */
static int find(const struct vfg_members *members, const char *id, struct vfg_group *ret_group[2])
{
	struct vfg_group *group, *is = NULL, *may_be = NULL;
	size_t cursor = 0;
	int count = 0;

	while ((group = vfg_members_next(members, id, &cursor))) {
		if (vfg_group_id_match(group->id, id) == VFG_GROUP_IS) {
			is = group;
			continue;
		}
		if (may_be)
			return 3;
		may_be = group;
	}
	if (is)
		ret_group[count++] = is;
	if (may_be)
		ret_group[count++] = may_be;
	return count;
}

static int say_unknown(const struct question *question, const char *id, int found)
{
	struct vfg_diag *diag = question->groups->diag;

	if (found > 2)
		vfg_diag_add(diag, VFG_ERROR, question->place, unresolved,
			     "several groups may be %s: give one of them only", id);
	else
		vfg_diag_add(diag, VFG_ERROR, question->place, unresolved,
			     "the members of %s are not known: supply --nic FILE of its members "
			     "(az network nic show), or the group's own JSON (az network asg show) "
			     "if it has none",
			     id);
	return -ENOENT;
}

static int set_of(const struct question *question, struct vfg_group *group,
		  const struct vfg_set **ret_set)
{
	const struct vfg_members *members = &question->groups->members;
	const struct vfg_gap *gap = vfg_gap_open(group->gaps, &members->whole);
	int err = 0;

	if (gap) {
		vfg_diag_add(question->groups->diag, VFG_ERROR, question->place, unresolved,
			     "the members of %s are not all known: %s; " SUPPLY_NIC, group->id,
			     gap->says);
		return -ENOENT;
	}
	if (!group->set)
		err = vfg_set_build(question->groups->diag->arena, group->member, group->count,
				    &group->set);
	if (!err)
		*ret_set = group->set;
	return err;
}

/* One group's members. Return: 0, -ENOENT (said), -ENOMEM. */
static int resolve(const struct question *question, const char *id, const struct vfg_set **ret_set)
{
	struct vfg_arena *arena = question->groups->diag->arena;
	struct vfg_group *group[2];
	const struct vfg_set *set[2];
	int count = id ? find(&question->groups->members, id, group) : 0;
	int err = 0;

	if (!count || count > 2)
		return say_unknown(question, id ? id : "a group whose id is not known", count);
	for (int i = 0; !err && i < count; i++)
		err = set_of(question, group[i], &set[i]);
	if (!err)
		err = vfg_set_union(arena, set, (size_t)count, ret_set);
	if (err)
		return err;
	if (vfg_set_is_empty(*ret_set))
		vfg_diag_add(question->groups->diag, VFG_WARNING, question->place,
			     "EmptyApplicationSecurityGroup", "%s has no members: %s", id,
			     question->inert ? "the rule matches nothing"
					     : "it adds no address to the rule");
	return 0;
}

int vfg_groups_resolve(struct vfg_groups *groups, const char *const *id, size_t count,
		       struct vfg_place place, bool inert, const struct vfg_set **ret_set)
{
	const struct question question = {.groups = groups, .place = place, .inert = inert};
	const struct vfg_set **set = vfg_arena_array(groups->diag->arena, count, sizeof(*set));
	const struct vfg_gap *blind = vfg_gap_open(groups->members.blind, &groups->members.whole);
	const struct vfg_set *empty = NULL;
	bool unknown = false;

	if (!set)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int err = resolve(&question, id[i], &set[i]);

		if (err == -ENOMEM)
			return err;
		unknown |= err != 0;
		if (!err && vfg_set_is_empty(set[i]))
			empty = set[i];
	}
	if (!unknown && blind) {
		vfg_diag_add(groups->diag, VFG_ERROR, place, unresolved,
			     "the members of the rule's groups are not all known: %s; " SUPPLY_NIC,
			     blind->says);
		unknown = true;
	}
	if (unknown)
		return -ENOENT;
	if (inert && empty) {
		*ret_set = empty;
		return 0;
	}
	return vfg_set_union(groups->diag->arena, set, count, ret_set);
}

/* The next VNet of a rule's groups that is not @first. NULL: none. */
static const char *other_network(const struct vfg_groups *groups, const struct vfg_nsg_groups *side,
				 const char *first)
{
	struct vfg_group *group[2];

	for (size_t i = 0; i < side->count; i++) {
		int count = side->id[i] ? find(&groups->members, side->id[i], group) : 0;

		for (int j = 0; j < 4 && count <= 2; j++) {
			const char *network = j / 2 < count ? group[j / 2]->network[j % 2] : NULL;

			if (network &&
			    (!first || vfg_group_id_match(network, first) == VFG_GROUP_DIFFERS))
				return network;
		}
	}
	return NULL;
}

void vfg_groups_check_network(struct vfg_groups *groups, const struct vfg_nsg_rule *rule,
			      struct vfg_place place, const char *rule_id)
{
	const char *end = strcasestr(rule_id, "/securityRules/");
	const char *first = NULL, *other = NULL;

	for (int i = 0; i < 2 && !first; i++)
		first = other_network(groups, &rule->groups[i], NULL);
	for (int i = 0; i < 2 && first && !other; i++)
		other = other_network(groups, &rule->groups[i], first);
	if (!other)
		return;
	vfg_diag_add(
		groups->diag, VFG_ERROR, place,
		"AllApplicationSecurityGroupsInSecurityRuleMustBeFromSameVnet",
		"Security Rule %.*s has Application Security Groups (ASGs) from multiple virtual "
		"networks (%s, %s). All ASGs on the Security Rule must be from the same virtual "
		"network.",
		end ? (int)(end - rule_id) : (int)strlen(rule_id), rule_id, first, other);
}

/* Add an id to those that were met. Return: 1 where it is new, 0, -ENOMEM. */
static int meet(struct vfg_finder *met, const char **ids, size_t count, const char *id)
{
	uint64_t hash = vfg_finder_hash_name(id);
	size_t cursor = 0;
	uint32_t at;
	int err;

	while ((at = vfg_finder_next(met, hash, &cursor)) != VFG_FINDER_NONE) {
		if (!strcasecmp(ids[at], id))
			return 0;
	}
	ids[count] = id;
	err = vfg_finder_add(met, hash, (uint32_t)count);
	return err ? err : 1;
}

int vfg_groups_check_count(struct vfg_diag *diag, const struct vfg_nsg *nsg)
{
	struct vfg_finder met = {.arena = diag->arena};
	size_t named = 0, count = 0;
	const char **ids;

	for (size_t i = 0; i < nsg->rule_count; i++)
		named += nsg->rule[i].groups[0].count + nsg->rule[i].groups[1].count;
	ids = vfg_arena_array(diag->arena, named, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < nsg->rule_count * 2; i++) {
		const struct vfg_nsg_groups *side = &nsg->rule[i / 2].groups[i % 2];

		for (size_t j = 0; j < side->count; j++) {
			int is_new = side->id[j] ? meet(&met, ids, count, side->id[j]) : 0;

			if (is_new < 0)
				return is_new;
			count += (size_t)is_new;
		}
	}
	if (count > VFG_GROUPS_PER_NSG_MAX)
		vfg_diag_add(
			diag, VFG_ERROR,
			(struct vfg_place){.file = nsg->file, .field = "securityRules"},
			"ApplicationSecurityGroupsPerSecurityGroupLimitReached",
			"Network security group %s names %zu application security groups in its "
			"rules. At most %d are allowed.",
			nsg->id, count, VFG_GROUPS_PER_NSG_MAX);
	return 0;
}
