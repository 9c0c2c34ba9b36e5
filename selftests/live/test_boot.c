/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon with settings: what it loads by itself, when, and what it does without a policy. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "guest.h"
#include "service.h"
#include "traffic.h"

#define MASTER                                                                                     \
	"[master %s]\npolicy = policy.json\ntag = VirtualNetwork=203.0.113.0/24\nflows = "         \
	"4096\ntc = clsact\n"

#define ON "TC ingress on, TC egress on"

static struct vfg_guest guest;
static struct vfg_service_run service;
static char late[20]; /* the name of a master that is not there at first */

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic closed = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5301, NULL};
static const struct vfg_traffic out = {VFG_FROM_GUEST, AF_INET, IPPROTO_TCP, 8081, NULL};

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	snprintf(late, sizeof(late), "%sl", guest.master);
}

static void tear_down(void)
{
	vfg_service_end(&service);
	vfg_guest_vfguard(&guest, "unload %s", late);
	vfg_guest_run(&guest, "rm -f /run/vfguard/%s.lock", late);
	vfg_guest_tear_down(&guest);
}

TestSuite(boot, .init = set_up, .fini = tear_down, .timeout = 180);

/* For our policy and no other. */
static void expect_enforced(void)
{
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &closed), VFG_TRAFFIC_NOTHING));
}

static bool status_has(const char *text)
{
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	return strstr(guest.output, text) != NULL;
}

static void start_and_wait(void)
{
	vfg_service_start(&service, &guest);
	cr_assert(vfg_service_says(&service, "READY=1", 30000));
}

