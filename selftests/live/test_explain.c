/* SPDX-License-Identifier: GPL-2.0-only */
/* verify --explain: programs, rules and flows about one packet, and what it says when they differ.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "../../loader/ask.h"
#include "../../loader/loaded.h"
#include "../../policy-compiler/explain.h"
#include "account.h"
#include "traffic.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_account_introduce(&guest);
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void tear_down(void)
{
	if (guest.master[0])
		vfg_guest_tear_down(&guest);
}

TestSuite(live_explain, .init = set_up, .fini = tear_down, .timeout = 120);

static bool says(const char *text)
{
	return strstr(guest.output, text) != NULL;
}

#define FOUR "--local 192.0.2.10%s --remote 192.0.2.1%s"
#define SIX  "--local [2001:db8::10]%s --remote [2001:db8::1]%s"

static const struct {
	const char *protocol;
	const char *direction;
	bool ipv6;
	const char *local, *remote;
	const char *verdict;
} rows[] = {
	{"tcp", "Inbound", false, ":8080", "", "Allow securityRules/AllowWeb"},
	{"tcp", "Inbound", false, ":8081", ":1", "Deny securityRules/DenyRestIn"},
	{"udp", "Inbound", false, ":5300", "", "Allow securityRules/AllowName"},
	{"udp", "Inbound", true, ":5300", "", "Allow securityRules/AllowName"},
	{"tcp", "Outbound", false, "", ":2525", "Deny securityRules/DenyMail"},
	{"tcp", "Outbound", true, "", ":443", "Allow securityRules/AllowRestOut"},
	{"icmp", "Inbound", false, "", "", "Allow securityRules/AllowPing"},
	{"icmpv6", "Inbound", true, "", "", "Deny securityRules/DenyRestIn"},
	{"icmpv6", "Outbound", true, "", "", "Allow securityRules/AllowRestOut"},
	{"esp", "Inbound", false, "", "", "Deny securityRules/DenyRestIn"},
	{"ah", "Inbound", true, "", "", "Deny securityRules/DenyRestIn"},
	{"ah", "Outbound", false, "", "", "Allow securityRules/AllowRestOut"},
	{"gre", "Inbound", false, "", "", "Deny securityRules/DenyRestIn"},
	{"1", "Inbound", true, "", "", "Deny securityRules/DenyRestIn"},
	{"58", "Inbound", false, "", "", "Deny securityRules/DenyRestIn"},
	{"132", "Inbound", false, "", "", "Deny securityRules/DenyRestIn"},
	{"255", "Outbound", true, "", "", "Allow securityRules/AllowRestOut"},
};

static void ask(size_t row, const char *more)
{
	char ends[160];

	snprintf(ends, sizeof(ends), rows[row].ipv6 ? SIX : FOUR, rows[row].local,
		 rows[row].remote);
	vfg_guest_vfguard(&guest, "verify %s --direction %s --protocol %s %s --explain %s",
			  guest.master, rows[row].direction, rows[row].protocol, ends, more);
}

Test(live_explain, every_kind_of_packet_both_ways)
{
	char line[128];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(i, "");
		snprintf(line, sizeof(line), "loaded programs: %s\n", rows[i].verdict);
		cr_expect(eq(int, guest.status, 0), "%zu: %s", i, guest.output);
		cr_expect(says(line), "%zu: %s", i, guest.output);
		cr_expect(says("live flow: none"), "%zu: %s", i, guest.output);
		cr_expect(says("NIC NSG"), "%zu: %s", i, guest.output);
	}
}

/* All numbers, those that have another meaning in the other family too. */
Test(live_explain, every_number_of_a_protocol_is_judged_as_the_policy_says)
{
	const char *command = vfg_guest_command();

	vfg_guest_run(
		&guest,
		"cd %s; for d in Inbound Outbound; do for p in $(seq 0 255); do "
		"echo $d,$p,192.0.2.10,8080,192.0.2.1,8080; "
		"echo $d,$p,2001:db8::10,8080,2001:db8::1,8080; done; done >all; "
		"%s verify %s --batch all >loaded; echo $?; "
		"%.*s/nsgc verify policy.json --tag VirtualNetwork=203.0.113.0/24 --batch all "
		">meant; echo $?; grep -c Allow loaded; diff loaded meant",
		guest.folder, command, guest.master, (int)(strrchr(command, '/') - command),
		command);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(strstr(guest.output, "0\n0\n") == guest.output, "%s", guest.output);
}

