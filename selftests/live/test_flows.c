/* SPDX-License-Identifier: GPL-2.0-only */
/* The flows command: what it lists of real packets, and what it forgets while packets go on. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "guest.h"
#include "traffic.h"

enum {
	PATIENCE = 200, /* times 50 ms: ten seconds */
};

static struct vfg_guest guest;
static int server; /* pid of the echo server in the guest */

static const struct vfg_traffic name = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5300, NULL};
static const struct vfg_traffic name6 = {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_UDP, 5300,
					 "2001:db8::2"};
static const struct vfg_traffic ping = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_ICMP, 0, NULL};
static const struct vfg_traffic out = {VFG_FROM_GUEST, AF_INET, IPPROTO_UDP, 5353, NULL};

static const struct vfg_guest_rule few_rules[] = {
	{"AllowWeb", "Inbound", "Tcp", "*", "8080", "Allow"},
};

static void load(const char *more)
{
	vfg_guest_vfguard(&guest, "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 %s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void set_up(void)
{
	server = 0;
	vfg_guest_set_up(&guest);
	vfg_guest_policy(&guest, "few.json", few_rules, 1);
}

static void set_up_loaded(void)
{
	set_up();
	load("--flows 4096");
}

static void tear_down(void)
{
	if (server > 0)
		kill(server, SIGKILL);
	vfg_guest_tear_down(&guest);
}

TestSuite(flows, .init = set_up_loaded, .fini = tear_down, .timeout = 120);

/* A tool that is built beside this test. */
static const char *tool(const char *file)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s", vfg_guest_command());
	strcpy(strrchr(path, '/') + 1, file);
	return path;
}

static void serve(const char *doors)
{
	vfg_guest_run(&guest, "%s serve %s >%s/served 2>&1 & echo $!", tool("traffic"), doors,
		      guest.folder);
	server = atoi(guest.output);
	cr_assert(gt(int, server, 0), "%s", guest.output);
	for (int i = 0; i < PATIENCE; i++) {
		if (!vfg_guest_run(&guest, "grep -q ready %s/served", guest.folder))
			return;
		usleep(50000);
	}
	cr_assert(false, "the echo server does not come");
}

/* One question from port 41000 to the server on port 5300. Return: whether it was answered. */
static bool ask(void)
{
	return !vfg_guest_run_outside(&guest,
				      "%s probe udp 192.0.2.10 5300 --source-port 41000 "
				      "--timeout 1000",
				      tool("traffic"));
}

/* The answer of flows --json; to be released by json_object_put(). */
static struct json_object *list(const char *filters)
{
	struct json_object *root;

	vfg_guest_vfguard(&guest, "flows %s --json %s", guest.master, filters);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	root = json_tokener_parse(guest.output);
	cr_assert(root != NULL, "%s", guest.output);
	return root;
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *found = NULL;

	cr_assert(json_object_object_get_ex(object, key, &found), "no %s", key);
	return found;
}

static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(member(object, key));
}

static int count(const char *filters)
{
	struct json_object *root = list(filters);
	int found = (int)json_object_array_length(member(root, "flows"));

	cr_expect(eq(int, json_object_get_int(member(root, "matched")), found));
	json_object_put(root);
	return found;
}

