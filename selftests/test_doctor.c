/* SPDX-License-Identifier: GPL-2.0-only */
/* What the doctor makes of facts: rows of a fact that is as it should be, and one that is not. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/doctor_judge.h"

static struct vfg_findings findings;

static void tear_down(void)
{
	vfg_findings_free(&findings);
}

TestSuite(doctor, .fini = tear_down);

/* The first finding of a check that is not fine, NULL where there is none. */
static const struct vfg_finding *find(const char *check)
{
	for (size_t i = 0; i < findings.count; i++) {
		if (!strcmp(findings.finding[i].check, check) &&
		    findings.finding[i].severity != VFG_FINDING_OK)
			return &findings.finding[i];
	}
	return NULL;
}

/* Exactly this check speaks, with these pieces; "" for nothing at all. */
static void expect(const char *row, const char *check, const char *says, const char *fix)
{
	const struct vfg_finding *finding = *check ? find(check) : NULL;

	for (size_t i = 0; i < findings.count; i++)
		cr_expect(findings.finding[i].severity == VFG_FINDING_OK ||
				  !strcmp(findings.finding[i].check, check),
			  "%s: %s: %s", row, findings.finding[i].check,
			  findings.finding[i].finding);
	if (!*check)
		return;
	cr_assert(finding != NULL, "%s: no %s", row, check);
	cr_expect(strstr(finding->finding, says) != NULL, "%s: %s", row, finding->finding);
	cr_expect(strstr(finding->fix, fix) != NULL, "%s: %s", row, finding->fix);
	cr_expect(finding->consequence[0] != '\0', "%s", row);
}

/* ---- kernel ---- */

static const struct vfg_kernel_facts kernel = {
	.count = 2,
	.feature = {{"xdp", "4.8", true, VFG_KNOWN_YES, NULL},
		    {"tcx", "6.6", false, VFG_KNOWN_YES, "clsact"}},
	.jit = VFG_KNOWN_YES,
	.bpffs = VFG_KNOWN_YES,
	.btf = VFG_KNOWN_YES,
	.unprivileged = 2,
	.charged = VFG_KNOWN_YES,
};

Test(doctor, a_kernel_that_has_all_is_fine)
{
	vfg_judge_kernel(&findings, &kernel);
	expect("fine", "", "", "");
	cr_expect(eq(sz, findings.count, 7));
}

Test(doctor, a_kernel_of_which_nothing_is_known_gets_no_finding)
{
	const struct vfg_kernel_facts facts = {.jit = VFG_NOT_KNOWN,
					       .bpffs = VFG_NOT_KNOWN,
					       .btf = VFG_NOT_KNOWN,
					       .unprivileged = -1,
					       .charged = VFG_NOT_KNOWN};

	vfg_judge_kernel(&findings, &facts);
	cr_expect(eq(sz, findings.count, 0));
}

Test(doctor, a_feature_that_is_needed_is_an_error)
{
	struct vfg_kernel_facts facts = kernel;

	facts.feature[0].there = VFG_KNOWN_NO;
	vfg_judge_kernel(&findings, &facts);
	expect("xdp", "kernel-feature", "lacks xdp", "Linux 4.8");
	cr_expect(eq(int, find("kernel-feature")->severity, VFG_FINDING_ERROR));
}

Test(doctor, a_feature_that_has_a_way_round_it_is_told_and_no_warning)
{
	struct vfg_kernel_facts facts = kernel;

	facts.feature[1].there = VFG_KNOWN_NO;
	vfg_judge_kernel(&findings, &facts);
	expect("tcx", "", "", "");
	cr_expect(eq(str, findings.finding[1].finding, "the kernel lacks tcx"));
	cr_expect(eq(str, findings.finding[1].consequence, "clsact"));
}