Test(live_explain, icmp_of_the_other_family_is_refused_with_the_right_word)
{
	vfg_guest_vfguard(&guest, "verify %s --direction Inbound --protocol icmp " SIX,
			  guest.master, "", "");
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	cr_expect(says("say icmpv6"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "verify %s --direction Inbound --protocol icmpv6 " FOUR,
			  guest.master, "", "");
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	cr_expect(says("say icmp;"), "%s", guest.output);
}

Test(live_explain, json_is_the_platforms_with_ours_beside_it)
{
	struct json_object *root, *value = NULL;

	ask(0, "--json");
	root = json_tokener_parse(guest.output);
	cr_assert(not(eq(ptr, root, NULL)), "%s", guest.output);
	cr_expect(json_object_object_get_ex(root, "results", &value));
	cr_expect(json_object_object_get_ex(root, "agree", &value));
	cr_expect(json_object_get_boolean(value));
	cr_expect(json_object_object_get_ex(root, "liveFlow", &value));
	cr_expect(eq(ptr, value, NULL));
	json_object_put(root);
}

/* All 256, both families and directions: what the programs say is what the rules say. */
Test(live_explain, programs_and_rules_agree_about_every_protocol)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	autoasker struct vfg_asker asker = {
		.xdp = -1, .tc_in = -1, .tc_out = -1, .active = {.fd = -1}};
	int home = vfg_guest_enter(guest.inside);

	cr_assert(zero(int, vfg_loaded_open(guest.master, VFG_LOADED_READ, &loaded)));
	cr_assert(zero(int, vfg_asker_open(&loaded.pins, guest.master, &asker)));
	for (int i = 0; i < 1024; i++) {
		struct vfg_arena *arena = vfg_arena_new(1 << 24);
		struct vfg_explanation explanation;
		struct vfg_verdict verdict;
		struct vfg_tuple tuple = {.direction = i & 1,
					  .family = i >> 1 & 1,
					  .protocol = (uint8_t)(i >> 2),
					  .local = {192, 0, 2, 10},
					  .remote = {198, 51, 100, 1}};

		if (tuple.protocol == 6 || tuple.protocol == 17)
			tuple.local_port = tuple.remote_port = 8080;
		cr_assert(zero(int, vfg_ask(&asker, guest.master, &tuple, &verdict)), "%d", i);
		cr_assert(
			zero(int, vfg_explain(arena, &asker.active.tables, &tuple, &explanation)));
		cr_expect(eq(int, verdict.allow, explanation.verdict.allow), "%d", i);
		cr_expect(eq(u32, verdict.number, explanation.verdict.number), "%d", i);
		vfg_arena_free(arena);
	}
	vfg_guest_leave(home);
}

Test(live_explain, tells_of_the_flow_that_the_packet_would_meet)
{
	static const struct vfg_traffic ping = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_ICMP, 0, NULL};

	vfg_account_send_udp(&guest, 5300, 2);
	ask(2, "");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(says("live flow: new, opened Inbound, local port 5300, remote port "), "%s",
		  guest.output);
	cr_expect(says("by securityRules/AllowName, idle "), "%s", guest.output);
	cr_expect(says("a packet of it passes, the rules are not asked"), "%s", guest.output);
	ask(3, "");
	cr_expect(says("live flow: none"), "the other family has none: %s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &ping), VFG_TRAFFIC_ANSWERED));
	ask(6, "--json");
	cr_expect(says("\"opened\":\"Inbound\""), "%s", guest.output);
	cr_expect(says("\"ruleName\":\"securityRules/AllowPing\""), "%s", guest.output);
	vfg_guest_vfguard(&guest,
			  "apply %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 --flush",
			  guest.master);
	ask(2, "");
	cr_expect(says("it is of an earlier policy: this packet is judged by the rules"), "%s",
		  guest.output);
}

/* The programs go by the sums of the vectors, which the walk does not look at. */
static void spoil_sums(void)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	autoactive struct vfg_active active = {.fd = -1};
	int home = vfg_guest_enter(guest.inside);
	struct vfg_policy *policy;

	cr_assert(zero(int, vfg_loaded_open(guest.master, VFG_LOADED_READ, &loaded)));
	cr_assert(zero(int, vfg_active_open(&loaded.pins, &active)));
	policy = mmap(NULL, active.memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, active.fd, 0);
	cr_assert(not(eq(ptr, (void *)policy, MAP_FAILED)));
	for (uint32_t i = 0; i < policy->classes[VFG_DIM_SERVICE]; i++)
		*(uint64_t *)((char *)policy + policy->vectors[VFG_DIM_SERVICE] +
			      (size_t)i * policy->vector_bytes) = 0;
	munmap(policy, active.memory_bytes);
	vfg_guest_leave(home);
}

Test(live_explain, a_disagreement_is_a_bug_and_said)
{
	spoil_sums();
	ask(0, "");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(says("NOT what the rules say"), "%s", guest.output);
	cr_expect(says("the rules say Allow securityRules/AllowWeb; that is a bug"), "%s",
		  guest.output);
	ask(0, "--json");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(says("\"agree\":false"), "%s", guest.output);
}

Test(live_explain, wrong_usage_is_told)
{
	vfg_guest_vfguard(&guest, "verify %s --explain", guest.master);
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	vfg_guest_vfguard(&guest, "verify %s --batch x --explain", guest.master);
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	cr_expect(says("takes no --explain"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "verify %s --explian", guest.master);
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	vfg_guest_vfguard(&guest, "verify nodev --direction Inbound --protocol 50 --local "
				  "192.0.2.10 --remote 192.0.2.1 --explain");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
}
