/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's flow logs of real packets: what is in them, and what is lost. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/log_ledger.h"
#include "account.h"
#include "flowlogs.h"
#include "service.h"
#include "traffic.h"

enum {
	NAME_PORT = 5300,
	SHUT_PORT = 5301,
};

static struct vfg_guest guest;
static struct vfg_service_run service;
static struct vfg_flowlogs logs;

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic web6 = {VFG_FROM_OUTSIDE, AF_INET6, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic out = {VFG_FROM_GUEST, AF_INET, IPPROTO_TCP, 8081, NULL};
static const struct vfg_traffic mail = {VFG_FROM_GUEST, AF_INET, IPPROTO_TCP, 2525, NULL};
static const struct vfg_traffic ping = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_ICMP, 0, NULL};
static const struct vfg_flowlogs_query name_flows = {.destination_port = NAME_PORT,
						     .protocol = IPPROTO_UDP};
static const struct vfg_flowlogs_query denied = {.state = 'D', .destination_port = SHUT_PORT};

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_account_introduce(&guest);
}

static void tear_down(void)
{
	vfg_flowlogs_free(&logs);
	vfg_service_end(&service);
	vfg_guest_run(&guest, "umount %s/logs; rm -f /run/vfguard/%s.flowlog", guest.folder,
		      guest.master);
	vfg_guest_tear_down(&guest);
}

TestSuite(log, .init = set_up, .fini = tear_down, .timeout = 180);