Test(doctor, each_setting_of_the_kernel_has_its_finding)
{
	static const struct {
		const char *check, *fix;
	} rows[] = {{"jit", "bpf_jit_enable=1"},
		    {"bpffs", "mount -t bpf"},
		    {"btf", "CONFIG_DEBUG_INFO_BTF"},
		    {"unprivileged-bpf", "unprivileged_bpf_disabled=2"},
		    {"memlock", "ulimit -l unlimited"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vfg_kernel_facts facts = kernel;

		facts.jit = i == 0 ? VFG_KNOWN_NO : VFG_KNOWN_YES;
		facts.bpffs = i == 1 ? VFG_KNOWN_NO : VFG_KNOWN_YES;
		facts.btf = i == 2 ? VFG_KNOWN_NO : VFG_KNOWN_YES;
		facts.unprivileged = i == 3 ? 0 : 1;
		facts.charged = i == 4 ? VFG_KNOWN_NO : VFG_KNOWN_YES;
		facts.memlock_bytes = 8 << 20;
		vfg_judge_kernel(&findings, &facts);
		expect(rows[i].check, rows[i].check, "", rows[i].fix);
		vfg_findings_free(&findings);
	}
}

Test(doctor, locked_memory_that_is_unlimited_is_fine)
{
	struct vfg_kernel_facts facts = kernel;

	facts.charged = VFG_KNOWN_NO;
	facts.memlock_bytes = UINT64_MAX;
	vfg_judge_kernel(&findings, &facts);
	expect("unlimited", "", "", "");
}

/* ---- devices ---- */

struct nic_row {
	const char *name;
	struct vfg_nic_facts facts;
	const char *check, *says, *fix;
};

#define CHANNELS(...) .has_channels = true, .channels = {__VA_ARGS__}

static const struct nic_row nics[] = {
	{"mana as it should be",
	 {.driver = "mana", .native = VFG_KNOWN_YES, .mtu = 1500, .mtu_max = 3506},
	 "",
	 "",
	 ""},
	{"a driver without native XDP",
	 {.driver = "iavf", .native = VFG_KNOWN_NO, .mtu = 1500},
	 "native-xdp",
	 "driver iavf has no native XDP",
	 "ethtool -i enP1"},
	{"MTU above the limit",
	 {.driver = "mlx5_core", .native = VFG_KNOWN_YES, .mtu = 9000, .mtu_max = 3498},
	 "mtu",
	 "MTU 9000 is above 3498",
	 "ip link set dev enP1 mtu 3498"},
	{"MTU at the limit",
	 {.driver = "mlx5_core", .native = VFG_KNOWN_YES, .mtu = 3498, .mtu_max = 3498},
	 "",
	 "",
	 ""},
	{"MTU of a VF that follows its master",
	 {.driver = "mana", .through_master = true, .mtu = 9000, .mtu_max = 3506},
	 "mtu",
	 "9000",
	 "ip link set dev eth0 mtu 3506"},
	{"LRO",
	 {.driver = "hv_netvsc", .has_lro = true, .native = VFG_KNOWN_NO, .mtu = 1500},
	 "lro",
	 "LRO is on",
	 "ethtool -K enP1 lro off"},
	{"LRO on what has XDP is no matter",
	 {.driver = "hv_netvsc", .has_lro = true, .is_covered = true, .mtu = 1500},
	 "",
	 "",
	 ""},
	{"somebody's XDP in our place",
	 {.driver = "mana", .foreign_program = 7, .mtu = 1500},
	 "foreign-xdp",
	 "id 7",
	 "xdp off"},
	{"generic",
	 {.driver = "iavf", .is_generic = true, .native = VFG_KNOWN_NO, .mtu = 1500},
	 "native-xdp",
	 "generic mode only",
	 "--mode auto"},
	{"refused",
	 {.driver = "veth", .error = -ERANGE, .refusal = "its peer", .mtu = 1500},
	 "native-xdp",
	 "refused: its peer",
	 "mend that"},
	{"a slave that a bond takes no XDP with",
	 {.driver = "mlx4_en", .master_kind = "bond", .mtu = 1500},
	 "native-xdp",
	 "slave has driver mlx4_en",
	 "take it out of eth0"},
	{"the same below a synthetic NIC",
	 {.driver = "mlx4_en", .master_kind = "hv_netvsc", .native = VFG_KNOWN_YES, .mtu = 1500},
	 "",
	 "",
	 ""},
	{"all channels of ena",
	 {.driver = "ena", .cpus = 4, .mtu = 1500, CHANNELS(.combined = 4, .combined_max = 4)},
	 "channels",
	 "4 of 4 channels",
	 "ethtool -L enP1 combined 2"},
	{"half of them",
	 {.driver = "ena", .cpus = 4, .mtu = 1500, CHANNELS(.combined = 2, .combined_max = 4)},
	 "",
	 "",
	 ""},
	{"virtio_net without queues for XDP",
	 {.driver = "virtio_net",
	  .cpus = 4,
	  .mtu = 1500,
	  CHANNELS(.combined = 4, .combined_max = 6)},
	 "channels",
	 "4 of 6 channels",
	 "combined 2"},
	{"one channel where there could be four",
	 {.driver = "mana", .cpus = 4, .mtu = 1500, CHANNELS(.combined = 1, .combined_max = 8)},
	 "channels",
	 "one channel is in use, 4 could be",
	 "ethtool -L enP1 combined 4"},
	{"one channel, one CPU",
	 {.driver = "mana", .cpus = 1, .mtu = 1500, CHANNELS(.combined = 1, .combined_max = 8)},
	 "",
	 "",
	 ""},
	{"separate queues",
	 {.driver = "veth", .cpus = 2, .mtu = 1500, CHANNELS(.rx = 1, .rx_max = 2, .tx = 2)},
	 "channels",
	 "one channel",
	 "ethtool -L enP1 rx 2"},
};

Test(doctor, each_row_of_devices_finds_what_it_says)
{
	for (size_t i = 0; i < sizeof(nics) / sizeof(nics[0]); i++) {
		struct vfg_nic_facts facts = nics[i].facts;

		strcpy(facts.name, "enP1");
		strcpy(facts.master, "eth0");
		vfg_judge_nic(&findings, &facts);
		expect(nics[i].name, nics[i].check, nics[i].says, nics[i].fix);
		for (size_t j = 0; j < findings.count; j++)
			cr_expect(eq(str, findings.finding[j].device, "enP1"));
		vfg_findings_free(&findings);
	}
}

/* ---- the data path ---- */

struct path_row {
	const char *name;
	struct vfg_path_facts facts;
	const char *check, *says, *fix;
};

#define UP .master_is_up = true, .is_up = true, .has_carrier = true

static const struct path_row paths[] = {
	{"in use", {UP, .has_counters = true, .vf = {100, 200}, .all = {1000, 1100}}, "", "", ""},
	{"traffic goes on, and not by it",
	 {UP, .has_counters = true, .vf = {100, 100}, .all = {1000, 1200}},
	 "data-path",
	 "passed 200 packets just now",
	 "Data path switched"},
	{"never by it",
	 {UP, .has_counters = true, .vf = {0, 0}, .all = {50000, 50003}},
	 "data-path",
	 "passed 50003 packets since",
	 "ip link set dev enP1 up"},
	{"idle, and was in use",
	 {UP, .has_counters = true, .vf = {100, 100}, .all = {1000, 1003}},
	 "",
	 "",
	 ""},
	{"idle from the start",
	 {UP, .has_counters = true, .vf = {0, 0}, .all = {3, 5}},
	 "",
	 "",
	 ""},
	{"down", {.master_is_up = true}, "vf-down", "is down", "ip link set dev enP1 up"},
	{"no carrier",
	 {.master_is_up = true, .is_up = true},
	 "vf-down",
	 "no carrier",
	 "ip link set dev enP1 down"},
	{"all is down", {.is_up = false}, "", "", ""},
	{"a backup slave",
	 {UP, .active = VFG_KNOWN_NO},
	 "data-path",
	 "not the active slave",
	 "active_slave enP1"},
	{"the active slave", {UP, .active = VFG_KNOWN_YES}, "", "", ""},
};

Test(doctor, each_row_of_paths_finds_what_it_says)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct vfg_path_facts facts = paths[i].facts;

		strcpy(facts.name, "enP1");
		strcpy(facts.master, "eth0");
		vfg_judge_path(&findings, &facts);
		expect(paths[i].name, paths[i].check, paths[i].says, paths[i].fix);
		vfg_findings_free(&findings);
	}
}

/* ---- the clock ---- */

Test(doctor, a_clock_that_is_synchronised_and_later_than_the_build_is_fine)
{
	vfg_judge_clock(&findings, &(struct vfg_clock_facts){false, 1700000001, 1700000000});
	expect("fine", "", "", "");
}

Test(doctor, a_clock_before_the_build_is_told_with_both_days)
{
	vfg_judge_clock(&findings, &(struct vfg_clock_facts){false, 0, 1700000000});
	expect("past", "clock", "1970-01-01", "date -s");
	expect("past", "clock", "2023-11-14", "date -s");
}

Test(doctor, a_clock_that_is_not_synchronised_is_told)
{
	vfg_judge_clock(&findings, &(struct vfg_clock_facts){true, 1700000001, 1700000000});
	expect("unsync", "clock-sync", "not synchronised", "chrony");
}
