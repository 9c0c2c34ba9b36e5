/* SPDX-License-Identifier: GPL-2.0-only */
/* The traps of attaching XDP, each by its name: what is said, and what is done about it. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/attach.h"
#include "../../loader/cover.h"
#include "../../loader/refusal.h"
#include "guest.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(attach, .init = set_up, .fini = tear_down, .timeout = 90);

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

Test(attach, a_program_on_the_master_shuts_native_xdp_below_and_is_named)
{
	char above[64];

	vfg_guest_foreign_generic_xdp(&guest, guest.master);
	load("");
	snprintf(above, sizeof(above), "is on %s, above it", guest.master);
	cr_expect(says(above), "%s", guest.output);
	status();
	cr_expect(says("ALARM: "), "%s", guest.output);
	cr_expect(says("an XDP program that is not ours"), "%s", guest.output);
	cr_expect(says("xdp tc-only"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int,
		     vfg_guest_run(&guest, "ip link show %s | grep -q xdpgeneric", guest.master),
		     0),
		  "it stays");
}

/* Removed by the administrator, it is not in the way of the next audit. */
Test(attach, xdp_comes_by_itself_when_the_foreign_program_has_gone)
{
	vfg_guest_foreign_xdp(&guest, "p0");
	load("");
	cr_expect(says("another XDP program (id "), "%s", guest.output);
	vfg_guest_start_daemon(&guest);
	cr_expect(vfg_guest_await(&guest, "grep -q \"ALARM: p0: an XDP\" /tmp/vt*/daemon.log"));
	vfg_guest_run(&guest, "ip link set dev p0 xdp off");
	cr_expect(vfg_guest_await(&guest, "grep -q \"p0: covered\" /tmp/vt*/daemon.log"));
	cr_expect(vfg_guest_await(&guest, "grep -q \"the alarm is over\" /tmp/vt*/daemon.log"));
}

/* Only veth's limit can be run into here: it is about the peer's MTU. */
Test(attach, an_mtu_beyond_the_drivers_limit_is_named_with_the_numbers)
{
	char limit[64];

	vfg_guest_run_outside(&guest, "ip link set p0 mtu 9000");
	load("");
	snprintf(limit, sizeof(limit), "an MTU above %ld;", sysconf(_SC_PAGESIZE) - 590);
	cr_expect(says(limit), "%s", guest.output);
	status();
	cr_expect(says(limit), "%s", guest.output);
	vfg_guest_run_outside(&guest, "ip link set p0 mtu %ld", sysconf(_SC_PAGESIZE) - 590);
	vfg_guest_vfguard(&guest, "apply %s -p policy.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0),
		  "the limit itself is no limit");
}

Test(attach, generic_xdp_is_not_taken_unasked)
{
	vfg_guest_run_outside(&guest, "ip link set p0 mtu 9000");
	load("");
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 1));
}

