/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From sources to lists: both shapes, default rules, the platform's exemptions, and who is named
 * when two NSGs judge.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "fixture.h"

#define SAMPLES "selftests/samples/"

#define OUT(priority) "'direction':'Outbound','priority':" priority
#define IN(priority)  "'direction':'Inbound','priority':" priority
#define ANY_TO(name, what, order, to, ports)                                                       \
	FIX_RULE(name, what, order, FIX_FROM, "'destinationAddressPrefix':'" to "'", FIX_SPORTS,   \
		 "'destinationPortRange':'" ports "'")
#define ALLOW_ALL "'access':'Allow','protocol':'*'"
#define DENY_ALL  "'access':'Deny','protocol':'*'"

struct ask {
	const char *packet;
	const char *answer;
};

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

TestSuite(pipeline, .init = set_up, .fini = tear_down);

static void read_both(const char *subnet, const char *nic)
{
	fixture.request.source_count = 0;
	if (subnet)
		fixture_add(&fixture, VFG_SOURCE_SUBNET_NSG, subnet);
	if (nic)
		fixture_add(&fixture, VFG_SOURCE_NIC_NSG, nic);
	fixture_read(&fixture);
	cr_assert_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
}

static void ask_all(const char *what, const struct ask *ask, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_expect_str_eq(fixture_ask(&fixture, ask[i].packet), ask[i].answer, "%s: %s: %s",
				 what, ask[i].packet, fixture_ask(&fixture, ask[i].packet));
}

#define ASK(what, asks) ask_all(what, asks, sizeof(asks) / sizeof(*(asks)))

static const struct ask default_asks[] = {
	{"Inbound,tcp,10.0.0.4,80,203.0.113.1,5", "Deny,defaultSecurityRules/DenyAllInBound"},
	{"Inbound,tcp,10.0.0.4,80,10.0.9.9,5", "Allow,defaultSecurityRules/AllowVnetInBound"},
	{"Inbound,icmpv6,2001:db8::4,0,2001:db8:9::9,0",
	 "Allow,defaultSecurityRules/AllowVnetInBound"},
	{"Inbound,tcp,192.0.2.1,80,10.0.9.9,5", "Deny,defaultSecurityRules/DenyAllInBound"},
	{"Inbound,tcp,10.0.0.4,8080,168.63.129.16,5",
	 "Allow,defaultSecurityRules/AllowAzureLoadBalancerInBound"},
	{"Outbound,tcp,10.0.0.4,5,10.0.9.9,80", "Allow,defaultSecurityRules/AllowVnetOutBound"},
	{"Outbound,tcp,10.0.0.4,5,203.0.113.1,80",
	 "Allow,defaultSecurityRules/AllowInternetOutBound"},
	{"Outbound,47,10.0.0.4,0,203.0.113.1,0",
	 "Allow,defaultSecurityRules/AllowInternetOutBound"},
	{"Outbound,tcp,10.0.0.4,5,192.168.0.1,80", "Deny,defaultSecurityRules/DenyAllOutBound"},
	{"Outbound,udp,2001:db8::4,5,fd00::1,80", "Deny,defaultSecurityRules/DenyAllOutBound"},
};

Test(pipeline, every_nsg_ends_with_the_default_rules)
{
	read_both(NULL, FIX_NSG("nsg", ""));
	ASK("NIC", default_asks);
	read_both(FIX_NSG("nsg", ""), NULL);
	ASK("subnet", default_asks);
	read_both(FIX_NSG("nsg", ""), FIX_NSG("nsg", ""));
	ASK("both", default_asks);
}

static const char edited[] =
	"{'name':'nsg','properties':{'securityRules':[],'defaultSecurityRules':["
	"{'name':'AllowVnetInBound','properties':{'protocol':'*','sourcePortRange':'*',"
	"'destinationPortRange':'*','sourceAddressPrefix':'VirtualNetwork',"
	"'destinationAddressPrefix':'*','access':'Allow','priority':65000,'direction':'Inbound'}},"
	"{'name':'denyallinbound','properties':{'protocol':'*','sourcePortRange':'0-65535',"
	"'destinationPortRange':'*','sourceAddressPrefix':'*','sourceAddressPrefixes':[],"
	"'destinationAddressPrefix':'*','access':'Deny','priority':'65500','direction':'Inbound'}},"
	"{'name':'Extra','properties':{}}]}}";

Test(pipeline, edited_default_rules_are_not_trusted)
{
	read_both(NULL, edited);
	/* one differs, one is unknown, four are missing, one is right */
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "DefaultRuleModified"), 6, "%s",
		     fixture_messages(&fixture));
	cr_expect_str_eq(fixture.diag.first->field, "destinationAddressPrefix");
	ASK("edited", default_asks);
}

