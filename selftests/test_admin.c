/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security admin rules: the shapes they come in, each field, and what they mean in front of NSGs.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "fixture.h"

#define WHAT  "'protocol':'Tcp','access':'Deny','priority':1,'direction':'Inbound'"
#define FROM  "'sources':[{'addressPrefixType':'IPPrefix','addressPrefix':'*'}]"
#define TO    "'destinations':[{'addressPrefixType':'IPPrefix','addressPrefix':'*'}]"
#define PORTS "'sourcePortRanges':['0-65535'],'destinationPortRanges':['22']"

#define MANAGER "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkManagers/"
#define CONFIG	MANAGER "m/securityAdminConfigurations/c"
#define TYPE	"'type':'Microsoft.Network/networkManagers/securityAdminConfigurations/"
#define RULE(name, fields)                                                                         \
	"{'name':'" name "','id':'" CONFIG "/ruleCollections/rc/rules/" name                       \
	"','kind':'Custom','properties':{" fields "}}"
#define DENY_SSH RULE("DenySsh", WHAT "," FROM "," TO "," PORTS)
#define OPEN_NSG                                                                                   \
	FIX_NSG("nsg", FIX_RULE("Ssh", FIX_WHAT, FIX_ORDER, FIX_FROM, FIX_TO, FIX_SPORTS,          \
				"'destinationPortRange':'22'"))

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, FIX_NETWORK);
	fixture_tag(&fixture, "Documentation=192.0.2.0/24,2001:db8:2::/48");
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(admin, .init = set_up, .fini = tear_down);

/* Admin rules before an NSG that lets SSH in. */
static void read_with(const char *admin, bool lenient)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture.request.source_count = 0;
	fixture.request.lenient = lenient;
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, OPEN_NSG);
	fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES, admin);
	fixture_read(&fixture);
}

/* Shapes around one rule that denies SSH. */
static const struct {
	const char *name;
	const char *text;
} shapes[] = {
	{"one rule", DENY_SSH},
	{"a list", "{'value':[" DENY_SSH "],'nextLink':null}"},
	{"an array", "[" DENY_SSH "]"},
	{"flattened, as the command line prints it",
	 "[{'name':'DenySsh','id':'" CONFIG "/ruleCollections/rc/rules/DenySsh','kind':'Custom',"
	 "'resourceGroup':'g'," TYPE "ruleCollections/rules'," WHAT "," FROM "," TO "," PORTS "}]"},
	{"the effective list",
	 "{'value':[{'id':'" CONFIG "/ruleCollections/rc/rules/DenySsh','kind':'Custom',"
	 "'configurationDescription':'d','ruleCollectionDescription':'d',"
	 "'ruleCollectionAppliesToGroups':[{'networkGroupId':'/x'}],'ruleGroups':[{'id':'/x'}],"
	 "'properties':{" WHAT "," FROM "," TO "," PORTS "}}],'skipToken':''}"},
	{"a collection with its rules",
	 "{'name':'rc','id':'" CONFIG "/ruleCollections/rc'," TYPE "ruleCollections','properties':"
	 "{'appliesToGroups':[],'rules':[" DENY_SSH "]}}"},
	{"a collection of early versions",
	 "[{'kind':'SecurityAdminRuleCollection','id':'" CONFIG "/ruleCollections/rc',"
	 "'properties':{'rules':[" DENY_SSH "]},'configurationGroups':[]}]"},
	{"a configuration around collections",
	 "{'id':'" CONFIG "','name':'c'," TYPE
	 "x','ruleCollections':[{'name':'rc','rules':[" DENY_SSH "]}]}"},
	{"a default rule that is spelled out",
	 "{'name':'DenySsh','id':'" CONFIG "/ruleCollections/rc/rules/DenySsh','kind':'Default',"
	 "'properties':{'flag':'AllowVnetInbound'," WHAT "," FROM "," TO "," PORTS "}}"},
	{"PascalCase", "{'Name':'DenySsh','Id':'" CONFIG "/ruleCollections/rc/rules/DenySsh',"
		       "'Protocol':'TCP','Access':'deny','Priority':'1','Direction':'inbound',"
		       "'Sources':[{'AddressPrefixType':'IPPREFIX','AddressPrefix':'*'}],"
		       "'DestinationPortRanges':['22']}"},
};

