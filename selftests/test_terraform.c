/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terraform plans and states: which rules an NSG gets from where, what is not known before the
 * apply, and where the NSGs stand.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

/* Pieces of what terraform show -json prints; texts are JSON with ' for ". */
#define PLAN(resources, more)                                                                      \
	"{'format_version':'1.2','planned_values':{'root_module':{'resources':[" resources         \
	"]}}" more "}"
#define STATE(resources)                                                                           \
	"{'format_version':'1.0','values':{'root_module':{'resources':[" resources "]}}}"
#define RESOURCE(type, name, values)                                                               \
	"{'address':'" type "." name "','mode':'managed','type':'" type "','name':'" name          \
	"','values':{" values "}}"
#define INLINE(name, priority, access)                                                             \
	"{'name':'" name "','priority':" priority ",'direction':'Inbound','access':'" access       \
	"','protocol':'Tcp','source_port_range':'*','source_port_ranges':[],"                      \
	"'destination_port_range':'','destination_port_ranges':['22','80-90'],"                    \
	"'source_address_prefix':'','source_address_prefixes':['192.0.2.0/24'],"                   \
	"'destination_address_prefix':'*','destination_address_prefixes':[],"                      \
	"'source_application_security_group_ids':[],"                                              \
	"'destination_application_security_group_ids':[]}"
#define NSG(name, values)                                                                          \
	RESOURCE("azurerm_network_security_group", name,                                           \
		 "'name':'" name "','resource_group_name':'rg'" values)
#define RULE(name, nsg, group, fields)                                                             \
	RESOURCE("azurerm_network_security_rule", name,                                            \
		 "'name':'" name "','network_security_group_name':'" nsg                           \
		 "','resource_group_name':'" group "','direction':'Inbound','access':'Allow',"     \
		 "'source_port_range':'*','destination_port_range':'443',"                         \
		 "'destination_address_prefix':'*'," fields)
#define TCP100 "'protocol':'Tcp','priority':100,'source_address_prefix':'198.51.100.0/24'"
#define ON(where, name, nsg)                                                                       \
	RESOURCE("azurerm_" where "_security_group_association", name,                             \
		 "'network_security_group_id':" nsg)
#define CHANGE(address, unknown)                                                                   \
	"{'address':'" address "','change':{'actions':['create'],'after_unknown':{" unknown "}}}"
#define CHANGES(changes)  ",'resource_changes':[" changes "]"
#define CONFIG(resources) ",'configuration':{'root_module':{'resources':[" resources "]}}"
#define NAMED(type, name, attribute, reference)                                                    \
	"{'type':'" type "','name':'" name "','expressions':{'" attribute                          \
	"':{'references':['" reference ".id','" reference "']}}}"
#define A		  "azurerm_network_security_group.a"
#define BARE		  NSG("a", "")
#define OWN(name, values) RESOURCE("azurerm_network_security_rule", name, values)
#define OWN_R		  RULE("R", "a", "rg", TCP100)
#define TWIN(name, group)                                                                          \
	RESOURCE("azurerm_network_security_group", name,                                           \
		 "'name':'a','resource_group_name':'" group "','id':'/" group "/a'")

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

TestSuite(terraform, .init = set_up, .fini = tear_down);

static void read_text(const char *text, const char *select)
{
	fixture.request.source_count = 0;
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_add(&fixture, VFG_SOURCE_ANY, text);
	fixture.source[0].select = select;
	fixture_read(&fixture);
}

static void expect_answer(const char *what, const char *question, const char *answer)
{
	if (fixture.model)
		cr_expect_str_eq(fixture_ask(&fixture, question), answer, "%s: %s", what, question);
	else
		cr_expect_fail("%s:%s", what, fixture_messages(&fixture));
}

#define SSH   "Inbound,Tcp,10.0.0.4,22,192.0.2.7,50000"
#define HTTPS "Inbound,Tcp,10.0.0.4,443,198.51.100.7,50000"
#define DENY  "Deny,defaultSecurityRules/DenyAllInBound"

