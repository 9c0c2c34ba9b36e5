/* SPDX-License-Identifier: GPL-2.0-only */
/* TC programs: tcx or clsact, at the head and kept there, and below the master too. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/count.h"
#include "../../loader/tcx.h"
#include "../packet.h"
#include "drizzle.h"
#include "guest.h"
#include "traffic.h"

static struct vfg_guest guest;

static const struct vfg_traffic denied = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5301, NULL};

static void set_up(void)
{
	vfg_guest_set_up(&guest);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(tc, .init = set_up, .fini = tear_down, .timeout = 90);

static void load(const char *more)
{
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096 %s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static bool says(const char *text)
{
	return strstr(guest.output, text) != NULL;
}

static void status(void)
{
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static struct vfg_tcx_programs tcx_of(const char *device, enum vfg_direction direction)
{
	struct vfg_tcx_programs programs;
	int home = vfg_guest_enter(guest.inside);

	cr_assert(zero(int, vfg_tcx_query(if_nametoindex(device), direction, &programs)));
	vfg_guest_leave(home);
	return programs;
}

static bool has_tcx(void)
{
	if (!vfg_tcx_supported())
		cr_skip_test("this kernel has no tcx");
	return true;
}

Test(tc, tcx_is_taken_where_the_kernel_has_it)
{
	cr_assert(has_tcx());
	load("");
	cr_expect(eq(u32, tcx_of(guest.master, VFG_INBOUND).count, 1));
	cr_expect(eq(u32, tcx_of(guest.master, VFG_OUTBOUND).count, 1));
	cr_expect(eq(u32, tcx_of("p0", VFG_OUTBOUND).count, 1));
	cr_expect(eq(int, vfg_guest_run(&guest, "tc qdisc show | grep -q clsact"), 1));
	status();
	cr_expect(says("TC ingress on, TC egress on, by tcx\n"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "features");
	cr_expect(says("tcx              yes\n"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(zero(u32, tcx_of(guest.master, VFG_INBOUND).count));
	cr_expect(zero(u32, tcx_of("p0", VFG_OUTBOUND).count));
}

Test(tc, clsact_is_taken_where_that_is_asked_for)
{
	load("--tc clsact --mode tc");
	cr_expect(zero(u32, tcx_of(guest.master, VFG_INBOUND).count));
	vfg_guest_run(&guest, "tc filter show dev p0 egress; tc filter show dev %s ingress",
		      guest.master);
	cr_expect(says("vfg_tc_below"), "%s", guest.output);
	cr_expect(says("vfg_tc_ingress"), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
	status();
	cr_expect(says("by clsact\n"), "%s", guest.output);
	cr_expect(not(says("ALARM")), "%s", guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, vfg_guest_run(&guest, "tc qdisc show | grep -q clsact"), 1));
}

Test(tc, no_tc_command_takes_a_tcx_link_off)
{
	cr_assert(has_tcx());
	load("--mode tc");
	vfg_guest_run(&guest, "tc qdisc add dev %s clsact && tc qdisc del dev %s clsact",
		      guest.master, guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
}

/* One that ends the chain, ahead of ours, opens it: that must be seen, and mended. */
Test(tc, a_foreign_tcx_program_ahead_is_told_of_and_overtaken)
{
	int foreign;

	cr_assert(has_tcx());
	load("--mode tc");
	foreign = vfg_guest_foreign_tcx(&guest, TC_ACT_OK);
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_ANSWERED), "no gap");
	status();
	cr_expect(says("runs before ours at ingress"), "%s", guest.output);
	vfg_guest_start_daemon(&guest);
	/* The alarm about the packet that neither hook saw stays for a while. */
	for (int i = 0; i < 60 && says("runs before ours"); i++) {
		usleep(50000);
		status();
	}
	cr_expect(not(says("runs before ours")), "%s", guest.output);
	cr_expect(says("by nothing; over since"), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
	cr_expect(eq(u32, tcx_of(guest.master, VFG_INBOUND).count, 2), "the foreign one stays");
	cr_expect(eq(int, vfg_guest_run(&guest, "tc qdisc show | grep -q clsact"), 1));
	vfg_guest_run(&guest, "cat %s/daemon.log", guest.folder);
	cr_expect(says("ours is the first again"), "%s", guest.output);
	vfg_guest_stop_daemon(&guest);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(u32, tcx_of(guest.master, VFG_INBOUND).count, 1), "the foreign one");
	close(foreign);
}

/* Others come to the head again and again, and let the packets go on to us: not one gets through,
 * at no moment of the move. */
Test(tc, overtaking_leaves_no_moment_without_our_program)
{
	struct vfg_drizzle drizzle;
	int foreign[20];

	cr_assert(has_tcx());
	load("--mode tc");
	vfg_drizzle_start(&guest, &drizzle);
	for (int i = 0; i < 20; i++) {
		foreign[i] = vfg_guest_foreign_tcx(&guest, TC_ACT_UNSPEC);
		vfg_guest_vfguard(&guest,
				  "apply %s -p policy.json --tag VirtualNetwork=203.0.113.0/24",
				  guest.master);
		cr_expect(says("ours is the first again"), "%s", guest.output);
	}
	cr_expect(zero(sz, vfg_drizzle_stop(&drizzle)));
	for (int i = 0; i < 20; i++)
		close(foreign[i]);
}