static void load(const char *more)
{
	vfg_guest_vfguard(&guest, "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 %s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void start(const char *settings)
{
	vfg_flowlogs_start(&service, &guest, settings);
}

static void start_anew(void)
{
	vfg_guest_stop_daemon(&guest);
	vfg_service_start(&service, &guest);
}

static struct vfg_flowlogs_sum find(const struct vfg_flowlogs_query *query)
{
	return vfg_flowlogs_find(&logs, query);
}

static uint64_t count(const struct vfg_flowlogs_query *query, char state)
{
	struct vfg_flowlogs_query of = *query;

	of.state = state;
	return find(&of).tuples;
}

static void await_packets(uint64_t packets)
{
	vfg_flowlogs_await_packets(&guest, &logs, NAME_PORT, packets);
}

/* Flows of three seconds' silence are over. */
static void load_short(void)
{
	load("--flows 4096 --timeout udp=3,closing=2,reset=2,half-open=5");
}

Test(log, what_flows_carried_adds_up_to_what_was_sent)
{
	load_short();
	start("log = vnet\nlog-continue = 1\n");
	for (int i = 1; i <= 5; i++) {
		vfg_account_send_udp(&guest, NAME_PORT, 100 * i);
		usleep(400000);
	}
	await_packets(1500);
	cr_assert(vfg_flowlogs_await(
		&guest, &logs,
		&(struct vfg_flowlogs_query){.state = 'E', .destination_port = NAME_PORT}, 5));
	cr_expect(eq(u64, count(&name_flows, 'B'), 5), "of five sockets");
	cr_expect(eq(u64, count(&name_flows, 'E'), 5));
	cr_expect(gt(u64, count(&name_flows, 'C'), 0));
	cr_expect(eq(u64, find(&name_flows).packets[0], 1500));
	cr_expect(eq(str, (char *)logs.log.tuple[0].rule, "UserRule_AllowName"));
	cr_expect(eq(sz, logs.files, 1));
	cr_expect(zero(i64, vfg_flowlogs_summary(&guest, NULL, "flowsMissed")));
	cr_expect(zero(i64, vfg_flowlogs_summary(&guest, NULL, "recordsLost")));
}

/* Of each kind one flow, both directions and families. */
static void exchange(void)
{
	const struct vfg_traffic *const all[] = {&web, &web6, &out, &ping};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		cr_expect(eq(int, vfg_traffic_try(&guest, all[i]), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &mail), VFG_TRAFFIC_NOTHING));
	vfg_account_send_udp(&guest, SHUT_PORT, 3);
}

static void expect_flow(const struct vfg_flowlogs_query *query, char direction, const char *rule)
{
	const struct vfg_flowlog_tuple *tuple = NULL;

	for (size_t i = 0; i < logs.log.count && !tuple; i++) {
		if (logs.log.tuple[i].destination_port == query->destination_port &&
		    logs.log.tuple[i].protocol == query->protocol)
			tuple = &logs.log.tuple[i];
	}
	cr_assert(tuple != NULL, "port %u", query->destination_port);
	cr_expect(eq(chr, tuple->direction, direction), "port %u", query->destination_port);
	cr_expect(eq(str, (char *)tuple->rule, (char *)rule));
}

/* The handshake, a byte each way and its end: at least three packets each way. */
Test(log, of_every_kind_of_flow_there_are_records)
{
	const struct vfg_flowlogs_query web_flows = {.destination_port = 8080, .protocol = 6};
	const struct vfg_flowlogs_query out_flows = {.destination_port = 8081, .protocol = 6};
	const struct vfg_flowlogs_query mails = {.destination_port = 2525, .protocol = 6};
	const struct vfg_flowlogs_query pings = {.protocol = IPPROTO_ICMP};

	load_short();
	start("log = vnet\n");
	exchange();
	cr_assert(vfg_flowlogs_await(
		&guest, &logs, &(struct vfg_flowlogs_query){.state = 'E', .destination_port = 8081},
		1));
	cr_assert(vfg_flowlogs_await(&guest, &logs, &denied, 3));
	vfg_flowlogs_read(&guest, &logs);
	cr_expect(eq(u64, count(&web_flows, 'B'), 2), "both families");
	cr_expect(eq(u64, count(&out_flows, 'B'), 1));
	cr_expect(ge(u64, find(&out_flows).packets[0], 3));
	cr_expect(ge(u64, find(&out_flows).packets[1], 3));
	cr_expect(eq(u64, count(&pings, 'B'), 1));
	cr_expect(ge(u64, count(&mails, 'D'), 1));
	cr_expect(zero(u64, count(&mails, 'B')));
	expect_flow(&web_flows, 'I', "UserRule_AllowWeb");
	expect_flow(&out_flows, 'O', "UserRule_AllowRestOut");
	expect_flow(&mails, 'O', "UserRule_DenyMail");
	expect_flow(&pings, 'I', "UserRule_AllowPing");
}

Test(log, an_nsg_log_has_the_nsg_and_no_icmp)
{
	const struct vfg_flowlogs_query pings = {.protocol = IPPROTO_ICMP};

	load_short();
	start("log = nsg\nlog-nsg-id = live=/subscriptions/s/resourceGroups/r/providers/"
	      "Microsoft.Network/networkSecurityGroups/live\n");
	exchange();
	cr_assert(vfg_flowlogs_await(&guest, &logs, &denied, 3));
	cr_assert(vfg_flowlogs_await(
		&guest, &logs, &(struct vfg_flowlogs_query){.state = 'B', .destination_port = 8081},
		1));
	cr_expect(zero(u64, find(&pings).tuples));
	cr_expect(eq(int, logs.log.tuple[0].version, 2));
	cr_expect(eq(str, (char *)logs.log.tuple[0].resource,
		     "/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/"
		     "NETWORKSECURITYGROUPS/LIVE"));
}

/* By a daemon that ends and by one that is killed: the flow is the same. */
Test(log, another_daemon_goes_on_in_the_same_file_and_begins_no_live_flow_anew)
{
	int home, fd;
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(NAME_PORT),
				 .sin_addr.s_addr = htonl(0xc000020a)};

	load("--flows 4096 --timeout udp=600");
	start("log = vnet\nlog-continue = 1\n");
	home = vfg_guest_enter(guest.outside);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	vfg_guest_leave(home);
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < 50; i++)
			cr_assert(sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)) == 1 ||
				  sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)) == 1);
		await_packets(50 * (uint64_t)round);
		if (round == 1)
			start_anew();
		else
			vfg_service_kill(&service), vfg_service_start(&service, &guest);
	}
	close(fd);
	await_packets(150);
	cr_expect(eq(u64, count(&name_flows, 'B'), 1));
	cr_expect(eq(sz, logs.files, 1), "unless the hour has just begun");
}

