/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file may hold, which of several NSGs is meant, and what is refused by its name.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

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

TestSuite(source, .init = set_up, .fini = tear_down);

static void read_again(void)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_read(&fixture);
}

#define NSG(name) "{'id':'/rg/" name "','name':'" name "','properties':{'securityRules':[]}}"
#define TWINS                                                                                      \
	"[{'id':'/a/x','name':'x','securityRules':[]},{'id':'/b/"                                  \
	"x','name':'X','securityRules':[]}]"

#define RULE(parent, name, priority)                                                               \
	"{'id':'" parent name "','name':'" name "','properties':{'priority':" priority             \
	",'direction':'Inbound','protocol':'*','access':'Deny','sourceAddressPrefix':'*',"         \
	"'destinationAddressPrefix':'*','sourcePortRange':'*','destinationPortRange':'*'}}"

/* code NULL: taken, and says is the label; else says is part of the message. */
static const struct {
	const char *name;
	const char *text;
	const char *select;
	const char *code;
	const char *says;
} rows[] = {
	{"one NSG", NSG("a"), NULL, NULL, "a"},
	{"one NSG by its name", NSG("a"), "A", NULL, "a"},
	{"one NSG by another name", NSG("a"), "b", "MissingNetworkSecurityGroup", "there is: a"},
	{"a list of one", "{'value':[" NSG("a") "],'nextLink':null}", NULL, NULL, "a"},
	{"a list of two", "{'value':[" NSG("a") "," NSG("b") "]}", NULL,
	 "AmbiguousNetworkSecurityGroup", "2 NSGs, choose one with FILE#NAME: a, b"},
	{"one of a list", "{'value':[" NSG("a") "," NSG("b") "]}", "B", NULL, "b"},
	{"none of a list", "{'value':[" NSG("a") "," NSG("b") "]}", "c",
	 "MissingNetworkSecurityGroup", "no NSG is named c; there are: a, b"},
	{"twins, none of them chosen", TWINS, NULL, "AmbiguousNetworkSecurityGroup",
	 "FILE#NAME: /a/x, /b/x"},
	{"the first page of a list", "{'value':[" NSG("a") "],'nextLink':'https://x/2'}", NULL,
	 "IncompleteList", "remove nextLink"},
	{"a chosen NSG of the first page", "{'value':[" NSG("a") "],'nextLink':'https://x/2'}", "a",
	 NULL, "a"},
	{"the first page of a list of rules",
	 "{'value':[" RULE("/nsgs/a/securityRules/", "r", "100") "],'NextLink':'https://x/2'}", "a",
	 "IncompleteList", "one page"},
	{"the first page of effective rules",
	 "{'value':[{'effectiveSecurityRules':[]}],'nextLink':'https://x/2'}", NULL,
	 "IncompleteList", "one page"},
	{"the last page of effective rules",
	 "{'value':[{'effectiveSecurityRules':[]}],'nextLink':''}", NULL, NULL, "effective"},
	{"an empty list", "{'value':[]}", NULL, "MissingNetworkSecurityGroup", "empty"},
	{"an array", "[" NSG("a") "," NSG("b") "]", "a", NULL, "a"},
	{"two of one name", TWINS, "x", "AmbiguousNetworkSecurityGroup", "FILE#ID: /a/x, /b/x"},
	{"one of them by its id", TWINS, "/B/X", NULL, "X"},
	{"what az network nsg create prints", "{'NewNSG':{'name':'a','securityRules':[]}}", NULL,
	 NULL, "a"},
	{"PascalCase", "{'Name':'a','SecurityRules':[]}", NULL, NULL, "a"},
	{"a name from the id", "{'id':'/x/networkSecurityGroups/a','securityRules':[]}", NULL, NULL,
	 "a"},
	{"no rules", "{'name':'a','type':'Microsoft.Network/networkSecurityGroups'}", NULL,
	 "MissingSecurityRules", "[]"},
	{"rules that are no list", "{'name':'a','securityRules':'[variables(1)]'}", NULL,
	 "InvalidFieldType", "string"},
	{"a plan that failed",
	 "{'format_version':'1.2','errored':true,'planned_values':{'root_module':{}}}", NULL,
	 "IncompletePlan", "plan again"},
	{"a NIC alone", "{'type':'Microsoft.Network/networkInterfaces','properties':{}}", NULL,
	 "MissingNetworkSecurityGroup", "no NSG is given"},
	{"an ARM template without NSGs",
	 "{'$schema':'https://x/2019-04-01/deploymentTemplate.json#','resources':[]}", NULL,
	 "MissingNetworkSecurityGroup", "empty"},
	{"effective rules", "{'value':[{'effectiveSecurityRules':[]}]}", NULL, NULL, "effective"},
	{"an empty Terraform plan", "{'format_version':'0.1','planned_values':{}}", NULL,
	 "MissingNetworkSecurityGroup", "empty"},
	{"service tags alone", "{'changeNumber':1,'values':[]}", NULL,
	 "MissingNetworkSecurityGroup", "no NSG is given"},
	{"a rule", RULE("/nsgs/a/securityRules/", "r", "100"), NULL, NULL, "a"},
	{"rules", "[" RULE("/nsgs/a/securityRules/", "r", "100") "]", NULL, NULL, "a"},
	{"a rule without an id", RULE("", "r", "100"), NULL, NULL, "nsg"},
	{"rules of two NSGs",
	 "[" RULE("/nsgs/a/securityRules/", "r", "100") "," RULE("/nsgs/b/securityRules/", "r",
								 "100") "]",
	 NULL, "AmbiguousNetworkSecurityGroup", "/nsgs/a, /nsgs/b"},
	{"default rules alone", "[" RULE("/nsgs/a/defaultSecurityRules/", "r", "65000") "]", NULL,
	 "MissingSecurityRules", "default rules alone"},
	{"a rule list of the API",
	 "{'value':[" RULE("/nsgs/a/securityRules/", "r", "100") "," RULE("/nsgs/a/securityRules/",
									  "s", "101") "]}",
	 NULL, NULL, "a"},
	{"application security groups alone", "[{'id':'/x/applicationSecurityGroups/g'}]", NULL,
	 "MissingNetworkSecurityGroup", "no NSG is given"},
	{"tags of az network list-service-tags alone",
	 "{'changeNumber':'1','cloud':'Public','values':[]}", NULL, "MissingNetworkSecurityGroup",
	 "no NSG is given"},
	{"a subnet, by its id",
	 "{'id':'/r/providers/Microsoft.Network/virtualNetworks/v/subnets/s','name':'s'}", NULL,
	 "UnsupportedSource", "Microsoft.Network/virtualNetworks/subnets"},
	{"a virtual machine", "{'type':'Microsoft.Compute/virtualMachines','name':'v'}", NULL,
	 "UnsupportedSource", "Microsoft.Compute/virtualMachines"},
	{"a mixed list", "[" NSG("a") ",{'type':'Microsoft.Network/networkInterfaces'}]", NULL,
	 "UnsupportedSource", "mixed kinds"},
	{"a security group view", "{'networkInterfaces':[{'securityRuleAssociations':{}}]}", NULL,
	 "UnsupportedSource", "list-effective-nsg"},
	{"routes of a route table", "[{'nextHopType':'Internet','addressPrefix':'0.0.0.0/0'}]",
	 NULL, "UnsupportedSource", "unknown"},
	{"an NSG rule of a network manager",
	 "{'id':'/x/securityUserConfigurations/c/ruleCollections/d/rules/r','kind':'Custom'}", NULL,
	 "UnsupportedSource", "Custom"},
	{"something else", "{'a':1}", NULL, "UnsupportedSource", "unknown"},
	{"an example of the API's description",
	 "{'parameters':{},'responses':{'200':{'body':" NSG("a") "}}}", NULL, "UnsupportedSource",
	 "an example of the API's description"},
	{"a recording of calls", "{'version':1,'interactions':[]}", NULL, "UnsupportedSource",
	 "a recording of calls"},
	{"an error of the platform", "{'error':{'code':'X'}}", NULL, "UnsupportedSource",
	 "an error message"},
	{"an image", "VFGIMAGE........", NULL, "UnsupportedSource", "image"},
};

