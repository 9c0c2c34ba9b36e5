/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Effective security rules and routes: the envelopes, the spellings, and what the tags stand for.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

/* An entry of the answer, and its rules, in pieces; texts are JSON with ' for ". */
#define RULE(name, order, from, to, ports)                                                         \
	"{'name':'" name "'," order ",'protocol':'Tcp','access':'Allow'," from "," to              \
	",'sourcePortRange':'0-65535'," ports "}"
#define IN    "'priority':100,'direction':'Inbound'"
#define FROM  "'sourceAddressPrefix':'192.0.2.0/24'"
#define TO    "'destinationAddressPrefix':'0.0.0.0/0'"
#define PORTS "'destinationPortRange':'22-22'"
#define SSH   RULE("securityRules/Ssh", IN, FROM, TO, PORTS)
#define NETWORK                                                                                    \
	"'sourceAddressPrefix':'VirtualNetwork','destinationAddressPrefix':'VirtualNetwork',"      \
	"'expandedSourceAddressPrefix':['10.1.0.0/24','168.63.129.16/32'],"                        \
	"'expandedDestinationAddressPrefix':['10.1.0.0/24','168.63.129.16/32']"
#define VNET                                                                                       \
	"{'name':'defaultSecurityRules/AllowVnetInBound','priority':65000,'direction':'Inbound',"  \
	"'protocol':'All','access':'Allow'," NETWORK                                               \
	",'sourcePortRange':'0-65535','destinationPortRange':'0-65535'}"
#define RULES(rules)	   "'effectiveSecurityRules':[" rules "]"
#define NSG(name)	   "'networkSecurityGroup':{'id':'/rg/networkSecurityGroups/" name "'}"
#define ON(where)	   "'association':{'" where "':{'id':'/x/" where "'}}"
#define ENTRY(name, rules) "{" NSG(name) "," ON("networkInterface") "," RULES(rules) "}"
#define ONE(rule)	   "{'value':[" ENTRY("a", rule "," VNET) "]}"

#define FROM_SSH "Inbound,Tcp,10.1.0.4,22,192.0.2.7,50000"
#define FROM_NET "Inbound,Udp,10.1.0.4,53,10.1.0.9,50000"
#define ALLOW	 "Allow,securityRules/Ssh"
#define DENY	 "Deny,defaultSecurityRules/DenyAllInBound"

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(effective, .init = set_up, .fini = tear_down);

static void read_text(const char *text)
{
	fixture.request.source_count = 0;
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_add(&fixture, VFG_SOURCE_ANY, text);
	fixture_read(&fixture);
}

static void expect_answer(const char *what, const char *question, const char *answer)
{
	if (fixture.model)
		cr_expect_str_eq(fixture_ask(&fixture, question), answer, "%s: %s", what, question);
	else
		cr_expect_fail("%s:%s", what, fixture_messages(&fixture));
}