static const struct {
	const char *name;
	const char *text;
	const char *select;
	const char *question;
	const char *answer;
} taken[] = {
	{"rules in the NSG of a plan",
	 PLAN(NSG("a", ",'security_rule':[" INLINE("In", "100", "Allow") "]"), ""), NULL, SSH,
	 "Allow,securityRules/In"},
	{"rules in the NSG of a state",
	 STATE(NSG("a", ",'security_rule':[" INLINE("In", "100", "Allow") "]")), NULL, SSH,
	 "Allow,securityRules/In"},
	{"an NSG without rules", STATE(NSG("a", ",'security_rule':[]")), NULL, SSH, DENY},
	{"one of two by its name",
	 STATE(NSG("a", ",'security_rule':[]") "," NSG(
		 "b", ",'security_rule':[" INLINE("In", "100", "Allow") "]")),
	 "B", SSH, "Allow,securityRules/In"},
	{"a rule of its own, whatever the case", PLAN(RULE("R", "A", "RG", TCP100) "," BARE, ""),
	 NULL, HTTPS, "Allow,securityRules/R"},
	{"rules of a plan that are not known, but stand as resources of their own",
	 PLAN(BARE "," OWN_R, CHANGES(CHANGE(A, "'id':true,'security_rule':true"))), NULL, HTTPS,
	 "Allow,securityRules/R"},
	{"a rule of its own before its older copy in the NSG",
	 PLAN(NSG("a", ",'security_rule':[" INLINE("R", "100", "Deny") "]") "," OWN_R, ""), NULL,
	 HTTPS, "Allow,securityRules/R"},
	{"a rule that the plan deletes is not kept by the NSG that was read back",
	 PLAN(NSG("a", ",'security_rule':[" INLINE("Old", "100", "Allow") "]"),
	      CHANGES("{'address':'azurerm_network_security_rule.o',"
		      "'type':'azurerm_network_security_rule','change':{'actions':['delete'],"
		      "'before':{'name':'Old','network_security_group_name':'a',"
		      "'resource_group_name':'rg'}}}")),
	 NULL, SSH, DENY},
	{"two resource groups have an NSG of one name each",
	 STATE(TWIN("x", "one") "," TWIN("y", "two") "," RULE("R", "a", "two", TCP100)), "/two/a",
	 HTTPS, "Allow,securityRules/R"},
	{"an NSG of a module in a module",
	 "{'format_version':'1.0','values':{'root_module':{'child_modules':[{'address':'module.x',"
	 "'child_modules':[{'address':'module.x.module.y[0]','resources':[{'mode':'managed',"
	 "'address':'module.x.module.y[0].azurerm_network_security_group.a','name':'a',"
	 "'type':'azurerm_network_security_group','values':{'name':'a','resource_group_name':'rg',"
	 "'security_rule':[" INLINE("In", "100", "Allow") "]}}]}]}]}}}",
	 NULL, SSH, "Allow,securityRules/In"},
	{"what is a data source, or another provider's, is none of ours",
	 STATE("{'address':'data.azurerm_network_security_group.d','mode':'data','name':'d',"
	       "'type':'azurerm_network_security_group','values':{'name':'d'}}," RESOURCE(
		       "aws_security_group", "s", "'name':'s'") "," BARE),
	 NULL, SSH, DENY},
	{"a name that is not known, but referred to",
	 PLAN(BARE "," OWN("R", "'name':'R','direction':'Inbound','access':'Allow',"
				"'source_port_range':'*','destination_port_range':'443',"
				"'destination_address_prefix':'*'," TCP100),
	      CONFIG(NAMED("azurerm_network_security_rule", "R", "network_security_group_name",
			   A))),
	 NULL, HTTPS, "Allow,securityRules/R"},
};

Test(terraform, rules_come_from_the_nsg_and_from_their_own_resources)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		read_text(taken[i].text, taken[i].select);
		expect_answer(taken[i].name, taken[i].question, taken[i].answer);
	}
}

