/* SPDX-License-Identifier: GPL-2.0-only */
/* Load, ask, see and unload: real packets obey, and nothing stays behind. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "guest.h"
#include "traffic.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(load, .init = set_up, .fini = tear_down, .timeout = 60);

static void load_as(const char *mode)
{
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096 --mode %s",
			  guest.master, mode);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void load(void)
{
	load_as("auto");
}

struct row {
	const char *name;
	struct vfg_traffic traffic;
	enum vfg_traffic_end end;
};

static const struct row rows[] = {
	{"TCP in", {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL}, VFG_TRAFFIC_ANSWERED},
	{"TCP in, v6", {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_TCP, 8080, NULL}, VFG_TRAFFIC_ANSWERED},
	{"TCP in, no rule",
	 {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8081, NULL},
	 VFG_TRAFFIC_NOTHING},
	{"TCP in, no rule, v6",
	 {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_TCP, 8081, "2001:db8::1"},
	 VFG_TRAFFIC_NOTHING},
	{"TCP in, by source",
	 {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_TCP, 8081, "2001:db8::2"},
	 VFG_TRAFFIC_ANSWERED},
	{"UDP in", {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5300, NULL}, VFG_TRAFFIC_ANSWERED},
	{"UDP in, v6", {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_UDP, 5300, NULL}, VFG_TRAFFIC_ANSWERED},
	{"UDP in, no rule",
	 {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5301, NULL},
	 VFG_TRAFFIC_NOTHING},
	{"UDP in, TCP's port",
	 {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_UDP, 8080, "2001:db8::1"},
	 VFG_TRAFFIC_NOTHING},
	{"ping in", {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_ICMP, 0, NULL}, VFG_TRAFFIC_ANSWERED},
	{"ping in, v6, no rule",
	 {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_ICMP, 0, "2001:db8::1"},
	 VFG_TRAFFIC_NOTHING},
	{"ping in, v6, by source",
	 {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_ICMP, 0, "2001:db8::2"},
	 VFG_TRAFFIC_ANSWERED},
	{"TCP out", {VFG_FROM_GUEST, AF_INET, IPPROTO_TCP, 8081, NULL}, VFG_TRAFFIC_ANSWERED},
	{"TCP out, v6", {VFG_FROM_GUEST, AF_INET6, IPPROTO_TCP, 8081, NULL}, VFG_TRAFFIC_ANSWERED},
	{"TCP out, denied",
	 {VFG_FROM_GUEST, AF_INET, IPPROTO_TCP, 2525, NULL},
	 VFG_TRAFFIC_NOTHING},
	{"UDP out", {VFG_FROM_GUEST, AF_INET, IPPROTO_UDP, 5301, NULL}, VFG_TRAFFIC_ANSWERED},
	{"UDP out, denied, v6",
	 {VFG_FROM_GUEST, AF_INET6, IPPROTO_UDP, 2525, NULL},
	 VFG_TRAFFIC_NOTHING},
	{"ping out", {VFG_FROM_GUEST, AF_INET, IPPROTO_ICMP, 0, NULL}, VFG_TRAFFIC_ANSWERED},
	{"ping out, v6", {VFG_FROM_GUEST, AF_INET6, IPPROTO_ICMP, 0, NULL}, VFG_TRAFFIC_ANSWERED},
};

/* Every row is answered without a policy, or a silence below would prove nothing. */
Test(load, real_packets_obey_the_rules_after_the_command_has_ended)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect(eq(int, vfg_traffic_try(&guest, &rows[i].traffic), VFG_TRAFFIC_ANSWERED),
			  "%s, without a policy", rows[i].name);
	load();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect(eq(int, vfg_traffic_try(&guest, &rows[i].traffic), rows[i].end), "%s",
			  rows[i].name);
}

struct question {
	const char *arguments;
	const char *answer;
};

static const struct question questions[] = {
	{"--direction Inbound --protocol Tcp --local 192.0.2.10:8080 --remote 198.51.100.7:40000",
	 "Allow securityRules/AllowWeb\n"},
	{"--direction Inbound --protocol Tcp --local [2001:db8::10]:8080 "
	 "--remote [2001:db8:1::7]:40000",
	 "Allow securityRules/AllowWeb\n"},
	{"--direction Inbound --protocol Udp --local 192.0.2.10:8080 --remote 198.51.100.7:40000",
	 "Deny securityRules/DenyRestIn\n"},
	{"--direction Inbound --protocol Icmp --local 192.0.2.10 --remote 198.51.100.7",
	 "Allow securityRules/AllowPing\n"},
	{"--direction Outbound --protocol Tcp --local 192.0.2.10:40000 --remote 198.51.100.7:2525",
	 "Deny securityRules/DenyMail\n"},
	{"--direction Outbound --protocol 47 --local 192.0.2.10 --remote 198.51.100.7 --json",
	 "{\"access\":\"Allow\",\"ruleName\":\"securityRules/AllowRestOut\"}\n"},
};