#define SUBNET(what)                                                                               \
	FIX_NSG("subnet", ANY_TO("S", what, IN("100"), "*",                                        \
				 "22") "," ANY_TO("So", what, OUT("100"), "*", "22"))
#define NIC(what)                                                                                  \
	FIX_NSG("nic", ANY_TO("N", what, IN("100"), "*", "22") "," ANY_TO("No", what, OUT("100"),  \
									  "*", "22"))

/* NULL: no such NSG. The first that denies is named, else the last that judged. */
static const struct {
	const char *name;
	const char *subnet;
	const char *nic;
	const char *inbound;
	const char *outbound;
} walks[] = {
	{"both allow", SUBNET(ALLOW_ALL), NIC(ALLOW_ALL), "Allow,securityRules/N",
	 "Allow,securityRules/So"},
	{"the NIC's denies", SUBNET(ALLOW_ALL), NIC(DENY_ALL), "Deny,securityRules/N",
	 "Deny,securityRules/No"},
	{"the subnet's denies", SUBNET(DENY_ALL), NIC(ALLOW_ALL), "Deny,securityRules/S",
	 "Deny,securityRules/So"},
	{"both deny", SUBNET(DENY_ALL), NIC(DENY_ALL), "Deny,securityRules/S",
	 "Deny,securityRules/No"},
	{"the NIC's alone", NULL, NIC(ALLOW_ALL), "Allow,securityRules/N",
	 "Allow,securityRules/No"},
	{"the subnet's alone", SUBNET(ALLOW_ALL), NULL, "Allow,securityRules/S",
	 "Allow,securityRules/So"},
	{"the subnet's alone denies", SUBNET(DENY_ALL), NULL, "Deny,securityRules/S",
	 "Deny,securityRules/So"},
};

Test(pipeline, both_nsgs_must_allow_and_the_right_one_is_named)
{
	for (size_t i = 0; i < sizeof(walks) / sizeof(*walks); i++) {
		const struct ask asks[] = {
			{"Inbound,tcp,10.0.0.4,22,203.0.113.1,5", walks[i].inbound},
			{"Outbound,tcp,10.0.0.4,5,203.0.113.1,22", walks[i].outbound},
			{"Inbound,tcp,2001:db8::4,22,2001:db9::1,5", walks[i].inbound},
			{"Outbound,tcp,2001:db8::4,5,2001:db9::1,22", walks[i].outbound},
		};

		read_both(walks[i].subnet, walks[i].nic);
		ASK(walks[i].name, asks);
	}
}

static const struct ask exempt[] = {
	{"Outbound,tcp,10.0.0.4,5,168.63.129.16,80", "Allow,platformRules/WireServer"},
	{"Outbound,tcp,10.0.0.4,5,168.63.129.16,32526", "Allow,platformRules/WireServer"},
	{"Outbound,udp,10.0.0.4,5,168.63.129.16,80", "Deny,securityRules/No"},
	{"Inbound,tcp,10.0.0.4,5,168.63.129.16,80", "Allow,platformRules/WireServer"},
	{"Inbound,tcp,10.0.0.4,80,168.63.129.16,5", "Deny,securityRules/N"},
	{"Outbound,udp,10.0.0.4,68,168.63.129.16,67", "Allow,platformRules/Dhcp"},
	{"Outbound,udp,0.0.0.0,68,255.255.255.255,67", "Allow,platformRules/Dhcp"},
	{"Outbound,udp,10.0.0.4,5,255.255.255.255,68", "Allow,platformRules/Dhcp"},
	{"Outbound,udp,10.0.0.4,68,192.0.2.1,67", "Allow,platformRules/Dhcp"},
	{"Outbound,udp,10.0.0.4,5,192.0.2.1,67", "Deny,securityRules/No"},
	{"Inbound,udp,10.0.0.4,68,192.0.2.1,67", "Allow,platformRules/Dhcp"},
	{"Inbound,udp,10.0.0.4,67,192.0.2.1,68", "Deny,securityRules/N"},
	{"Inbound,udp,10.0.0.4,68,168.63.129.16,5", "Allow,platformRules/Dhcp"},
	{"Outbound,udp,fe80::4,546,ff02::1:2,547", "Allow,platformRules/Dhcp"},
	{"Inbound,udp,fe80::4,546,fe80::1,547", "Allow,platformRules/Dhcp"},
	{"Inbound,udp,fe80::4,547,fe80::1,546", "Deny,securityRules/N"},
	{"Outbound,udp,10.0.0.4,546,192.0.2.1,547", "Deny,securityRules/No"},
	{"Outbound,udp,10.0.0.4,5,168.63.129.16,53", "Allow,platformRules/Dns"},
	{"Outbound,tcp,10.0.0.4,5,168.63.129.16,53", "Allow,platformRules/Dns"},
	{"Outbound,udp,10.0.0.4,5,168.63.129.17,53", "Deny,securityRules/No"},
	{"Inbound,udp,10.0.0.4,5,168.63.129.16,53", "Deny,securityRules/N"},
	{"Outbound,tcp,10.0.0.4,5,169.254.169.254,80", "Allow,platformRules/Imds"},
	{"Outbound,tcp,10.0.0.4,5,169.254.169.254,443", "Deny,securityRules/No"},
};