Test(admin, every_shape_gives_the_same_rule)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		const struct vfg_list *list;

		read_with(shapes[i].text, false);
		cr_expect_eq(fixture.diag.errors, 0, "%s:%s", shapes[i].name,
			     fixture_messages(&fixture));
		if (!fixture.model)
			continue;
		cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,22,192.0.2.1,9"),
				 "Deny,adminRules/DenySsh", "%s", shapes[i].name);
		for (size_t j = 0; j < fixture.model->pipeline[VFG_INBOUND].count; j++) {
			list = fixture.model->pipeline[VFG_INBOUND].list[j];
			if (list->stage != VFG_STAGE_ADMIN)
				continue;
			cr_expect_str_eq(list->name, "c", "%s", shapes[i].name);
			cr_expect_str_eq(list->id, CONFIG, "%s", shapes[i].name);
		}
	}
}

/* Texts in error: code and part of the message. */
struct row {
	const char *text;
	const char *code;
	const char *field;
	const char *says;
};

#define ORDER(what)  RULE("A", what "," FROM "," TO "," PORTS)
#define SIDE(from)   RULE("A", WHAT "," from "," TO "," PORTS)
#define ELEMENT(one) SIDE("'sources':[" one "]")
#define DPORTS(list) RULE("A", WHAT "," FROM "," TO ",'destinationPortRanges':" list)

static const struct row errors[] = {
	{ORDER("'protocol':'Gre','access':'Deny','priority':1,'direction':'Inbound'"),
	 "SecurityRuleInvalidProtocol", "protocol", "Gre"},
	{ORDER("'access':'Deny','priority':1,'direction':'Inbound'"), "SecurityRuleInvalidProtocol",
	 "protocol", "(none)"},
	{ORDER("'protocol':'Tcp','access':'Block','priority':1,'direction':'Inbound'"),
	 "SecurityRuleInvalidAccess", "access", "AlwaysAllow"},
	{ORDER("'protocol':'Tcp','access':'Deny','priority':1"), "SecurityRuleInvalidDirection",
	 "direction", "Inbound or Outbound"},
	{ORDER("'protocol':'Tcp','access':'Deny','priority':0,'direction':'Inbound'"),
	 "SecurityRuleInvalidPriority", "priority", "1-4096"},
	{ORDER("'protocol':'Tcp','access':'Deny','priority':4097,'direction':'Inbound'"),
	 "SecurityRuleInvalidPriority", "priority", "4097"},
	{ORDER("'protocol':'Tcp','access':'Deny','direction':'Inbound'"),
	 "SecurityRuleInvalidPriority", "priority", "(none)"},
	{ORDER("'protocol':[],'access':'Deny','priority':1,'direction':'Inbound'"),
	 "InvalidFieldType", "protocol", "array"},
	{ELEMENT("{'addressPrefixType':'NetworkGroup','addressPrefix':'/x/networkGroups/n'}"),
	 "UnresolvedNetworkGroup", "sources", "/x/networkGroups/n"},
	{ELEMENT("{'addressPrefixType':'ServiceTag','addressPrefix':'NoSuchTag'}"),
	 "UnresolvedServiceTag", "sources", "NoSuchTag"},
	{ELEMENT("{'addressPrefixType':'ServiceTag','addressPrefix':'10.0.0.0/8'}"),
	 "SecurityRuleInvalidAddressPrefix", "sources", "not a service tag"},
	{ELEMENT("{'addressPrefixType':'IPPrefix','addressPrefix':'Internet'}"),
	 "SecurityRuleInvalidAddressPrefix", "sources", "ServiceTag"},
	{ELEMENT("{'addressPrefixType':'IPPrefix','addressPrefix':'10.0.0.1/8'}"),
	 "SecurityRuleInvalidAddressPrefix", "sources", "10.0.0.1/8"},
	{ELEMENT("{'addressPrefixType':'Cidr','addressPrefix':'10.0.0.0/8'}"),
	 "SecurityRuleInvalidAddressPrefix", "sources", "addressPrefixType"},
	{ELEMENT("{'addressPrefixType':'IPPrefix'}"), "SecurityRuleInvalidAddressPrefix", "sources",
	 "missing"},
	{ELEMENT("'10.0.0.0/8'"), "InvalidFieldType", "sources", "addressPrefixType"},
	{SIDE("'sources':'10.0.0.0/8'"), "InvalidFieldType", "sources", "string"},
	{SIDE(FROM ",'source':[{'addressPrefix':'10.0.0.0/8'}]"),
	 "SecurityRuleBothSingularAndPlural", "sources", NULL},
	{DPORTS("['80-79']"), "SecurityRuleParameterContainsInvalidPortRanges",
	 "destinationPortRanges", "80-79"},
	{DPORTS("['22',{}]"), "InvalidFieldType", "destinationPortRanges", NULL},
	{RULE("", WHAT), "InvalidResourceName", "name", NULL},
	{"{'name':'A','kind':'Odd'," TYPE "ruleCollections/rules'," WHAT "}",
	 "UnsupportedAdminRule", "kind", "Odd"},
	{"{'name':'A','kind':'Default'," TYPE "ruleCollections/rules','properties':{'flag':"
	 "'AllowVnetInbound'}}",
	 "UnsupportedAdminRule", "flag", "AllowVnetInbound"},
	{"{'name':'rc'," TYPE "ruleCollections','properties':{'appliesToGroups':[]}}",
	 "MissingSecurityAdminRules", "", "rule-collection rule list"},
	{"{'name':'c','type':'Microsoft.Network/networkManagers/securityAdminConfigurations',"
	 "'properties':{}}",
	 "MissingSecurityAdminRules", "", "c of type"},
};

