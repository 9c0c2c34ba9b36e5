/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every error and warning about a rule, each from a minimal input.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "fixture.h"

#define RULE(what, order, from, to, sports, dports)                                                \
	FIX_RULE("A", what, order, from, to, sports, dports)
#define FROM(from)	     RULE(FIX_WHAT, FIX_ORDER, from, FIX_TO, FIX_SPORTS, FIX_DPORTS)
#define TO(to)		     RULE(FIX_WHAT, FIX_ORDER, FIX_FROM, to, FIX_SPORTS, FIX_DPORTS)
#define SPORTS(sports)	     RULE(FIX_WHAT, FIX_ORDER, FIX_FROM, FIX_TO, sports, FIX_DPORTS)
#define DPORTS(dports)	     RULE(FIX_WHAT, FIX_ORDER, FIX_FROM, FIX_TO, FIX_SPORTS, dports)
#define WHAT(what)	     RULE(what, FIX_ORDER, FIX_FROM, FIX_TO, FIX_SPORTS, FIX_DPORTS)
#define ORDER(order)	     RULE(FIX_WHAT, order, FIX_FROM, FIX_TO, FIX_SPORTS, FIX_DPORTS)
#define NAMED(name)	     FIX_RULE(name, FIX_WHAT, FIX_ORDER, FIX_FROM, FIX_TO, FIX_SPORTS, FIX_DPORTS)
#define BOTH_SIDES(from, to) RULE(FIX_WHAT, FIX_ORDER, from, to, FIX_SPORTS, FIX_DPORTS)

#define PRIORITY(value) ORDER("'direction':'Inbound','priority':" value)
#define PREFIX(value)	FROM("'sourceAddressPrefix':'" value "'")
#define PREFIXES(value) FROM("'sourceAddressPrefixes':[" value "]")
#define PORT(value)	DPORTS("'destinationPortRange':'" value "'")
#define PORTS(value)	DPORTS("'destinationPortRanges':[" value "]")

#define LONG_NAME                                                                                  \
	"a23456789012345678901234567890123456789012345678901234567890123456789012345678901"

/* code: the one error wanted, NULL where the rule is taken without any message. */
struct row {
	const char *rule;
	const char *code;
	const char *field;
	const char *says;
};

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, FIX_NETWORK);
	fixture_tag(&fixture, "Documentation=192.0.2.0/24");
	fixture_tag(&fixture, "DualStack=192.0.2.0/24,2001:db8:2::/48");
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(check, .init = set_up, .fini = tear_down);

static void read_rules(const char *rules, bool lenient)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture.request.source_count = 0;
	fixture.request.lenient = lenient;
	fixture_add(
		&fixture, VFG_SOURCE_ANY,
		vfg_arena_format(fixture.arena,
				 "{'name':'nsg','id':'/x/nsg','properties':{'securityRules':[%s]}}",
				 rules));
	fixture_read(&fixture);
}

static void check_row(const struct row *row, enum vfg_severity severity, bool lenient)
{
	const struct vfg_message *message;

	read_rules(row->rule, lenient);
	message = fixture.diag.first;
	if (!row->code) {
		cr_expect_null(message, "%s:%s", row->rule, fixture_messages(&fixture));
		return;
	}
	cr_expect(message && !message->next, "%s: one message is wanted, got:%s", row->rule,
		  fixture_messages(&fixture));
	if (!message)
		return;
	cr_expect_str_eq(message->code, row->code, "%s:%s", row->rule, fixture_messages(&fixture));
	cr_expect_eq(message->severity, severity, "%s:%s", row->rule, fixture_messages(&fixture));
	cr_expect_str_eq(message->field, row->field, "%s", row->rule);
	cr_expect(!row->says || strstr(message->text, row->says), "%s: %s", row->rule,
		  message->text);
}

