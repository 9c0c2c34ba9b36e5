/* SPDX-License-Identifier: GPL-2.0-only */
/* What the devices received against what the hooks judged: at rest, and through planted gaps. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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
	vfg_guest_tear_down(&guest);
}

TestSuite(coverage, .init = set_up, .fini = tear_down, .timeout = 120);

static const uint8_t lldp[6] = {0x01, 0x80, 0xc2, 0, 0, 0x0e};

enum {
	DENIED = 5301,
	ALLOWED = 5300,
	STREAM_BYTES = 4 << 20,
};

/* Buffers that IP got; GRO makes one of many packets. */
static uint64_t buffers_received(void)
{
	unsigned long long buffers = 0;

	vfg_guest_run(&guest, "grep ^Ip: /proc/self/net/snmp | tail -1");
	cr_assert_eq(sscanf(guest.output, "Ip: %*u %*u %llu", &buffers), 1, "%s", guest.output);
	return buffers;
}

static void expect_all_judged(const struct vfg_account *account)
{
	cr_expect(eq(u64, account->unjudged, 0));
	cr_expect(eq(u64, account->tc_only, 0));
	cr_expect(eq(u64, account->received, account->judged_xdp));
	cr_expect(eq(u64, account->judged_xdp, account->xdp));
	cr_expect(eq(u64, account->xdp - account->xdp_dropped, account->tc));
	cr_expect(not(account->has_alarm));
}

Test(coverage, at_rest_every_packet_received_was_judged_by_both_hooks)
{
	static const struct vfg_traffic ping = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_ICMP, 0, NULL};
	uint64_t buffers;
	struct vfg_account account;

	vfg_account_merge(&guest, "p0");
	buffers = buffers_received();
	vfg_account_stream(&guest, STREAM_BYTES);
	vfg_account_send_udp(&guest, ALLOWED, 100);
	vfg_account_send_udp(&guest, DENIED, 50);
	cr_expect(eq(int, vfg_traffic_try(&guest, &ping), VFG_TRAFFIC_ANSWERED));
	vfg_account_at_rest(&guest, &account);
	expect_all_judged(&account);
	cr_expect(eq(u64, account.xdp_dropped, 50));
	cr_expect(gt(u64, account.received, STREAM_BYTES / 1500));
	cr_expect(lt(u64, buffers_received() - buffers, account.received / 2), "GRO is at work");
}

Test(coverage, frames_that_end_below_the_master_are_judged_and_not_missed)
{
	struct vfg_account account;

	vfg_account_send_frames(&guest, lldp, 0x88cc, 5);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.received, 5));
	cr_expect(eq(u64, account.judged_xdp, 5));
	cr_expect(eq(u64, account.tc, 0));
	cr_expect(eq(u64, account.unjudged, 0));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool log_has(const char *text)
{
	vfg_guest_run(&guest, "grep -q \"%s\" %s/daemon.log", text, guest.folder);
	return guest.status == 0;
}

/* It has done its first pass: the account has been looked at. */
static void start_daemon(void)
{
	vfg_guest_start_daemon(&guest);
	usleep(700000);
}

/* How many packets went past XDP shows in what TC denied, as XDP would have done. */
Test(coverage, a_gap_in_xdp_is_noticed_within_a_second_mended_and_counted)
{
	struct vfg_account account;
	char line[160];
	double begin;

	start_daemon();
	begin = seconds();
	vfg_account_detach_xdp(&guest, "p0");
	vfg_account_send_udp(&guest, DENIED, 40);
	while (!log_has("ALARM") && seconds() - begin < 3)
		usleep(10000);
	cr_expect(lt(dbl, seconds() - begin, 1.0));
	cr_expect(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"));
	vfg_account_at_rest(&guest, &account);
	cr_expect(gt(u64, account.tc_denied, 0));
	cr_expect(eq(u64, account.tc_only, account.tc_denied));
	cr_expect(eq(u64, account.unjudged, 0));
	cr_expect(account.has_alarm);
	cr_expect(eq(u64, account.alarm_tc_only, account.tc_denied));
	snprintf(line, sizeof(line),
		 "p0: ALARM: XDP was gone.* %d packets were not judged by it.*"
		 " 0 of them not by TC",
		 (int)account.tc_denied);
	cr_expect(log_has(line));
	usleep(700000);
	vfg_account_send_udp(&guest, DENIED, 10);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.tc_only, account.tc_denied), "the gap is closed");
	cr_expect(not(account.is_open));
}