Test(admin, each_error_has_its_code)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		const struct vfg_message *message;

		read_with(errors[i].text, false);
		message = fixture.diag.first;
		cr_expect(message && !message->next, "%s: one message is wanted, got:%s",
			  errors[i].text, fixture_messages(&fixture));
		if (!message)
			continue;
		cr_expect_eq(message->severity, VFG_ERROR, "%s", errors[i].text);
		cr_expect_str_eq(message->code, errors[i].code, "%s:%s", errors[i].text,
				 fixture_messages(&fixture));
		cr_expect_str_eq(message->field, errors[i].field, "%s", errors[i].text);
		cr_expect(!errors[i].says || strstr(message->text, errors[i].says), "%s: %s",
			  errors[i].text, message->text);
	}
}

/* Fields of a Deny of priority 1, and packets that it takes or leaves to the NSG. */
static const struct {
	const char *fields;
	const char *packet;
	bool matches;
} fields[] = {
	{"'protocol':'Any'", "Inbound,udp,10.0.0.4,22,192.0.2.1,9", true},
	{"'protocol':'*'", "Inbound,icmp,10.0.0.4,,192.0.2.1,", true},
	{"'protocol':'Udp'", "Inbound,tcp,10.0.0.4,22,192.0.2.1,9", false},
	{"'protocol':'Icmp'", "Inbound,icmp,10.0.0.4,,192.0.2.1,", true},
	{"'protocol':'Esp'", "Inbound,50,10.0.0.4,,192.0.2.1,", true},
	{"'protocol':'Ah'", "Inbound,51,10.0.0.4,,192.0.2.1,", true},
	{"'protocol':'Tcp','sources':[],'destinations':null", "Inbound,tcp,10.0.0.4,1,192.0.2.1,9",
	 true},
	{"'protocol':'Tcp','sourcePortRanges':[],'destinationPortRanges':['22','80-90']",
	 "Inbound,tcp,10.0.0.4,85,192.0.2.1,9", true},
	{"'protocol':'Tcp','destinationPortRanges':['22','80-90']",
	 "Inbound,tcp,10.0.0.4,23,192.0.2.1,9", false},
	{"'protocol':'Tcp','destinationPortRanges':['*']", "Inbound,tcp,10.0.0.4,23,192.0.2.1,9",
	 true},
	{"'protocol':'Tcp','sourcePortRanges':['9']", "Inbound,tcp,10.0.0.4,23,192.0.2.1,9", true},
	{"'protocol':'Tcp','sourcePortRanges':['8']", "Inbound,tcp,10.0.0.4,23,192.0.2.1,9", false},
	{"'protocol':'Tcp','source':[{'addressPrefixType':'IPPrefix','addressPrefix':"
	 "'198.51.100.0/24'}]",
	 "Inbound,tcp,10.0.0.4,23,192.0.2.1,9", false},
	{"'protocol':'Tcp','destination':{'addressPrefix':'10.0.0.4'}",
	 "Inbound,tcp,10.0.0.4,23,192.0.2.1,9", true},
	{"'protocol':'Tcp','sources':[{'addressPrefix':'Documentation'}]",
	 "Inbound,tcp,10.0.0.4,23,192.0.2.1,9", true},
	{"'protocol':'Tcp','sources':[{'addressPrefixType':'ServiceTag','addressPrefix':"
	 "'Documentation'},{'addressPrefixType':'IPPrefix','addressPrefix':'198.51.100.7'},"
	 "{'addressPrefixType':'IPPrefix','addressPrefix':'2001:db8:9::/48'}]",
	 "Inbound,tcp,10.0.0.4,23,198.51.100.7,9", true},
	{"'protocol':'Tcp','sources':[{'addressPrefixType':'ServiceTag','addressPrefix':"
	 "'Documentation'},{'addressPrefixType':'IPPrefix','addressPrefix':'198.51.100.7'},"
	 "{'addressPrefixType':'IPPrefix','addressPrefix':'2001:db8:9::/48'}]",
	 "Inbound,tcp,2001:db8::4,23,2001:db8:9::1,9", true},
	{"'protocol':'Tcp','sources':[{'addressPrefixType':'ServiceTag','addressPrefix':"
	 "'Documentation'},{'addressPrefixType':'IPPrefix','addressPrefix':'198.51.100.7'}]",
	 "Inbound,tcp,10.0.0.4,23,198.51.100.8,9", false},
	{"'protocol':'Tcp','sources':[{'addressPrefixType':'IPPrefix','addressPrefix':"
	 "'192.0.2.0/24'},{'addressPrefixType':'IPPrefix','addressPrefix':'192.0.2.0/25'}]",
	 "Inbound,tcp,10.0.0.4,23,192.0.2.200,9", true},
	{"'protocol':'Tcp','sources':[{'addressPrefixType':'IPPrefix','addressPrefix':"
	 "'0.0.0.0/0'}]",
	 "Inbound,tcp,2001:db8::4,23,2001:db8:9::1,9", false},
};

