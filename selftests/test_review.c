/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Warnings: each is given where it should be, once, and names who is to blame. That none is wrong
 * is test_cover.c's to show.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "../policy-compiler/review.h"
#include "fixture.h"
#include "generate.h"

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

TestSuite(review, .init = set_up, .fini = tear_down, .timeout = 60);

#define RULE(name, priority, access, what, from, to, dports)                                       \
	"{'name':'" name "','properties':{'priority':" #priority                                   \
	",'direction':'Inbound','access':'" access "','protocol':'" what                           \
	"','sourceAddressPrefix':'" from "','destinationAddressPrefix':'" to                       \
	"','sourcePortRange':'*','destinationPortRange':'" dports "'}}"

/* Rules; the warning wanted, the rule it is about and what it says; NULL: no warning at all. */
static const struct {
	const char *name;
	const char *rules;
	const char *code;
	const char *rule;
	const char *says;
} rows[] = {
	{"a copy",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Allow", "Tcp", "*", "*",
								 "22"),
	 "ShadowedRule", "b", "by a (priority 100), with the same access"},
	{"a narrower Allow behind a Deny",
	 RULE("a", 100, "Deny", "*", "10.0.0.0/8", "*", "*") "," RULE("b", 200, "Allow", "Tcp",
								      "10.1.0.0/16", "*", "22"),
	 "ShadowedRule", "b", "by a (priority 100), and denies what this rule would allow"},
	{"a narrower Deny behind an Allow",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "*") "," RULE("b", 200, "Deny", "Tcp",
								"203.0.113.0/24", "*", "22"),
	 "ShadowedRule", "b", "and allows what this rule would deny"},
	{"an exception in front",
	 RULE("a", 100, "Deny", "Tcp", "203.0.113.0/24", "*", "22") "," RULE("b", 200, "Allow",
									     "Tcp", "*", "*", "22"),
	 NULL, NULL, NULL},
	{"Deny all at the end",
	 RULE("a", 100, "Allow", "Tcp", "Internet", "*",
	      "443") "," RULE("b", 110, "Allow", "Tcp", "10.0.0.0/8", "*",
			      "22") "," RULE("c", 4096, "Deny", "*", "*", "*", "*"),
	 NULL, NULL, NULL},
	{"the user's Deny all hides defaults", RULE("a", 100, "Deny", "*", "*", "*", "*"), NULL,
	 NULL, NULL},
	{"two halves",
	 RULE("a", 100, "Allow", "Tcp", "10.0.0.0/9", "*",
	      "22") "," RULE("b", 200, "Allow", "Tcp", "10.128.0.0/9", "*",
			     "22") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8", "*", "22"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 200), with the same access"},
	{"two halves of opposite access",
	 RULE("a", 100, "Allow", "Tcp", "10.0.0.0/9", "*",
	      "22") "," RULE("b", 200, "Deny", "Tcp", "10.128.0.0/9", "*",
			     "22") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8", "*", "22"),
	 "ShadowedRule", "c", "and denies a part of what this rule would allow"},
	{"halves of ports, and one that is not needed",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "0-1023") "," RULE(
		 "u", 150, "Allow", "Tcp", "*", "*",
		 "80-2000") "," RULE("b", 200, "Allow", "Tcp", "*", "*",
				     "1024-65535") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8",
							    "*", "*"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 200),"},
	{"halves of families",
	 RULE("a", 100, "Allow", "Tcp", "0.0.0.0/0", "*",
	      "22") "," RULE("b", 200, "Allow", "Tcp", "::/0", "*",
			     "22") "," RULE("c", 300, "Allow", "Tcp", "*", "*", "22"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 200),"},
	{"corners that leave the middle open",
	 RULE("a", 100, "Allow", "Tcp", "10.0.0.0/9", "10.0.0.0/9", "22") "," RULE(
		 "b", 200, "Allow", "Tcp", "10.128.0.0/9", "10.128.0.0/9",
		 "22") "," RULE("c", 300, "Allow", "Tcp", "10.0.0.0/8", "10.0.0.0/8", "22"),
	 NULL, NULL, NULL},
	{"IPv4 alone hides no rule for both families",
	 RULE("a", 100, "Allow", "Tcp", "0.0.0.0/0", "*", "22") "," RULE("c", 300, "Allow", "Tcp",
									 "*", "*", "22"),
	 NULL, NULL, NULL},
	{"Icmp of both families is that of IPv4",
	 RULE("a", 100, "Allow", "*", "0.0.0.0/0", "*", "*") "," RULE("c", 300, "Allow", "Icmp",
								      "*", "*", "*"),
	 "ShadowedRule", "c", "by a (priority 100)"},
	{"any protocol with a port is TCP and UDP",
	 RULE("a", 100, "Allow", "Tcp", "*", "*",
	      "53") "," RULE("b", 110, "Allow", "Udp", "*", "*",
			     "50-60") "," RULE("c", 300, "Allow", "*", "*", "*", "53"),
	 "ShadowedRule", "c", "by a (priority 100) and b (priority 110)"},
	{"any protocol with a port hides no Icmp",
	 RULE("a", 100, "Allow", "*", "*", "*", "0-65534") "," RULE("c", 300, "Allow", "Icmp", "*",
								    "*", "*"),
	 NULL, NULL, NULL},
	{"ports of Icmp do not matter",
	 RULE("a", 100, "Allow", "Icmp", "*", "*", "7") "," RULE("c", 300, "Allow", "Icmp", "*",
								 "*", "*"),
	 "ShadowedRule", "c", "by a (priority 100)"},
	{"behind what is hidden itself, the one that decides is named",
	 RULE("a", 100, "Deny", "*", "10.0.0.0/8", "*",
	      "*") "," RULE("b", 110, "Deny", "*", "10.1.0.0/16", "*",
			    "*") "," RULE("c", 300, "Allow", "Tcp", "10.1.2.0/24", "*", "22"),
	 "ShadowedRule", "c", "by a (priority 100)"},
	{"Icmp with IPv6", RULE("a", 100, "Allow", "Icmp", "2001:db8::/32", "*", "*"),
	 "RuleNeverMatches", "a", "IPv4 only"},
	{"families that do not meet",
	 RULE("a", 100, "Allow", "Tcp", "2001:db8::/32", "VirtualNetwork", "22"),
	 "RuleNeverMatches", "a", "no address family in common"},
	{"a rule that matches nothing hides nothing",
	 RULE("a", 100, "Deny", "*", "2001:db8::/32", "VirtualNetwork",
	      "*") "," RULE("b", 200, "Allow", "Tcp", "203.0.113.0/24", "*", "22"),
	 "RuleNeverMatches", "a", ""},
	{"an Allow across a later Deny",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Deny", "*",
								 "203.0.113.0/24", "*", "*"),
	 "OverlappingOppositeAccess", "b", "denies is allowed earlier, by a (priority 100)"},
	{"blocked addresses in front of Allows",
	 RULE("a", 100, "Deny", "*", "203.0.113.0/24", "*",
	      "*") "," RULE("b", 200, "Allow", "Tcp", "*", "*",
			    "22") "," RULE("c", 300, "Allow", "Tcp", "*", "*", "443"),
	 NULL, NULL, NULL},
	{"a Deny across later Allows in two respects",
	 RULE("a", 100, "Deny", "*", "203.0.113.0/24", "*",
	      "22-79") "," RULE("b", 200, "Allow", "Tcp", "*", "*",
				"20-22") "," RULE("c", 300, "Allow", "Tcp", "*", "*", "79-80"),
	 "OverlappingOppositeAccess", "a",
	 "allowed later, by b (priority 200) and c (priority 300)"},
	{"the same access across",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Allow", "*",
								 "203.0.113.0/24", "*", "*"),
	 NULL, NULL, NULL},
	{"neighbours",
	 RULE("a", 100, "Allow", "Tcp", "*", "*", "22") "," RULE("b", 200, "Deny", "Tcp",
								 "203.0.113.0/24", "*", "23-30"),
	 NULL, NULL, NULL},
};