static const struct row errors[] = {
	{PRIORITY("100"), NULL, NULL, NULL},
	{PRIORITY("4096"), NULL, NULL, NULL},
	{PRIORITY("'100'"), NULL, NULL, NULL},
	{PRIORITY("99"), "SecurityRuleInvalidPriority", "priority",
	 "Security rule has invalid Priority. Value provided: 99 Allowed range 100-4096."},
	{PRIORITY("4097"), "SecurityRuleInvalidPriority", "priority", "4097"},
	{PRIORITY("65000"), "SecurityRuleInvalidPriority", "priority", NULL},
	{PRIORITY("-100"), "SecurityRuleInvalidPriority", "priority", NULL},
	{PRIORITY("100.5"), "SecurityRuleInvalidPriority", "priority", NULL},
	{PRIORITY("4294967396"), "SecurityRuleInvalidPriority", "priority", NULL},
	{PRIORITY("'0x64'"), "SecurityRuleInvalidPriority", "priority", NULL},
	{PRIORITY("null"), "SecurityRuleInvalidPriority", "priority", "(none)"},
	{PRIORITY("true"), "InvalidFieldType", "priority", "boolean"},
	{ORDER("'priority':100,'direction':'inbound'"), NULL, NULL, NULL},
	{ORDER("'priority':100"), "SecurityRuleInvalidDirection", "direction", "(none)"},
	{ORDER("'priority':100,'direction':'In'"), "SecurityRuleInvalidDirection", "direction",
	 "In"},
	{WHAT("'protocol':'TCP','access':'allow'"), NULL, NULL, NULL},
	{WHAT("'protocol':'udp','access':'Deny'"), NULL, NULL, NULL},
	{WHAT("'protocol':'*','access':'Deny'"), NULL, NULL, NULL},
	{WHAT("'protocol':'Esp','access':'Deny'"), NULL, NULL, NULL},
	{WHAT("'protocol':'Ah','access':'Deny'"), NULL, NULL, NULL},
	{WHAT("'protocol':'Icmp','access':'Deny'"), NULL, NULL, NULL},
	{WHAT("'protocol':'Gre','access':'Deny'"), "SecurityRuleInvalidProtocol", "protocol",
	 "Gre"},
	{WHAT("'access':'Deny'"), "SecurityRuleInvalidProtocol", "protocol", "(none)"},
	{WHAT("'protocol':'Tcp'"), "SecurityRuleInvalidAccess", "access", NULL},
	{WHAT("'protocol':'Tcp','access':'AlwaysAllow'"), "SecurityRuleInvalidAccess", "access",
	 NULL},
	{WHAT("'protocol':{},'access':'Allow'"), "InvalidFieldType", "protocol", "object"},

	{PORT("0"), NULL, NULL, NULL},
	{PORT("65535"), NULL, NULL, NULL},
	{PORT("0-65535"), NULL, NULL, NULL},
	{DPORTS("'destinationPortRange':80"), NULL, NULL, NULL},
	{PORT("65536"), "SecurityRuleInvalidPortRange", "destinationPortRange",
	 "Security rule has invalid Port range. Value provided: 65536. Value should be an integer "
	 "OR integer range with '-' delimiter. Valid range 0-65535."},
	{PORT("022"), "SecurityRuleInvalidPortRange", "destinationPortRange", "022"},
	{PORT("00"), "SecurityRuleInvalidPortRange", "destinationPortRange", NULL},
	{PORT("0-0"), NULL, NULL, NULL},
	{PORT("0-080"), "SecurityRuleInvalidPortRange", "destinationPortRange", "0-080"},
	{PORTS("'22','08'"), "SecurityRuleParameterContainsInvalidPortRanges",
	 "destinationPortRanges", "08"},
	{PORT("80,443"), "SecurityRuleInvalidPortRange", "destinationPortRange", "80,443"},
	{PORT("80-79"), "SecurityRuleInvalidPortRange", "destinationPortRange", NULL},
	{PORT(" 80"), "SecurityRuleInvalidPortRange", "destinationPortRange", NULL},
	{PORT("80 "), "SecurityRuleInvalidPortRange", "destinationPortRange", NULL},
	{PORT("80-"), "SecurityRuleInvalidPortRange", "destinationPortRange", NULL},
	{PORT("-80"), "SecurityRuleInvalidPortRange", "destinationPortRange", NULL},
	{PORT("http"), "SecurityRuleInvalidPortRange", "destinationPortRange", NULL},
	{SPORTS("'sourcePortRange':'x'"), "SecurityRuleInvalidPortRange", "sourcePortRange", NULL},
	{PORTS("'22','80-90'"), NULL, NULL, NULL},
	{PORTS("'22','22','20-30'"), NULL, NULL, NULL},
	{PORTS("'*'"), "SecurityRuleParameterContainsInvalidPortRanges", "destinationPortRanges",
	 "DestinationPortRanges"},
	{PORTS("'22','70000'"), "SecurityRuleParameterContainsInvalidPortRanges",
	 "destinationPortRanges", "70000"},
	{PORTS("22,{}"), "InvalidFieldType", "destinationPortRanges", NULL},
	{DPORTS("'destinationPortRange':''"), "SecurityRuleParametersMissing",
	 "destinationPortRange", "DestinationPortRanges or DestinationPortRange."},
	{DPORTS("'destinationPortRange':'22','destinationPortRanges':['22']"),
	 "SecurityRuleBothSingularAndPlural", "destinationPortRanges", NULL},
	{DPORTS("'destinationPortRange':'','destinationPortRanges':['22']"), NULL, NULL, NULL},
	{DPORTS("'destinationPortRange':'22','destinationPortRanges':null"), NULL, NULL, NULL},
	{DPORTS("'destinationPortRange':['22','80']"), NULL, NULL, NULL},
	{DPORTS("'destinationPortRange':['*']"), NULL, NULL, NULL},

	{PREFIX("10.0.0.0/8"), NULL, NULL, NULL},
	{PREFIX("192.0.2.1"), NULL, NULL, NULL},
	{PREFIX("0.0.0.0/0"), NULL, NULL, NULL},
	{PREFIX("::/0"), NULL, NULL, NULL},
	{PREFIX("2001:db8::1"), NULL, NULL, NULL},
	{PREFIX("VirtualNetwork"), NULL, NULL, NULL},
	{PREFIX("virtualnetwork"), NULL, NULL, NULL},
	{PREFIX("INTERNET"), NULL, NULL, NULL},
	{PREFIX("20.20.20.20/16"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix",
	 "Security rule /x/nsg/securityRules/A has invalid Address prefix. Value provided: "
	 "20.20.20.20/16"},
	{PREFIX("2001:db8::1/32"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", NULL},
	{PREFIX("208.130.28/24"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", NULL},
	{PREFIX("10.0.0.0/33"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", NULL},
	{PREFIX("10.0.0.0/"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", NULL},
	{PREFIX("10.0.0.0/08"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", NULL},
	{PREFIX("010.0.0.0/8"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", NULL},
	{PREFIX("10.0.0.1-10.0.0.9"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix",
	 NULL},
	{PREFIX("10.0.0.0/8\\u0000"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix",
	 NULL},
	{PREFIX("www.example.com"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix",
	 NULL},
	{PREFIX("AzureBastionSubnet"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix",
	 NULL},
	{PREFIX("my-subnet"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", NULL},
	{PREFIX("Storage.WestEurope"), "UnresolvedServiceTag", "sourceAddressPrefix",
	 "--tag Storage.WestEurope=PREFIX[,...] or --service-tags FILE"},
	{PREFIX("AzurePlatformLKM"), "UnresolvedServiceTag", "sourceAddressPrefix", NULL},
	{PREFIXES("'10.0.0.0/8','192.0.2.1'"), NULL, NULL, NULL},
	{PREFIXES("'10.0.0.0/8','*'"), "SecurityRuleParameterContainsUnsupportedValue",
	 "sourceAddressPrefixes",
	 "Security rule parameter SourceAddressPrefix for rule with Id /x/nsg/securityRules/A "
	 "cannot specify existing VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags. "
	 "Unsupported value used: *."},
	{PREFIXES("'Internet'"), "SecurityRuleParameterContainsUnsupportedValue",
	 "sourceAddressPrefixes", "Internet"},
	{PREFIXES("'Storage'"), "SecurityRuleParameterContainsUnsupportedValue",
	 "sourceAddressPrefixes", NULL},
	{PREFIXES("'10.0.0.0/8','x y'"), "SecurityRuleInvalidAddressPrefix",
	 "sourceAddressPrefixes", "x y"},
	{PREFIXES("''"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefixes", NULL},
	{PREFIXES("'149.173.8.27/32','149.173.0.0/16'"),
	 "OverlappingSubnetsNotPermittedInSecurityRule", "sourceAddressPrefixes",
	 "contains overlapping subnets [149.173.0.0/16, 149.173.8.27/32], which is not permitted."},
	{PREFIXES("'192.0.2.1','192.0.2.1/32'"), "OverlappingSubnetsNotPermittedInSecurityRule",
	 "sourceAddressPrefixes", NULL},
	{PREFIXES("'192.0.2.0/25','192.0.2.128/25'"), NULL, NULL, NULL},
	{PREFIXES("'10.0.0.0/8','2001:db8::/32'"),
	 "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies", "",
	 "Resource /x/nsg/securityRules/A contains IP addresses or prefixes that belong to "
	 "different address families. All IP addresses or prefixes in the resource should belong "
	 "to the same address family."},
	{BOTH_SIDES("'sourceAddressPrefix':'10.0.0.0/8'",
		    "'destinationAddressPrefix':'2001:db8::/32'"),
	 "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies", "", NULL},
	{BOTH_SIDES("'sourceAddressPrefix':'VirtualNetwork'",
		    "'destinationAddressPrefix':'2001:db8::/32'"),
	 NULL, NULL, NULL},
	{BOTH_SIDES("'sourceAddressPrefix':'DualStack'",
		    "'destinationAddressPrefix':'10.0.0.0/24'"),
	 NULL, NULL, NULL},
	{FROM("'sourceAddressPrefixes':[]"), "SecurityRuleParametersMissing", "sourceAddressPrefix",
	 "Required security rule parameters are missing for security rule with Id: "
	 "/x/nsg/securityRules/A. Security rule must specify SourceAddressPrefixes, "
	 "SourceAddressPrefix, or SourceApplicationSecurityGroups."},
	{TO("'x':1"), "SecurityRuleParametersMissing", "destinationAddressPrefix",
	 "DestinationAddressPrefixes"},
	{FROM("'sourceAddressPrefix':'*','sourceAddressPrefixes':['10.0.0.0/8']"),
	 "SecurityRuleBothSingularAndPlural", "sourceAddressPrefixes", NULL},
	{FROM("'sourceAddressPrefix':{}"), "InvalidFieldType", "sourceAddressPrefix", "object"},
	{FROM("'sourceAddressPrefixes':{}"), "InvalidFieldType", "sourceAddressPrefixes", NULL},
	{FROM("'sourceApplicationSecurityGroups':[{'id':'/x/asg'}]"),
	 "UnresolvedApplicationSecurityGroup", "sourceApplicationSecurityGroups", "/x/asg"},
	{TO("'destinationApplicationSecurityGroups':[{}]"), "UnresolvedApplicationSecurityGroup",
	 "destinationApplicationSecurityGroups", NULL},

	{NAMED("a"), NULL, NULL, NULL},
	{NAMED("_a.b-c_"), NULL, NULL, NULL},
	{NAMED(""), "InvalidResourceName", "name", "(none)"},
	{NAMED("a\\nb"), "InvalidResourceName", "name", NULL},
};

Test(check, each_error_has_its_code)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		check_row(&errors[i], VFG_ERROR, false);
}

static const struct row warnings[] = {
	{NAMED("c7n-policy-6.367126014858692e+17"), "InvalidResourceName", "name",
	 "Resource name c7n-policy-6.367126014858692e+17 is invalid. The name can be up to 80 "
	 "characters long. It must begin with a word character, and it must end with a word "
	 "character or with '_'. The name may contain word characters or '.', '-', '_'."},
	{NAMED("-a"), "InvalidResourceName", "name", NULL},
	{NAMED("a."), "InvalidResourceName", "name", NULL},
	{NAMED(LONG_NAME), "InvalidResourceName", "name", NULL},
	{WHAT("'protocol':'any','access':'Deny'"), "ClientSideWord", "protocol", NULL},
	{PREFIX("Any"), "ClientSideWord", "sourceAddressPrefix", NULL},
	{PORT("any"), "ClientSideWord", "destinationPortRange", NULL},
	{PREFIX("VIRTUAL_NETWORK"), "ClassicTagSpelling", "sourceAddressPrefix", "VirtualNetwork"},
	{PREFIX("azure_loadbalancer"), "ClassicTagSpelling", "sourceAddressPrefix", NULL},
	{RULE("'protocol':'Icmp','access':'Allow'", FIX_ORDER, FIX_FROM, FIX_TO, FIX_SPORTS,
	      "'destinationPortRange':'22'"),
	 "PortsIgnored", "destinationPortRange", NULL},
	{RULE("'protocol':'Esp','access':'Allow'", FIX_ORDER, FIX_FROM, FIX_TO,
	      "'sourcePortRange':'1'", FIX_DPORTS),
	 "PortsIgnored", "sourcePortRange", NULL},
};

Test(check, each_warning_has_its_code)
{
	for (size_t i = 0; i < sizeof(warnings) / sizeof(*warnings); i++) {
		check_row(&warnings[i], VFG_WARNING, false);
		cr_expect_eq(fixture.err, 0, "%s", warnings[i].rule);
	}
}

/* rule, code of the warning, and what must then be let in. */
static const struct row mended[] = {
	{PREFIX("192.0.2.77/24"), "SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix",
	 "masked"},
	{PREFIXES("'192.0.2.0/24','192.0.2.5'"), "OverlappingSubnetsNotPermittedInSecurityRule",
	 "sourceAddressPrefixes", "taken as one"},
	{PREFIXES("'Documentation','198.51.100.0/24'"),
	 "SecurityRuleParameterContainsUnsupportedValue", "sourceAddressPrefixes",
	 "Unsupported value used: Documentation. It is added to the others."},
};

Test(check, lenient_mends_with_a_warning)
{
	for (size_t i = 0; i < sizeof(mended) / sizeof(*mended); i++) {
		check_row(&mended[i], VFG_WARNING, true);
		cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,1,192.0.2.1,1"),
				 "Allow,securityRules/A");
		cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,1,192.0.3.1,1"),
				 "Deny,defaultSecurityRules/DenyAllInBound");
	}
}

Test(check, lenient_adds_several_tags_up)
{
	read_rules(PREFIXES("'Documentation','VirtualNetwork','2001:db8:7::/48'"), true);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING,
				   "SecurityRuleParameterContainsUnsupportedValue"),
		     2, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,1,192.0.2.1,1"),
			 "Allow,securityRules/A");
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,1,10.0.9.9,1"),
			 "Allow,securityRules/A");
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,2001:db8::1,1,2001:db8:7::1,1"),
			 "Allow,securityRules/A");
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,1,192.0.3.1,1"),
			 "Deny,defaultSecurityRules/DenyAllInBound");
	read_rules(PREFIXES("'Documentation','NoSuchTag'"), true);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnresolvedServiceTag"), 1);
	read_rules(PREFIXES("'192.0.2.0/24','*'"), true);
	cr_expect_eq(fixture.diag.warnings, 1, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,1,203.0.113.1,1"),
			 "Allow,securityRules/A");
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,2001:db8::1,1,2001:db9::1,1"),
			 "Allow,securityRules/A");
}

Test(check, too_many_groups_on_one_side)
{
	read_rules(
		FROM("'sourceApplicationSecurityGroups':[{'id':'a'},{},{},{},{},{},{},{},{},{},{}"
		     "]"),
		false);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR,
				   "NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimit"
				   "Reached"),
		     1);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnresolvedApplicationSecurityGroup"), 11,
		     "each that is not known is said");
	read_rules(FROM("'sourceApplicationSecurityGroups':[{}],'sourceAddressPrefix':'*'"), false);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "SecurityRuleBothSingularAndPlural"), 1);
}

Test(check, one_run_reports_everything)
{
	read_rules("{'name':'A','properties':{'priority':5,'access':'Allow','direction':'Inbound',"
		   "'protocol':'Tcp','sourceAddressPrefix':'1.2.3.4/8','sourcePortRange':'x',"
		   "'destinationAddressPrefixes':['*'],'destinationPortRanges':['*']}},"
		   "{'name':'B','properties':{}},1",
		   false);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "SecurityRuleInvalidPriority"), 2);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "SecurityRuleInvalidAddressPrefix"), 1);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "SecurityRuleInvalidPortRange"), 1);
	cr_expect_eq(
		fixture_count(&fixture, VFG_ERROR, "SecurityRuleParameterContainsUnsupportedValue"),
		1);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR,
				   "SecurityRuleParameterContainsInvalidPortRanges"),
		     1);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "SecurityRuleParametersMissing"), 4);
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "InvalidFieldType"), 1);
}

