/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What diff says of two policies, for people and for scripts.
 */
#include <criterion/criterion.h>
#include <linux/in.h>
#include <string.h>

#include "sample.h"

/* A list that ends in a rule for everything, before and after. */
struct versions {
	struct vfg_sample sample[2];
	struct vfg_list *list[2];
};

static struct versions versions_new(void)
{
	struct versions versions;

	for (int i = 0; i < 2; i++) {
		versions.sample[i] = vfg_sample_new();
		versions.list[i] =
			vfg_sample_list(&versions.sample[i], VFG_INBOUND, VFG_STAGE_NIC, "nic");
	}
	return versions;
}

static struct vfg_model_rule *add_rule(struct versions *versions, int version, const char *name,
				       enum vfg_action action)
{
	return vfg_sample_rule(versions->list[version], name, action);
}

static int compile_both(struct versions *versions)
{
	int err = vfg_sample_compile(&versions->sample[0]);

	return err ? err : vfg_sample_compile(&versions->sample[1]);
}

static void expect_text(struct versions *versions, const char *wanted)
{
	const char *text = "";
	bool differs;

	cr_assert_eq(compile_both(versions), 0);
	cr_assert_eq(vfg_diff(versions->sample[0].arena, &versions->sample[0].tables,
			      &versions->sample[1].tables, false, &versions->sample[0].diag,
			      &differs, &text),
		     0);
	cr_expect_str_eq(text, wanted);
	cr_expect_eq(differs, strcmp(wanted, "no flow changes its verdict\n") != 0);
	vfg_arena_free(versions->sample[0].arena);
	vfg_arena_free(versions->sample[1].arena);
}

Test(diff_print, a_rule_that_was_added_is_named_with_the_one_that_decided_before)
{
	struct versions versions = versions_new();
	struct vfg_model_rule *rule;

	rule = add_rule(&versions, 1, "securityRules/Ssh", VFG_ACTION_ALLOW);
	rule->protocol = IPPROTO_TCP;
	rule->source = vfg_sample_set(&versions.sample[1], "198.51.100.0/24 192.0.2.1/32");
	rule->destination_ports = vfg_sample_ports(&versions.sample[1], 22, 22);
	for (int i = 0; i < 2; i++)
		add_rule(&versions, i, "defaultSecurityRules/DenyAllInBound", VFG_ACTION_DENY);
	expect_text(&versions, "Inbound: Deny defaultSecurityRules/DenyAllInBound -> Allow "
			       "securityRules/Ssh\n"
			       "  remote 192.0.2.1, 198.51.100.0/24 local 0.0.0.0/0 Tcp 22\n");
}

Test(diff_print, every_address_of_both_families_is_a_star)
{
	struct versions versions = versions_new();

	add_rule(&versions, 0, "securityRules/Open", VFG_ACTION_ALLOW);
	add_rule(&versions, 1, "securityRules/Shut", VFG_ACTION_DENY);
	expect_text(&versions, "Inbound: Allow securityRules/Open -> Deny securityRules/Shut\n"
			       "  remote * local * any protocol\n");
}

Test(diff_print, names_priorities_and_shadowed_rules_change_no_flow)
{
	struct versions versions = versions_new();

	add_rule(&versions, 0, "securityRules/Old", VFG_ACTION_DENY);
	add_rule(&versions, 1, "securityRules/New", VFG_ACTION_DENY)->priority = 4000;
	add_rule(&versions, 1, "securityRules/Shadowed", VFG_ACTION_ALLOW);
	expect_text(&versions, "no flow changes its verdict\n");
}

Test(diff_print, a_rule_that_moved_past_another_changes_what_both_match)
{
	struct versions versions = versions_new();
	static const char *const name[2][2] = {{"securityRules/Web", "securityRules/NoLab"},
					       {"securityRules/NoLab", "securityRules/Web"}};

	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 2; j++) {
			bool web = i == j;
			struct vfg_model_rule *rule = add_rule(
				&versions, i, name[i][j], web ? VFG_ACTION_ALLOW : VFG_ACTION_DENY);

			if (web) {
				rule->protocol = IPPROTO_TCP;
				rule->destination_ports =
					vfg_sample_ports(&versions.sample[i], 80, 443);
			} else {
				rule->source = vfg_sample_set(&versions.sample[i], "2001:db8::/32");
			}
		}
	}
	expect_text(&versions, "Inbound: Allow securityRules/Web -> Deny securityRules/NoLab\n"
			       "  remote 2001:db8::/32 local ::/0 Tcp 80-443\n");
}

Test(diff_print, protocols_and_source_ports_are_listed_where_they_are_not_all)
{
	struct versions versions = versions_new();
	struct vfg_model_rule *rule;

	rule = add_rule(&versions, 1, "securityRules/Udp", VFG_ACTION_ALLOW);
	rule->protocol = IPPROTO_UDP;
	rule->source_ports = vfg_sample_ports(&versions.sample[1], 53, 53);
	rule = add_rule(&versions, 1, "securityRules/Ping", VFG_ACTION_ALLOW);
	rule->protocol = IPPROTO_ICMP;
	rule->destination = vfg_sample_set(&versions.sample[1], "10.0.0.1/32 10.0.0.2/32");
	rule = add_rule(&versions, 1, "securityRules/Esp", VFG_ACTION_ALLOW);
	rule->protocol = IPPROTO_ESP;
	expect_text(&versions, "Inbound: Deny by no rule -> Allow securityRules/Udp\n"
			       "  remote * local * Udp source ports 53\n"
			       "Inbound: Deny by no rule -> Allow securityRules/Ping\n"
			       "  remote 0.0.0.0/0 local 10.0.0.1-10.0.0.2 Icmp\n"
			       "Inbound: Deny by no rule -> Allow securityRules/Esp\n"
			       "  remote * local * Esp\n");
}