Test(review, each_oddity_is_told_once_with_the_rules_names)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct vfg_message *message;

		tear_down();
		set_up();
		fixture_add(&fixture, VFG_SOURCE_ANY,
			    vfg_arena_format(fixture.arena,
					     "{'name':'n','properties':{'securityRules':[%s]}}",
					     rows[i].rules));
		fixture_read(&fixture);
		cr_assert_eq(fixture.err, 0, "%s:%s", rows[i].name, fixture_messages(&fixture));
		message = fixture.diag.first;
		while (message && !strcmp(message->code, "PortsIgnored"))
			message = message->next;
		cr_expect_eq(message != NULL, rows[i].code != NULL, "%s:%s", rows[i].name,
			     fixture_messages(&fixture));
		if (!message || !rows[i].code)
			continue;
		while (message->next && strcmp(message->rule, rows[i].rule))
			message = message->next;
		cr_expect_null(message->next, "%s:%s", rows[i].name, fixture_messages(&fixture));
		cr_expect_str_eq(message->code, rows[i].code, "%s", rows[i].name);
		cr_expect_str_eq(message->rule, rows[i].rule, "%s", rows[i].name);
		cr_expect_str_eq(message->file, "test.json", "%s", rows[i].name);
		cr_expect(strstr(message->text, rows[i].says), "%s: %s", rows[i].name,
			  message->text);
	}
}

