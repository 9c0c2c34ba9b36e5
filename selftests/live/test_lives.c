/* SPDX-License-Identifier: GPL-2.0-only */
/* The lives of devices, look by look, without devices. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/lives.h"

enum { MASTER = 900001, VF = 900002 };

static struct vfg_link links[] = {
	{.ifindex = MASTER, .name = "nosuch0"},
	{.ifindex = VF, .master = MASTER, .name = "nosuch1", .carrier_changes = 2},
};
static const struct vfg_links all = {.count = 2, .link = links};
static const struct vfg_device master = {.link = {.ifindex = MASTER}, .driver = "bonding"};
static struct vfg_path_counts counts;
static struct vfg_coverage coverage;

static const struct vfg_coverage_path *look(void)
{
	vfg_lives_follow(&coverage, &(struct vfg_lives_view){
					    .device = &master, .links = &all, .counts = &counts});
	return &coverage.path[0];
}

/* Of a device that counts by itself, whose carrier has changed before it was first seen. */
static void begin(void)
{
	vfg_lives_begin(&coverage, &(struct vfg_lives_view){
					   .device = &master, .links = &all, .counts = &counts});
	cr_assert(eq(u32, coverage.path[0].ifindex, VF));
	strcpy(coverage.path[0].driver, "vmxnet3");
}

TestSuite(lives, .init = begin);

Test(lives, what_was_before_the_first_look_is_no_reset)
{
	links[1].counts.rx_packets = 100;
	cr_expect(eq(u64, look()->sum.tc_only, 100));
	cr_expect(eq(u64, look()->sum.aside, 0));
}

Test(lives, what_a_device_counted_while_it_lost_its_rings_is_set_aside)
{
	links[1].counts.rx_packets = 100;
	links[1].carrier_changes = 4;
	cr_expect(eq(u64, look()->sum.aside, 100));
	links[1].counts.rx_packets = 130;
	cr_expect(eq(u64, look()->sum.aside, 100));
	cr_expect(eq(u64, look()->sum.tc_only, 130));
}