static const struct {
	const char *name;
	const char *text;
	const char *question;
	const char *answer;
} rows[] = {
	{"as the API wraps it", ONE(SSH), FROM_SSH, ALLOW},
	{"as a list of NSGs", "{'networkSecurityGroups':[" ENTRY("a", SSH "," VNET) "]}", FROM_SSH,
	 ALLOW},
	{"as a bare list", "[" ENTRY("a", SSH "," VNET) "]", FROM_SSH, ALLOW},
	{"as one entry", ENTRY("a", SSH "," VNET), FROM_SSH, ALLOW},
	{"rules without an entry", "[" SSH "," VNET "]", FROM_SSH, ALLOW},
	{"tags come with it", ONE(SSH), FROM_NET, "Allow,defaultSecurityRules/AllowVnetInBound"},
	{"tags do not grow", ONE(SSH), "Inbound,Udp,10.1.0.4,53,10.1.1.9,50000", DENY},
	{"names as flow logs spell them", ONE(RULE("UserRule_Ssh", IN, FROM, TO, PORTS)), FROM_SSH,
	 ALLOW},
	{"singular and plural say the same",
	 ONE(RULE("securityRules/Ssh", IN, FROM ",'sourceAddressPrefixes':['192.0.2.0/24']",
		  TO ",'destinationAddressPrefixes':['0.0.0.0/0']",
		  PORTS ",'destinationPortRanges':['22-22']")),
	 FROM_SSH, ALLOW},
	{"singular says the plural's all, with commas",
	 ONE(RULE(
		 "securityRules/Ssh", IN, FROM, TO,
		 "'destinationPortRange':'22-22,80-80','destinationPortRanges':['22-22','80-80']")),
	 "Inbound,Tcp,10.1.0.4,80,192.0.2.7,50000", ALLOW},
	{"PowerShell writes PascalCase and lists",
	 "[{'NetworkSecurityGroup':{'Id':'/rg/networkSecurityGroups/a'},'Association':{'Subnet':"
	 "null,'NetworkInterface':{'Id':'/n'}},'EffectiveSecurityRules':[{'Name':"
	 "'securityRules/Ssh','Protocol':'Tcp','SourcePortRange':['0-65535'],"
	 "'DestinationPortRange':['22-22'],'SourceAddressPrefix':['192.0.2.0/24'],"
	 "'DestinationAddressPrefix':['0.0.0.0/0'],'ExpandedSourceAddressPrefix':[],"
	 "'ExpandedDestinationAddressPrefix':[],'Access':'Allow','Priority':100,"
	 "'Direction':'Inbound'}," VNET "]}]",
	 FROM_SSH, ALLOW},
	{"all addresses are those of IPv6 too",
	 ONE(RULE("securityRules/Ssh", IN, "'sourceAddressPrefix':'0.0.0.0/0'", TO, PORTS)),
	 "Inbound,Tcp,2001:db8::4,22,2001:db8::7,50000", ALLOW},
	{"a group's members stand in the expansion",
	 ONE(RULE("securityRules/Ssh", IN,
		  "'sourceAddressPrefix':null,'expandedSourceAddressPrefix':['192.0.2.7/32']", TO,
		  PORTS)),
	 FROM_SSH, ALLOW},
	{"a group's members only",
	 ONE(RULE("securityRules/Ssh", IN,
		  "'sourceAddressPrefix':null,'expandedSourceAddressPrefix':['192.0.2.8/32']", TO,
		  PORTS)),
	 FROM_SSH, DENY},
	{"a tag that a rule expands",
	 ONE(RULE("securityRules/Ssh", IN,
		  "'sourceAddressPrefix':'Storage','expandedSourceAddressPrefix':['192.0.2.0/28']",
		  TO, PORTS)),
	 FROM_SSH, ALLOW},
	{"a tag that is expanded elsewhere otherwise stands with its own addresses",
	 ONE(RULE("securityRules/Ssh", IN,
		  "'sourceAddressPrefix':'VirtualNetwork','expandedSourceAddressPrefix':"
		  "['192.0.2.0/28']",
		  TO, PORTS)),
	 FROM_SSH, ALLOW},
	{"a tag of the tag map",
	 "{'value':[{" NSG("a") "," ON(
		 "networkInterface") ",'tagMap':{'Sql':['192.0.2.0/"
				     "28']}," RULES(RULE("securityRules/Ssh", IN,
							 "'sourceAddressPrefix':'Sql'", TO,
							 PORTS) "," VNET) "}]}",
	 FROM_SSH, ALLOW},
	{"families, overlaps and old priorities are the platform's business",
	 ONE(RULE("securityRules/Ssh", "'priority':50,'direction':'Inbound'",
		  "'sourceAddressPrefixes':['192.0.2.0/24','192.0.2.0/25','2001:db8::/32']", TO,
		  PORTS)),
	 FROM_SSH, ALLOW},
	{"several tags in one rule",
	 ONE(RULE("securityRules/Ssh", IN, "'sourceAddressPrefixes':['VirtualNetwork','192.0.2.7']",
		  TO, PORTS)),
	 FROM_SSH, ALLOW},
	{"one rule that is written as two",
	 ONE(SSH "," RULE("securityRules/Ssh", IN, "'sourceAddressPrefix':'198.51.100.0/24'", TO,
			  PORTS)),
	 "Inbound,Tcp,10.1.0.4,22,198.51.100.7,50000", ALLOW},
};

