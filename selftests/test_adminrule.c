/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security admin rules in an NSG's words: what is absent means everything in an admin rule, so a
 * restriction that is not read would open all.
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

TestSuite(adminrule, .init = set_up, .fini = tear_down);

#define RULE(fields)                                                                               \
	"{'name':'r','kind':'Custom','id':'/x/securityAdminConfigurations/c/ruleCollections/k/"    \
	"rules/r','properties':{'protocol':'Tcp','access':'AlwaysAllow','direction':'Inbound',"    \
	"'priority':1," fields "}}"

static void read_rule(const char *text)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture.request.source_count = 0;
	fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES, text);
	fixture_read(&fixture);
}

Test(adminrule, an_nsgs_field_is_refused)
{
	static const struct {
		const char *text;
		const char *field;
	} rows[] = {
		{RULE("'sourceAddressPrefix':'192.0.2.1'"), "sourceAddressPrefix"},
		{RULE("'destinationAddressPrefix':'*'"), "destinationAddressPrefix"},
		{RULE("'sourceAddressPrefixes':['192.0.2.1']"), "sourceAddressPrefixes"},
		{RULE("'DestinationAddressPrefixes':['192.0.2.1']"), "destinationAddressPrefixes"},
		{RULE("'sourcePortRange':22"), "sourcePortRange"},
		{RULE("'destinationPortRange':'22'"), "destinationPortRange"},
		{RULE("'sourceApplicationSecurityGroups':[{'id':'/x'}]"),
		 "sourceApplicationSecurityGroups"},
		{RULE("'destinationPortRange':{}"), "destinationPortRange"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_rule(rows[i].text);
		cr_assert_eq(fixture.diag.errors, 1, "%s:%s", rows[i].text,
			     fixture_messages(&fixture));
		cr_expect_str_eq(fixture.diag.first->code, "UnsupportedAdminRule");
		cr_expect_str_eq(fixture.diag.first->rule, "r");
		cr_expect_str_eq(fixture.diag.first->field, rows[i].field, "%s", rows[i].text);
	}
}

Test(adminrule, an_nsgs_field_without_a_value_is_none)
{
	read_rule(RULE("'sourceAddressPrefix':'','destinationAddressPrefix':null,"
		       "'sourceAddressPrefixes':[],'destinationPortRanges':['22']"));
	cr_assert_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,22,192.0.2.1,9"),
			 "Allow,adminRules/r");
}
