/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Application security groups: who is a member, what is not known, and what an empty one means.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "fixture.h"

#define SCOPE	 "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg"
#define TEMPLATE "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/template"
#define GROUPS	 "/providers/Microsoft.Network/applicationSecurityGroups/"
#define NICS	 "/providers/Microsoft.Network/networkInterfaces/"
#define VNET	 SCOPE "/providers/Microsoft.Network/virtualNetworks/"

#define REF(id) "{'id':'" id "'}"
#define CONFIG(address, groups)                                                                    \
	"{'name':'c','properties':{'privateIPAddress':" address                                    \
	",'privateIPAddressVersion':'IPv4','subnet':{'id':'" VNET "v/subnets/s'},"                 \
	"'applicationSecurityGroups':[" groups "]}}"
#define NIC(name, configs)                                                                         \
	"{'name':'" name "','type':'Microsoft.Network/networkInterfaces','properties':"            \
	"{'ipConfigurations':[" configs "]}}"
#define WEB	   SCOPE GROUPS "web"
#define DB	   SCOPE GROUPS "db"
#define MEMBER(to) NIC("nic-" to, CONFIG("'192.0.2.4'", REF(SCOPE GROUPS to)))
#define ASG(id)	   "{'id':'" id "','type':'Microsoft.Network/applicationSecurityGroups'}"
#define FROM(refs) "'sourceApplicationSecurityGroups':[" refs "]"
#define TO(refs)   "'destinationApplicationSecurityGroups':[" refs "]"

#define UNKNOWN "UnresolvedApplicationSecurityGroup"

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

TestSuite(group, .init = set_up, .fini = tear_down);

static void open_again(void)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture.request.source_count = 0;
}

static const char *rule(const char *name, int priority, const char *sides)
{
	return vfg_arena_format(fixture.arena,
				"{'name':'%s','properties':{" FIX_WHAT
				",'priority':%d,'direction':'Inbound',%s," FIX_SPORTS
				",'destinationPortRange':'%d'}}",
				name, priority, sides, priority);
}

static void add_nsg(const char *rules)
{
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG,
		    vfg_arena_format(fixture.arena,
				     "{'name':'nsg','id':'/x/nsg','properties':{'securityRules':"
				     "[%s]}}",
				     rules));
}

/* An NSG with one rule, for port 100, and one file about members. */
static void read_one(const char *sides, const char *members)
{
	open_again();
	add_nsg(rule("A", 100, sides));
	if (members)
		fixture_add(&fixture, VFG_SOURCE_NIC, members);
	fixture_read(&fixture);
}

static bool lets_in(const char *from)
{
	const char *answer = fixture_ask(
		&fixture, vfg_arena_format(fixture.arena, "Inbound,tcp,%s,100,%s,9",
					   strchr(from, ':') ? "2001:db8::9" : "10.0.0.9", from));

	return !strcmp(answer, "Allow,securityRules/A");
}

