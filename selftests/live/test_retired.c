/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that the policy in force has no more: their names, and what their flows go on counting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "guest.h"
#include "scrape.h"

static struct vfg_guest guest;

static const struct vfg_guest_rule first[] = {
	{"AllowName", "Inbound", "Udp", "*", "5300", "Allow"},
	{"DenyShut", "Inbound", "Udp", "*", "5301", "Deny"},
};

static const struct vfg_guest_rule second[] = {
	{"AllowWeb", "Inbound", "Tcp", "*", "8080", "Allow"},
};

static void put(const char *command, const char *file)
{
	vfg_guest_vfguard(&guest, "%s %s -p %s --tag VirtualNetwork=203.0.113.0/24%s", command,
			  guest.master, file, *command == 'l' ? " --flows 4096" : "");
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_guest_policy(&guest, "first.json", first, 2);
	vfg_guest_policy(&guest, "second.json", second, 1);
	put("load", "first.json");
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(retired, .init = set_up, .fini = tear_down, .timeout = 120);

/* Packets of one flow; nobody answers them but the kernel, with an error that is no rule's. */
static void send(int port, int count)
{
	const char *command = vfg_guest_command();

	for (int i = 0; i < count; i++)
		vfg_guest_run_outside(&guest,
				      "%.*s/traffic probe udp 192.0.2.10 %d --source-port 41000 "
				      "--timeout 50",
				      (int)(strrchr(command, '/') - command), command, port);
}

static bool says(const char *text)
{
	return strstr(guest.output, text) != NULL;
}

Test(retired, rules_keep_their_names_over_many_policies)
{
	send(5300, 1);
	send(5301, 1);
	for (int i = 0; i < 3; i++)
		put("apply", "second.json");
	vfg_guest_vfguard(&guest, "flows %s --rule AllowName --json", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(says("securityRules/AllowName"), "%s", guest.output);
	cr_expect(says("\"ruleInForce\":false"), "%s", guest.output);
	vfg_guest_run(&guest, "%s top %s --batch --count 1 --interval 2 >%s/page 2>&1 & sleep 0.5",
		      vfg_guest_command(), guest.master, guest.folder);
	send(5300, 3);
	vfg_guest_run(&guest, "while ! grep -q RULE %s/page; do sleep 0.1; done; cat %s/page",
		      guest.folder, guest.folder);
	cr_expect(says("securityRules/AllowName"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "log %s", guest.master);
	cr_expect(says("/UserRule_AllowName"), "%s", guest.output);
	cr_expect(says("/UserRule_DenyShut"), "%s", guest.output);
	vfg_guest_vfguard(&guest,
			  "verify %s --direction Inbound --protocol udp --local 192.0.2.10:5300 "
			  "--remote 192.0.2.1:41000 --explain",
			  guest.master);
	cr_expect(says("by securityRules/AllowName"), "%s", guest.output);
	/* One of the same name is another rule: it counts from zero, and both are named. */
	put("apply", "first.json");
	vfg_guest_vfguard(&guest, "flows %s --rule AllowName --json", guest.master);
	cr_expect(says("\"ruleInForce\":false"), "%s", guest.output);
}

/* Of counters: of all rules, and of those that are gone. */
static void sum(uint64_t *ret_all, uint64_t *ret_gone)
{
	struct json_object *root, *rules, *value;

	vfg_guest_vfguard(&guest, "counters %s --json", guest.master);
	root = json_tokener_parse(guest.output);
	cr_assert(root && json_object_object_get_ex(root, "rules", &rules), "%s", guest.output);
	*ret_all = *ret_gone = 0;
	for (size_t i = 0; i < json_object_array_length(rules); i++) {
		struct json_object *one = json_object_array_get_idx(rules, i);
		uint64_t packets;

		cr_assert(json_object_object_get_ex(one, "packets", &value));
		packets = json_object_get_uint64(value);
		cr_assert(json_object_object_get_ex(one, "ruleInForce", &value));
		*ret_all += packets;
		*ret_gone += json_object_get_boolean(value) ? 0 : packets;
	}
	json_object_put(root);
}

static uint64_t sum_of_metrics(void)
{
	static const char family[] = "vfguard_rule_packets_total{";
	struct vfg_scrape scrape;
	uint64_t all = 0;

	vfg_guest_vfguard(&guest, "metrics");
	cr_assert(vfg_scrape_read(guest.output, &scrape), "%s", scrape.fault);
	for (size_t i = 0; i < scrape.count; i++) {
		if (!strncmp(scrape.sample[i].series, family, sizeof(family) - 1))
			all += scrape.sample[i].value;
	}
	return all;
}

Test(retired, sums_over_rules_are_what_passed_and_was_denied)
{
	uint64_t all, gone;

	send(5300, 2);
	send(5301, 3);
	sum(&all, &gone);
	cr_assert(eq(u64, all, 5), "%s", guest.output);
	cr_expect(eq(u64, gone, 0));
	cr_expect(eq(u64, sum_of_metrics(), 5), "%s", guest.output);
	cr_expect(not(says("stage=\"older\"")), "%s", guest.output);
	for (int i = 0; i < 2; i++) {
		put("apply", "second.json");
		send(5300, 2); /* its flow is kept */
		sum(&all, &gone);
		cr_expect(eq(u64, all, 7 + 2 * (uint64_t)i), "%s", guest.output);
		cr_expect(eq(u64, gone, all), "%s", guest.output);
		cr_expect(eq(u64, sum_of_metrics(), all), "%s", guest.output);
		cr_expect(says("stage=\"older\",list=\"\",rule=\"\"} "), "%s", guest.output);
	}
	vfg_guest_vfguard(&guest, "counters %s", guest.master);
	cr_expect(says("Allow (gone)\n"), "%s", guest.output);
	cr_expect(says("Deny (gone)\n"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "counters %s --unused", guest.master);
	cr_expect(not(says("(gone)")), "%s", guest.output);
}