Test(effective, every_envelope_and_spelling_gives_the_rules)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_text(rows[i].text);
		expect_answer(rows[i].name, rows[i].question, rows[i].answer);
	}
}

static const struct {
	const char *name;
	const char *text;
	const char *code;
	const char *says;
} refused[] = {
	{"singular and plural differ",
	 ONE(RULE("securityRules/Ssh", IN, FROM ",'sourceAddressPrefixes':['198.51.100.0/24']", TO,
		  PORTS)),
	 "SecurityRuleBothSingularAndPlural", "192.0.2.0/24"},
	{"no rules in an entry",
	 "{'value':[" ENTRY("a", SSH "," VNET) ",{'effectiveSecurityRules':"
					       "'cut'}]}",
	 "MissingSecurityRules", "whole"},
	{"two NSGs for one NIC", "{'value':[" ENTRY("a", VNET) "," ENTRY("b", VNET) "]}",
	 "AmbiguousNetworkSecurityGroup", "NIC"},
	{"two rules that contradict each other",
	 ONE(SSH "," RULE("securityRules/Other", IN, FROM, TO, PORTS)), "SecurityRuleConflict",
	 "Other"},
	{"a prefix that is none",
	 ONE(RULE("securityRules/Ssh", IN, "'sourceAddressPrefix':'192.0.2/24'", TO, PORTS)),
	 "SecurityRuleInvalidAddressPrefix", "192.0.2/24"},
	{"a prefix that is no text",
	 ONE(RULE("securityRules/Ssh", IN, "'sourceAddressPrefix':{}", TO, PORTS)),
	 "InvalidFieldType", "object"},
};

Test(effective, what_cannot_be_meant_is_an_error)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const struct vfg_message *message;
		bool found = false;

		read_text(refused[i].text);
		for (message = fixture.diag.first; message; message = message->next)
			found |= message->severity == VFG_ERROR &&
				 !strcmp(message->code, refused[i].code) &&
				 strstr(message->text, refused[i].says);
		cr_expect(found, "%s:%s", refused[i].name, fixture_messages(&fixture));
		cr_expect_eq(fixture.diag.errors, 1, "%s:%s", refused[i].name,
			     fixture_messages(&fixture));
	}
}

Test(effective, an_entry_stands_where_it_is_associated)
{
	read_text("{'value':[" ENTRY("nic", VNET) ",{" NSG("sub") "," ON("subnet") "," RULES(
		SSH "," VNET) "}]}");
	expect_answer("both", FROM_SSH, DENY);
	cr_expect_str_eq(fixture.model->label, "sub + nic");
}

#define MANAGER(access)                                                                            \
	"{" ON("networkManager") "," RULES(                                                        \
		"{'name':'Guard','priority':5,'direction':'Inbound','protocol':'All',"             \
		"'access':'" access "','sourceAddressPrefix':'0.0.0.0/0',"                         \
		"'destinationAddressPrefix':'0.0.0.0/0','sourcePortRange':'0-65535',"              \
		"'destinationPortRange':'22-22'}") "}"

Test(effective, a_network_manager_judges_before_the_nsg)
{
	read_text("{'value':[" ENTRY("a", SSH "," VNET) "," MANAGER("Deny") "]}");
	expect_answer("denied", FROM_SSH, "Deny,adminRules/Guard");
	read_text("{'value':[" MANAGER("AlwaysAllow") "," ENTRY("a", VNET) "]}");
	expect_answer("allowed", FROM_SSH, "Allow,adminRules/Guard");
}