/* What members are given as, and an address that is one and one that is none. */
static const struct {
	const char *name;
	const char *members;
	const char *in, *out;
} shapes[] = {
	{"a NIC", MEMBER("web"), "192.0.2.4", "192.0.2.5"},
	{"a list", "{'value':[" MEMBER("db") "," MEMBER("web") "]}", "192.0.2.4", "192.0.2.3"},
	{"flattened",
	 "[{'name':'n','ipConfigurations':[{'privateIPAddress':'192.0.2.4',"
	 "'applicationSecurityGroups':[" REF(WEB) "]}],'resourceGroup':'rg'}]",
	 "192.0.2.4", "192.0.2.5"},
	{"PascalCase",
	 "{'Name':'n','IpConfigurations':[{'PrivateIpAddress':'192.0.2.4',"
	 "'ApplicationSecurityGroups':[{'Id':'" WEB "'}]}]}",
	 "192.0.2.4", "192.0.2.5"},
	{"an instance of a scale set",
	 "{'name':'n','id':'" SCOPE "/providers/Microsoft.Compute/virtualMachineScaleSets/x/"
	 "virtualMachines/0/networkInterfaces/n','properties':{'ipConfigurations':[" CONFIG(
		 "'192.0.2.4'", REF(WEB)) "]}}",
	 "192.0.2.4", "192.0.2.5"},
	{"another case of the id",
	 NIC("n", CONFIG("'192.0.2.4'", "{'id':'/SUBSCRIPTIONS/11111111-1111-1111-1111-"
					"111111111111/resourcegroups/RG" GROUPS "WEB'}")),
	 "192.0.2.4", "192.0.2.5"},
	{"two configurations",
	 NIC("n", CONFIG("'192.0.2.4'", REF(WEB)) "," CONFIG("'2001:db8:2::4'", REF(WEB))),
	 "2001:db8:2::4", "2001:db8:2::5"},
	{"a block of addresses",
	 NIC("n", "{'privateIPAddress':'192.0.2.16','privateIPAddressPrefixLength':28,"
		  "'applicationSecurityGroups':[" REF(WEB) "]}"),
	 "192.0.2.31", "192.0.2.32"},
	{"several NICs",
	 "[" MEMBER("web") "," NIC("o", CONFIG("'192.0.2.8'", REF(DB) "," REF(WEB))) "]",
	 "192.0.2.8", "192.0.2.5"},
	{"a template's NIC", NIC("n", CONFIG("'192.0.2.4'", REF(TEMPLATE GROUPS "web"))),
	 "192.0.2.4", "192.0.2.5"},
	{"a template's NIC that names the resource group",
	 NIC("n", CONFIG("'192.0.2.4'",
			 REF("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/"
			     "RG" GROUPS "web"))),
	 "192.0.2.4", "192.0.2.5"},
	{"a template's NIC without an address, and the deployed one",
	 "[{'name':'n','id':'" TEMPLATE NICS "n','properties':{'ipConfigurations':[" CONFIG(
		 "null", REF(TEMPLATE GROUPS "web")) "]}},{'name':'n','id':'" SCOPE NICS
						     "N','properties':{'ipConfigurations':[" CONFIG(
							     "'192.0.2.4'", REF(WEB)) "]}}]",
	 "192.0.2.4", "192.0.2.5"},
	{"a NIC cut short, and the whole one",
	 "[{'name':'n','type':'Microsoft.Network/networkInterfaces'}," NIC(
		 "N", CONFIG("'192.0.2.4'", REF(WEB))) "]",
	 "192.0.2.4", "192.0.2.5"},
	{"a NIC in no group beside it",
	 "[" MEMBER("web") "," NIC("o", "{'properties':{'privateIPAddress':'192.0.2.5'}}") "]",
	 "192.0.2.4", "192.0.2.5"},
};

Test(group, members_are_the_addresses_of_the_nics_that_list_it)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		read_one(FROM(REF(WEB)) "," FIX_TO, shapes[i].members);
		cr_expect_null(fixture.diag.first, "%s:%s", shapes[i].name,
			       fixture_messages(&fixture));
		if (!fixture.model)
			continue;
		cr_expect(lets_in(shapes[i].in), "%s", shapes[i].name);
		cr_expect(!lets_in(shapes[i].out), "%s", shapes[i].name);
	}
}

/* What is not known is an error of the rule that asks; says NULL: nobody has asked. */
static const struct {
	const char *name;
	const char *sides;
	const char *members;
	const char *code;
	const char *says;
} unknown[] = {
	{"nothing is known", FROM(REF(WEB)) "," FIX_TO, NULL, UNKNOWN, "--nic FILE"},
	{"another group's members", FROM(REF(WEB)) "," FIX_TO, MEMBER("db"), UNKNOWN, WEB},
	{"a group without an id", FROM("{}") "," FIX_TO, MEMBER("web"), UNKNOWN, "whose id"},
	{"a name in another resource group",
	 FROM("{'id':'/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/"
	      "other" GROUPS "web'}") "," FIX_TO,
	 MEMBER("web"), UNKNOWN, "other"},
	{"one of two", FROM(REF(WEB) "," REF(DB)) "," FIX_TO, MEMBER("web"), UNKNOWN, DB},
	{"on the other side", FIX_FROM "," TO(REF(WEB)), MEMBER("db"), UNKNOWN, WEB},
	{"a member without an address", FROM(REF(WEB)) "," FIX_TO,
	 "[" MEMBER("web") "," NIC("lost", CONFIG("null", REF(WEB))) "]", UNKNOWN, "lost"},
	{"a member without an address, and another NIC", FROM(REF(WEB)) "," FIX_TO,
	 "[{'name':'n','id':'" SCOPE NICS "n','ipConfigurations':[" CONFIG(
		 "null", REF(WEB)) "]},{'name':'n','id':'" VNET NICS
				   "n','ipConfigurations':[" CONFIG("'192.0.2.4'", REF(WEB)) "]}]",
	 UNKNOWN, "the NIC n"},
	{"it is not asked for", FROM(REF(DB)) "," FIX_TO,
	 "[" MEMBER("db") "," NIC("lost", CONFIG("null", REF(WEB))) "]", NULL, NULL},
	{"a NIC without its configurations", FROM(REF(WEB)) "," FIX_TO,
	 "[" MEMBER("web") ",{'name':'cut','type':'Microsoft.Network/networkInterfaces'}]", UNKNOWN,
	 "cut"},
	{"a NIC without them, and no group", FIX_FROM "," FIX_TO,
	 "[{'name':'cut','type':'Microsoft.Network/networkInterfaces'}]", NULL, NULL},
	{"two groups that a template may mean", FROM(REF(TEMPLATE GROUPS "web")) "," FIX_TO,
	 "[" MEMBER("web") "," NIC(
		 "n",
		 CONFIG("'192.0.2.8'",
			REF("/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/"
			    "other" GROUPS "web"))) "]",
	 UNKNOWN, "several"},
	{"an address that is none", FIX_FROM "," FIX_TO, NIC("n", CONFIG("'x'", REF(WEB))),
	 "InvalidPrivateIPAddress", "x"},
	{"two networks", FROM(REF(WEB)) "," TO(REF(DB)),
	 "[" MEMBER("web") "," NIC("n", "{'privateIPAddress':'192.0.2.9','subnet':{'id':'" VNET
					"w/subnets/s'},"
					"'applicationSecurityGroups':[" REF(DB) "]}") "]",
	 "AllApplicationSecurityGroupsInSecurityRuleMustBeFromSameVnet",
	 "Security Rule /x/nsg has Application Security Groups (ASGs) from multiple virtual "
	 "networks (" VNET "v, " VNET "w). All ASGs on the Security Rule must be from the same "
	 "virtual network."},
	{"one network in two spellings", FROM(REF(WEB)) "," TO(REF(DB)),
	 "[" MEMBER("web") "," NIC("n", "{'privateIPAddress':'192.0.2.9','subnet':{'id':'" VNET
					"V/SUBNETS/t'},"
					"'applicationSecurityGroups':[" REF(DB) "]}") "]",
	 NULL, NULL},
};