/* Sixteen of a rule, CPU and second are records; all are counted. */
Test(log, of_a_flood_some_are_records_and_the_number_of_others_is_exact)
{
	uint64_t listed;
	int64_t more = -1;

	load("--flows 4096");
	start("log = vnet\n");
	for (int i = 0; i < 5; i++)
		vfg_account_send_udp(&guest, SHUT_PORT, 4000);
	for (int i = 0;
	     i < 300 &&
	     more + vfg_flowlogs_summary(&guest, "UserRule_DenyRestIn", "listed") != 20000;
	     i++) {
		usleep(100000);
		more = vfg_flowlogs_summary(&guest, "UserRule_DenyRestIn", "more");
	}
	vfg_flowlogs_read(&guest, &logs);
	listed = find(&denied).tuples;
	cr_expect(ge(u64, listed, 16));
	cr_expect(lt(u64, listed, 10000));
	cr_expect(eq(u64, listed + (uint64_t)more, 20000));
}

/* Flows that a rule has let in, by the programs' own counter. */
static uint64_t opened(void)
{
	const char *found;

	vfg_guest_vfguard(&guest, "counters %s --json", guest.master);
	found = strstr(guest.output, "securityRules/AllowName");
	found = found ? strstr(found, "\"hits\":") : NULL;
	cr_assert(found != NULL, "%s", guest.output);
	return strtoull(found + strlen("\"hits\":"), NULL, 10);
}

/* A table of so few places that flows push each other out. */
Test(log, flows_that_nobody_saw_are_counted)
{
	uint64_t begun = 0, all;
	int64_t missed = 0;

	load("--flows 16");
	start("log = vnet\n");
	for (int i = 0; i < 400; i++)
		vfg_account_send_udp(&guest, NAME_PORT, 1);
	all = opened();
	cr_expect(gt(u64, all, 300));
	for (int i = 0; i < 100 && begun + (uint64_t)missed != all; i++) {
		usleep(200000);
		vfg_flowlogs_read(&guest, &logs);
		begun = count(&name_flows, 'B');
		missed = vfg_flowlogs_summary(&guest, NULL, "flowsMissed");
	}
	cr_expect(eq(u64, begun + (uint64_t)missed, all));
	cr_expect(gt(i64, missed, 0));
	cr_expect(gt(i64, vfg_flowlogs_summary(&guest, NULL, "endsMissed"), 0));
}

static void mount_tiny(void)
{
	vfg_guest_run(&guest, "mkdir -p %s/logs && mount -t tmpfs -o size=64k none %s/logs",
		      guest.folder, guest.folder);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

/* Records of four seconds, then room. */
Test(log, a_full_disk_loses_no_packet_and_records_wait_for_room)
{
	mount_tiny();
	load("--flows 4096 --timeout udp=600");
	vfg_guest_run(&guest, "head -c 60000 /dev/zero >%s/logs/ballast", guest.folder);
	start("log = vnet\nlog-continue = 1\n");
	for (int i = 0; i < 100; i++)
		vfg_account_send_udp(&guest, NAME_PORT, 1);
	cr_assert(vfg_service_logs(&guest, "cannot be written: No space left on device"));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	usleep(2000000);
	cr_expect(eq(int, vfg_service_logged(&guest, "cannot be written"), 1), "said once");
	vfg_guest_run(&guest, "rm %s/logs/ballast; mount -o remount,size=64m %s/logs", guest.folder,
		      guest.folder);
	await_packets(100);
	cr_expect(eq(u64, count(&name_flows, 'B'), 100));
	cr_assert(vfg_service_logs(&guest, "is written again; 0 records were lost so far"));
}

Test(log, what_is_beyond_the_limit_is_lost_and_counted)
{
	load("--flows 65536 --timeout udp=600");
	start("log = vnet\nlog-continue = 1\nlog-size = 1\n");
	for (int i = 0; i < 3000; i++)
		vfg_account_send_udp(&guest, NAME_PORT, 1);
	cr_assert(vfg_service_logs(&guest, "this hour alone is more than log-size (1 MiB)"));
	for (int i = 0; i < 300; i++) {
		struct vfg_log_losses losses;

		usleep(100000);
		if (!vfg_log_losses(guest.master, &losses) && losses.lost > 0)
			return;
	}
	cr_assert(false, "no loss was counted");
}