Test(load, verify_asks_the_loaded_programs_and_leaves_no_trace)
{
	char before[VFG_GUEST_OUTPUT_BYTES];

	load();
	vfg_guest_vfguard(&guest, "counters %s", guest.master);
	strcpy(before, guest.output);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		vfg_guest_vfguard(&guest, "verify %s %s", guest.master, questions[i].arguments);
		cr_expect(eq(int, guest.status, 0));
		cr_expect(eq(str, guest.output, (char *)questions[i].answer), "%s",
			  questions[i].arguments);
	}
	vfg_guest_vfguard(&guest, "counters %s", guest.master);
	cr_expect(eq(str, guest.output, before));
	vfg_guest_vfguard(&guest, "status %s --json", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "\"used\":0"), NULL)), "%s", guest.output);
}

Test(load, a_batch_is_answered_line_by_line_and_a_bad_line_shows_in_the_status)
{
	load();
	vfg_guest_run(&guest,
		      "printf \"Inbound,Tcp,192.0.2.10,8080,198.51.100.7,40000\\n"
		      "Inbound,Tcp,192.0.2.10,8080,198.51.100.7,40000\\\\000\\n"
		      "nonsense\\nOutbound,Udp,2001:db8::10,40000,2001:db8::1,2525\\n\" >%s/batch",
		      guest.folder);
	vfg_guest_vfguard(&guest, "verify %s --batch batch", guest.master);
	cr_expect(eq(int, guest.status, 1));
	cr_expect(
		eq(int, strncmp(guest.output, "Allow,securityRules/AllowWeb\nError,a NUL", 40), 0),
		"%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "\nDeny,securityRules/DenyMail\n"), NULL)), "%s",
		  guest.output);
}

Test(load, status_shows_paths_policy_and_what_each_hook_judged)
{
	static const struct vfg_traffic denied = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5301,
						  NULL};

	load();
	vfg_traffic_try(&guest, &denied);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_assert(eq(int, guest.status, 0));
	cr_expect(not(eq(ptr, strstr(guest.output, "TC ingress on, TC egress on"), NULL)));
	cr_expect(not(eq(ptr, strstr(guest.output, "policy: live, digest "), NULL)));
	cr_expect(not(eq(ptr, strstr(guest.output, "generation 1,"), NULL)));
	cr_expect(not(eq(ptr, strstr(guest.output, "driver veth"), NULL)));
	cr_expect(not(eq(ptr, strstr(guest.output, "xdp native"), NULL)), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "rule-deny        1\n"), NULL)), "%s",
		  guest.output);
}

static bool says(const char *text)
{
	return strstr(guest.output, text) != NULL;
}

Test(load, status_and_verify_say_that_a_filter_is_missing)
{
	load_as("auto --tc clsact");
	vfg_guest_run(&guest, "tc filter del dev %s ingress", guest.master);
	vfg_guest_run(&guest, "ip link add p2 type veth peer name p3 && ip link set p2 master %s",
		      guest.master);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, guest.status, 0));
	cr_expect(eq(int, strncmp(guest.output, "ALARM: ", 7), 0), "%s", guest.output);
	cr_expect(says("TC ingress is off: `vfguard apply "), "%s", guest.output);
	cr_expect(says("so nothing judges it"), "%s", guest.output);
	cr_expect(not(says("TC on the master judges it")), "%s", guest.output);
	vfg_guest_vfguard(&guest,
			  "verify %s --direction Inbound --protocol Tcp "
			  "--local 192.0.2.10:8080 --remote 192.0.2.1:40000",
			  guest.master);
	cr_expect(eq(int, guest.status, 0));
	cr_expect(says("TC ingress is not attached"), "%s", guest.output);
	cr_expect(says("Allow securityRules/AllowWeb\n"), "%s", guest.output);
	vfg_guest_run(&guest, "tc qdisc del dev %s clsact", guest.master);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(says("TC ingress and egress are off"), "%s", guest.output);
}

Test(load, status_and_verify_raise_no_alarm_without_cause)
{
	load();
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(says("ALARM")), "%s", guest.output);
	vfg_guest_vfguard(&guest,
			  "verify %s --direction Inbound --protocol Tcp "
			  "--local 192.0.2.10:8080 --remote 192.0.2.1:40000",
			  guest.master);
	cr_expect(eq(str, guest.output, "Allow securityRules/AllowWeb\n"));
}

/* Every command that takes a device, except unload. */
static void expect_refused(const char *name, const char *because)
{
	static const struct {
		const char *name, *arguments;
	} commands[] = {
		{"status", ""},
		{"counters", ""},
		{"apply", "-p policy.json --tag VirtualNetwork=203.0.113.0/24"},
		{"verify", ("--direction Inbound --protocol Tcp --local 192.0.2.10:8080 "
			    "--remote 192.0.2.1:40000")},
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *command = commands[i].name;

		vfg_guest_vfguard(&guest, "%s %s %s", command, name, commands[i].arguments);
		cr_expect(eq(int, guest.status, 1), "%s: %s", command, guest.output);
		cr_expect(says(because), "%s: %s", command, guest.output);
	}
}