Test(source, each_kind_is_taken_or_named)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fixture.request.source_count = 0;
		fixture_add(&fixture, VFG_SOURCE_ANY, rows[i].text);
		fixture.source[0].select = rows[i].select;
		read_again();
		cr_expect_eq(fixture.err != 0, rows[i].code != NULL, "%s:%s", rows[i].name,
			     fixture_messages(&fixture));
		if (!rows[i].code && fixture.model) {
			cr_expect_str_eq(fixture.model->label, rows[i].says, "%s", rows[i].name);
		} else if (rows[i].code && fixture.diag.first) {
			cr_expect_eq(fixture.diag.errors, 1, "%s", rows[i].name);
			cr_expect_str_eq(fixture.diag.first->code, rows[i].code, "%s",
					 rows[i].name);
			cr_expect(strstr(fixture.diag.first->text, rows[i].says), "%s: %s",
				  rows[i].name, fixture.diag.first->text);
		}
	}
}

static const enum vfg_source_kind later[] = {VFG_SOURCE_ADMIN_RULES, VFG_SOURCE_NIC,
					     VFG_SOURCE_PARAMETERS};

Test(source, what_comes_later_is_refused_not_ignored)
{
	static const char *const params[] = {"a=b"};

	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
		fixture.request.source_count = 0;
		fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
		fixture_add(&fixture, later[i], "{}");
		read_again();
		cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnsupportedSource"), 1);
	}
	fixture.request.source_count = 1;
	fixture.request.params = params;
	fixture.request.param_count = 1;
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnsupportedSource"), 1);
}