/* As when a driver has lost the program that the kernel still shows on it. */
Test(coverage, xdp_that_sees_nothing_is_noticed_and_put_on_again)
{
	struct vfg_account account, again;
	double begin;

	start_daemon();
	vfg_account_blind_xdp(&guest, "p0");
	begin = seconds();
	while (!log_has("XDP does not see") && seconds() - begin < 5) {
		vfg_account_send_udp(&guest, DENIED, 3);
		usleep(100000);
	}
	cr_expect(log_has("XDP was taken off and put on again"));
	usleep(1200000);
	vfg_account_at_rest(&guest, &account);
	cr_expect(account.is_open, "until it is seen to judge");
	cr_expect(gt(u64, account.tc_only, 0));
	cr_expect(eq(u64, account.tc_only, account.tc_denied));
	cr_expect(eq(u64, account.unjudged, 0));
	vfg_account_send_udp(&guest, DENIED, 7);
	usleep(1200000);
	vfg_account_at_rest(&guest, &again);
	cr_expect(again.has_alarm);
	cr_expect(not(again.is_open));
	cr_expect(eq(u64, again.xdp_dropped - account.xdp_dropped, 7), "it judges again");
}

static void open_both_gaps(void)
{
	vfg_account_detach_xdp(&guest, "p0");
	vfg_account_detach_tc(&guest);
}

Test(coverage, what_neither_hook_saw_is_counted_to_the_packet)
{
	struct vfg_account account;

	vfg_account_stream(&guest, STREAM_BYTES);
	vfg_account_send_udp(&guest, DENIED, 3);
	open_both_gaps();
	vfg_account_send_udp(&guest, DENIED, 30);
	vfg_account_send_udp(&guest, ALLOWED, 7);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.unjudged, 37));
	cr_expect(eq(u64, account.tc_only, 37));
	cr_expect(account.has_alarm);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, strncmp(guest.output, "ALARM: ", 7), 0), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "37 by nothing"), NULL)), "%s", guest.output);
	start_daemon();
	cr_expect(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"));
	vfg_account_stream(&guest, STREAM_BYTES);
	vfg_account_send_udp(&guest, DENIED, 9);
	usleep(1500000);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.unjudged, 37));
	cr_expect(eq(u64, account.alarm_unjudged, 37));
	cr_expect(log_has("ALARM: 37 packets were judged by neither"));
}

/* Frames that no hook can see, and that the kernel dropped on the port, are not among them. */
Test(coverage, frames_that_never_reach_the_stack_are_not_reported)
{
	struct vfg_account account;

	/* The kernel's own multicast reports would be counted too. */
	vfg_guest_run_outside(&guest, "sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
	open_both_gaps();
	vfg_account_send_udp(&guest, DENIED, 20);
	vfg_account_send_frames(&guest, lldp, 0x88cc, 5);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.tc_only, 25));
	cr_expect(eq(u64, account.unjudged, 20));
}

/* TC alone judges, by order: all is well, and the account says who judged. */
Test(coverage, a_path_without_xdp_by_order_raises_no_alarm)
{
	struct vfg_account account;

	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096 --mode tc",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	start_daemon();
	vfg_account_send_udp(&guest, DENIED, 12);
	vfg_account_send_udp(&guest, ALLOWED, 8);
	usleep(1200000);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.received, 20));
	cr_expect(eq(u64, account.tc_only, 20));
	cr_expect(eq(u64, account.unjudged, 0));
	cr_expect(not(account.has_alarm));
	cr_expect(not(log_has("ALARM")));
}

/* As an upgrade leaves it. */
Test(coverage, an_account_of_another_layout_is_none_until_the_daemon_begins_one)
{
	vfg_guest_run(
		&guest,
		"pin=$(ls /sys/fs/bpf/vfguard/*/%s/coverage) && rm $pin && bpftool map create "
		"$pin type array key 4 value 64 entries 2 name vfg_coverage",
		guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_vfguard(&guest, "status %s --json", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_vfguard(&guest, "metrics");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	start_daemon();
	for (int i = 0; i < 100 && !strstr(guest.output, "auditedSecondsAgo"); i++) {
		usleep(100000);
		vfg_guest_vfguard(&guest, "status %s --json", guest.master);
	}
	cr_expect(ne(ptr, strstr(guest.output, "auditedSecondsAgo"), NULL), "%s", guest.output);
}
