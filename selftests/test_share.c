/* SPDX-License-Identifier: GPL-2.0-only */
/* How packets divide among paths: marks of a daemon, looks of one's own, and what devices are. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/role.h"
#include "../loader/share.h"

static const uint64_t second = 1000000000;
static struct vfg_coverage coverage;
static struct vfg_share_base base;

TestSuite(share);

Test(share, nothing_is_known_before_the_first_mark)
{
	cr_expect(not(vfg_share_marked(&coverage, 100 * second, &base)));
}

Test(share, the_older_mark_is_five_to_ten_seconds_old_while_somebody_looks)
{
	for (uint64_t now = 1000; now < 1100; now++) {
		coverage.path[3].sum.received += 10;
		vfg_share_mark(&coverage, now * second);
		if (now < 1010)
			continue;
		cr_assert(vfg_share_marked(&coverage, now * second, &base));
		cr_assert(ge(u64, now * second - base.at_ns, 5 * second));
		cr_assert(le(u64, now * second - base.at_ns, 10 * second));
		cr_expect(eq(u64, vfg_share_since(&base, &coverage, 3),
			     10 * (now - base.at_ns / second)));
	}
}

Test(share, a_mark_that_nobody_renewed_is_not_the_last_seconds)
{
	vfg_share_mark(&coverage, 1000 * second);
	cr_expect(vfg_share_marked(&coverage, 1020 * second, &base));
	cr_expect(not(vfg_share_marked(&coverage, 1040 * second, &base)));
	cr_expect(not(vfg_share_marked(&coverage, 999 * second, &base)), "a clock that went back");
}

Test(share, a_device_in_the_place_of_another_begins_with_nothing)
{
	coverage.path[0].sum.received = 1000;
	vfg_share_note(&coverage, second, &base);
	coverage.path[0].sum.received = 7;
	cr_expect(eq(u64, vfg_share_since(&base, &coverage, 0), 7));
	coverage.path[0].sum.received = 1004;
	cr_expect(eq(u64, vfg_share_since(&base, &coverage, 0), 4));
}

static const struct {
	const char *driver, *kind;
	bool is_master;
	const char *above;
	enum vfg_role_kind role;
} devices[] = {
	{"hv_netvsc", "", true, "hv_netvsc", VFG_ROLE_SYNTHETIC},
	{"mana", "", false, "hv_netvsc", VFG_ROLE_VF},
	{"unheard-of", "", false, "hv_netvsc", VFG_ROLE_VF},
	{"virtio_net", "", false, "net_failover", VFG_ROLE_SYNTHETIC},
	{"iavf", "", false, "net_failover", VFG_ROLE_VF},
	{"net_failover", "", true, "net_failover", VFG_ROLE_UPPER},
	{"bonding", "bond", true, "bonding", VFG_ROLE_UPPER},
	{"mlx5_core", "", false, "bonding", VFG_ROLE_VF},
	{"veth", "veth", false, "bridge", VFG_ROLE_OTHER},
	{"bridge", "bridge", true, "bridge", VFG_ROLE_UPPER},
	{"veth", "veth", true, "veth", VFG_ROLE_OTHER},
};

Test(share, a_vf_is_missed_only_where_one_can_come)
{
	static const struct {
		const char *driver, *kind;
		bool takes;
	} masters[] = {
		{"hv_netvsc", "", true},     {"bonding", "bond", true}, {"net_failover", "", true},
		{"team", "team", true},	     {"virtio_net", "", true},	{"mlx5_core", "", true},
		{"bridge", "bridge", false}, {"veth", "veth", false},	{"tun", "tun", false}};

	for (size_t i = 0; i < sizeof(masters) / sizeof(masters[0]); i++)
		cr_expect(eq(int, vfg_role_takes_vf(masters[i].driver, masters[i].kind),
			     masters[i].takes),
			  "%s", masters[i].driver);
}

Test(share, devices_are_known_by_their_drivers)
{
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		cr_expect(eq(int,
			     vfg_role_of(devices[i].driver, devices[i].kind, devices[i].is_master,
					 devices[i].above),
			     devices[i].role),
			  "%s below %s", devices[i].driver, devices[i].above);
}
