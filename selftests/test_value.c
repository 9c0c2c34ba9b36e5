/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults in a template's expressions: each is said, with the rule and the field that it stands in.
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

TestSuite(value, .init = set_up, .fini = tear_down);

#define TEMPLATE(resources)                                                                        \
	"{\"$schema\":\"https://example.com/2019-04-01/"                                           \
	"deploymentTemplate.json#\",\"resources\":[" resources "]}"
#define FIELDS(from, port)                                                                         \
	"{\"priority\":100,\"direction\":\"Inbound\",\"access\":\"Allow\",\"protocol\":\"Tcp\","   \
	"\"sourceAddressPrefix\":\"" from "\",\"sourcePortRange\":\"*\","                          \
	"\"destinationAddressPrefix\":\"*\",\"destinationPortRange\":\"" port "\"}"
#define RULE(name, from, port) "{\"name\":\"" name "\",\"properties\":" FIELDS(from, port) "}"
#define NSG(rules)                                                                                 \
	"{\"type\":\"Microsoft.Network/networkSecurityGroups\",\"name\":\"n\",\"properties\":{"    \
	"\"securityRules\":[" rules "]}}"
#define CHILD(name, from, port)                                                                    \
	"{\"type\":\"Microsoft.Network/networkSecurityGroups/securityRules\",\"name\":\"n/" name   \
	"\",\"properties\":" FIELDS(from, port) "}"
#define NIC(address)                                                                               \
	"{\"type\":\"Microsoft.Network/networkInterfaces\",\"name\":\"i\",\"properties\":{"        \
	"\"ipConfigurations\":[{\"name\":\"c\",\"properties\":{\"privateIPAddress\":\"" address    \
	"\"}}]}}"

static void read_template(const char *text)
{
	fixture_add_bytes(&fixture, VFG_SOURCE_ANY, "t.json", text, strlen(text));
	fixture_read(&fixture);
}

static void expect(const struct vfg_message *message, const char *rule, const char *field,
		   const char *says)
{
	cr_assert(message, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(message->code, "InvalidTemplate");
	cr_expect_str_eq(message->rule, rule, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(message->field, field, "%s", fixture_messages(&fixture));
	cr_expect(strstr(message->text, says), "%s", message->text);
}

Test(value, every_fault_is_said_with_its_rule_and_field)
{
	const struct vfg_message *at;

	read_template(TEMPLATE(NSG(RULE("a", "[variables('x')]", "[variables('y')]") "," RULE(
		"b", "*", "[max()]")) "," CHILD("c", "[variables('z')]", "80")));
	at = fixture.diag.first;
	expect(at, "a", "sourceAddressPrefix", "no variable x");
	expect(at->next, "a", "destinationPortRange", "no variable y");
	expect(at->next->next, "b", "destinationPortRange", "max(");
	expect(at->next->next->next, "c", "sourceAddressPrefix", "no variable z");
	cr_expect_eq(fixture.diag.errors, 4, "%s", fixture_messages(&fixture));
}

Test(value, what_stands_in_no_rule_names_none)
{
	read_template(TEMPLATE(NIC("[variables('x')]")));
	expect(fixture.diag.first, "", "", "no variable x");
	cr_expect_eq(fixture.diag.errors, 1, "%s", fixture_messages(&fixture));
}

/* The first hundred tell enough. */
Test(value, faults_without_end_are_cut_short)
{
	static char text[64 * 1024];
	size_t used = 0;

	for (int i = 0; i < 200; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? "," : "",
					 RULE("r", "[variables('x')]", "80"));
	read_template(vfg_arena_format(fixture.arena, TEMPLATE(NSG("%s")), text));
	cr_expect_eq(fixture.diag.errors, 101);
	cr_expect(strstr(fixture.diag.last->text, "more than 100 faults"), "%s",
		  fixture.diag.last->text);
}