Test(tc, a_foreign_filter_at_our_priority_is_told_of_and_stays)
{
	/* The kernel puts a new one ahead of those that have its priority. */
	vfg_guest_foreign_filter(&guest, 1, 7);
	load("--tc clsact");
	status();
	cr_expect(says("handle 0x7) stands at our priority at ingress"), "%s", guest.output);
	vfg_guest_foreign_filter(&guest, 1, 9);
	status();
	cr_expect(says("handle 0x9) runs before ours at ingress"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "status %s --json", guest.master);
	cr_expect(says("\"alarms\":["), "%s", guest.output);
	vfg_guest_start_daemon(&guest);
	cr_expect(vfg_guest_await(&guest, "grep -q \"ALARM: .*handle 0x7\" /tmp/vt*/daemon.log"));
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	vfg_guest_run(&guest, "tc filter show dev %s ingress", guest.master);
	cr_expect(says("handle 0x7"), "%s", guest.output);
	cr_expect(says("handle 0x9"), "%s", guest.output);
}

/* Past the master: a socket bound to the port. Its neighbour is entered by hand, as the answer to
 * its own question would go to the bridge. */
static int open_bound(void)
{
	int home, fd;

	vfg_guest_run_outside(&guest, "ip -br link show out | tr -s \" \" | cut -d\" \" -f3");
	guest.output[strcspn(guest.output, "\n")] = '\0';
	vfg_guest_run(&guest, "ip neigh replace 192.0.2.1 lladdr %s dev p0", guest.output);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	home = vfg_guest_enter(guest.inside);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	vfg_guest_leave(home);
	cr_assert(zero(int, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "p0", 3)));
	return fd;
}

/* Return: how many of @count datagrams arrived on the outside host. */
static int send_to(int fd, uint16_t port, int count)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int home = vfg_guest_enter(guest.outside), got = 0;
	int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char byte;

	vfg_guest_leave(home);
	inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
	cr_assert(zero(int, bind(server, (void *)&to, sizeof(to))));
	for (int i = 0; i < count; i++)
		cr_expect(eq(int, (int)sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)), 1));
	usleep(200000);
	while (recv(server, &byte, 1, MSG_DONTWAIT) == 1)
		got++;
	close(server);
	return got;
}

static uint64_t judged(const char *device, enum vfg_hook hook)
{
	struct vfg_pins pins __attribute__((cleanup(vfg_pins_close))) = {.bpffs = -1};
	static struct vfg_path_counts counts;
	int home = vfg_guest_enter(guest.inside);
	uint32_t ifindex = if_nametoindex(device);

	vfg_guest_leave(home);
	cr_assert(zero(int, vfg_pins_open(guest.master, false, &pins)));
	cr_assert(zero(int, vfg_count_paths(&pins, &counts)));
	for (size_t i = 0; i < counts.count; i++) {
		if (counts.path[i].ifindex == ifindex)
			return counts.path[i].judged[hook].packets;
	}
	return 0;
}

static void expect_bypass_is_judged(const char *way)
{
	int fd = open_bound();

	cr_expect(eq(int, send_to(fd, 2525, 5), 5), "nothing judges it yet");
	load(way);
	cr_expect(eq(int, send_to(fd, 2525, 5), 0), "denied");
	cr_expect(eq(int, send_to(fd, 5301, 5), 5), "allowed");
	cr_expect(eq(u64, judged("p0", VFG_HOOK_TC_EGRESS_VF), 10));
	cr_expect(zero(u64, judged(guest.master, VFG_HOOK_TC_EGRESS)));
	close(fd);
}

Test(tc, a_socket_bound_to_the_device_below_is_judged)
{
	expect_bypass_is_judged("");
}

Test(tc, a_socket_bound_to_the_device_below_is_judged_by_clsact)
{
	expect_bypass_is_judged("--tc clsact");
}

/* Past the master's egress, though sent on the master. The frame's MAC is nobody's: it is flooded.
 */
Test(tc, a_packet_socket_that_bypasses_the_masters_queue_is_judged_below)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	struct packet packet;
	int home, fd, one = 1;

	load("");
	home = vfg_guest_enter(guest.inside);
	to.sll_ifindex = (int)if_nametoindex(guest.master);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	vfg_guest_leave(home);
	cr_assert(zero(int, setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one))));
	packet_begin(&packet);
	packet_ip(&packet, "192.0.2.10", "192.0.2.1");
	packet_udp(&packet, 40000, 2525);
	packet_finish(&packet);
	for (int i = 0; i < 5; i++)
		cr_expect(eq(long,
			     sendto(fd, packet.bytes, packet.length, 0, (void *)&to, sizeof(to)),
			     (long)packet.length));
	close(fd);
	cr_expect(zero(u64, judged(guest.master, VFG_HOOK_TC_EGRESS)));
	cr_expect(eq(u64, judged("p0", VFG_HOOK_TC_EGRESS_VF), 5));
	status();
	cr_expect(says("tc-egress-vf rule-deny        5\n"), "%s", guest.output);
}

static void expect_counted_once(const char *way)
{
	int home, fd;

	load(way);
	home = vfg_guest_enter(guest.inside);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	vfg_guest_leave(home);
	cr_expect(eq(int, send_to(fd, 5301, 10), 10));
	cr_expect(zero(u64, judged("p0", VFG_HOOK_TC_EGRESS_VF)));
	cr_expect(ge(u64, judged(guest.master, VFG_HOOK_TC_EGRESS), 10));
	vfg_guest_vfguard(&guest, "counters %s | grep AllowRestOut | tr -s \" \" | cut -d\" \" -f5",
			  guest.master);
	cr_expect(eq(str, guest.output, "10\n"));
	close(fd);
}

Test(tc, what_passed_the_master_is_counted_once)
{
	expect_counted_once("");
}

Test(tc, what_passed_the_master_is_counted_once_by_clsact)
{
	expect_counted_once("--tc clsact");
}