static const struct ask bare[] = {
	{"Outbound,tcp,10.0.0.4,5,168.63.129.16,80", "Deny,securityRules/No"},
	{"Inbound,tcp,10.0.0.4,5,168.63.129.16,80", "Deny,securityRules/N"},
	{"Outbound,udp,10.0.0.4,5,255.255.255.255,68", "Deny,securityRules/No"},
	{"Outbound,udp,10.0.0.4,68,192.0.2.1,67", "Allow,platformRules/Dhcp"},
	{"Inbound,udp,10.0.0.4,68,192.0.2.1,67", "Allow,platformRules/Dhcp"},
	{"Outbound,udp,fe80::4,546,ff02::1:2,547", "Allow,platformRules/Dhcp"},
	{"Inbound,udp,fe80::4,546,fe80::1,547", "Allow,platformRules/Dhcp"},
	{"Outbound,udp,10.0.0.4,5,168.63.129.16,53", "Deny,securityRules/No"},
	{"Outbound,tcp,10.0.0.4,5,169.254.169.254,80", "Deny,securityRules/No"},
};

Test(pipeline, the_platform_passes_a_policy_that_denies_everything)
{
	const char *deny = FIX_NSG("nic", ANY_TO("N", DENY_ALL, IN("100"), "*", "*") "," ANY_TO(
						  "No", DENY_ALL, OUT("100"), "*", "*"));

	read_both(NULL, deny);
	ASK("azure", exempt);
	fixture.request.platform = VFG_PLATFORM_NONE;
	read_both(NULL, deny);
	ASK("none", bare);
}

#define DNS(name, what, priority, ports)                                                           \
	ANY_TO(name, what, OUT(priority), "AzurePlatformDNS", ports)
#define FROM_FOUR(name, what, priority)                                                            \
	FIX_RULE(name, what, OUT(priority), "'sourceAddressPrefix':'10.0.0.4'",                    \
		 "'destinationAddressPrefix':'AzurePlatformDNS'", FIX_SPORTS, FIX_DPORTS)

#define ALLOW_TO(to, priority) ANY_TO("A", ALLOW_ALL, OUT(priority), to, "*")
#define LAST_DENY	       DNS("D", DENY_ALL, "200", "*")

