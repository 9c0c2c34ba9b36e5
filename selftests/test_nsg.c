/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One NSG in the shapes that tools print it in: all give the same rules.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

/* An NSG with two rules, as the REST API prints it; texts are JSON with ' for ". */
#define REST                                                                                       \
	"{'name':'a','type':'Microsoft.Network/networkSecurityGroups','properties':{"              \
	"'securityRules':[{'name':'Web','properties':{'protocol':'Tcp','access':'Allow',"          \
	"'priority':100,'direction':'Inbound','sourceAddressPrefix':'*',"                          \
	"'sourceAddressPrefixes':[],'destinationAddressPrefixes':['10.0.1.0/24','10.0.2.4'],"      \
	"'sourcePortRange':'*','destinationPortRanges':['80','443']}},{'name':'Out','properties'"  \
	":{'protocol':'*','access':'Deny','priority':100,'direction':'Outbound',"                  \
	"'sourceAddressPrefix':'VirtualNetwork','destinationAddressPrefix':'198.51.100.0/24',"     \
	"'sourcePortRange':'*','destinationPortRange':'25'}}]}}"
#define WEB(from, to, sports, dports)                                                              \
	"{'Name':'Web','Protocol':'Tcp','Access':'Allow','Priority':100,'Direction':'Inbound',"    \
	"'SourceAddressPrefix':" from ",'DestinationAddressPrefix':" to                            \
	",'SourcePortRange':" sports ",'DestinationPortRange':" dports                             \
	",'SourceApplicationSecurityGroups':[],"                                                   \
	"'DestinationApplicationSecurityGroups':null}"
#define OUT(from, to, sports, dports)                                                              \
	"{'Name':'Out','Protocol':'*','Access':'Deny','Priority':100,'Direction':'Outbound',"      \
	"'SourceAddressPrefix':" from ",'DestinationAddressPrefix':" to                            \
	",'SourcePortRange':" sports ",'DestinationPortRange':" dports "}"
#define LISTS                                                                                      \
	WEB("['*']", "['10.0.1.0/24','10.0.2.4']", "['*']", "['80','443']")                        \
	"," OUT("['VirtualNetwork']", "['198.51.100.0/24']", "['*']", "['25']")
#define MIXED                                                                                      \
	WEB("'*'", "['10.0.1.0/24','10.0.2.4']", "'*'", "['80','443']")                            \
	"," OUT("'VirtualNetwork'", "'198.51.100.0/24'", "'*'", "'25'")

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

TestSuite(nsg, .init = set_up, .fini = tear_down);

static void read_text(const char *text)
{
	fixture.request.source_count = 0;
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_add(&fixture, VFG_SOURCE_ANY, text);
	fixture_read(&fixture);
}

static const struct {
	const char *name;
	const char *text;
} shapes[] = {
	{"PowerShell, all as lists", "{'Name':'a','SecurityRules':[" LISTS "]}"},
	{"PowerShell, one value as a text", "{'Name':'a','SecurityRules':[" MIXED "]}"},
	{"PowerShell, several NSGs as a list", "[{'Name':'a','SecurityRules':[" LISTS "]}]"},
	{"a command line's rule list, with the NSG in the ids",
	 "[{'name':'Web','id':'/x/networkSecurityGroups/a/securityRules/Web','protocol':'Tcp',"
	 "'access':'Allow','priority':100,'direction':'Inbound','sourceAddressPrefix':'*',"
	 "'destinationAddressPrefixes':['10.0.1.0/24','10.0.2.4'],'sourcePortRange':'*',"
	 "'destinationPortRanges':['80','443']},{'name':'Out','protocol':'*','access':'Deny',"
	 "'priority':100,'direction':'Outbound','sourceAddressPrefix':'VirtualNetwork',"
	 "'destinationAddressPrefix':'198.51.100.0/24','sourcePortRange':'*',"
	 "'destinationPortRange':'25'}]"},
	{"what creating one prints", "{'NewNSG':{'name':'a','securityRules':[" MIXED "]}}"},
};

Test(nsg, all_shapes_give_the_same_rules)
{
	const char *wanted;

	read_text(REST);
	cr_assert(fixture.model, "%s", fixture_messages(&fixture));
	wanted = fixture_print(&fixture);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		read_text(shapes[i].text);
		cr_expect(fixture.model, "%s:%s", shapes[i].name, fixture_messages(&fixture));
		if (fixture.model)
			cr_expect_str_eq(fixture_print(&fixture), wanted, "%s", shapes[i].name);
	}
}

Test(nsg, default_rules_of_a_rule_list_are_compared_not_taken)
{
	read_text(
		"[{'name':'Deny','id':'/nsgs/a/securityRules/Deny','protocol':'*','access':'Deny',"
		"'priority':100,'direction':'Inbound','sourceAddressPrefix':'*',"
		"'destinationAddressPrefix':'*','sourcePortRange':'*','destinationPortRange':'*'},"
		"{'name':'DenyAllInBound','id':'/nsgs/a/defaultSecurityRules/DenyAllInBound',"
		"'protocol':'*','access':'Allow','priority':65500,'direction':'Inbound',"
		"'sourceAddressPrefix':'*','destinationAddressPrefix':'*','sourcePortRange':'*',"
		"'destinationPortRange':'*'}]");
	cr_assert(fixture.model, "%s", fixture_messages(&fixture));
	/* one differs, five are missing */
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "DefaultRuleModified"), 6, "%s",
		     fixture_messages(&fixture));
}

Test(nsg, what_powershell_cuts_off_is_refused)
{
	read_text("{'Name':'a','SecurityRules':['Microsoft.Azure.Commands.Network.Models."
		  "PSSecurityRule']}");
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "InvalidFieldType"), 1);
	cr_expect(strstr(fixture_messages(&fixture), "-Depth"));
}
