/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at the policy in force: is it the one that is meant, and does it contradict
 * itself? */
#include <errno.h>
#include <string.h>

#include "../policy-compiler/clash.h"
#include "active.h"
#include "cleanup.h"
#include "doctor.h"

enum { CLASHES_TOLD_MAX = 20 };

static const size_t arena_limit_bytes = 16UL << 20;

static const char *name_of(const struct vfg_tables *tables, uint32_t number)
{
	const struct vfg_rule_info *info = vfg_tables_rule(tables, number);
	const char *name = info ? vfg_tables_text(tables, info->name_offset) : "";
	const char *slash = strchr(name, '/');

	return slash ? slash + 1 : name;
}

static const char *list_of(const struct vfg_tables *tables, uint32_t number)
{
	const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

	return info ? vfg_tables_list_name(tables, info) : "";
}

static void tell_contradiction(struct vfg_finding *finding, const struct vfg_tables *tables,
			       const struct vfg_clash *clash)
{
	const struct vfg_rule_info *rule = vfg_tables_rule(tables, clash->rule);
	bool is_subnet = rule->stage == VFG_STAGE_SUBNET;

	vfg_finding_says(finding,
			 "%s: %s of the %s's NSG %s allows what %s of the %s's NSG %s denies",
			 rule->direction == VFG_INBOUND ? "inbound" : "outbound",
			 name_of(tables, clash->rule), is_subnet ? "subnet" : "NIC",
			 list_of(tables, clash->rule), name_of(tables, clash->by),
			 is_subnet ? "NIC" : "subnet", list_of(tables, clash->by));
	vfg_finding_means(finding, "none of it passes: both NSGs must allow");
	vfg_finding_mend(finding,
			 "remove one of the two rules: az network nsg rule delete "
			 "--nsg-name %s --name %s, then vfguard apply",
			 list_of(tables, clash->rule), name_of(tables, clash->rule));
}

static void tell_shadow(struct vfg_finding *finding, const struct vfg_tables *tables,
			const struct vfg_clash *clash)
{
	const struct vfg_rule_info *rule = vfg_tables_rule(tables, clash->rule);

	vfg_finding_says(finding, "%s: %s of %s never decides: %s in front of it takes its traffic",
			 rule->direction == VFG_INBOUND ? "inbound" : "outbound",
			 name_of(tables, clash->rule), list_of(tables, clash->rule),
			 name_of(tables, clash->by));
	vfg_finding_means(finding, "the rule has no effect (ShadowedRule)");
	vfg_finding_mend(finding, "give it a priority below %u, or remove it, then vfguard apply",
			 vfg_tables_rule(tables, clash->by)->priority);
}

static void look_at_clashes(struct vfg_doctor *doctor, const char *name,
			    const struct vfg_tables *tables)
{
	struct vfg_arena *arena = vfg_arena_new(arena_limit_bytes);
	struct vfg_clashes clashes = {};
	struct vfg_finding *finding;
	int err = arena ? vfg_tables_clashes(arena, tables, &clashes) : -ENOMEM;

	for (size_t i = 0; !err && i < clashes.count && i < CLASHES_TOLD_MAX; i++) {
		const struct vfg_clash *clash = &clashes.clash[i];
		bool both = clash->kind == VFG_CLASH_CONTRADICTED;

		finding = vfg_finding_add(&doctor->findings,
					  both ? "nsg-contradiction" : "shadowed-rule",
					  VFG_FINDING_WARNING, name);
		if (both)
			tell_contradiction(finding, tables, clash);
		else
			tell_shadow(finding, tables, clash);
	}
	if (!err && (clashes.count > CLASHES_TOLD_MAX || clashes.incomplete)) {
		finding = vfg_finding_add(&doctor->findings, "shadowed-rule", VFG_FINDING_WARNING,
					  name);
		vfg_finding_says(finding, "%zu more rules have no effect%s",
				 clashes.count > CLASHES_TOLD_MAX ? clashes.count - CLASHES_TOLD_MAX
								  : 0,
				 clashes.incomplete ? ", and not every rule was looked at" : "");
		vfg_finding_mend(finding, "nsgc check FILE names those of each NSG");
	}
	if (!err && !clashes.count && !clashes.incomplete)
		vfg_finding_fine(&doctor->findings, "nsg-contradiction", name,
				 "every rule of the NSGs has an effect");
	vfg_arena_free(arena);
}

static void tell_no_policy(struct vfg_doctor *doctor, const char *name)
{
	struct vfg_finding *finding =
		vfg_finding_add(&doctor->findings, "policy", VFG_FINDING_WARNING, name);

	vfg_finding_says(finding, "no policy is in force");
	vfg_finding_means(finding, "every packet is dropped");
	vfg_finding_mend(finding, "vfguard apply %s -p POLICY", name);
}

void vfg_doctor_policy(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	autoactive struct vfg_active active = {.fd = -1};
	const char *name = master->device.link.name;
	struct vfg_finding *finding;
	int err;

	if (!master->is_loaded)
		return;
	err = vfg_active_open(&master->loaded->pins, &active);
	if (err) {
		tell_no_policy(doctor, name);
		return;
	}
	if (master->loaded->state.flags & VFG_STATE_STAND_IN &&
	    active.tables.policy->generation == 1) {
		finding = vfg_finding_add(&doctor->findings, "policy", VFG_FINDING_WARNING, name);
		vfg_finding_says(finding, "a stand-in is in force: the policy of the settings "
					  "could not be had");
		vfg_finding_means(finding, "an older policy is enforced, or all is denied but the "
					   "platform");
		vfg_finding_mend(finding, "journalctl -u vfguard says why; mend the policy, then "
					  "systemctl reload vfguard");
	}
	look_at_clashes(doctor, name, &active.tables);
}
