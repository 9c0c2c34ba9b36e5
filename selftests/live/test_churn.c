/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices come and go below a loaded master. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/cleanup.h"
#include "../../loader/state.h"
#include "guest.h"
#include "traffic.h"

static struct vfg_guest guest;

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic denied = {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_UDP, 5301,
					  "2001:db8::1"};

static void load(const char *more)
{
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096 %s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	load("");
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(churn, .init = set_up, .fini = tear_down, .timeout = 60);

/* The traffic goes by p1 from here on. */
static void change_port(void)
{
	vfg_guest_run(&guest, "ip link del p0");
	vfg_guest_add_port(&guest, "p1");
}

Test(churn, without_a_daemon_tc_judges_what_a_new_device_delivers)
{
	change_port();
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p1 | grep -q xdp"), 1));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "xdp not-covered"), NULL)), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "tc-ingress  rule-deny        1\n"), NULL)),
		  "%s", guest.output);
}

Test(churn, the_daemon_covers_a_new_device_and_forgets_the_old_one)
{
	vfg_guest_start_daemon(&guest);
	change_port();
	cr_assert(vfg_guest_await(&guest, "ip link show p1 | grep -q xdp"), "p1 has no XDP");
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "xdp         rule-deny        1\n"), NULL)),
		  "%s", guest.output);
	/* One link pin, that of p1. */
	vfg_guest_run(&guest, "ls /sys/fs/bpf/vfguard/*/%s | grep -c link_", guest.master);
	cr_expect(eq(str, guest.output, "1\n"));
	vfg_guest_stop_daemon(&guest);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p1 | grep -q xdp"), 0));
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
}

Test(churn, xdp_is_on_a_new_device_before_it_is_up)
{
	vfg_guest_start_daemon(&guest);
	vfg_guest_await(&guest, "test -e /proc/self"); /* any moment: the first pass finds it too */
	vfg_guest_run(&guest, "ip link add p2 type veth peer name p3 && ip link set p2 master %s",
		      guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(vfg_guest_await(&guest, "ip link show p2 | grep -q xdp"), "p2 has no XDP");
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p2 | grep -q LOWER_UP"), 1));
}

Test(churn, a_device_that_leaves_the_master_loses_our_program)
{
	vfg_guest_start_daemon(&guest);
	vfg_guest_run(&guest, "ip link set p0 nomaster");
	cr_expect(vfg_guest_await(&guest, "! ip link show p0 | grep -q xdp"));
}

Test(churn, the_daemon_puts_a_missing_filter_back)
{
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	load("--tc clsact");
	vfg_guest_start_daemon(&guest);
	vfg_guest_run(&guest, "tc qdisc del dev %s clsact", guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(vfg_guest_await(&guest, "tc filter show dev $(ip -br link show type bridge | "
					  "cut -d\" \" -f1) egress | grep -q vfg_tc_egress"));
	cr_expect(vfg_guest_await(&guest, "tc filter show dev $(ip -br link show type bridge | "
					  "cut -d\" \" -f1) ingress | grep -q vfg_tc_ingress"));
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, vfg_guest_run(&guest, "tc qdisc show | grep -q clsact"), 1));
}

Test(churn, the_daemon_picks_up_a_master_that_is_loaded_later)
{
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	vfg_guest_start_daemon(&guest);
	load("");
	change_port();
	cr_expect(vfg_guest_await(&guest, "ip link show p1 | grep -q xdp"));
}

Test(churn, one_daemon_in_a_network_namespace)
{
	vfg_guest_start_daemon(&guest);
	vfg_guest_run(&guest, "ip link set p0 nomaster");
	cr_assert(vfg_guest_await(&guest, "! ip link show p0 | grep -q xdp"), "it runs");
	vfg_guest_run(&guest, "exec timeout 5 %s daemon", vfg_guest_command());
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
}

/* A daemon is killed after it has pinned a link, and before it has written so down. */
static void forget_paths(void)
{
	autopins struct vfg_pins pins = {.bpffs = -1};
	struct vfg_state state;

	cr_assert(eq(int, vfg_pins_open(guest.master, false, &pins), 0));
	cr_assert(eq(int, vfg_state_read(&pins, &state), 0));
	memset(state.path, 0, sizeof(state.path));
	cr_assert(eq(int, vfg_state_write(&pins, &state), 0));
}

Test(churn, counters_of_a_device_that_nobody_remembers_are_freed)
{
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	forget_paths();
	change_port();
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_assert(ne(ptr, strstr(guest.output, "the device is gone"), NULL), "%s", guest.output);
	vfg_guest_start_daemon(&guest);
	cr_assert(vfg_guest_await(&guest, "ip link show p1 | grep -q xdp"), "p1 has no XDP");
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(ptr, strstr(guest.output, "the device is gone"), NULL), "%s", guest.output);
}