/* What becomes of DNS over UDP from 10.0.0.4, and from 10.0.0.5. */
static const struct {
	const char *name;
	const char *subnet;
	const char *nic;
	const char *four;
	const char *five;
} names[] = {
	{"another tag", NULL, FIX_NSG("n", ANY_TO("D", DENY_ALL, OUT("100"), "Internet", "*")),
	 "Allow,platformRules/Dns", "Allow,platformRules/Dns"},
	{"the literal address", NULL,
	 FIX_NSG("n", ANY_TO("D", DENY_ALL, OUT("100"), "168.63.129.16", "*")),
	 "Allow,platformRules/Dns", "Allow,platformRules/Dns"},
	{"the tag", NULL, FIX_NSG("n", DNS("D", DENY_ALL, "100", "*")), "Deny,securityRules/D",
	 "Deny,securityRules/D"},
	{"the tag in the subnet's", FIX_NSG("s", DNS("D", DENY_ALL, "100", "*")), FIX_NSG("n", ""),
	 "Deny,securityRules/D", "Deny,securityRules/D"},
	{"the tag, inbound", NULL,
	 FIX_NSG("n", ANY_TO("D", DENY_ALL, IN("100"), "AzurePlatformDNS", "*")),
	 "Allow,platformRules/Dns", "Allow,platformRules/Dns"},
	{"the tag and port 53", NULL, FIX_NSG("n", DNS("D", DENY_ALL, "100", "53")),
	 "Deny,securityRules/D", "Deny,securityRules/D"},
	{"the tag and another port", NULL, FIX_NSG("n", DNS("D", DENY_ALL, "100", "54-60")),
	 "Allow,platformRules/Dns", "Allow,platformRules/Dns"},
	{"the tag, TCP only", NULL,
	 FIX_NSG("n", DNS("D", "'access':'Deny','protocol':'Tcp'", "100", "*")),
	 "Allow,platformRules/Dns", "Allow,platformRules/Dns"},
	{"one source", NULL, FIX_NSG("n", FROM_FOUR("D", DENY_ALL, "100")), "Deny,securityRules/D",
	 "Allow,platformRules/Dns"},
	{"an exception", NULL,
	 FIX_NSG("n", FROM_FOUR("A", ALLOW_ALL, "100") "," DNS("D", DENY_ALL, "200", "*")),
	 "Allow,platformRules/Dns", "Deny,securityRules/D"},
	{"an exception too late", NULL,
	 FIX_NSG("n", FROM_FOUR("A", ALLOW_ALL, "200") "," DNS("D", DENY_ALL, "100", "*")),
	 "Deny,securityRules/D", "Deny,securityRules/D"},
	{"the NIC's exception is not the subnet's", FIX_NSG("s", DNS("D", DENY_ALL, "300", "*")),
	 FIX_NSG("n", FROM_FOUR("A", ALLOW_ALL, "100")), "Deny,securityRules/D",
	 "Deny,securityRules/D"},
	{"the subnet's exception is not the NIC's", FIX_NSG("s", FROM_FOUR("A", ALLOW_ALL, "100")),
	 FIX_NSG("n", DNS("D", DENY_ALL, "300", "*")), "Deny,securityRules/D",
	 "Deny,securityRules/D"},
	{"both make the exception",
	 FIX_NSG("s", FROM_FOUR("A", ALLOW_ALL, "100") "," DNS("Ds", DENY_ALL, "300", "*")),
	 FIX_NSG("n", FROM_FOUR("B", ALLOW_ALL, "100") "," DNS("Dn", DENY_ALL, "300", "*")),
	 "Allow,platformRules/Dns", "Deny,securityRules/Dn"},
	{"an Allow to all comes first", NULL, FIX_NSG("n", ALLOW_TO("*", "100") "," LAST_DENY),
	 "Allow,platformRules/Dns", "Allow,platformRules/Dns"},
	{"an Allow to all comes too late", NULL, FIX_NSG("n", ALLOW_TO("*", "201") "," LAST_DENY),
	 "Deny,securityRules/D", "Deny,securityRules/D"},
	{"an Allow to the address", NULL,
	 FIX_NSG("n", ALLOW_TO("168.63.129.0/24", "100") "," LAST_DENY), "Allow,platformRules/Dns",
	 "Allow,platformRules/Dns"},
	{"an Allow to the Internet", NULL, FIX_NSG("n", ALLOW_TO("Internet", "100") "," LAST_DENY),
	 "Deny,securityRules/D", "Deny,securityRules/D"},
	{"an Allow of another port", NULL,
	 FIX_NSG("n", ANY_TO("A", ALLOW_ALL, OUT("100"), "*", "443") "," LAST_DENY),
	 "Deny,securityRules/D", "Deny,securityRules/D"},
	{"an Allow of one source", NULL,
	 FIX_NSG("n",
		 FIX_RULE("A", ALLOW_ALL, OUT("100"), "'sourceAddressPrefix':'10.0.0.4'",
			  "'destinationAddressPrefix':'*'", FIX_SPORTS, FIX_DPORTS) "," LAST_DENY),
	 "Allow,platformRules/Dns", "Deny,securityRules/D"},
	{"a Deny of all before the Allow", NULL,
	 FIX_NSG("n", ANY_TO("B", DENY_ALL, OUT("100"), "*",
			     "*") "," ALLOW_TO("*", "101") "," LAST_DENY),
	 "Allow,platformRules/Dns", "Allow,platformRules/Dns"},
	{"the NIC's Allow to all is not the subnet's", FIX_NSG("s", LAST_DENY),
	 FIX_NSG("n", ALLOW_TO("*", "100")), "Deny,securityRules/D", "Deny,securityRules/D"},
	{"each NSG has its Allow to all", FIX_NSG("s", ALLOW_TO("*", "100") "," LAST_DENY),
	 FIX_NSG("n", ALLOW_TO("*", "100") "," LAST_DENY), "Allow,platformRules/Dns",
	 "Allow,platformRules/Dns"},
};