Test(group, what_is_not_known_is_an_error_where_it_is_asked_for)
{
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		const struct vfg_message *message;

		read_one(unknown[i].sides, unknown[i].members);
		message = fixture.diag.first;
		cr_expect_eq(fixture.diag.errors, unknown[i].code ? 1 : 0, "%s:%s", unknown[i].name,
			     fixture_messages(&fixture));
		if (!message || !unknown[i].code)
			continue;
		cr_expect_str_eq(message->code, unknown[i].code, "%s", unknown[i].name);
		cr_expect(strstr(message->text, unknown[i].says), "%s: %s", unknown[i].name,
			  message->text);
	}
}

/* The tables and the oracle must agree where a rule's set is empty. */
static void check_verdict(const char *packet, const char *wanted)
{
	struct vfg_tables tables;
	struct vfg_verdict verdict;
	struct vfg_tuple tuple;
	const char *problem;
	size_t bytes;
	void *image;

	cr_expect_str_eq(fixture_ask(&fixture, packet), wanted, "%s", packet);
	cr_assert_eq(vfg_image_write(fixture.arena, fixture.model, &fixture.diag, &image, &bytes),
		     0);
	cr_assert_eq(vfg_image_open(image, bytes, &fixture.diag, &tables), 0);
	cr_assert_eq(vfg_question_line(packet, &tuple, &problem), 0);
	verdict = vfg_tables_judge(&tables, &tuple);
	cr_expect_str_eq(vfg_arena_format(fixture.arena, "%s,%s", verdict.allow ? "Allow" : "Deny",
					  verdict.rule),
			 wanted, "%s", packet);
}

static const char member_of_two[] = "Inbound,tcp,10.0.0.9,100,192.0.2.4,9";

Test(group, an_empty_group_adds_nothing_or_makes_the_rule_inert)
{
	for (int inert = 0; inert < 2; inert++) {
		open_again();
		fixture.request.inert_empty_groups = inert;
		add_nsg(rule("A", 100, FROM(REF(WEB) "," REF(DB)) "," FIX_TO));
		fixture_add(&fixture, VFG_SOURCE_NIC, MEMBER("web"));
		fixture_add(&fixture, VFG_SOURCE_NIC, ASG(DB));
		fixture_read(&fixture);
		cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "EmptyApplicationSecurityGroup"),
			     1, "%s", fixture_messages(&fixture));
		cr_expect_str_eq(fixture.diag.first->rule, "A");
		cr_assert(fixture.model);
		check_verdict(member_of_two, inert ? "Deny,defaultSecurityRules/DenyAllInBound"
						   : "Allow,securityRules/A");
	}
}

