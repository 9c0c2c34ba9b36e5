/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's findings about attachments, addresses, sockets and policy, each planted and mended;
 * and the command under hostile hands. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/pkt_cls.h>

#include "../../loader/tcx.h"
#include "account.h"
#include "diagnosis.h"
#include "service.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_diagnosis_root(&guest);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(doctor, .init = set_up, .fini = tear_down, .timeout = 120);

#define APPLY "cd .. && $V apply $M -p policy.json --tag VirtualNetwork=203.0.113.0/24"

static const struct vfg_diagnosis_row filters[] = {
	{"the filter is gone", "tc filter del dev $M ingress", APPLY, "tc", "error", NULL,
	 "TC ingress is off"},
	{"and that of egress", "tc filter del dev $M egress", APPLY, "tc", "error", NULL,
	 "TC egress is off"},
	{"clsact is gone", "tc qdisc del dev $M clsact", APPLY, "tc", "error", NULL,
	 "TC ingress is off"},
	{"no policy", "bpftool map delete pinned /sys/fs/bpf/vfguard/*/$M/vfg_policy key 0 0 0 0",
	 APPLY, "policy", "warning", NULL, "no policy is in force"},
	{"clsact below is gone", "tc qdisc del dev p0 clsact", APPLY, "alarm", "error", NULL,
	 "p0: TC egress is off"},
};

Test(doctor, what_was_taken_off_is_told)
{
	vfg_diagnosis_load(&guest, "--tc clsact");
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		vfg_diagnosis_row(&guest, &filters[i]);
}

Test(doctor, a_master_that_is_not_loaded_is_told)
{
	struct vfg_diagnosis diagnosis =
		vfg_diagnosis_make(&guest, guest.master, "not-loaded", guest.master);

	cr_expect(eq(str, diagnosis.severity, "error"));
	cr_expect(eq(int, diagnosis.status, 1));
	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "not-loaded", guest.master);
	cr_expect(eq(str, diagnosis.severity, ""));
	cr_expect(eq(int, diagnosis.status, 0), "%s", guest.output);
}

Test(doctor, a_name_that_has_passed_to_another_device_is_told)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "");
	vfg_diagnosis_do(&guest, "ip link set $M name old && ip link add $M type bridge");
	diagnosis = vfg_diagnosis_make(&guest, "old", "not-loaded", NULL);
	cr_expect(eq(str, diagnosis.severity, "error"), "%s", guest.output);
	cr_expect(strstr(diagnosis.finding, "was loaded as ifindex") != NULL, "%s",
		  diagnosis.finding);
	/* Its XDP is ours still, whatever else is not known. */
	diagnosis = vfg_diagnosis_make(&guest, "old", "foreign-xdp", NULL);
	cr_expect(eq(str, diagnosis.severity, ""));
	vfg_diagnosis_do(&guest, "ip link del $M && ip link set old name $M");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "not-loaded", NULL);
	cr_expect(eq(str, diagnosis.severity, ""));
}

Test(doctor, what_another_version_has_loaded_is_told_and_is_no_error)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "");
	vfg_diagnosis_do(&guest, "mkdir -p /sys/fs/bpf/vfguard/1 && "
				 "mv /sys/fs/bpf/vfguard/[2-9]*/$M /sys/fs/bpf/vfguard/1/");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "not-loaded", guest.master);
	cr_expect(eq(str, diagnosis.severity, "warning"), "%s", guest.output);
	cr_expect(strstr(diagnosis.finding, "another version") != NULL, "%s", diagnosis.finding);
	cr_expect(eq(int, diagnosis.status, 0), "%s", guest.output);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "foreign-xdp", NULL);
	cr_expect(eq(str, diagnosis.severity, ""), "%s", diagnosis.finding);
	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "not-loaded", NULL);
	cr_expect(eq(str, diagnosis.severity, ""), "%s", diagnosis.finding);
	vfg_guest_run(&guest, "rm -rf /sys/fs/bpf/vfguard/1/%s; rmdir /sys/fs/bpf/vfguard/1",
		      guest.master);
}

Test(doctor, pins_of_a_master_that_is_gone_are_told_and_the_fix_removes_them)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, "", "gone-master", NULL);
	cr_expect(eq(str, diagnosis.severity, ""));
	vfg_diagnosis_do(&guest, "ip link del $M");
	diagnosis = vfg_diagnosis_make(&guest, "", "gone-master", guest.master);
	cr_expect(eq(str, diagnosis.severity, "warning"));
	cr_expect(eq(str, diagnosis.fix, "vfguard clean"));
	vfg_diagnosis_do(&guest, "$V clean");
	diagnosis = vfg_diagnosis_make(&guest, "", "gone-master", NULL);
	cr_expect(eq(str, diagnosis.severity, ""));
}