/* The device comes back under the index that it had, while nobody looks. */
Test(attach, a_severed_link_is_replaced)
{
	unsigned int ifindex;
	int home;

	load("");
	home = vfg_guest_enter(guest.inside);
	ifindex = if_nametoindex("p0");
	vfg_guest_leave(home);
	vfg_guest_run(&guest,
		      "ip link del p0 && ip link add p0 index %u type veth peer name q0 && "
		      "ip link set p0 master %s",
		      ifindex, guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_vfguard(&guest, "apply %s -p policy.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(says("severed; removed"), "%s", guest.output);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0));
	status();
	cr_expect(not(says("ALARM")), "%s", guest.output);
}

static uint32_t link_id(const struct vfg_pins *pins, unsigned int ifindex)
{
	struct bpf_link_info info = {};
	__u32 bytes = sizeof(info);
	int link = vfg_pin_get_link(pins, VFG_PIN_LINK_XDP, ifindex);

	cr_assert(zero(int, bpf_obj_get_info_by_fd(link, &info, &bytes)));
	close(link);
	return info.id;
}

/* What mends a driver that has lost its program. */
Test(attach, renewal_takes_xdp_off_and_puts_it_on_again)
{
	autolinks struct vfg_links links = {};
	autopins struct vfg_pins pins = {.bpffs = -1};
	struct vfg_device device;
	struct vfg_state state;
	struct vfg_cover cover = {&pins, &links, &device, &state, VFG_COVER_NEW, NULL};
	const struct vfg_link *link;
	uint32_t before;
	int home;

	load("");
	home = vfg_guest_enter(guest.inside);
	cr_assert(zero(int, vfg_links_read(&links)));
	cr_assert(zero(int, vfg_pins_open(guest.master, false, &pins)));
	cr_assert(zero(int, vfg_state_read(&pins, &state)));
	vfg_device_fill(&links, vfg_links_by_name(&links, guest.master), NULL, &device);
	link = vfg_links_by_name(&links, "p0");
	before = link_id(&pins, link->ifindex);
	cr_expect(zero(int, vfg_cover_renew(&cover, link, "planted")));
	cr_expect(ne(u32, link_id(&pins, link->ifindex), before));
	cr_expect(vfg_attach_live(&pins, link->ifindex));
	vfg_guest_leave(home);
}

/* Its state is of another size. The bpffs pins of the rest are in order. */
Test(attach, what_another_version_loaded_is_named_and_cleared_up_by_unload)
{
	autopins struct vfg_pins pins = {.bpffs = -1};
	int other = bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 64, 1, NULL);

	load("");
	cr_assert(zero(int, vfg_pins_open(guest.master, false, &pins)));
	cr_assert(zero(int, vfg_pin_drop(&pins, "state")));
	cr_assert(zero(int, vfg_pin_put(&pins, "state", other)));
	close(other);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	cr_expect(says("another version of vfguard"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(vfg_guest_has_pins(&guest)));
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 1));
	load("");
}

struct words {
	const char *name;
	struct vfg_refusal refusal;
	const char *says;
	const char *is_silent_of;
};

static const struct words words[] = {
	{"asked for", {.device = "e0"}, "asked for", NULL},
	{"LRO",
	 {.err = -EOPNOTSUPP, .device = "e0", .driver = "hv_netvsc", .mtu = 1500, .has_lro = true},
	 "`ethtool -K e0 lro off`, or load with --fix-lro",
	 "MTU"},
	{"LRO, another driver's error",
	 {.err = -EINVAL, .device = "e0", .driver = "mlx5_core", .mtu = 1500, .has_lro = true},
	 "`ethtool -K e0 lro off`",
	 "MTU"},
	{"MTU",
	 {.err = -EOPNOTSUPP, .device = "e0", .driver = "gve", .mtu = 2033},
	 "MTU 2033 is above 2032, the most with which gve takes native XDP; `ip link set dev e0 "
	 "mtu 2032`",
	 "LRO"},
	{"both",
	 {.err = -EOPNOTSUPP, .device = "e0", .driver = "gve", .mtu = 9000, .has_lro = true},
	 "--fix-lro; and MTU 9000 is above 2032",
	 NULL},
	{"MTU at the limit",
	 {.err = -EOPNOTSUPP, .device = "e0", .driver = "gve", .mtu = 2032},
	 "gve has no native XDP, or not with these settings",
	 "above"},
	{"no XDP at all",
	 {.err = -EOPNOTSUPP, .device = "e0", .driver = "e1000e", .mtu = 1500},
	 "e1000e has no native XDP",
	 "LRO"},
	{"a program on it",
	 {.err = -EBUSY, .device = "e0", .program = 7},
	 "another XDP program (id 7) is on the device",
	 NULL},
	{"a program above",
	 {.err = -EEXIST, .device = "e0", .above = "m0", .program_above = 9},
	 "an XDP program (id 9) is on m0, above it",
	 NULL},
	{"queues", {.err = -ENOMEM, .device = "e0", .driver = "ena"}, "`ethtool -L e0", NULL},
};

Test(attach_words, refusals_name_the_cause_and_the_mending_command)
{
	char text[VFG_REFUSAL_TEXT_MAX];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct words *row = &words[i];

		vfg_refusal_text(&row->refusal, text);
		cr_expect(not(eq(ptr, strstr(text, row->says), NULL)), "%s: %s", row->name, text);
		if (row->is_silent_of)
			cr_expect(eq(ptr, strstr(text, row->is_silent_of), NULL), "%s: %s",
				  row->name, text);
	}
}
