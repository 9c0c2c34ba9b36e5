/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stages that are missing or several: admin rules alone, without rules, and of several managers.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "../policy-compiler/explain.h"
#include "fixture.h"

#define RULE(manager, name, access, priority, port)                                                \
	"{'name':'" name "','id':'/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/"  \
	"networkManagers/" manager "/securityAdminConfigurations/c/ruleCollections/rc/rules/" name \
	"','properties':{'protocol':'Tcp','access':'" access "','priority':" priority              \
	",'direction':'Inbound','destinationPortRanges':['" port "']}}"
#define TCP_IN(port) "Inbound,tcp,10.0.0.4," port ",198.51.100.7,40000"

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, FIX_NETWORK);
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(stage, .init = set_up, .fini = tear_down);

static void read_admin(const char *text)
{
	fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES, text);
	fixture_read(&fixture);
}

static void compile(struct vfg_tables *ret_tables)
{
	size_t bytes;
	void *image;

	cr_assert_eq(vfg_image_write(fixture.arena, fixture.model, &fixture.diag, &image, &bytes),
		     0);
	cr_assert_eq(vfg_image_open(image, bytes, &fixture.diag, ret_tables), 0);
}

/* The oracle's answer; the tables say the same. */
static void expect(const char *line, const char *answer)
{
	struct vfg_tables tables;
	struct vfg_verdict verdict;
	struct vfg_tuple tuple;
	const char *problem;

	cr_assert(fixture.model, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture_ask(&fixture, line), answer, "%s", line);
	cr_assert_eq(vfg_question_line(line, &tuple, &problem), 0);
	compile(&tables);
	verdict = vfg_tables_judge(&tables, &tuple);
	cr_expect_str_eq(vfg_arena_format(fixture.arena, "%s,%s", verdict.allow ? "Allow" : "Deny",
					  verdict.rule),
			 answer, "%s", line);
}

/* A missing NSG is a stage that allows everything. */
Test(stage, admin_rules_alone_deny_only_what_they_deny)
{
	read_admin("[" RULE("m", "NoSsh", "Deny", "1", "22") "," RULE("m", "Web", "Allow", "2",
								      "443") "]");
	expect(TCP_IN("22"), "Deny,adminRules/NoSsh");
	expect(TCP_IN("443"), "Allow,adminRules/Web");
	expect(TCP_IN("80"), "Allow,");
	expect("Outbound,udp,10.0.0.4,40000,198.51.100.7,514", "Allow,");
	expect("Inbound,50,2001:db8::4,0,2001:db8:2::7,0", "Allow,");
}

static const char *explain(const struct vfg_tables *tables, struct vfg_question *question,
			   bool json)
{
	struct vfg_explanation explanation;
	const char *text;

	cr_assert_eq(vfg_explain(fixture.arena, tables, &question->tuple, &explanation), 0);
	cr_assert_eq(
		vfg_report_explanation(fixture.arena, tables, question, &explanation, json, &text),
		0);
	return text;
}

/* The platform knows no such rule, so its JSON does not either. */
Test(stage, that_no_nsg_is_there_is_said_where_lists_are_shown)
{
	struct vfg_question question = {.protocol = "tcp"};
	struct vfg_tables tables;
	const char *text, *problem;

	read_admin("[" RULE("m", "NoSsh", "Deny", "1", "22") "]");
	compile(&tables);
	cr_assert_eq(vfg_question_line(TCP_IN("80"), &question.tuple, &problem), 0);
	text = explain(&tables, &question, false);
	cr_expect(strstr(text, "  Allow (no NSG)\n  allowed\n\nAllow\n"), "%s", text);
	text = explain(&tables, &question, true);
	cr_expect(strstr(text, "\"matchedRule\":null"), "%s", text);
	cr_expect(!strstr(text, "\"name\":\"\""), "%s", text);
	cr_assert_eq(vfg_dump(fixture.arena, &tables, false, &text), 0);
	cr_expect(strstr(text, "Allow        (no NSG)\n"), "%s", text);
	cr_expect(strstr(text, "  nic: none\n"), "%s", text);
}

/* What ends such a walk is not of the user's making: no warning is about it. */
Test(stage, an_admin_rule_that_allows_all_hides_nothing_where_no_nsg_is)
{
	read_admin("[{'name':'All','id':'/subscriptions/s/resourceGroups/g/providers/"
		   "Microsoft.Network/networkManagers/m/securityAdminConfigurations/c/"
		   "ruleCollections/rc/rules/"
		   "All','properties':{'protocol':'Any','access':'Allow','priority':1,"
		   "'direction':'Inbound','destinationPortRanges':['0-65535']}}]");
	expect(TCP_IN("80"), "Allow,adminRules/All");
	cr_expect_eq(fixture.diag.warnings, 0, "%s", fixture_messages(&fixture));
}

Test(stage, a_network_without_admin_rules_is_no_error)
{
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, FIX_NSG("nsg", ""));
	read_admin("{'value':[],'skipToken':''}");
	expect(TCP_IN("80"), "Deny,defaultSecurityRules/DenyAllInBound");
	expect("Inbound,tcp,10.0.0.4,80,10.0.0.5,40000",
	       "Allow,defaultSecurityRules/AllowVnetInBound");
}

Test(stage, nothing_at_all_is_no_policy)
{
	read_admin("{'value':[]}");
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "MissingNetworkSecurityGroup"), 1, "%s",
		     fixture_messages(&fixture));
}

/* The first manager's last word comes before the second's first. */
Test(stage, managers_are_tried_in_the_order_of_the_input)
{
	read_admin("[" RULE("high", "NoSsh", "Deny", "9",
			    "22") "," RULE("low", "Ssh", "AlwaysAllow", "1",
					   "22") "," RULE("high", "NoWeb", "Deny", "2", "80") "]");
	expect(TCP_IN("22"), "Deny,adminRules/NoSsh");
	expect(TCP_IN("80"), "Deny,adminRules/NoWeb");
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "SeveralNetworkManagers"), 1);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "SecurityAdminRuleConflict"), 0);
}