#define AT(name, priority, direction)                                                              \
	FIX_RULE(name, FIX_WHAT, "'priority':" priority ",'direction':'" direction "'", FIX_FROM,  \
		 FIX_TO, FIX_SPORTS, FIX_DPORTS)

Test(check, a_priority_is_taken_once_in_a_direction)
{
	read_rules(AT("A", "100", "Inbound") "," AT("B", "'100'", "inbound"), false);
	cr_expect_eq(fixture.diag.errors, 1, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture.diag.first->code, "SecurityRuleConflict");
	cr_expect_str_eq(fixture.diag.first->text,
			 "Security rule B conflicts with rule A. Rules cannot have the same "
			 "Priority and Direction. To learn more, see aka.ms/nsgrules.");
	read_rules(AT("A", "100", "Inbound") "," AT("B", "100", "Outbound"), false);
	cr_expect_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	read_rules(AT("A", "100", "Inbound") "," AT("a", "101", "Inbound"), false);
	cr_expect_eq(fixture.diag.errors, 1);
	cr_expect_str_eq(fixture.diag.first->code, "DuplicateSecurityRuleName");
}

/* `count` rules, each with `values` single addresses of its own. */
static const char *many(size_t count, size_t values)
{
	size_t room = count * (values * 24 + 256) + 1, used = 0;
	char *text = vfg_arena_alloc(fixture.arena, room);

	cr_assert(text);
	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, room - used,
					 "%s{'name':'r%zu','properties':{" FIX_WHAT
					 ",'priority':%zu,'direction':'%s'," FIX_FROM "," FIX_SPORTS
					 "," FIX_DPORTS ",'destinationAddressPrefixes':[",
					 i ? "," : "", i, 100 + i / 2,
					 i % 2 ? "Inbound" : "Outbound");
		for (size_t j = 0; j < values; j++)
			used += (size_t)snprintf(text + used, room - used, "%s'%zu.%zu.%zu.%zu'",
						 j ? "," : "", 10 + i / 200, i % 200, j / 100,
						 j % 100 * 2);
		used += (size_t)snprintf(text + used, room - used, "]}}");
	}
	return text;
}