/* Admin rules may be of several files; a message is about one of them where it can be told. */
Test(review, a_message_about_an_admin_rule_names_its_file)
{
#define ADMIN(name, priority)                                                                      \
	"{'name':'" name "','id':'/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/"  \
	"networkManagers/m/securityAdminConfigurations/c/ruleCollections/rc/rules/" name           \
	"','properties':{'protocol':'Tcp','access':'Deny','priority':" priority                    \
	",'direction':'Inbound','destinationPortRanges':['22']}}"
	fixture_add(&fixture, VFG_SOURCE_ADMIN_RULES, "[" ADMIN("a", "1") "," ADMIN("b", "2") "]");
	fixture_read(&fixture);
	cr_assert_eq(fixture_count(&fixture, VFG_WARNING, "ShadowedRule"), 1, "%s",
		     fixture_messages(&fixture));
	cr_expect_str_eq(fixture.diag.last->file, "test.json");
	cr_expect_str_eq(fixture.diag.last->rule, "b");
	cr_expect(strstr(fixture.diag.last->text, "of c "), "%s", fixture.diag.last->text);
#undef ADMIN
}

static struct vfg_set *block(uint32_t first, uint32_t size)
{
	struct vfg_address_range range = {first, first + size - 1};

	return vfg_generate_set(fixture.arena, VFG_IPV4, &range, 1);
}

/* Rules of one list, half of them Deny; @cross: each Deny crosses each Allow. */
static void many(struct vfg_list *list, struct vfg_model *model, size_t count, bool cross)
{
	static const struct vfg_set any = {.any = true};
	static struct vfg_port_range all = {0, 65535};

	*list = (struct vfg_list){.name = "many", .stage = VFG_STAGE_NIC, .count = count};
	list->rule = vfg_arena_array(fixture.arena, count, sizeof(*list->rule));
	cr_assert(list->rule);
	for (size_t i = 0; i < count; i++) {
		bool deny = i % 2;
		const struct vfg_set *own = block((uint32_t)i * 16, 16);

		list->rule[i] = (struct vfg_model_rule){
			.name = vfg_arena_format(fixture.arena, "securityRules/R%zu", i),
			.priority = (uint16_t)(100 + i % 4000),
			.protocol = VFG_PROTOCOL_ANY,
			.action = deny ? VFG_ACTION_DENY : VFG_ACTION_ALLOW,
			.source = deny && cross ? &any : own,
			.destination = deny && cross ? own : &any,
			.source_ports = {1, &all},
			.destination_ports = {1, &all},
		};
	}
	*model = (struct vfg_model){0};
	model->pipeline[VFG_OUTBOUND] = (struct vfg_pipeline){1, {list}};
}

Test(review, many_overlaps_are_counted_behind_the_first_twenty)
{
	struct vfg_model model;
	struct vfg_list list;

	/* R1 to R59 are 30 Deny, each behind an Allow; to the Allows behind it it is an exception.
	 */
	many(&list, &model, 60, true);
	cr_assert_eq(vfg_review(&fixture.diag, &model, NULL), 0);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "OverlappingOppositeAccess"), 21);
	cr_expect_eq(fixture.diag.warnings, 21);
	cr_expect(strstr(fixture.diag.last->text, "10 more"), "%s", fixture.diag.last->text);
	cr_expect_str_eq(fixture.diag.first->rule, "R1");
}

Test(review, a_list_beyond_all_limits_is_not_looked_through_in_silence)
{
	struct vfg_model model;
	struct vfg_list list;

	many(&list, &model, 8000, false);
	cr_assert_eq(vfg_review(&fixture.diag, &model, NULL), 0);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "ReviewIncomplete"), 1);
	cr_expect_eq(fixture.diag.warnings, 1, "%s", fixture_messages(&fixture));
}
