/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's own connection: when its loss is foretold, and by whose fault.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "../policy-compiler/operator.h"
#include "fixture.h"

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, "VirtualNetwork=10.0.0.0/16");
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(operator, .init = set_up, .fini = tear_down);

#define RULE(name, priority, access, what, from, to, dports)                                       \
	"{'name':'" name "','properties':{'priority':" #priority                                   \
	",'direction':'Inbound','access':'" access "','protocol':'" what                           \
	"','sourceAddressPrefix':'" from "','destinationAddressPrefix':'" to                       \
	"','sourcePortRange':'*','destinationPortRange':'" dports "'}}"

static const struct {
	const char *text;
	const char *rule; /* NULL: no warning */
} connections[] = {
	{"203.0.113.7 50000 10.0.0.4 22", NULL},
	{"203.0.113.7 50000 10.0.0.4 2222", "DenyAllInBound"},
	{"198.51.100.9 50000 10.0.0.4 22", "NoSsh"},
	{"::ffff:203.0.113.7 50000 ::ffff:10.0.0.4 22", NULL},
	{"::ffff:198.51.100.9 50000 ::ffff:10.0.0.4 22", "NoSsh"},
	{"2001:db8::7 50000 2001:db8:1::4 22", NULL},
	{"2001:db9::7 50000 2001:db8:1::4 22", "NoSsh"},
	{"fe80::1%eth0 50000 fe80::2%eth0 22", "NoSsh"},
	{"127.0.0.1 50000 127.0.0.1 2222", NULL},
	{"::1 50000 ::1 2222", NULL},
	{"10.0.0.4 50000 10.0.0.4 2222", NULL},
	{"", NULL},
	{"198.51.100.9", NULL},
	{"198.51.100.9 50000 10.0.0.4", NULL},
	{"198.51.100.9 50000 10.0.0.4 22 1", NULL},
	{"198.51.100.9 x 10.0.0.4 22", NULL},
	{"198.51.100.9 50000 10.0.0.4 65536", NULL},
	{"198.51.100.9 50000 10.0.0.4 22-23", NULL},
	{"198.51.100.0/24 50000 10.0.0.4 22", NULL},
	{"198.51.100.9 50000 2001:db8::4 22", NULL},
	{"host.example 50000 10.0.0.4 22", NULL},
};

Test(operator, the_operator_is_told_before_the_policy_cuts_the_connection)
{
	static const char rules[] =
		RULE("Ssh4", 100, "Allow", "Tcp", "203.0.113.0/24", "*",
		     "22") "," RULE("Ssh6", 110, "Allow", "Tcp", "2001:db8::/32", "*",
				    "22") "," RULE("NoSsh", 120, "Deny", "Tcp", "*", "*", "22");

	for (size_t i = 0; i < sizeof(connections) / sizeof(*connections); i++) {
		const char *rule = connections[i].rule;

		tear_down();
		set_up();
		fixture_add(&fixture, VFG_SOURCE_ANY,
			    vfg_arena_format(fixture.arena,
					     "{'name':'n','properties':{'securityRules':[%s]}}",
					     rules));
		fixture.request.ssh_connection = connections[i].text;
		fixture_read(&fixture);
		cr_assert_eq(fixture.err, 0);
		cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "OperatorCutOff"), rule != NULL,
			     "%s:%s", connections[i].text, fixture_messages(&fixture));
		if (!rule || !fixture.diag.first)
			continue;
		cr_expect_str_eq(fixture.diag.last->rule, rule, "%s", connections[i].text);
		cr_expect_str_eq(fixture.diag.last->file, "test.json");
		cr_expect(strstr(fixture.diag.last->text, connections[i].text), "%s",
			  fixture.diag.last->text);
	}
}

/* Whoever loads an image has no model: its tables say the same. */
Test(operator, a_compiled_policy_foretells_it_too)
{
	struct vfg_tables tables;
	size_t bytes;
	void *image;

	fixture_add(&fixture, VFG_SOURCE_ANY,
		    FIX_NSG("n", RULE("Ssh4", 100, "Allow", "Tcp", "203.0.113.0/24", "*", "22")));
	fixture_read(&fixture);
	cr_assert_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
	cr_assert_eq(vfg_image_write(fixture.arena, fixture.model, &fixture.diag, &image, &bytes),
		     0);
	cr_assert_eq(vfg_image_open(image, bytes, &fixture.diag, &tables), 0);
	vfg_operator_check_tables(&fixture.diag, &tables, "203.0.113.7 50000 10.0.0.4 22");
	vfg_operator_check_tables(&fixture.diag, &tables, NULL);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "OperatorCutOff"), 0);
	vfg_operator_check_tables(&fixture.diag, &tables, "198.51.100.9 50000 10.0.0.4 22");
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "OperatorCutOff"), 1);
	cr_expect_str_eq(fixture.diag.last->rule, "DenyAllInBound");
	cr_expect_str_eq(fixture.diag.last->file, "n");
}