Test(check, limits_of_one_nsg)
{
	read_rules(many(1000, 1), false);
	cr_expect_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	read_rules(many(1001, 1), false);
	cr_expect_eq(fixture.diag.errors, 1);
	cr_expect_str_eq(fixture.diag.first->code, "SecurityRuleCountLimitReached");
	cr_expect_str_eq(fixture.diag.first->text,
			 "A security group cannot have more than 1000 security rules.");
	read_rules(many(4, 1000), false);
	cr_expect_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	read_rules(many(3, 1334), false);
	cr_expect_eq(fixture.diag.errors, 1);
	cr_expect_str_eq(fixture.diag.first->code,
			 "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached");
	cr_expect_str_eq(fixture.diag.first->text,
			 "Network security group /x/nsg has 4002 DestinationAddressPrefixes. A "
			 "security group cannot have more than 4000 DestinationAddressPrefixes as "
			 "per the limit MaxSecurityRuleAddressesOrPortsPerSecurityGroup.");
}

Test(check, little_memory_is_an_error_and_no_crash)
{
	const char *rules = many(20, 20);

	for (size_t limit = 0; limit < 200000; limit += 997) {
		struct vfg_arena *arena = vfg_arena_new(limit);
		struct vfg_diag diag = {.arena = arena};
		struct vfg_model *model = NULL;
		int err;

		if (!limit)
			read_rules(rules, false);
		err = vfg_model_read(arena, &fixture.request, &diag, &model);
		cr_assert(err == 0 || (err == -ENOMEM && diag.errors), "limit %zu: %d", limit, err);
		vfg_arena_free(arena);
	}
}