Test(admin, each_field_matches_what_it_says)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const char *answer;

		read_with(
			vfg_arena_format(fixture.arena,
					 "[{'name':'A'," TYPE "ruleCollections/rules',"
					 "'access':'Deny','priority':1,'direction':'Inbound',%s}]",
					 fields[i].fields),
			false);
		cr_expect_null(fixture.diag.first, "%s:%s", fields[i].fields,
			       fixture_messages(&fixture));
		if (!fixture.model)
			continue;
		answer = fixture_ask(&fixture, fields[i].packet);
		cr_expect_eq(!strcmp(answer, "Deny,adminRules/A"), fields[i].matches, "%s: %s",
			     fields[i].fields, answer);
	}
}

Test(admin, lenient_masks_host_bits)
{
	read_with(ELEMENT("{'addressPrefixType':'IPPrefix','addressPrefix':'192.0.2.77/24'}"),
		  true);
	cr_expect_eq(fixture.diag.warnings, 1, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,22,192.0.2.1,9"),
			 "Deny,adminRules/A");
}

Test(admin, ports_of_a_protocol_without_ports_are_ignored_with_a_warning)
{
	read_with(RULE("A", "'protocol':'Icmp','access':'Deny','priority':1,'direction':'Inbound',"
			    "'destinationPortRanges':['22']"),
		  false);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "PortsIgnored"), 1);
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,icmp,10.0.0.4,,192.0.2.1,"),
			 "Deny,adminRules/A");
}

#define AT(name, access, priority, direction, port)                                                \
	"{'name':'" name "','protocol':'Tcp','access':'" access "','priority':" priority           \
	",'direction':'" direction "','sources':[],'destinations':[{'addressPrefix':'*'}],"        \
	"'destinationPortRanges':['" port "']}"

/*
 * In front of an NSG that lets 22 in and denies the rest: AlwaysAllow ends with an allow, Deny with
 * a deny, Allow and no rule leave it to the NSG.
 */
static const struct {
	const char *packet;
	const char *answer;
} meanings[] = {
	{"Inbound,tcp,10.0.0.4,80,192.0.2.1,9", "Allow,adminRules/Always"},
	{"Inbound,tcp,10.0.0.4,22,192.0.2.1,9", "Deny,adminRules/Deny22"},
	{"Inbound,tcp,10.0.0.4,443,192.0.2.1,9", "Deny,defaultSecurityRules/DenyAllInBound"},
	{"Inbound,tcp,10.0.0.4,444,192.0.2.1,9", "Deny,defaultSecurityRules/DenyAllInBound"},
	{"Outbound,tcp,10.0.0.4,9,192.0.2.1,80",
	 "Allow,defaultSecurityRules/AllowInternetOutBound"},
	{"Outbound,tcp,10.0.0.4,9,192.0.2.1,25", "Deny,adminRules/DenyMail"},
};