/* An association that says everything is an NSG's: its Deny at the end must not be lost. */
Test(effective, an_nsg_beside_a_network_manager_stays_an_nsg)
{
	read_text("{'value':[{" NSG("a") ",'association':{'networkManager':{'id':'/m'},'subnet':"
					 "{'id':'/s'}}," RULES(SSH "," VNET) "}]}");
	expect_answer("allowed", FROM_SSH, ALLOW);
	expect_answer("denied", "Inbound,Tcp,10.1.0.4,23,192.0.2.7,50000", DENY);
}

Test(effective, default_rules_are_compared_and_the_platforms_are_used)
{
	read_text("{'value':[" ENTRY(
		"a", VNET ",{'name':'defaultSecurityRules/DenyAllInBound','priority':65500,"
			  "'direction':'Inbound','protocol':'All','access':'Allow',"
			  "'sourceAddressPrefix':'0.0.0.0/0','sourcePortRange':'0-65535',"
			  "'destinationAddressPrefix':'0.0.0.0/0',"
			  "'destinationPortRange':'0-65535'}") "]}");
	expect_answer("widened", FROM_SSH, DENY);
	/* one differs, four are missing */
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "DefaultRuleModified"), 5, "%s",
		     fixture_messages(&fixture));
}

#define ROUTE(prefixes, hop, source, state)                                                        \
	"{'addressPrefix':[" prefixes "],'nextHopType':'" hop "','source':'" source                \
	"','state':'" state "'}"

static const struct {
	const char *remote;
	bool in;
} routed[] = {
	{"10.0.0.9", true},			      /* the network's own */
	{"10.1.0.9", true},			      /* peered */
	{"10.2.0.9", true},			      /* peered with another region */
	{"10.3.0.9", true},			      /* behind a gateway */
	{"10.4.0.9", true},			      /* the user's */
	{"168.63.129.16", true}, {"10.5.0.9", false}, /* not active */
	{"203.0.113.9", false},			      /* the Internet's */
};

#define LOCAL	 ROUTE("'10.0.0.0/16'", "VnetLocal", "Default", "Active")
#define PEER	 ROUTE("'10.1.0.0/16'", "VNetPeering", "Default", "Active")
#define FAR_PEER ROUTE("'10.2.0.0/16'", "VNetGlobalPeering", "Default", "Active")
#define GATEWAY	 ROUTE("'10.3.0.0/16'", "VirtualNetworkGateway", "VirtualNetworkGateway", "Active")
#define USER	 ROUTE("'10.4.0.0/16'", "VirtualAppliance", "User", "Active")
#define INVALID	 ROUTE("'10.5.0.0/16'", "VirtualAppliance", "User", "Invalid")
#define OUT	 ROUTE("'0.0.0.0/0'", "Internet", "Default", "Active")

Test(effective, routes_say_what_the_network_is)
{
	fixture_add(&fixture, VFG_SOURCE_NIC,
		    "{'value':[" LOCAL "," PEER "," FAR_PEER "," GATEWAY "," USER "," INVALID
		    "," OUT "]}");
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, "{'name':'a','securityRules':[]}");
	fixture_read(&fixture);
	for (size_t i = 0; i < sizeof(routed) / sizeof(*routed); i++) {
		const char *question = vfg_arena_format(
			fixture.arena, "Inbound,Udp,10.0.0.4,53,%s,50000", routed[i].remote);

		expect_answer(routed[i].remote, question,
			      routed[i].in ? "Allow,defaultSecurityRules/AllowVnetInBound" : DENY);
	}
}

Test(effective, routes_without_a_network_are_refused)
{
	read_text("[" OUT "]");
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnresolvedServiceTag"), 1);
}