/* says: part of the first error's text; rule and field: where it is. */
static const struct {
	const char *name;
	const char *text;
	const char *code;
	const char *rule;
	const char *field;
	const char *says;
} refused[] = {
	{"an empty state", "{'format_version':'1.0'}", "MissingNetworkSecurityGroup", "", "",
	 "empty"},
	{"a plan of other things", PLAN(RESOURCE("azurerm_subnet", "s", "'name':'s'"), ""),
	 "MissingNetworkSecurityGroup", "", "", "azurerm_network_security_group"},
	{"a state file", "{'version':4,'terraform_version':'1.5.0','resources':[]}",
	 "UnsupportedSource", "", "", "terraform show -json"},
	{"several NSGs", STATE(BARE "," NSG("b", "")), "AmbiguousNetworkSecurityGroup", "", "",
	 "a, b"},
	{"rules that are not known", PLAN(BARE, CHANGES(CHANGE(A, "'security_rule':true"))),
	 "UnresolvedTemplateExpression", "", "securityRules", "known only after terraform apply"},
	{"a prefix that is not known, in the NSG",
	 PLAN(NSG("a", ",'security_rule':[{'name':'In','priority':100,'direction':'Inbound',"
		       "'access':'Allow','protocol':'Tcp','source_port_range':'*',"
		       "'destination_port_range':'22','destination_address_prefix':'*'}]"),
	      CHANGES(CHANGE(A, "'security_rule':[{'source_address_prefix':true}]"))),
	 "UnresolvedTemplateExpression", "In", "sourceAddressPrefix", A},
	{"a priority that is not known",
	 PLAN(BARE "," RULE("R", "a", "rg", "'protocol':'Tcp','source_address_prefix':'*'"),
	      CHANGES(CHANGE("azurerm_network_security_rule.R", "'priority':true"))),
	 "UnresolvedTemplateExpression", "R", "priority", "azurerm_network_security_rule.R"},
	{"one of several prefixes that is not known",
	 PLAN(BARE "," RULE("R", "a", "rg",
			    "'protocol':'Tcp','priority':100,"
			    "'source_address_prefixes':['192.0.2.1',null]"),
	      CHANGES(CHANGE("azurerm_network_security_rule.R",
			     "'source_address_prefixes':[false,true]"))),
	 "UnresolvedTemplateExpression", "R", "sourceAddressPrefixes", NULL},
	{"a rule that names no NSG", PLAN(BARE "," OWN("R", "'name':'R'"), ""),
	 "UnresolvedTemplateExpression", "azurerm_network_security_rule.R",
	 "network_security_group_name", NULL},
	{"a rule that may be of either NSG",
	 STATE(TWIN("x", "one") "," TWIN("y", "two") "," OWN(
		 "R", "'name':'R','network_security_group_name':'a'")),
	 "UnresolvedTemplateExpression", "azurerm_network_security_rule.R",
	 "network_security_group_name", NULL},
	{"two rules of one name",
	 PLAN(BARE "," OWN_R "," OWN("S", "'name':'R','network_security_group_name':'a',"
					  "'priority':200,'direction':'Inbound','access':'Deny',"
					  "'protocol':'*','source_port_range':'*',"
					  "'destination_port_range':'443',"
					  "'source_address_prefix':'*',"
					  "'destination_address_prefix':'*'"),
	      ""),
	 "DuplicateSecurityRuleName", "R", "name", NULL},
	{"a membership of a group that is not known",
	 PLAN(BARE "," RESOURCE("azurerm_network_interface_application_security_group_"
				"association",
				"m", "'network_interface_id':'/nic'"),
	      ""),
	 "UnresolvedTemplateExpression",
	 "azurerm_network_interface_application_security_group_association.m",
	 "application_security_group_id", NULL},
};

static const struct vfg_message *first_error(void)
{
	const struct vfg_message *message = fixture.diag.first;

	while (message && message->severity != VFG_ERROR)
		message = message->next;
	return message;
}

Test(terraform, what_cannot_be_told_is_an_error)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const struct vfg_message *error;

		read_text(refused[i].text, NULL);
		error = first_error();
		cr_expect(error, "%s is taken", refused[i].name);
		if (!error)
			continue;
		cr_expect_eq(fixture.diag.errors, 1, "%s:%s", refused[i].name,
			     fixture_messages(&fixture));
		cr_expect_str_eq(error->code, refused[i].code, "%s", refused[i].name);
		cr_expect_str_eq(error->rule, refused[i].rule, "%s", refused[i].name);
		cr_expect_str_eq(error->field, refused[i].field, "%s", refused[i].name);
		cr_expect(!refused[i].says || strstr(error->text, refused[i].says), "%s: %s",
			  refused[i].name, error->text);
	}
}

Test(terraform, an_nsg_elsewhere_gets_the_rules_that_are_here_and_a_warning)
{
	read_text(PLAN(RULE("R", "far", "rg", TCP100), ""), NULL);
	expect_answer("elsewhere", HTTPS, "Allow,securityRules/R");
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "PartialNetworkSecurityGroup"), 1);
	cr_expect_str_eq(fixture.model->label, "far");
}

#define ID(name)   ",'id':'/nsg/" name "'"
#define PAIR(x, y) STATE(NSG("a", ID("a")) "," NSG("b", ID("b")) "," x "," y)