Test(source, one_nsg_a_place_and_at_least_one)
{
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "MissingNetworkSecurityGroup"), 1);
	fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, NSG("b"));
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "AmbiguousNetworkSecurityGroup"), 1);
	fixture.source[1].kind = VFG_SOURCE_SUBNET_NSG;
	read_again();
	cr_expect_eq(fixture.err, 0);
	cr_expect_str_eq(fixture.model->label, "b + a");
}

Test(source, a_missing_network_is_said_once_for_the_default_rules)
{
	fixture.request.tag_count = 0;
	fixture_add(&fixture, VFG_SOURCE_SUBNET_NSG, NSG("a"));
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, NSG("b"));
	read_again();
	cr_expect_eq(fixture.diag.errors, 1, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture.diag.first->code, "UnresolvedServiceTag");
	cr_expect_str_eq(fixture.diag.first->rule, "AllowVnetInBound");
	cr_expect(strstr(fixture.diag.first->text, "--tag VirtualNetwork="));
}

Test(source, flush_and_digest_follow_the_input)
{
	uint64_t digest;

	fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
	read_again();
	digest = fixture.model->source_digest;
	cr_expect(!fixture.model->flush_connection);
	fixture.source[0].file = "elsewhere.json";
	read_again();
	cr_expect_eq(fixture.model->source_digest, digest);
	fixture_tag(&fixture, "X=192.0.2.1");
	read_again();
	cr_expect_neq(fixture.model->source_digest, digest);
	fixture.request.source_count = 0;
	fixture_add(&fixture, VFG_SOURCE_ANY,
		    "{'name':'a','properties':{'flushConnection':true,'securityRules':[]}}");
	read_again();
	cr_expect(fixture.model->flush_connection);
}

/* What a flag says that a list is of, where nothing in it does. */
Test(source, a_list_of_no_nics_is_one)
{
	static const char *const empty[] = {"[]", "{'value':[]}"};

	for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
		fixture.request.source_count = 0;
		fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
		fixture_add(&fixture, VFG_SOURCE_NIC, empty[i]);
		read_again();
		cr_expect_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	}
	fixture.source[1].kind = VFG_SOURCE_SERVICE_TAGS;
	read_again();
	cr_assert_eq(fixture.diag.errors, 1);
	cr_expect(strstr(fixture.diag.first->text, "an empty list;"), "%s",
		  fixture.diag.first->text);
}

#define TEMPLATE(resources)                                                                        \
	"{'$schema':'https://x/2019-04-01/deploymentTemplate.json#','resources':[" resources "]}"
#define STATE(resources)                                                                           \
	"{'format_version':'1.0','values':{'root_module':{'resources':[" resources "]}}}"
#define ADMIN_RULE                                                                                 \
	"{'type':'Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/"  \
	"rules','name':'m/c/k/NoSsh','kind':'Custom','properties':{'protocol':'Tcp','access':"     \
	"'Deny','direction':'Inbound','priority':1,'destinationPortRanges':['22']}}"

/* Files that can hold many things hold what their flag asks for, or it is said. */
Test(source, admin_rules_are_there_where_they_are_promised)
{
	static const char *const none[] = {
		TEMPLATE(""),
		STATE("{'address':'azurerm_network_security_group.a','mode':'managed','type':"
		      "'azurerm_network_security_group','name':'a','values':{'name':'a',"
		      "'security_rule':[]}}"),
	};

	fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
	fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES, TEMPLATE(ADMIN_RULE));
	read_again();
	cr_assert_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,22,10.0.0.5,40000"),
			 "Deny,adminRules/NoSsh");
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		fixture.request.source_count = 1;
		fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES, none[i]);
		read_again();
		cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "MissingSecurityAdminRules"), 1,
			     "%s", fixture_messages(&fixture));
	}
}

Test(source, a_name_is_never_ignored)
{
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, NSG("a"));
	fixture_add(&fixture, VFG_SOURCE_ANY,
		    "{'type':'Microsoft.Network/networkInterfaces','ipConfigurations':[]}");
	read_again();
	cr_expect_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	fixture.source[1].select = "b";
	read_again();
	cr_assert_eq(fixture.diag.errors, 1, "%s", fixture_messages(&fixture));
	cr_expect(strstr(fixture.diag.first->text, "no NSG is named b: this is a network"), "%s",
		  fixture.diag.first->text);
}