Test(group, a_rule_of_empty_groups_matches_nothing_and_stays_listed)
{
	read_one(FROM(REF(DB)) "," FIX_TO, "[" ASG(DB) "]");
	cr_assert(fixture.model, "%s", fixture_messages(&fixture));
	check_verdict(member_of_two, "Deny,defaultSecurityRules/DenyAllInBound");
	check_verdict("Inbound,tcp,2001:db8::9,100,2001:db9::1,9",
		      "Deny,defaultSecurityRules/DenyAllInBound");
	read_one(FIX_FROM "," TO(REF(DB)), "[" ASG(DB) "]");
	cr_assert(fixture.model, "%s", fixture_messages(&fixture));
	check_verdict(member_of_two, "Deny,defaultSecurityRules/DenyAllInBound");
	cr_expect(strstr(fixture_print(&fixture), " 100 securityRules/A "));
}

Test(group, a_group_given_by_name_alone_is_the_one_that_may_be_meant)
{
	read_one(FROM(REF(WEB)) "," FIX_TO,
		 "[{'name':'web','type':'Microsoft.Network/applicationSecurityGroups'}]");
	cr_expect_eq(fixture.diag.errors, 0, "%s", fixture_messages(&fixture));
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "EmptyApplicationSecurityGroup"), 1);
}

Test(group, configurations_that_differ_are_warned_of)
{
	read_one(FROM(REF(WEB)) "," FIX_TO,
		 NIC("n", CONFIG("'192.0.2.4'", REF(WEB)) "," CONFIG("'192.0.2.5'", "")));
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "ApplicationSecurityGroupsDiffer"), 1,
		     "%s", fixture_messages(&fixture));
	cr_expect(lets_in("192.0.2.4"));
	cr_expect(!lets_in("192.0.2.5"));
}

/* References to groups first, first+1, ... */
static const char *references(size_t first, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = vfg_arena_format(fixture.arena, "%s%s{'id':'" SCOPE GROUPS "g%zu'}", text,
					i ? "," : "", first + i);
	return text;
}

static void read_groups(size_t per_side, size_t rules)
{
	const char *text = "", *nics = "";

	open_again();
	for (size_t i = 0; i < rules; i++)
		text = vfg_arena_format(
			fixture.arena, "%s%s%s", text, i ? "," : "",
			rule(vfg_arena_format(fixture.arena, "r%zu", i), 100 + (int)i,
			     vfg_arena_format(fixture.arena, FROM("%s") "," TO("%s"),
					      references(i * 2 * per_side, per_side),
					      references((i * 2 + 1) * per_side, per_side))));
	add_nsg(text);
	for (size_t i = 0; i < rules * 2 * per_side; i++)
		nics = vfg_arena_format(fixture.arena, "%s%s" NIC("n", CONFIG("'192.0.2.4'", "%s")),
					nics, i ? "," : "", references(i, 1));
	fixture_add(&fixture, VFG_SOURCE_NIC, vfg_arena_format(fixture.arena, "[%s]", nics));
	fixture_read(&fixture);
}

Test(group, limits_of_a_rule_and_of_an_nsg)
{
	read_groups(10, 5);
	cr_expect_eq(fixture.diag.errors, 0, "%s", fixture_messages(&fixture));
	read_groups(3, 17);
	cr_expect_eq(fixture.diag.errors, 1);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR,
				   "ApplicationSecurityGroupsPerSecurityGroupLimitReached"),
		     1, "%s", fixture_messages(&fixture));
	read_groups(11, 1);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR,
				   "NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimit"
				   "Reached"),
		     2, "%s", fixture_messages(&fixture));
	read_one(FROM(REF(WEB)) "," FIX_TO,
		 vfg_arena_format(fixture.arena, NIC("n", CONFIG("'192.0.2.4'", REF(WEB) ",%s")),
				  references(0, 20)));
	cr_expect_eq(
		fixture_count(&fixture, VFG_WARNING, "ApplicationSecurityGroupsPerNicLimitReached"),
		1);
}

Test(group, little_memory_is_an_error_and_no_crash)
{
	read_one(FROM(REF(WEB) "," REF(DB)) "," FIX_TO, "[" MEMBER("web") "," MEMBER("db") "]");
	for (size_t limit = 0; limit < 60000; limit += 331) {
		struct vfg_arena *arena = vfg_arena_new(limit);
		struct vfg_diag diag = {.arena = arena};
		struct vfg_model *model = NULL;
		int err = vfg_model_read(arena, &fixture.request, &diag, &model);

		cr_assert(err == 0 || diag.errors, "limit %zu: %d", limit, err);
		vfg_arena_free(arena);
	}
}