Test(pipeline, only_its_own_tag_takes_dns_from_the_guest)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct ask asks[] = {
			{"Outbound,udp,10.0.0.4,5,168.63.129.16,53", names[i].four},
			{"Outbound,udp,10.0.0.5,5,168.63.129.16,53", names[i].five},
			{"Outbound,tcp,10.0.0.4,5,169.254.169.254,80", "Allow,platformRules/Imds"},
			{"Outbound,tcp,10.0.0.4,5,168.63.129.16,80",
			 "Allow,platformRules/WireServer"},
		};

		read_both(names[i].subnet, names[i].nic);
		ASK(names[i].name, asks);
	}
}

Test(pipeline, only_its_own_tag_takes_imds_from_the_guest)
{
	static const struct ask asks[] = {
		{"Outbound,tcp,10.0.0.4,5,169.254.169.254,80", "Deny,securityRules/D"},
		{"Outbound,udp,10.0.0.4,5,168.63.129.16,53", "Allow,platformRules/Dns"},
	};

	static const struct ask shielded[] = {
		{"Outbound,tcp,10.0.0.4,5,169.254.169.254,80", "Allow,platformRules/Imds"},
	};

	read_both(NULL, FIX_NSG("n", ANY_TO("D", DENY_ALL, OUT("200"), "azurePlatformImds", "*")));
	ASK("IMDS", asks);
	read_both(NULL, FIX_NSG("n", ALLOW_TO("*", "100") "," ANY_TO("D", DENY_ALL, OUT("200"),
								     "AzurePlatformIMDS", "*")));
	ASK("IMDS behind an Allow", shielded);
}

static void read_samples(const char *subnet, const char *nic)
{
	size_t bytes = 0;
	const char *text;

	fixture.request.source_count = 0;
	if (subnet) {
		text = fixture_load(&fixture, subnet, &bytes);
		cr_assert(text, "%s: run from the top of the tree", subnet);
		fixture_add_bytes(&fixture, VFG_SOURCE_SUBNET_NSG, subnet, text, bytes);
	}
	text = fixture_load(&fixture, nic, &bytes);
	cr_assert(text, "%s: run from the top of the tree", nic);
	fixture_add_bytes(&fixture, VFG_SOURCE_ANY, nic, text, bytes);
	fixture_read(&fixture);
	cr_assert_eq(fixture.err, 0, "%s", fixture_messages(&fixture));
}

Test(pipeline, both_shapes_give_the_same_model)
{
	const char *rest;

	read_samples(SAMPLES "web-subnet-nsg.json", SAMPLES "web-nic-nsg.json");
	cr_expect_null(fixture.diag.first, "%s", fixture_messages(&fixture));
	rest = fixture_print(&fixture);
	cr_expect(strstr(rest, "securityRules/DenyScannerSix"));
	read_samples(SAMPLES "web-subnet-nsg.json", SAMPLES "web-nic-nsg.show.json");
	cr_expect_str_eq(fixture_print(&fixture), rest);
}

static const struct ask sample_asks[] = {
	{"Inbound,tcp,10.1.0.4,443,198.51.100.1,5", "Allow,securityRules/AllowWeb"},
	{"Inbound,tcp,10.1.0.4,443,198.51.100.65,5", "Deny,securityRules/DenyScanner"},
	{"Inbound,tcp,10.1.0.4,443,203.0.113.1,5", "Deny,securityRules/DenyRest"},
	{"Inbound,tcp,10.1.0.4,8080,203.0.113.1,5", "Allow,securityRules/AllowWeb"},
	{"Inbound,tcp,10.1.0.4,8081,203.0.113.1,5", "Deny,defaultSecurityRules/DenyAllInBound"},
	{"Inbound,tcp,10.1.0.4,23,203.0.113.1,5", "Deny,securityRules/DenyTelnet"},
	{"Outbound,udp,10.1.0.4,5,192.0.2.53,53", "Allow,securityRules/AllowNames"},
	{"Outbound,udp,10.1.0.4,5,192.0.2.54,53", "Deny,securityRules/DenyNames"},
	{"Outbound,udp,2001:db8:10::4,5,2001:db8:feed::1,1023", "Deny,securityRules/DenySixOut"},
	{"Outbound,tcp,10.1.0.4,5,192.0.2.54,25", "Deny,securityRules/DenyMail"},
	{"Outbound,esp,10.1.0.4,0,192.0.2.1,0", "Allow,defaultSecurityRules/AllowInternetOutBound"},
};

Test(pipeline, the_samples_judge_as_they_read)
{
	fixture.tag[0] = "VirtualNetwork=10.1.0.0/16,2001:db8:10::/48";
	read_samples(SAMPLES "web-subnet-nsg.json", SAMPLES "web-nic-nsg.json");
	ASK("samples", sample_asks);
	cr_expect_str_eq(fixture.model->label, "web-subnet + web-nic");
}