Test(doctor, a_tcx_program_of_another_ahead_of_ours_is_told)
{
	struct vfg_diagnosis diagnosis;
	int link;

	if (!vfg_tcx_supported())
		cr_skip_test("this kernel has no tcx");
	vfg_diagnosis_load(&guest, "--tc tcx");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "alarm", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"));
	link = vfg_guest_foreign_tcx(&guest, TC_ACT_OK);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "alarm", NULL);
	cr_expect(eq(str, diagnosis.severity, "error"));
	cr_expect(strstr(diagnosis.finding, "runs before ours at ingress") != NULL, "%s",
		  diagnosis.finding);
	cr_expect(eq(int, diagnosis.status, 1));
	close(link);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "alarm", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
}

Test(doctor, xdp_of_another_in_our_place_is_told_before_and_after_the_load)
{
	struct vfg_diagnosis diagnosis;

	vfg_guest_foreign_xdp(&guest, "p0");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "foreign-xdp", "p0");
	cr_expect(eq(str, diagnosis.severity, "warning"));
	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "alarm", NULL);
	cr_expect(eq(str, diagnosis.severity, "error"));
	cr_expect(strstr(diagnosis.finding, "an XDP program that is not ours") != NULL, "%s",
		  diagnosis.finding);
	vfg_diagnosis_do(&guest, "ip link set dev p0 xdp off");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "alarm", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "foreign-xdp", "p0");
	cr_expect(eq(str, diagnosis.severity, ""));
}

Test(doctor, a_vf_that_nobody_covered_yet_is_told)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "xdp", NULL);
	cr_expect(eq(str, diagnosis.severity, ""), "%s", diagnosis.finding);
	vfg_guest_add_port(&guest, "p1");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "xdp", "p1");
	cr_expect(eq(str, diagnosis.severity, "warning"));
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "daemon", NULL);
	cr_expect(eq(str, diagnosis.severity, "warning"));
	vfg_guest_start_daemon(&guest);
	cr_assert(vfg_guest_await(&guest, "ip -d link show p1 | grep -q prog/xdp"));
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "xdp", "p1");
	cr_expect(eq(str, diagnosis.severity, ""), "%s", diagnosis.finding);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "daemon", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"));
	vfg_guest_stop_daemon(&guest);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "daemon", NULL);
	cr_expect(eq(str, diagnosis.severity, "warning"));
}

Test(doctor, packets_that_nothing_judged_are_told)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "coverage", guest.master);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	vfg_account_send_udp(&guest, 5300, 1); /* the neighbours know each other then */
	vfg_account_detach_xdp(&guest, "p0");
	vfg_account_detach_tc(&guest);
	vfg_account_send_udp(&guest, 5300, 30);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "coverage", guest.master);
	cr_expect(eq(str, diagnosis.severity, "error"), "%s", diagnosis.finding);
	cr_expect(strstr(diagnosis.finding, "30 of them by no hook; it goes on") != NULL, "%s",
		  diagnosis.finding);
}

/* ---- addresses, routes, sockets ---- */

static const struct vfg_diagnosis_row addresses[] = {
	{"an address", "ip address add 203.0.113.5/24 dev p0", NULL, "vf-address", "warning", "p0",
	 "203.0.113.5/24"},
	{"of IPv6",
	 "echo 0 >/proc/sys/net/ipv6/conf/p0/disable_ipv6; "
	 "ip address add 2001:db8:5::1/64 dev p0 nodad",
	 NULL, "vf-address", "warning", "p0", "2001:db8:5::1/64"},
	{"a route", "ip route add 198.51.100.0/24 dev p0", NULL, "vf-route", "warning", "p0",
	 "198.51.100.0/24"},
	{"a default route", "ip route add default dev p0 metric 9", NULL, "vf-route", "warning",
	 "p0", "default"},
	{"of IPv6", "ip -6 route add 2001:db8:9::/48 dev p0", NULL, "vf-route", "warning", "p0",
	 "2001:db8:9::/48"},
};

Test(doctor, addresses_and_routes_on_a_vf_are_told_and_the_fix_takes_them_off)
{
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		vfg_diagnosis_row(&guest, &addresses[i]);
}

Test(doctor, a_link_local_address_is_the_kernels_own)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_do(&guest, "echo 0 >/proc/sys/net/ipv6/conf/p0/disable_ipv6; "
				 "ip address add fe80::5/64 dev p0 nodad");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "vf-address", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "vf-route", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	/* An address is told of once, not again as the route that the kernel makes for it. */
	vfg_diagnosis_do(&guest, "ip address add 203.0.113.5/24 dev p0");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "vf-route", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
}

static int bound_socket(int family, int type, const char *device)
{
	int home = vfg_guest_enter(guest.inside);
	int fd = socket(family, type, 0);
	struct sockaddr_in6 address = {.sin6_family = (sa_family_t)family,
				       .sin6_port = htons(4711)};

	cr_assert_geq(fd, 0);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)), 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address,
			  family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(address)),
		     0);
	if (type == SOCK_STREAM)
		cr_assert_eq(listen(fd, 1), 0);
	vfg_guest_leave(home);
	return fd;
}