static void apply(const char *more)
{
	vfg_guest_vfguard(&guest, "apply %s -p few.json --tag VirtualNetwork=203.0.113.0/24 %s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

Test(flows, tells_of_a_flow_what_was_sent)
{
	struct json_object *root, *flow, *counted;

	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	root = list("--protocol udp");
	cr_assert(eq(sz, json_object_array_length(member(root, "flows")), 1), "%s", guest.output);
	flow = json_object_array_get_idx(member(root, "flows"), 0);
	cr_expect(eq(str, (char *)text_of(flow, "family"), "ipv4"));
	cr_expect(eq(str, (char *)text_of(flow, "localAddress"), "192.0.2.10"));
	cr_expect(eq(str, (char *)text_of(flow, "remoteAddress"), "192.0.2.1"));
	cr_expect(eq(int, json_object_get_int(member(flow, "localPort")), 5300));
	cr_expect(eq(str, (char *)text_of(flow, "direction"), "Inbound"));
	cr_expect(eq(str, (char *)text_of(flow, "state"), "established"));
	cr_expect(eq(str, (char *)text_of(flow, "ruleName"), "securityRules/AllowName"));
	cr_expect(eq(str, (char *)text_of(flow, "list"), "live"));
	cr_expect(eq(str, (char *)text_of(flow, "policy"), "current"));
	cr_expect(lt(dbl, json_object_get_double(member(flow, "idleSeconds")), 60));
	cr_expect(gt(dbl, json_object_get_double(member(flow, "leftSeconds")), 180));
	for (int i = 0; i < 2; i++) {
		/* One byte behind Ethernet, IPv4 and UDP headers. */
		counted = member(flow, i ? "outbound" : "inbound");
		cr_expect(eq(int, json_object_get_int(member(counted, "packets")), 1));
		cr_expect(eq(int, json_object_get_int(member(counted, "bytes")), 14 + 20 + 8 + 1));
	}
	json_object_put(root);
}

Test(flows, shows_ipv6_in_brackets_and_pings_by_their_identifier)
{
	cr_assert(eq(int, vfg_traffic_try(&guest, &name6), VFG_TRAFFIC_ANSWERED));
	cr_assert(eq(int, vfg_traffic_try(&guest, &ping), VFG_TRAFFIC_ANSWERED));
	vfg_guest_vfguard(&guest, "flows %s", guest.master);
	cr_expect(eq(int, guest.status, 0));
	cr_expect(strstr(guest.output, " [2001:db8::10]:5300 ") != NULL, "%s", guest.output);
	cr_expect(strstr(guest.output, " [2001:db8::2]:") != NULL, "%s", guest.output);
	cr_expect(strstr(guest.output, "\nicmp/") != NULL, "%s", guest.output);
	cr_expect(strstr(guest.output, " 192.0.2.10 ") != NULL, "%s", guest.output);
}

Test(flows, filters_choose)
{
	static const struct {
		const char *filters;
		int count;
	} rows[] = {{"", 4},
		    {"--protocol udp", 3},
		    {"--protocol icmp", 1},
		    {"--local 192.0.2.0/24", 3},
		    {"--local 192.0.2.0/24:5300", 1},
		    {"--remote [2001:db8::/32]", 1},
		    {"--remote :5353", 1},
		    {"--port 5300", 2},
		    {"--direction Outbound", 1},
		    {"--direction Inbound --protocol udp", 2},
		    {"--rule AllowRestOut", 1},
		    {"--rule securityRules/AllowName", 2},
		    {"--state new", 0},
		    {"--state new,established", 4},
		    {"--port 1", 0}};

	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	cr_assert(eq(int, vfg_traffic_try(&guest, &name6), VFG_TRAFFIC_ANSWERED));
	cr_assert(eq(int, vfg_traffic_try(&guest, &ping), VFG_TRAFFIC_ANSWERED));
	cr_assert(eq(int, vfg_traffic_try(&guest, &out), VFG_TRAFFIC_ANSWERED));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect(eq(int, count(rows[i].filters), rows[i].count), "%s: %s", rows[i].filters,
			  guest.output);
}

Test(flows, a_table_without_flows_says_so)
{
	vfg_guest_vfguard(&guest, "flows %s", guest.master);
	cr_expect(eq(int, guest.status, 0));
	cr_expect(eq(str, guest.output, "no live flow\n"));
	cr_expect(zero(int, count("")));
	vfg_guest_vfguard(&guest, "flows %s --flush", guest.master);
	cr_expect(strstr(guest.output, ": 0 flows forgotten\n") != NULL, "%s", guest.output);
}

Test(flows, what_has_expired_is_not_live)
{
	int i;

	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	load("--flows 4096 --timeout udp=2");
	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	cr_assert(eq(int, vfg_traffic_try(&guest, &ping), VFG_TRAFFIC_ANSWERED));
	for (i = 0; i < PATIENCE && count("--protocol udp"); i++)
		usleep(50000);
	cr_expect(lt(int, i, PATIENCE), "it is still shown: %s", guest.output);
	cr_expect(eq(int, count("--protocol icmp"), 1), "%s", guest.output);
}

Test(flows, the_rule_is_named_where_the_policy_has_it_no_more)
{
	struct json_object *root, *flow;

	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	apply("");
	root = list("--rule AllowName");
	cr_assert(eq(sz, json_object_array_length(member(root, "flows")), 1), "%s", guest.output);
	flow = json_object_array_get_idx(member(root, "flows"), 0);
	cr_expect(not(json_object_get_boolean(member(flow, "ruleInForce"))));
	cr_expect(eq(str, (char *)text_of(flow, "list"), "live"));
	cr_expect(eq(str, (char *)text_of(flow, "policy"), "older"));
	cr_expect(eq(int, json_object_get_int(member(flow, "generation")), 1));
	json_object_put(root);
	apply("--flush");
	vfg_guest_vfguard(&guest, "flows %s", guest.master);
	cr_expect(strstr(guest.output, " outdated ") != NULL, "%s", guest.output);
}

/* The policy has changed, the flow was kept; without it, the packet is denied. */
Test(flows, the_next_packet_of_a_forgotten_flow_is_judged_anew)
{
	serve("udp:5300");
	cr_assert(ask());
	cr_assert(eq(int, vfg_traffic_try(&guest, &ping), VFG_TRAFFIC_ANSWERED));
	apply("");
	cr_expect(ask(), "the flow is kept");
	vfg_guest_vfguard(&guest, "flows %s --flush --remote :41001", guest.master);
	cr_expect(strstr(guest.output, ": 0 flows forgotten\n") != NULL, "%s", guest.output);
	cr_expect(ask(), "another was meant");
	vfg_guest_vfguard(&guest, "flows %s --flush --remote 192.0.2.1:41000 --protocol udp",
			  guest.master);
	cr_expect(strstr(guest.output, ": 1 flow forgotten\n") != NULL, "%s", guest.output);
	cr_expect(not(ask()), "judged by the policy in force");
	cr_expect(zero(int, count("--protocol udp")));
	cr_expect(eq(int, count("--protocol icmp"), 1), "the other one is left alone");
}

/* Every byte of the stream is checked by who sends it. */
Test(flows, forgetting_while_packets_run_breaks_nothing_that_the_policy_allows)
{
	long forgotten = 0;
	int runs = 0;

	serve("tcp:8080");
	vfg_guest_run_outside(&guest,
			      "cd %s; (%s stream 192.0.2.10 8080 4 >stream 2>&1; echo $? >status) "
			      ">/dev/null 2>&1 &",
			      guest.folder, tool("transfer"));
	while (vfg_guest_run(&guest, "test -e %s/status", guest.folder)) {
		vfg_guest_vfguard(&guest, "flows %s --flush", guest.master);
		cr_assert(eq(int, guest.status, 0), "%s", guest.output);
		forgotten += atol(strstr(guest.output, ": ") + 2);
		runs++;
	}
	vfg_guest_run(&guest, "cat %s/status %s/stream", guest.folder, guest.folder);
	cr_expect(eq(int, strncmp(guest.output, "0\n", 2), 0), "%s", guest.output);
	cr_expect(ge(int, (int)forgotten, 2), "%ld flows in %d runs", forgotten, runs);
}

static void expect_refusal(int status, const char *says)
{
	cr_expect(eq(int, guest.status, status), "%s", guest.output);
	cr_expect(strstr(guest.output, says) != NULL, "%s: %s", says, guest.output);
	cr_expect(eq(ptr, strchr(guest.output, '\n') + 1, strchr(guest.output, '\0')),
		  "one line: %s", guest.output);
}

Test(flows, refusals_are_one_clear_line)
{
	static const struct {
		const char *arguments;
		int status;
		const char *says;
	} rows[] = {
		{"", 2, "no device"},
		{"nosuch0", 1, "nosuch0"},
		{"n0", 1, "not loaded"},
		{"%s p0", 2, "p0"},
		{"%s --josn", 2, "--josn"},
		{"%s --local 192.0.2.1/33", 2, "--local: takes IP"},
		{"%s --local", 2, "--local: takes IP"},
		{"%s --state open", 2, "established"},
		{"%s --sort size", 2, "bytes, packets"},
		{"%s --sort", 2, "bytes, packets"},
		{"%s --limit 0", 2, "from 1 on"},
		{"%s --limit -1", 2, "from 1 on"},
		{"%s --rule AllowWbe", 1, "no rule of that name"},
		{"%s --flush --limit 1", 2, "neither --sort nor --limit"},
	};

	vfg_guest_run(&guest, "ip link add n0 type veth peer name n1");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char arguments[128];

		snprintf(arguments, sizeof(arguments),
			 strncmp(rows[i].arguments, "%s", 2) ? "%s" : "%.0s%s", rows[i].arguments,
			 rows[i].arguments + 2);
		vfg_guest_vfguard(&guest, "flows %s %s",
				  strncmp(rows[i].arguments, "%s", 2) ? "" : guest.master,
				  arguments);
		expect_refusal(rows[i].status, rows[i].says);
	}
	vfg_guest_run(&guest, "setpriv --reuid 65534 --clear-groups %s flows %s",
		      vfg_guest_command(), guest.master);
	expect_refusal(3, "CAP_BPF");
}
