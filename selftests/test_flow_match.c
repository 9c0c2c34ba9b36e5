/* SPDX-License-Identifier: GPL-2.0-only */
/* Which flows are shown, in which order, and what they look like. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "../loader/flow_match.h"
#include "../loader/flow_print.h"

static const struct vfg_flow web = {
	.local = {192, 0, 2, 10},
	.remote = {198, 51, 100, 7},
	.local_port = 443,
	.remote_port = 40000,
	.protocol = 6,
	.state = VFG_FLOW_ESTABLISHED,
	.opener = VFG_INBOUND,
	.generation = 2,
	.rule = 3,
	.packets = {10, 20},
	.bytes = {1000, 20000},
};
static const struct vfg_rule_name rule = {"securityRules/AllowWeb", "nic", VFG_INBOUND,
					  VFG_ACTION_ALLOW, true};

static int parse(struct vfg_flow_filter *filter, int argc, const char *const *argv,
		 const char **ret_problem)
{
	int index = 0, taken = 1;

	*filter = (struct vfg_flow_filter){};
	while (index < argc && taken == 1)
		taken = vfg_flow_filter_take(filter, argc, (char **)argv, &index, ret_problem);
	return taken;
}

static const struct {
	const char *argv[4];
	bool matches;
} rows[] = {
	{{"--local", "192.0.2.0/24"}, true},
	{{"--local", "192.0.2.0/24:80"}, false},
	{{"--local", "198.51.100.7"}, false},
	{{"--remote", ":40000"}, true},
	{{"--remote", "198.51.100.7:443"}, false},
	{{"--port", "443"}, true},
	{{"--port", "40000"}, true},
	{{"--port", "0"}, false},
	{{"--protocol", "tcp"}, true},
	{{"--protocol", "6"}, true},
	{{"--protocol", "udp"}, false},
	{{"--state", "established"}, true},
	{{"--state", "new,ESTABLISHED"}, true},
	{{"--state", "new,fin"}, false},
	{{"--rule", "AllowWeb"}, true},
	{{"--rule", "securityrules/allowweb"}, true},
	{{"--rule", "Web"}, false},
	{{"--rule", "Rules/AllowWeb"}, false},
	{{"--direction", "inbound"}, true},
	{{"--direction", "Outbound"}, false},
	{{"--port", "443", "--protocol", "tcp"}, true},
	{{"--port", "443", "--protocol", "udp"}, false},
	{{"--port", "444", "--protocol", "tcp"}, false},
};

Test(flow_match, filters_are_all_to_hold)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vfg_flow_filter filter;
		const char *problem;

		cr_assert(
			eq(int, parse(&filter, rows[i].argv[2] ? 4 : 2, rows[i].argv, &problem), 1),
			"%s %s", rows[i].argv[0], rows[i].argv[1]);
		cr_expect(eq(int, vfg_flow_matches(&filter, &web, &rule), rows[i].matches), "%s %s",
			  rows[i].argv[0], rows[i].argv[1]);
	}
}

Test(flow_match, what_makes_no_sense_is_refused)
{
	static const char *const bad[][2] = {
		{"--local", "x"},      {"--remote", ""},
		{"--port", "http"},    {"--port", "65536"},
		{"--protocol", "tpc"}, {"--protocol", "256"},
		{"--state", "open"},   {"--state", "new,"},
		{"--state", "free"},   {"--state", "established "},
		{"--direction", "in"}, {"--rule", ""},
	};
	struct vfg_flow_filter filter;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *problem = NULL;

		cr_expect(lt(int, parse(&filter, 2, bad[i], &problem), 0), "%s %s", bad[i][0],
			  bad[i][1]);
		cr_expect(problem != NULL);
		problem = NULL;
		cr_expect(lt(int, parse(&filter, 1, bad[i], &problem), 0), "%s without", bad[i][0]);
	}
}

Test(flow_match, a_ping_has_no_port)
{
	struct vfg_flow ping = web;
	struct vfg_flow_filter filter;
	const char *problem;

	ping.protocol = 1;
	ping.local_port = ping.remote_port = 443;
	cr_assert(eq(int, parse(&filter, 2, (const char *const[]){"--port", "443"}, &problem), 1));
	cr_expect(not(vfg_flow_matches(&filter, &ping, &rule)));
	cr_expect(vfg_flow_matches(&filter, &web, &rule));
}

/* ---- order ---- */

static struct vfg_flow_list list;
static struct vfg_rule_names names;

static void add(uint64_t packets, uint64_t bytes, uint32_t idle, uint32_t left)
{
	struct vfg_flow flow = web;
	struct vfg_flow_age age = {idle, left};

	flow.packets[0] = packets;
	flow.bytes[1] = bytes;
	flow.state = (uint8_t)(list.count % 2 ? VFG_FLOW_NEW : VFG_FLOW_FIN);
	cr_assert(zero(int, vfg_flow_list_add(&list, &flow, &age)));
}

static void set_up(void)
{
	names.of[3] = rule;
	add(1, 900, 30, 70);
	add(5, 100, 10, 90);
	add(3, UINT64_MAX / 2, 20, 10);
	add(3, 0, 40, 80);
}

static void tear_down(void)
{
	vfg_flow_list_free(&list);
}

TestSuite(flow_list, .init = set_up, .fini = tear_down);