Test(doctor, a_socket_bound_to_a_vf_is_told_with_its_process)
{
	static const struct {
		int family, type;
		const char *says;
	} sockets[] = {{AF_INET, SOCK_STREAM, "TCP socket bound to it, port 4711"},
		       {AF_INET, SOCK_DGRAM, "UDP socket bound to it, port 4711"},
		       {AF_INET6, SOCK_STREAM, "TCP socket"},
		       {AF_INET6, SOCK_DGRAM, "UDP socket"}};
	char owner[32];

	snprintf(owner, sizeof(owner), "(pid %d)", getpid());
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		int other = bound_socket(sockets[i].family, sockets[i].type, guest.master);
		struct vfg_diagnosis diagnosis =
			vfg_diagnosis_make(&guest, guest.master, "vf-socket", NULL);
		int fd;

		cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
		close(other);
		fd = bound_socket(sockets[i].family, sockets[i].type, "p0");
		diagnosis = vfg_diagnosis_make(&guest, guest.master, "vf-socket", "p0");
		cr_expect(eq(str, diagnosis.severity, "warning"), "%s", sockets[i].says);
		cr_expect(strstr(diagnosis.finding, sockets[i].says) != NULL, "%s",
			  diagnosis.finding);
		cr_expect(strstr(diagnosis.finding, owner) != NULL, "%s", diagnosis.finding);
		close(fd);
		diagnosis = vfg_diagnosis_make(&guest, guest.master, "vf-socket", NULL);
		cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	}
}

/* ---- policy ---- */

static void apply_two(const struct vfg_guest_rule *subnet, size_t subnet_count,
		      const struct vfg_guest_rule *nic, size_t nic_count)
{
	vfg_guest_policy(&guest, "subnet.json", subnet, subnet_count);
	vfg_guest_policy(&guest, "nic.json", nic, nic_count);
	vfg_guest_vfguard(&guest,
			  "apply %s --subnet-nsg subnet.json --nic-nsg nic.json --tag "
			  "VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

Test(doctor, two_nsgs_that_contradict_are_told)
{
	static const struct vfg_guest_rule allow[] = {
		{"AllowWeb", "Inbound", "Tcp", "*", "8080", "Allow"}};
	static const struct vfg_guest_rule deny[] = {
		{"DenyWeb", "Inbound", "Tcp", "*", "8080", "Deny"}};
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "nsg-contradiction", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	apply_two(allow, 1, deny, 1);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "nsg-contradiction", guest.master);
	cr_expect(eq(str, diagnosis.severity, "warning"));
	cr_expect(strstr(diagnosis.finding, "AllowWeb of the subnet's NSG") != NULL, "%s",
		  diagnosis.finding);
	apply_two(deny, 1, allow, 1);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "nsg-contradiction", guest.master);
	cr_expect(strstr(diagnosis.finding, "AllowWeb of the NIC's NSG") != NULL, "%s",
		  diagnosis.finding);
	apply_two(allow, 1, allow, 1);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "nsg-contradiction", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
}

Test(doctor, a_shadowed_rule_is_told)
{
	static const struct vfg_guest_rule rules[] = {
		{"AllowTcp", "Inbound", "Tcp", "*", "*", "Allow"},
		{"DenyMail", "Inbound", "Tcp", "*", "25", "Deny"}};
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "");
	apply_two(rules, 1, rules, 1);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "shadowed-rule", NULL);
	cr_expect(eq(str, diagnosis.severity, ""), "%s", diagnosis.finding);
	apply_two(rules, 1, rules, 2);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "shadowed-rule", NULL);
	cr_expect(eq(str, diagnosis.severity, "warning"));
	cr_expect(strstr(diagnosis.finding, "DenyMail") != NULL, "%s", diagnosis.finding);
	cr_expect(strstr(diagnosis.finding, "AllowTcp") != NULL, "%s", diagnosis.finding);
}

Test(doctor, a_stand_in_for_the_policy_is_told_until_the_policy_comes)
{
	struct vfg_service_run run = {};
	struct vfg_diagnosis diagnosis;

	vfg_service_settings(&guest,
			     "[master %s]\npolicy = later.json\ntag = "
			     "VirtualNetwork=203.0.113.0/24\nflows = 4096\n"
			     "on-missing-policy = closed\n",
			     guest.master);
	vfg_service_start(&run, &guest);
	cr_assert(vfg_service_logs(&guest, "loaded, without its policy"));
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "policy", guest.master);
	cr_expect(eq(str, diagnosis.severity, "warning"), "%s", guest.output);
	cr_expect(strstr(diagnosis.finding, "stand-in") != NULL, "%s", diagnosis.finding);
	vfg_diagnosis_do(&guest, "cp ../policy.json ../later.json");
	cr_assert(vfg_service_logs(&guest, "can be had again, and is in force"));
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "policy", NULL);
	cr_expect(eq(str, diagnosis.severity, ""), "%s", diagnosis.finding);
	vfg_service_end(&run);
}