static const struct {
	const char *name;
	const char *text;
	const char *label; /* "SUBNET + NIC", NULL where it is ambiguous */
} seats[] = {
	{"by ids",
	 PAIR(ON("subnet_network", "s", "'/nsg/a','subnet_id':'/s'"),
	      ON("network_interface", "n", "'/NSG/B','network_interface_id':'/n'")),
	 "a + b"},
	{"the other way round",
	 PAIR(ON("subnet_network", "s", "'/nsg/b','subnet_id':'/s'"),
	      ON("network_interface", "n", "'/nsg/a','network_interface_id':'/n'")),
	 "b + a"},
	{"both on subnets",
	 PAIR(ON("subnet_network", "s", "'/nsg/b','subnet_id':'/s'"),
	      ON("subnet_network", "t", "'/nsg/a','subnet_id':'/t'")),
	 NULL},
	{"one on both",
	 PAIR(ON("subnet_network", "s", "'/nsg/a','subnet_id':'/s'"),
	      ON("network_interface", "n", "'/nsg/a','network_interface_id':'/n'")),
	 NULL},
	{"by the configuration of a plan",
	 PLAN(BARE "," NSG("b", "") "," ON("subnet_network", "s",
					   "null") "," ON("network_interface", "n", "null"),
	      CONFIG(NAMED("azurerm_subnet_network_security_group_association", "s",
			   "network_security_group_id",
			   A) "," NAMED("azurerm_network_interface_security_group_association", "n",
					"network_security_group_id",
					"azurerm_network_security_group.b"))),
	 "a + b"},
};

Test(terraform, a_pair_is_seated_by_its_associations)
{
	for (size_t i = 0; i < sizeof(seats) / sizeof(*seats); i++) {
		read_text(seats[i].text, NULL);
		cr_expect_eq(!fixture.model, !seats[i].label, "%s:%s", seats[i].name,
			     fixture_messages(&fixture));
		if (fixture.model && seats[i].label)
			cr_expect_str_eq(fixture.model->label, seats[i].label, "%s", seats[i].name);
	}
}

#define GROUP "azurerm_application_security_group"
#define NIC   "azurerm_network_interface"
#define ASG   RESOURCE(GROUP, "g", "'name':'g','resource_group_name':'rg'")
#define CARD(address)                                                                              \
	RESOURCE(NIC, "n", "'name':'n','ip_configuration':[{'private_ip_address':" address "}]")
#define MEMBER RESOURCE(NIC "_application_security_group_association", "m", "")
#define NAMES                                                                                      \
	"{'type':'" NIC "_application_security_group_association','name':'m','expressions':{"      \
	"'network_interface_id':{'references':['" NIC ".n.id','" NIC ".n']},"                      \
	"'application_security_group_id':{'references':['" GROUP ".g']}}},"                        \
	"{'type':'azurerm_network_security_rule','name':'R','expressions':{"                       \
	"'source_application_security_group_ids':{'references':['" GROUP ".g.id','" GROUP          \
	".g']}}}"
#define GROUPED                                                                                    \
	RULE("R", "a", "rg",                                                                       \
	     "'protocol':'Tcp','priority':100,'source_application_security_group_ids':[null]")
#define UNKNOWN                                                                                    \
	CHANGE("azurerm_network_security_rule.R", "'source_application_security_group_ids':["      \
						  "true]")

Test(terraform, groups_of_a_plan_have_the_members_that_it_makes)
{
	read_text(PLAN(BARE "," ASG "," CARD("'198.51.100.7'") "," MEMBER "," GROUPED,
		       CHANGES(UNKNOWN) CONFIG(NAMES)),
		  NULL);
	expect_answer("member", HTTPS, "Allow,securityRules/R");
	expect_answer("other", "Inbound,Tcp,10.0.0.4,443,198.51.100.8,50000", DENY);
}

Test(terraform, a_member_without_a_known_address_is_an_error)
{
	read_text(PLAN(BARE "," ASG "," CARD("null") "," MEMBER "," GROUPED,
		       CHANGES(UNKNOWN) CONFIG(NAMES)),
		  NULL);
	cr_expect(!fixture.model, "taken");
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnresolvedApplicationSecurityGroup"), 1,
		     "%s", fixture_messages(&fixture));
}

Test(terraform, admin_rules_judge_before_the_nsg)
{
	read_text(STATE(BARE "," OWN_R "," RESOURCE(
			  "azurerm_network_manager_admin_rule", "x",
			  "'name':'Guard','action':'Deny','direction':'Inbound','priority':1,"
			  "'protocol':'Tcp','source':[{'address_prefix':'198.51.100.0/24',"
			  "'address_prefix_type':'IPPrefix'}],'destination':[],"
			  "'source_port_ranges':['0-65535'],'destination_port_ranges':['443']")),
		  NULL);
	expect_answer("denied", HTTPS, "Deny,adminRules/Guard");
}