Test(flow_list, is_sorted_by_what_was_asked_for)
{
	static const struct {
		const char *name;
		uint32_t places[4];
	} orders[] = {{"bytes", {2, 0, 1, 3}},
		      {"packets", {1, 2, 3, 0}},
		      {"idle", {1, 2, 0, 3}},
		      {"left", {2, 0, 3, 1}},
		      {"state", {1, 3, 0, 2}}};
	enum vfg_flow_order order;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		uint32_t *places;

		cr_assert(zero(int, vfg_flow_order_parse(orders[i].name, &order)));
		places = vfg_flow_list_sort(&list, order);
		cr_assert(places != NULL);
		cr_expect(zero(int, memcmp(places, orders[i].places, sizeof(orders[i].places))),
			  "%s: %u %u %u %u", orders[i].name, places[0], places[1], places[2],
			  places[3]);
		free(places);
	}
	cr_expect(lt(int, vfg_flow_order_parse("byte", &order), 0));
	cr_expect(lt(int, vfg_flow_order_parse("", &order), 0));
}

Test(flow_list, grows_as_it_must)
{
	uint32_t *places;

	for (uint32_t i = 4; i < 3000; i++)
		add(i, 0, i, 0);
	places = vfg_flow_list_sort(&list, VFG_FLOW_BY_PACKETS);
	cr_assert(places != NULL);
	cr_expect(eq(u32, places[0], 2999));
	free(places);
}

/* ---- writing ---- */

static char *printed(void (*print_all)(FILE *, const struct vfg_flow_print *), size_t shown,
		     struct vfg_flow_print print)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);
	uint32_t *places = vfg_flow_list_sort(&list, VFG_FLOW_BY_BYTES);

	cr_assert(to && places);
	print.master = "eth\"0";
	print.names = &names;
	print.list = &list;
	print.places = places;
	print.shown = shown;
	print.jiffies_hz = 64; /* a tick a second */
	print_all(to, &print);
	fclose(to);
	free(places);
	return text;
}

Test(flow_list, text_says_who_how_much_and_by_which_rule)
{
	struct vfg_flow_print print = {.generation = 2, .keep_since = 1};
	char *text = printed(vfg_flow_print_text, 1, print);
	char local[32], remote[32], opened[32], state[32], idle[32], left[32], policy[32], name[64];
	unsigned long long in[2], out[2];

	cr_assert(eq(int,
		     sscanf(strchr(text, '\n'),
			    " tcp %31s %31s %31s %31s %31s %31s %llu %llu %llu %llu %31s %63s nic",
			    local, remote, opened, state, idle, left, &in[0], &in[1], &out[0],
			    &out[1], policy, name),
		     12),
		  "%s", text);
	cr_expect(eq(str, local, "192.0.2.10:443"));
	cr_expect(eq(str, remote, "198.51.100.7:40000"));
	cr_expect(eq(str, opened, "Inbound"));
	cr_expect(eq(str, state, "fin"));
	cr_expect(eq(str, idle, "20s"));
	cr_expect(eq(str, left, "10s"));
	cr_expect(eq(u64, in[0], 3));
	cr_expect(eq(u64, in[1], 1000));
	cr_expect(eq(u64, out[0], 20));
	cr_expect(eq(u64, out[1], UINT64_MAX / 2));
	cr_expect(eq(str, policy, "current"));
	cr_expect(eq(str, name, "securityRules/AllowWeb"));
	cr_expect(strstr(text, "\nand 3 more\n") != NULL, "%s", text);
	free(text);
}

Test(flow_list, a_rule_that_the_policy_no_longer_has_is_still_named)
{
	struct vfg_flow_print print = {.generation = 3, .keep_since = 3};
	char *text;

	names.of[3].in_force = false;
	text = printed(vfg_flow_print_text, 1, print);
	cr_expect(strstr(text,
			 "outdated securityRules/AllowWeb nic (not in the policy in force)\n") !=
			  NULL,
		  "%s", text);
	free(text);
	names.of[3].name = NULL;
	print.keep_since = 2;
	text = printed(vfg_flow_print_text, 1, print);
	cr_expect(strstr(text, "older    (of an older policy, id 3)\n") != NULL, "%s", text);
	free(text);
}

Test(flow_list, json_is_json_whatever_the_names_are)
{
	struct vfg_flow_print print = {.generation = 2, .keep_since = 1, .room = 16};
	struct json_object *root, *flows, *first, *field;
	char *text;

	names.of[3].name = "securityRules/\"\\\n\x01 \xc3\xa4";
	text = printed(vfg_flow_print_json, list.count, print);
	root = json_tokener_parse(text);
	cr_assert(root != NULL, "%s", text);
	json_object_object_get_ex(root, "master", &field);
	cr_expect(eq(str, (char *)json_object_get_string(field), "eth\"0"));
	cr_assert(json_object_object_get_ex(root, "flows", &flows));
	cr_assert(eq(sz, json_object_array_length(flows), 4));
	first = json_object_array_get_idx(flows, 0);
	json_object_object_get_ex(first, "ruleName", &field);
	cr_expect(eq(str, (char *)json_object_get_string(field), (char *)names.of[3].name));
	json_object_object_get_ex(first, "leftSeconds", &field);
	cr_expect(eq(int, (int)json_object_get_double(field), 10));
	json_object_object_get_ex(first, "remotePort", &field);
	cr_expect(eq(int, json_object_get_int(field), 40000));
	json_object_put(root);
	free(text);
}