Test(load, a_name_that_passed_to_another_device_is_refused_until_unloaded)
{
	load();
	vfg_guest_run(&guest,
		      "ip link set %s down; ip link set %s name vtold; "
		      "ip link add %s type bridge",
		      guest.master, guest.master, guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	expect_refused(guest.master, "called vtold now");
	vfg_guest_run(&guest, "ip link del vtold");
	expect_refused(guest.master, "which is gone now");
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	load();
}

Test(load, a_renamed_device_is_found_by_the_name_it_was_loaded_as)
{
	char as[64];

	load();
	snprintf(as, sizeof(as), "as %s, its name then", guest.master);
	vfg_guest_run(&guest, "ip link set %s down; ip link set %s name vtnew", guest.master,
		      guest.master);
	expect_refused("vtnew", as);
	vfg_guest_vfguard(&guest, "load vtnew -p policy.json --tag VirtualNetwork=203.0.113.0/24");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	cr_expect(says(as), "%s", guest.output);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
}

Test(load, unload_removes_all_of_ours)
{
	load();
	cr_expect(vfg_guest_has_pins(&guest));
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0));
	cr_expect(eq(int, vfg_guest_run(&guest, "test -s /var/lib/vfguard/%s.image", guest.master),
		     0));
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(vfg_guest_has_pins(&guest)));
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 1));
	cr_expect(eq(int, vfg_guest_run(&guest, "tc qdisc show | grep -q clsact"), 1));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, guest.status, 1));
	cr_expect(eq(int, vfg_guest_run(&guest, "test -e /var/lib/vfguard/%s.image", guest.master),
		     1));
}

Test(load, unload_leaves_what_is_not_ours)
{
	vfg_guest_foreign_filter(&guest, 50, 7);
	load_as("auto --tc clsact");
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_run(&guest, "tc filter show dev %s ingress", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "foreign"), NULL)), "%s", guest.output);
	cr_expect(eq(ptr, strstr(guest.output, "vfg_tc"), NULL), "%s", guest.output);
}

Test(load, a_filter_added_later_keeps_our_qdisc_at_unload)
{
	load_as("auto --tc clsact");
	vfg_guest_foreign_filter(&guest, 50, 7);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_run(&guest, "tc filter show dev %s ingress", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "foreign"), NULL)), "%s", guest.output);
}

Test(load, clean_removes_the_pins_of_a_master_that_is_gone)
{
	load();
	vfg_guest_vfguard(&guest, "clean");
	cr_expect(eq(int, guest.status, 0));
	cr_expect(vfg_guest_has_pins(&guest), "a live master's pins");
	vfg_guest_run(&guest, "ip link del %s", guest.master);
	vfg_guest_vfguard(&guest, "clean");
	cr_expect(eq(int, guest.status, 0));
	cr_expect(not(vfg_guest_has_pins(&guest)));
	cr_expect(not(eq(ptr, strstr(guest.output, guest.master), NULL)), "says what it removed");
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 1));
}

Test(load, unload_works_when_the_device_is_gone)
{
	load();
	vfg_guest_run(&guest, "ip link del %s", guest.master);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(vfg_guest_has_pins(&guest)));
}

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic closed = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5301, NULL};

Test(load, tc_alone_enforces_where_that_is_asked_for)
{
	load_as("tc");
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 1));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &closed), VFG_TRAFFIC_NOTHING));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "xdp tc-only (asked for)"), NULL)), "%s",
		  guest.output);
}

Test(load, generic_xdp_enforces_where_that_is_asked_for)
{
	load_as("generic");
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdpgeneric"), 0));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &closed), VFG_TRAFFIC_NOTHING));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "xdp generic"), NULL)), "%s", guest.output);
}

/* Begins a load, sends it a signal once it has begun to pin, and waits for its end. */
static void interrupt_load(const char *signal)
{
	vfg_guest_run(&guest,
		      "cd %s; %s load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
		      "--flows 4096 & load=$!; "
		      "until test -e /sys/fs/bpf/vfguard/*/%s/state; do sleep 0.01; done; "
		      "kill -%s $load; wait $load",
		      guest.folder, vfg_guest_command(), guest.master, guest.master, signal);
}

Test(load, a_load_that_is_told_to_end_ends_whole)
{
	interrupt_load("TERM");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &closed), VFG_TRAFFIC_NOTHING));
}

Test(load, a_load_that_was_killed_is_named_and_cleared_up_by_unload)
{
	interrupt_load("KILL");
	cr_expect(vfg_guest_has_pins(&guest));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, guest.status, 1));
	cr_expect(not(eq(ptr, strstr(guest.output, "half loaded"), NULL)), "%s", guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(vfg_guest_has_pins(&guest)));
	load();
}

/* `ip netns exec` mounts a /sys of its own, without the BPF file system. */
Test(load, pins_outlive_a_command_that_sees_no_bpf_file_system)
{
	vfg_guest_run_outside(&guest,
			      "ip netns exec %s %s load %s -p %s/policy.json --flows 4096 "
			      "--tag VirtualNetwork=203.0.113.0/24",
			      strrchr(guest.inside, '/') + 1, vfg_guest_command(), guest.master,
			      guest.folder);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(vfg_guest_has_pins(&guest));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
}