Test(admin, the_oracle_and_the_tables_agree_on_what_admin_rules_mean)
{
	struct vfg_tables tables;
	size_t bytes;
	void *image;

	read_with("[" AT("Deny22", "Deny", "3", "Inbound", "22") "," AT(
			  "Always", "AlwaysAllow", "1", "Inbound",
			  "80") "," AT("NotReached", "Deny", "2", "Inbound",
				       "80") "," AT("Allow443", "Allow", "4", "Inbound",
						    "443") "," AT("DenyMail", "Deny", "1",
								  "Outbound", "25") "]",
		  false);
	cr_assert(fixture.model, "%s", fixture_messages(&fixture));
	cr_assert_eq(vfg_image_write(fixture.arena, fixture.model, &fixture.diag, &image, &bytes),
		     0);
	cr_assert_eq(vfg_image_open(image, bytes, &fixture.diag, &tables), 0);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		struct vfg_verdict verdict;
		struct vfg_tuple tuple;
		const char *problem;

		cr_expect_str_eq(fixture_ask(&fixture, meanings[i].packet), meanings[i].answer);
		cr_assert_eq(vfg_question_line(meanings[i].packet, &tuple, &problem), 0);
		verdict = vfg_tables_judge(&tables, &tuple);
		cr_expect_str_eq(vfg_arena_format(fixture.arena, "%s,%s",
						  verdict.allow ? "Allow" : "Deny", verdict.rule),
				 meanings[i].answer);
	}
}

Test(admin, of_equal_priorities_the_first_in_the_input_goes_first)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, OPEN_NSG);
	fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES,
		    "[" AT("First", "AlwaysAllow", "7", "Inbound",
			   "80") "," AT("Other", "Deny", "7", "Outbound", "80") "]");
	fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES,
		    "[" AT("Second", "Deny", "7", "Inbound", "80") "," AT("Early", "Deny", "6",
									  "Inbound", "81") "]");
	fixture_read(&fixture);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "SecurityAdminRuleConflict"), 1, "%s",
		     fixture_messages(&fixture));
	cr_expect_str_eq(fixture.diag.first->rule, "Second");
	cr_expect(strstr(fixture.diag.first->text, "First"));
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,80,192.0.2.1,9"),
			 "Allow,adminRules/First");
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,81,192.0.2.1,9"),
			 "Deny,adminRules/Early");
}

#define OF(manager, config, name, priority)                                                        \
	"{'id':'" MANAGER manager "/securityAdminConfigurations/" config                           \
	"/ruleCollections/rc/rules/" name "','properties':{'protocol':'Tcp','access':'Deny',"      \
	"'priority':" priority ",'direction':'Inbound'}}"

static const struct {
	const char *text;
	const char *name;
	size_t warnings;
} names[] = {
	{"[" OF("m", "c", "A", "1") "," OF("m", "C", "B", "2") "]", "c", 0},
	{"[" OF("m", "c", "A", "1") "," OF("m", "d", "B", "2") "]", "m", 0},
	{"[" OF("m", "c", "A", "1") "," OF("n", "c", "B", "2") "]", "security admin rules", 1},
	{"[" AT("A", "Deny", "1", "Inbound", "80") "]", "security admin rules", 0},
};

Test(admin, the_list_is_called_after_what_its_rules_share)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		read_with(names[i].text, false);
		cr_assert(fixture.model, "%s:%s", names[i].text, fixture_messages(&fixture));
		cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "SeveralNetworkManagers"),
			     names[i].warnings, "%s", names[i].text);
		cr_expect(strstr(fixture_print(&fixture),
				 vfg_arena_format(fixture.arena, "stage %d %s\n", VFG_STAGE_ADMIN,
						  names[i].name)),
			  "%s: %s", names[i].text, fixture_print(&fixture));
	}
}

Test(admin, one_run_reports_everything)
{
	read_with("[{'name':'A'," TYPE "ruleCollections/rules','protocol':'x','access':'y',"
		  "'direction':'z','priority':0,'sources':[{'addressPrefix':'q q'}],"
		  "'destinations':[{'addressPrefixType':'NetworkGroup'}],"
		  "'sourcePortRanges':['s'],'destinationPortRanges':['d']},"
		  "{'name':'B'," TYPE "ruleCollections/rules','priority':1,"
		  "'direction':'Inbound'}]",
		  false);
	cr_expect_eq(fixture.diag.errors, 10, "%s", fixture_messages(&fixture));
}

Test(admin, little_memory_is_an_error_and_no_crash)
{
	read_with("[" DENY_SSH "," RULE("B", WHAT "," FROM) "]", false);
	for (size_t limit = 0; limit < 60000; limit += 331) {
		struct vfg_arena *arena = vfg_arena_new(limit);
		struct vfg_diag diag = {.arena = arena};
		struct vfg_model *model = NULL;
		int err = vfg_model_read(arena, &fixture.request, &diag, &model);

		cr_assert(err == 0 || diag.errors, "limit %zu: %d", limit, err);
		vfg_arena_free(arena);
	}
}