Test(diff_print, an_nsg_that_was_added_is_compared_with_none)
{
	struct versions versions = versions_new();
	struct vfg_list *subnet =
		vfg_sample_list(&versions.sample[1], VFG_OUTBOUND, VFG_STAGE_SUBNET, "subnet");
	struct vfg_list *nic[2];

	versions.sample[1].model.pipeline[VFG_OUTBOUND].count = 0;
	for (int i = 0; i < 2; i++) {
		add_rule(&versions, i, "securityRules/In", VFG_ACTION_DENY);
		nic[i] = vfg_sample_list(&versions.sample[i], VFG_OUTBOUND, VFG_STAGE_NIC, "nic");
		vfg_sample_rule(nic[i], "securityRules/Out", VFG_ACTION_ALLOW);
	}
	versions.sample[1].model.pipeline[VFG_OUTBOUND].list[1] = subnet;
	versions.sample[1].model.pipeline[VFG_OUTBOUND].count = 2;
	vfg_sample_rule(subnet, "securityRules/NoMail", VFG_ACTION_DENY)->destination_ports =
		vfg_sample_ports(&versions.sample[1], 25, 25);
	vfg_sample_rule(subnet, "securityRules/Rest", VFG_ACTION_ALLOW);
	expect_text(&versions, "Outbound: Allow securityRules/Out -> Deny securityRules/NoMail\n"
			       "  remote * local * Tcp 25 Udp 25\n");
}

Test(diff_print, long_lists_are_wrapped)
{
	struct versions versions = versions_new();

	add_rule(&versions, 1, "securityRules/Many", VFG_ACTION_ALLOW)->source =
		vfg_sample_set(&versions.sample[1],
			       "192.0.2.1/32 192.0.2.3/32 192.0.2.5/32 192.0.2.7/32 192.0.2.9/32 "
			       "192.0.2.11/32 192.0.2.13/32 192.0.2.15/32 192.0.2.17/32");
	for (int i = 0; i < 2; i++)
		add_rule(&versions, i, "securityRules/Rest", VFG_ACTION_DENY);
	expect_text(&versions,
		    "Inbound: Deny securityRules/Rest -> Allow securityRules/Many\n"
		    "  remote 192.0.2.1, 192.0.2.3, 192.0.2.5, 192.0.2.7, 192.0.2.9, 192.0.2.11, "
		    "192.0.2.13, "
		    "192.0.2.15,\n"
		    "    192.0.2.17 local 0.0.0.0/0 any protocol\n");
}

Test(diff_print, scripts_read_ranges_and_both_verdicts)
{
	struct versions versions = versions_new();
	struct vfg_model_rule *rule;
	const char *text;
	bool differs;

	rule = add_rule(&versions, 1, "securityRules/Web", VFG_ACTION_ALLOW);
	rule->destination_ports = vfg_sample_ports(&versions.sample[1], 80, 81);
	rule->source = vfg_sample_set(&versions.sample[1], "192.0.2.0/25");
	for (int i = 0; i < 2; i++)
		add_rule(&versions, i, "securityRules/Rest", VFG_ACTION_DENY);
	cr_assert_eq(compile_both(&versions), 0);
	cr_assert_eq(vfg_diff(versions.sample[0].arena, &versions.sample[0].tables,
			      &versions.sample[1].tables, true, &versions.sample[0].diag, &differs,
			      &text),
		     0);
	cr_expect_str_eq(text, "{\n"
			       "  \"regions\":[\n"
			       "    {\n"
			       "      \"direction\":\"Inbound\",\n"
			       "      \"remote\":[\n"
			       "        \"192.0.2.0/25\"\n"
			       "      ],\n"
			       "      \"local\":[\n"
			       "        \"0.0.0.0/0\"\n"
			       "      ],\n"
			       "      \"services\":[\n"
			       "        {\n"
			       "          \"protocol\":\"Tcp\",\n"
			       "          \"destinationPorts\":[\n"
			       "            \"80-81\"\n"
			       "          ]\n"
			       "        },\n"
			       "        {\n"
			       "          \"protocol\":\"Udp\",\n"
			       "          \"destinationPorts\":[\n"
			       "            \"80-81\"\n"
			       "          ]\n"
			       "        }\n"
			       "      ],\n"
			       "      \"sourcePorts\":[\n"
			       "        \"0-65535\"\n"
			       "      ],\n"
			       "      \"before\":{\n"
			       "        \"access\":\"Deny\",\n"
			       "        \"ruleName\":\"securityRules/Rest\",\n"
			       "        \"list\":\"nic\"\n"
			       "      },\n"
			       "      \"after\":{\n"
			       "        \"access\":\"Allow\",\n"
			       "        \"ruleName\":\"securityRules/Web\",\n"
			       "        \"list\":\"nic\"\n"
			       "      }\n"
			       "    }\n"
			       "  ]\n"
			       "}\n");
	cr_expect(differs);
	vfg_arena_free(versions.sample[0].arena);
	vfg_arena_free(versions.sample[1].arena);
}
