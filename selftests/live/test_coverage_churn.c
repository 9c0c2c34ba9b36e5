/* SPDX-License-Identifier: GPL-2.0-only */
/* The account of coverage while devices and daemons come and go under traffic. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "account.h"

enum {
	ROUNDS = 100,
	ROUNDS_PER_READING = 5,
	ROUNDS_PER_KILL = 10,
	DENIED = 5301,
	ALLOWED = 5300,
};

static struct vfg_guest guest;
static pid_t sender;

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

static void stop(pid_t *process, int with)
{
	if (*process <= 0)
		return;
	kill(*process, with);
	waitpid(*process, NULL, 0);
	*process = 0;
}

static void tear_down(void)
{
	stop(&sender, SIGKILL);
	vfg_guest_tear_down(&guest);
}

TestSuite(coverage_churn, .init = set_up, .fini = tear_down, .timeout = 240);

/* Some of it is lost while there is no device. */
static void start_traffic(void)
{
	sender = fork();
	while (sender == 0) {
		vfg_account_send_udp(&guest, ALLOWED, 10);
		vfg_account_send_udp(&guest, DENIED, 5);
		usleep(2000);
	}
	cr_assert(gt(int, sender, 0));
}

/* Another device of the same name, as when a VF is revoked and another is given. */
static void replace_device(void)
{
	vfg_guest_run(&guest,
		      "ip link del p0; ip link add p0 type veth peer name p0 netns %s && "
		      "ip link set p0 master %s up && "
		      "nsenter --net=%s ip link set p0 master out up",
		      strrchr(guest.outside, '/') + 1, guest.master, guest.outside);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void read_on(struct vfg_account *last)
{
	struct vfg_account now;

	vfg_account_read(&guest, &now);
	cr_assert(eq(u64, now.unjudged, 0));
	cr_expect(ge(u64, now.received, last->received));
	cr_expect(ge(u64, now.judged_xdp, last->judged_xdp));
	cr_expect(ge(u64, now.tc_only, last->tc_only));
	*last = now;
}

Test(coverage_churn, a_device_that_comes_and_goes_leaves_nothing_unjudged_or_uncounted)
{
	struct vfg_account account = {};

	vfg_guest_start_daemon(&guest);
	start_traffic();
	for (int round = 1; round <= ROUNDS; round++) {
		replace_device();
		usleep((useconds_t)(round % 7) * 10000);
		if (round % ROUNDS_PER_READING == 0)
			read_on(&account);
		if (round % ROUNDS_PER_KILL == 0) {
			stop(&guest.daemon, SIGKILL);
			vfg_guest_start_daemon(&guest);
		}
	}
	stop(&sender, SIGKILL);
	cr_assert(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"));
	sleep(1);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.unjudged, 0));
	cr_expect(eq(u64, account.received, account.judged_xdp + account.tc_only));
	cr_expect(eq(u64, account.judged_xdp, account.xdp), "of all devices that there were");
	cr_expect(not(account.has_alarm), "a device that goes is no gap");
	cr_expect(gt(u64, account.judged_xdp, 0));
}

/* What TC judged and no device has counted must not hide a gap that comes later. */
Test(coverage_churn, a_gap_after_it_is_counted_to_the_packet)
{
	struct vfg_account before, account;

	for (int round = 0; round < 10; round++) {
		vfg_account_send_udp(&guest, ALLOWED, 20);
		replace_device();
	}
	vfg_guest_start_daemon(&guest);
	cr_assert(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"));
	sleep(2);
	vfg_guest_stop_daemon(&guest);
	vfg_account_at_rest(&guest, &before);
	cr_expect(eq(u64, before.unjudged, 0));
	vfg_account_detach_xdp(&guest, "p0");
	vfg_account_detach_tc(&guest);
	vfg_account_send_udp(&guest, DENIED, 25);
	vfg_account_at_rest(&guest, &account);
	cr_expect(eq(u64, account.unjudged, 25));
	cr_expect(eq(u64, account.tc_only - before.tc_only, 25));
}

static uint64_t received_by_p0(void)
{
	unsigned long long packets = 0;
	const char *counts;

	vfg_guest_run(&guest, "ip -s -j link show p0");
	counts = strstr(guest.output, "\"rx\":{");
	cr_assert(not(eq(ptr, (void *)counts, NULL)), "%s", guest.output);
	cr_assert(eq(int, sscanf(counts, "\"rx\":{\"bytes\":%*u,\"packets\":%llu", &packets), 1));
	return packets;
}

/* More than were sent here: kernels say hello when a device comes up, and a bridge takes nothing
 * from a port that does not forward yet. */
Test(coverage_churn, the_time_before_a_device_is_covered_is_counted)
{
	struct vfg_account before, account;
	uint64_t received;

	vfg_guest_start_daemon(&guest);
	sleep(1);
	kill(guest.daemon, SIGSTOP);
	vfg_account_at_rest(&guest, &before);
	vfg_guest_run(&guest, "ip link del p0");
	vfg_guest_add_port(&guest, "p0");
	vfg_account_send_udp(&guest, DENIED, 15);
	vfg_account_at_rest(&guest, &account);
	received = received_by_p0();
	kill(guest.daemon, SIGCONT);
	cr_assert(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"));
	sleep(1);
	vfg_account_at_rest(&guest, &account);
	cr_expect(ge(u64, received, 15));
	cr_expect(eq(u64, account.tc_only - before.tc_only, received));
	cr_expect(eq(u64, account.unjudged, 0));
	cr_expect(not(account.has_alarm), "a new device is no gap");
}
