/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A master that another version of vfguard has loaded. That version is this one, whose pins are
 * moved to where another has its own.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/state.h"
#include "drizzle.h"
#include "guest.h"
#include "traffic.h"

#define FORMER_DIR "/sys/fs/bpf/vfguard/1"

static struct vfg_guest guest;

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic other_web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8081, NULL};

static const struct vfg_guest_rule other_rules[] = {
	{"AllowOther", "Inbound", "Tcp", "*", "8081", "Allow"},
};

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_guest_policy(&guest, "other.json", other_rules, 1);
}

static void tear_down(void)
{
	char line[160];

	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	snprintf(line, sizeof(line), "rm -rf " FORMER_DIR "/%s", guest.master);
	cr_expect(zero(int, vfg_guest_run(&guest, "%s", line)));
	rmdir(FORMER_DIR); /* another test may have its own there */
	vfg_guest_tear_down(&guest);
}

TestSuite(upgrade, .init = set_up, .fini = tear_down, .timeout = 60);

static void load(const char *policy, const char *more)
{
	vfg_guest_vfguard(&guest,
			  "load %s -p %s --tag VirtualNetwork=203.0.113.0/24 --flows 4096 %s",
			  guest.master, policy, more);
}

static void pins_of(uint32_t abi, char *ret_path, size_t room)
{
	snprintf(ret_path, room, "/sys/fs/bpf/vfguard/%u/%s", abi, guest.master);
}

static bool has_former(void)
{
	char path[128];

	pins_of(1, path, sizeof(path));
	return access(path, F_OK) == 0;
}

static void load_as_former(const char *more)
{
	char ours[128], former[128];

	load("policy.json", more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	pins_of(VFG_ABI, ours, sizeof(ours));
	pins_of(1, former, sizeof(former));
	mkdir(FORMER_DIR, 0700);
	cr_assert(zero(int, rename(ours, former)));
}

/* As another layout has it: what every version has, and something else behind. */
static void shorten_state(void)
{
	const uint32_t key = 0;
	struct vfg_state state = {};
	char path[160];
	int fd;

	snprintf(path, sizeof(path), FORMER_DIR "/%s/state", guest.master);
	fd = bpf_obj_get(path);
	cr_assert(ge(int, fd, 0));
	cr_assert(zero(int, bpf_map_lookup_elem(fd, &key, &state)));
	close(fd);
	cr_assert(zero(int, unlink(path)));
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vfg_state", sizeof(key),
			    offsetof(struct vfg_state, tc), 1, NULL);
	cr_assert(ge(int, fd, 0));
	cr_assert(zero(int, bpf_map_update_elem(fd, &key, &state, BPF_ANY)));
	cr_assert(zero(int, bpf_obj_pin(fd, path)));
	close(fd);
}

static void expect_taken_over(void)
{
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(ne(ptr, strstr(guest.output, "taken over"), NULL), "%s", guest.output);
	cr_expect(not(has_former()));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(ptr, strstr(guest.output, "ALARM"), NULL), "%s", guest.output);
	cr_expect(ne(ptr, strstr(guest.output, "xdp native"), NULL), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_NOTHING));
}

static void expect_takeover(const char *former, const char *ours)
{
	struct vfg_drizzle drizzle;

	load_as_former(former);
	vfg_drizzle_start(&guest, &drizzle);
	load("other.json", ours);
	cr_expect(zero(sz, vfg_drizzle_stop(&drizzle)), "%s, then %s", former, ours);
	expect_taken_over();
}

Test(upgrade, links_are_taken_over_and_nothing_is_let_through_meanwhile)
{
	expect_takeover("", "");
}

Test(upgrade, filters_are_taken_over_and_nothing_is_let_through_meanwhile)
{
	expect_takeover("--tc clsact", "--tc clsact");
	/* the qdisc that the other has made is ours now, and goes with us */
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	vfg_guest_run(&guest, "tc qdisc show dev %s clsact", guest.master);
	cr_expect(eq(ptr, strstr(guest.output, "clsact"), NULL), "%s", guest.output);
}

Test(upgrade, filters_give_way_to_links)
{
	expect_takeover("--tc clsact", "--tc auto");
}

Test(upgrade, a_state_of_another_layout_is_enough)
{
	load_as_former("--tc clsact");
	shorten_state();
	load("other.json", "");
	expect_taken_over();
}

Test(upgrade, commands_say_whose_it_is_and_the_old_policy_stays)
{
	static const char *const commands[] = {
		"status %s", "apply %s -p other.json --tag VirtualNetwork=203.0.113.0/24"};

	load_as_former("");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		vfg_guest_vfguard(&guest, commands[i], guest.master);
		cr_expect(eq(int, guest.status, 1), "%s", guest.output);
		cr_expect(ne(ptr, strstr(guest.output, "another version"), NULL), "%s",
			  guest.output);
	}
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_NOTHING));
}

/* Native XDP is asked for, and another's program is below the port that came meanwhile. */
Test(upgrade, a_load_that_fails_leaves_the_other_in_force)
{
	load_as_former("--tc clsact");
	vfg_guest_add_port(&guest, "p1");
	vfg_guest_foreign_xdp(&guest, "p1");
	load("other.json", "--tc clsact --mode native");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(has_former());
	cr_expect(not(vfg_guest_has_pins(&guest)));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_NOTHING));
}

Test(upgrade, unload_removes_what_another_has_loaded)
{
	load_as_former("--tc clsact");
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(has_former()));
	vfg_guest_run(&guest, "bpftool net");
	cr_expect(eq(ptr, strstr(guest.output, "driver id"), NULL), "%s", guest.output);
	cr_expect(eq(ptr, strstr(guest.output, "vfg_"), NULL), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_ANSWERED));
}

Test(upgrade, clean_removes_what_another_has_loaded_on_a_device_that_is_gone)
{
	load_as_former("");
	vfg_guest_vfguard(&guest, "clean");
	cr_expect(has_former());
	vfg_guest_run(&guest, "ip link del %s", guest.master);
	vfg_guest_vfguard(&guest, "clean");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(has_former()));
}