/* What a reboot leaves: no pins, no filters, the last good image. */
static void reboot(void)
{
	vfg_service_end(&service);
	vfg_guest_run(&guest, "cp /var/lib/vfguard/%s.image %s/kept", guest.master, guest.folder);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_run(&guest, "mv %s/kept /var/lib/vfguard/%s.image", guest.folder, guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void break_policy(void)
{
	vfg_guest_run(&guest, "echo \"{\" >%s/policy.json", guest.folder);
}

static void mend_policy(void)
{
	vfg_guest_policy(&guest, "policy.json", vfg_guest_rules, vfg_guest_rule_count);
}

Test(boot, a_master_is_covered_before_it_is_up_and_only_then_are_we_ready)
{
	vfg_guest_run(&guest, "ip link set %s down; ip link set p0 down", guest.master);
	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	vfg_guest_run(&guest, "ip -o link show %s | grep -q \"[<,]UP[,>]\"", guest.master);
	cr_expect(eq(int, guest.status, 1), "the master is up: %s", guest.output);
	cr_expect(zero(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp")));
	cr_expect(status_has(ON), "%s", guest.output);
	cr_expect(vfg_service_says(&service, "enforced", 2000), "%s", service.words);
	cr_expect(not(vfg_service_says(&service, "degraded", 0)), "%s", service.words);
	vfg_guest_run(&guest, "ip link set p0 up; ip link set %s up", guest.master);
	cr_expect(vfg_guest_await(&guest, "ip link show p0 | grep -q LOWER_UP && "
					  "ip -br link show type bridge | grep -q \" UP \""));
	expect_enforced();
}

Test(boot, a_master_that_comes_later_is_loaded_when_it_does)
{
	char line[64];

	vfg_service_settings(&guest, MASTER, late);
	start_and_wait();
	cr_expect(vfg_service_logs(&guest, "not all masters of "));
	snprintf(line, sizeof(line), "%s: loaded", late);
	cr_expect(zero(int, vfg_service_logged(&guest, line)));
	vfg_guest_run(&guest, "ip link add %s type bridge", late);
	cr_expect(vfg_service_logs(&guest, line));
	vfg_guest_vfguard(&guest, "status %s", late);
	cr_expect(not(eq(ptr, strstr(guest.output, ON), NULL)), "%s", guest.output);
	/* Another device of its name is another device. */
	vfg_guest_run(&guest, "ip link del %s; ip link add %s type bridge", late, late);
	cr_expect(vfg_service_logs(&guest, "what an earlier load has left is cleared up"));
	for (int i = 0; i < 100 && vfg_service_logged(&guest, line) < 2; i++)
		usleep(100000);
	vfg_guest_vfguard(&guest, "status %s", late);
	cr_expect(not(eq(ptr, strstr(guest.output, ON), NULL)), "%s", guest.output);
}

Test(boot, an_address_finds_the_master_not_the_port_that_shares_it)
{
	vfg_guest_run(&guest,
		      "ip link set p0 address 00:00:5e:00:53:01; "
		      "ip link set %s address 00:00:5e:00:53:01",
		      guest.master);
	cr_assert(zero(int, guest.status), "%s", guest.output);
	vfg_service_settings(&guest, MASTER, "00:00:5E:00:53:01");
	start_and_wait();
	cr_expect(status_has(ON), "%s", guest.output);
}

Test(boot, what_is_loaded_already_is_left_alone)
{
	static const struct vfg_guest_rule none = {"AllowOther", "Inbound", "Tcp",
						   "*",		 "9999",    "Allow"};

	vfg_guest_policy(&guest, "other.json", &none, 1);
	vfg_guest_vfguard(&guest,
			  "load %s -p other.json --tag VirtualNetwork=203.0.113.0/24 --flows 4096",
			  guest.master);
	cr_assert(zero(int, guest.status), "%s", guest.output);
	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	cr_expect(vfg_service_logs(&guest, "is loaded already"));
	cr_expect(status_has("generation 1,"), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_NOTHING));
}

Test(boot, a_broken_policy_gives_way_to_the_last_good_image_until_it_is_mended)
{
	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	reboot();
	break_policy();
	service.confined = true;
	start_and_wait();
	expect_enforced();
	cr_expect(vfg_service_logs(&guest, "policy.json: "), "says what is wrong with it");
	cr_expect(vfg_service_logs(&guest, "enforcing the last good image, /var/lib/vfguard/"));
	cr_expect(vfg_service_says(&service, "STATUS=degraded: ", 2000), "%s", service.words);
	usleep(1500000); /* a try that fails again says nothing */
	cr_expect(eq(int, vfg_service_logged(&guest, "policy.json: "), 1));
	mend_policy();
	cr_assert(vfg_service_logs(&guest, "its policy can be had again, and is in force"));
	cr_expect(status_has("generation 2,"), "%s", guest.output);
	cr_expect(vfg_service_says(&service, "STATUS=vt", 5000), "%s", service.words);
	expect_enforced();
}

Test(boot, what_somebody_has_applied_is_not_overruled_by_the_mended_policy)
{
	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	reboot();
	break_policy();
	start_and_wait();
	mend_policy();
	vfg_guest_vfguard(&guest, "apply %s -p policy.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(zero(int, guest.status), "%s", guest.output);
	cr_expect(vfg_service_says(&service, "STATUS=vt", 20000), "%s", service.words);
	cr_expect(status_has("generation 2,"), "%s", guest.output);
	cr_expect(zero(int, vfg_service_logged(&guest, "can be had again")));
}

Test(boot, without_any_policy_nothing_is_enforced_and_it_is_tried_again)
{
	break_policy();
	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	cr_expect(vfg_service_says(&service, "NOT ENFORCED", 2000), "%s", service.words);
	cr_expect(vfg_service_logs(&guest, "has no policy, so it is not enforced"));
	cr_expect(not(vfg_guest_has_pins(&guest)));
	cr_expect(eq(int, vfg_traffic_try(&guest, &closed), VFG_TRAFFIC_ANSWERED));
	mend_policy();
	cr_assert(vfg_service_logs(&guest, ": loaded"));
	expect_enforced();
}

Test(boot, closed_without_any_policy_denies_all_until_it_is_mended)
{
	service.confined = true;
	break_policy();
	vfg_service_settings(&guest, MASTER "on-missing-policy = closed\n", guest.master);
	start_and_wait();
	cr_expect(vfg_service_logs(&guest, "denying all but the platform"));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_NOTHING));
	cr_expect(eq(int, vfg_traffic_try(&guest, &out), VFG_TRAFFIC_NOTHING));
	vfg_guest_vfguard(&guest,
			  "verify %s --direction Outbound --protocol Udp --local 192.0.2.10:40000 "
			  "--remote 168.63.129.16:53",
			  guest.master);
	cr_expect(eq(str, guest.output, "Allow platformRules/Dns\n"));
	/* It is not what to fall back on. */
	cr_expect(eq(int, vfg_guest_run(&guest, "test -e /var/lib/vfguard/%s.image", guest.master),
		     1));
	vfg_service_kill(&service); /* nor forgotten by a new daemon */
	start_and_wait();
	mend_policy();
	cr_assert(vfg_service_logs(&guest, "its policy can be had again, and is in force"));
	expect_enforced();
}

Test(boot, killed_and_started_anew_it_goes_on)
{
	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	vfg_service_kill(&service);
	expect_enforced();
	start_and_wait();
	cr_expect(vfg_service_logs(&guest, "is loaded already"));
	vfg_guest_run(&guest, "ip link del p0");
	vfg_guest_add_port(&guest, "p1");
	cr_expect(vfg_guest_await(&guest, "ip link show p1 | grep -q xdp"));
	expect_enforced();
	cr_expect(status_has("generation 1,"), "%s", guest.output);
}

Test(boot, killed_in_the_middle_of_a_load_it_begins_anew)
{
	vfg_service_settings(&guest, MASTER, guest.master);
	vfg_service_start(&service, &guest);
	vfg_guest_run(
		&guest,
		"for i in $(seq 2000); do test -e /sys/fs/bpf/vfguard/*/%s/state && exec kill -9 "
		"%d; sleep 0.01; done",
		guest.master, guest.daemon);
	vfg_service_end(&service);
	cr_assert(vfg_guest_has_pins(&guest));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_assert(not(eq(ptr, strstr(guest.output, "half loaded"), NULL)), "%s", guest.output);
	start_and_wait();
	cr_expect(vfg_service_logs(&guest, "what an earlier load has left is cleared up"));
	expect_enforced();
}

Test(boot, what_is_unloaded_by_hand_stays_so)
{
	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_assert(zero(int, guest.status), "%s", guest.output);
	cr_expect(vfg_service_logs(&guest, "somebody has unloaded it"));
	cr_expect(vfg_service_says(&service, "unloaded by hand", 5000), "%s", service.words);
	usleep(1500000);
	cr_expect(not(vfg_guest_has_pins(&guest)));
	kill(guest.daemon, SIGHUP);
	cr_expect(vfg_service_logs(&guest, "/conf: read again: 1 master"));
	cr_expect(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"));
}

Test(boot, sighup_has_the_settings_read_again)
{
	vfg_service_settings(&guest, "# none\n");
	start_and_wait();
	vfg_service_settings(&guest, MASTER "mood = tc\n", guest.master);
	kill(guest.daemon, SIGHUP);
	cr_expect(vfg_service_logs(&guest, "/conf:8: no key mood in [master]"));
	cr_expect(vfg_service_logs(&guest, "/conf: the settings before it stay"));
	cr_expect(not(vfg_guest_has_pins(&guest)));
	vfg_service_settings(&guest, MASTER "mode = tc\n", guest.master);
	kill(guest.daemon, SIGHUP);
	cr_expect(vfg_service_says(&service, "RELOADING=1", 10000), "%s", service.words);
	cr_expect(vfg_service_logs(&guest, ": loaded"));
	cr_expect(status_has("xdp tc-only (asked for)"), "%s", guest.output);
	expect_enforced();
}

Test(boot, wrong_settings_are_refused_and_what_is_in_force_stays)
{
	int status = 0;

	vfg_service_settings(&guest, MASTER, guest.master);
	start_and_wait();
	vfg_service_end(&service);
	vfg_service_settings(&guest, MASTER "mode = fast\n", guest.master);
	vfg_guest_vfguard(&guest, "daemon -c conf --check");
	cr_expect(eq(int, guest.status, 1));
	cr_expect(
		eq(str, guest.output, "vfguard: conf:8: mode takes auto, native, generic or tc\n"));
	vfg_service_start(&service, &guest);
	cr_assert(eq(int, waitpid(guest.daemon, &status, 0), guest.daemon));
	guest.daemon = 0;
	cr_expect(eq(int, !!WIFEXITED(status), 1));
	cr_expect(eq(int, WEXITSTATUS(status), 1));
	expect_enforced();
}

Test(boot, the_watchdog_is_fed_whatever_the_audit)
{
	char *first;

	service.watchdog_us = "400000";
	vfg_service_settings(&guest, "audit = 3600\n");
	start_and_wait();
	cr_assert(vfg_service_says(&service, "WATCHDOG=1", 2000), "%s", service.words);
	first = strstr(service.words, "WATCHDOG=1");
	memcpy(first, "watched...", 10);
	cr_expect(vfg_service_says(&service, "WATCHDOG=1", 2000), "%s", service.words);
	service.watchdog_us = NULL;
}
