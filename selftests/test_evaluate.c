/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle's own semantics, rule by rule: protocols, families, ports, order.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

#define IN(priority)  "'direction':'Inbound','priority':" priority
#define OUT(priority) "'direction':'Outbound','priority':" priority
#define ALLOW(proto)  "'access':'Allow','protocol':'" proto "'"
#define DENY(proto)   "'access':'Deny','protocol':'" proto "'"
#define SRC(text)     "'sourceAddressPrefix':'" text "'"
#define DST(text)     "'destinationAddressPrefix':'" text "'"
#define SPORT(text)   "'sourcePortRange':'" text "'"
#define DPORT(text)   "'destinationPortRange':'" text "'"

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

TestSuite(evaluate, .init = set_up, .fini = tear_down);

/* rule: one NSG's only rule; name R. */
static const struct {
	const char *name;
	const char *rule;
	const char *packet;
	bool matches;
} rows[] = {
	{"tcp is tcp",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80")),
	 "Inbound,tcp,10.0.0.4,80,192.0.2.1,5", true},
	{"tcp is not udp",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80")),
	 "Inbound,udp,10.0.0.4,80,192.0.2.1,5", false},
	{"the other direction",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80")),
	 "Outbound,tcp,10.0.0.4,5,192.0.2.1,80", false},
	{"the port below",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80-90")),
	 "Inbound,tcp,10.0.0.4,79,192.0.2.1,5", false},
	{"the last port",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80-90")),
	 "Inbound,tcp,10.0.0.4,90,192.0.2.1,5", true},
	{"the port above",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80-90")),
	 "Inbound,tcp,10.0.0.4,91,192.0.2.1,5", false},
	{"port 0",
	 FIX_RULE("R", DENY("Udp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("0")),
	 "Inbound,udp,10.0.0.4,0,192.0.2.1,5", true},
	{"inbound, the source is remote",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("192.0.2.0/24"), DST("10.0.0.4"), SPORT("5"),
		  DPORT("80")),
	 "Inbound,tcp,10.0.0.4,80,192.0.2.1,5", true},
	{"inbound, another source port",
	 FIX_RULE("R", DENY("Tcp"), IN("100"), SRC("*"), DST("*"), SPORT("5"), DPORT("80")),
	 "Inbound,tcp,10.0.0.4,80,192.0.2.1,6", false},
	{"outbound, the source is local",
	 FIX_RULE("R", DENY("Tcp"), OUT("100"), SRC("10.0.0.4"), DST("192.0.2.0/24"), SPORT("5"),
		  DPORT("80")),
	 "Outbound,tcp,10.0.0.4,5,192.0.2.1,80", true},
	{"outbound, another local address",
	 FIX_RULE("R", DENY("Tcp"), OUT("100"), SRC("10.0.0.4"), DST("*"), SPORT("*"), DPORT("*")),
	 "Outbound,tcp,10.0.0.5,5,192.0.2.1,80", false},
	{"icmp", FIX_RULE("R", DENY("Icmp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,icmp,10.0.0.4,0,192.0.2.1,0", true},
	{"icmp ignores ports",
	 FIX_RULE("R", DENY("Icmp"), IN("100"), SRC("*"), DST("*"), SPORT("1"), DPORT("2")),
	 "Inbound,icmp,10.0.0.4,0,192.0.2.1,0", true},
	{"icmp is not icmpv6",
	 FIX_RULE("R", DENY("Icmp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,icmpv6,2001:db8::4,0,2001:db9::1,0", false},
	{"icmp is not protocol 1 over IPv6",
	 FIX_RULE("R", DENY("Icmp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,1,2001:db8::4,0,2001:db9::1,0", false},
	{"everything is icmpv6 too",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,icmpv6,2001:db8::4,0,2001:db9::1,0", true},
	{"everything is GRE too",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,47,10.0.0.4,0,192.0.2.1,0", true},
	{"everything with a port is not icmp",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80")),
	 "Inbound,icmp,10.0.0.4,0,192.0.2.1,0", false},
	{"everything with a source port is not GRE",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("*"), DST("*"), SPORT("0-65534"), DPORT("*")),
	 "Inbound,47,10.0.0.4,0,192.0.2.1,0", false},
	{"everything with a port is udp",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("80")),
	 "Inbound,udp,10.0.0.4,80,192.0.2.1,5", true},
	{"everything with two halves of the ports is GRE",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("*"), DST("*"), SPORT("*"),
		  "'destinationPortRanges':['0-99','100-65535']"),
	 "Inbound,47,10.0.0.4,0,192.0.2.1,0", true},
	{"esp", FIX_RULE("R", DENY("Esp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,50,10.0.0.4,0,192.0.2.1,0", true},
	{"esp over IPv6",
	 FIX_RULE("R", DENY("Esp"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,esp,2001:db8::4,0,2001:db9::1,0", true},
	{"ah is not esp",
	 FIX_RULE("R", DENY("Ah"), IN("100"), SRC("*"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,esp,10.0.0.4,0,192.0.2.1,0", false},
	{"all of IPv4 is not IPv6",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("0.0.0.0/0"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,tcp,2001:db8::4,80,2001:db9::1,5", false},
	{"all of IPv6 is not IPv4",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("::/0"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,tcp,10.0.0.4,80,192.0.2.1,5", false},
	{"all of IPv6",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("::/0"), DST("::/0"), SPORT("*"), DPORT("*")),
	 "Inbound,tcp,2001:db8::4,80,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,5", true},
	{"an IPv4 address is no IPv6 number",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("192.0.2.1"), DST("*"), SPORT("*"), DPORT("*")),
	 "Inbound,tcp,2001:db8::4,80,::192.0.2.1,5", false},
	{"a tag of both families, IPv6",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("VirtualNetwork"), DST("*"), SPORT("*"),
		  DPORT("*")),
	 "Inbound,tcp,2001:db8::4,80,2001:db8:ffff::1,5", true},
	{"a tag with an IPv4 address matches IPv4 only",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("VirtualNetwork"), DST("10.0.0.4"), SPORT("*"),
		  DPORT("*")),
	 "Inbound,tcp,2001:db8::4,80,2001:db8:ffff::1,5", false},
	{"a list of prefixes",
	 FIX_RULE("R", DENY("*"), IN("100"),
		  "'sourceAddressPrefixes':['192.0.2.0/25','198.51.100.1']", DST("*"), SPORT("*"),
		  DPORT("*")),
	 "Inbound,tcp,10.0.0.4,80,198.51.100.1,5", true},
	{"beside a list of prefixes",
	 FIX_RULE("R", DENY("*"), IN("100"),
		  "'sourceAddressPrefixes':['192.0.2.0/25','198.51.100.1']", DST("*"), SPORT("*"),
		  DPORT("*")),
	 "Inbound,tcp,10.0.0.4,80,192.0.2.128,5", false},
	{"a list of ports",
	 FIX_RULE("R", DENY("*"), IN("100"), SRC("*"), DST("*"), SPORT("*"),
		  "'destinationPortRanges':['22','8000-8080','443']"),
	 "Inbound,udp,10.0.0.4,8080,192.0.2.1,5", true},
};

Test(evaluate, a_rule_matches_what_it_says)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *answer;

		fixture.request.source_count = 0;
		fixture_add(&fixture, VFG_SOURCE_ANY,
			    vfg_arena_format(fixture.arena, FIX_NSG("nsg", "%s"), rows[i].rule));
		fixture_read(&fixture);
		cr_assert_eq(fixture.err, 0, "%s:%s", rows[i].name, fixture_messages(&fixture));
		answer = fixture_ask(&fixture, rows[i].packet);
		cr_expect_eq(!strcmp(answer, "Deny,securityRules/R"), rows[i].matches, "%s: %s",
			     rows[i].name, answer);
	}
}

#define ANY_TCP(name, what, priority)                                                              \
	FIX_RULE(name, what, priority, SRC("*"), DST("*"), SPORT("*"), DPORT("*"))

Test(evaluate, the_lowest_priority_number_decides)
{
	fixture_add(
		&fixture, VFG_SOURCE_ANY,
		FIX_NSG("nsg",
			ANY_TCP("Last", ALLOW("Tcp"), IN("4096")) "," ANY_TCP(
				"Second", DENY("Tcp"),
				IN("'200'")) "," ANY_TCP("First", ALLOW("Tcp"),
							 IN("100")) "," ANY_TCP("Out", DENY("Tcp"),
										OUT("100"))));
	fixture_read(&fixture);
	cr_expect_str_eq(fixture_ask(&fixture, "Inbound,tcp,10.0.0.4,80,192.0.2.1,5"),
			 "Allow,securityRules/First");
	cr_expect_str_eq(fixture_ask(&fixture, "Outbound,tcp,10.0.0.4,80,192.0.2.1,5"),
			 "Deny,securityRules/Out");
}

Test(evaluate, without_any_list_nothing_is_allowed)
{
	struct vfg_model model = {0};
	struct vfg_tuple tuple = {.protocol = 6};
	struct vfg_verdict verdict = vfg_model_judge(&model, &tuple);

	cr_expect(!verdict.allow);
	cr_expect_str_eq(verdict.rule, "");
	cr_expect_str_eq(verdict.list, "");
	cr_expect_eq(verdict.number, VFG_RULE_NONE);
	cr_expect_str_eq(vfg_report_verdict(fixture.arena, &verdict, false), "Deny");
	cr_expect_str_eq(vfg_report_verdict(fixture.arena, &verdict, true),
			 "{\"access\":\"Deny\",\"ruleName\":\"\"}");
}
