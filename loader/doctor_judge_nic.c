/* SPDX-License-Identifier: GPL-2.0-only */
/* Judges what keeps a device from native XDP, or from being judged by all CPUs. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "doctor_judge.h"

static const char by_tc[] = "TC on the master judges its packets: the same verdicts, but later and "
			    "at more cost under a flood";

static bool is_driver(const struct vfg_nic_facts *facts, const char *const names[])
{
	for (size_t i = 0; names[i]; i++) {
		if (!strcmp(facts->driver, names[i]))
			return true;
	}
	return false;
}

static bool judge_lro(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	struct vfg_finding *finding;

	if (!facts->has_lro) {
		vfg_finding_fine(findings, "lro", facts->name, "LRO is off");
		return false;
	}
	finding = vfg_finding_add(findings, "lro", VFG_FINDING_WARNING, facts->name);
	vfg_finding_says(finding, "LRO is on, and drivers take no native XDP with it");
	vfg_finding_means(finding, "%s", by_tc);
	vfg_finding_mend(finding, "ethtool -K %s lro off (or load with --fix-lro)", facts->name);
	return true;
}

static bool judge_mtu(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	struct vfg_finding *finding;

	if (!facts->mtu_max || facts->mtu <= facts->mtu_max) {
		vfg_finding_fine(findings, "mtu", facts->name, "MTU %u is not too large",
				 facts->mtu);
		return false;
	}
	finding = vfg_finding_add(findings, "mtu", VFG_FINDING_WARNING, facts->name);
	vfg_finding_says(finding, "MTU %u is above %u, the most with which %s takes native XDP",
			 facts->mtu, facts->mtu_max, facts->driver);
	vfg_finding_means(finding, "%s", by_tc);
	vfg_finding_mend(finding, "ip link set dev %s mtu %u",
			 facts->through_master ? facts->master : facts->name, facts->mtu_max);
	return true;
}

static void judge_foreign(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	struct vfg_finding *finding =
		vfg_finding_add(findings, "foreign-xdp", VFG_FINDING_WARNING, facts->name);

	vfg_finding_says(finding,
			 "an XDP program that is not vfguard's (id %" PRIu32
			 ") has the place of ours",
			 facts->foreign_program);
	vfg_finding_means(finding, "%s; what that program answers or redirects is not judged",
			  by_tc);
	vfg_finding_mend(finding,
			 "`bpftool prog show id %" PRIu32
			 "` says whose it is; ip link set dev %s xdp off",
			 facts->foreign_program, facts->name);
}

/* Queues that XDP wants besides, where drivers keep some of their own for it. */
static bool judge_room(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	static const char *const half[] = {"ena", "gve", NULL};
	static const char *const more[] = {"virtio_net", NULL};
	const struct vfg_channels *channels = &facts->channels;
	uint32_t most = channels->combined_max / 2;
	struct vfg_finding *finding;

	if (!facts->has_channels)
		return false;
	if (is_driver(facts, more))
		most = channels->combined_max > facts->cpus ? channels->combined_max - facts->cpus
							    : 0;
	else if (!is_driver(facts, half))
		return false;
	if (!channels->combined || channels->combined <= most)
		return false;
	/* virtio_net shares queues then, at the price of a lock; the others refuse. */
	finding = vfg_finding_add(findings, "channels", VFG_FINDING_WARNING, facts->name);
	vfg_finding_says(finding,
			 "%s uses %u of %u channels, and XDP wants as many again of its own",
			 facts->driver, channels->combined, channels->combined_max);
	vfg_finding_means(finding, "%s", by_tc);
	if (is_driver(facts, more))
		vfg_finding_means(finding, "what XDP sends waits for a lock");
	if (most)
		vfg_finding_mend(finding, "ethtool -L %s combined %u", facts->name, most);
	else
		vfg_finding_mend(finding, "give the guest more queues on the host");
	return true;
}

static void judge_spread(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	const struct vfg_channels *channels = &facts->channels;
	bool combined = channels->combined_max > 0;
	uint32_t used = channels->combined + channels->rx;
	uint32_t most = combined ? channels->combined_max : channels->rx_max;
	struct vfg_finding *finding;

	if (!facts->has_channels || !used)
		return;
	if (most > facts->cpus)
		most = facts->cpus;
	if (used > 1 || most < 2) {
		vfg_finding_fine(findings, "channels", facts->name, "%u channel%s in use", used,
				 used == 1 ? "" : "s");
		return;
	}
	finding = vfg_finding_add(findings, "channels", VFG_FINDING_WARNING, facts->name);
	vfg_finding_says(finding, "one channel is in use, %u could be", most);
	vfg_finding_means(finding, "one CPU judges all that it receives");
	vfg_finding_mend(finding, "ethtool -L %s %s %u", facts->name, combined ? "combined" : "rx",
			 most);
}

static void judge_native(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	struct vfg_finding *finding =
		vfg_finding_add(findings, "native-xdp", VFG_FINDING_WARNING, facts->name);

	vfg_finding_means(finding, "%s", by_tc);
	if (facts->is_generic) {
		vfg_finding_says(finding, "XDP is there in generic mode only");
		vfg_finding_means(finding, "the kernel has allocated for a packet before it is "
					   "judged");
		vfg_finding_mend(finding, "vfguard unload %s, then load with --mode auto",
				 facts->master[0] ? facts->master : facts->name);
	} else if (facts->error) {
		vfg_finding_says(finding, "native XDP was refused: %s",
				 facts->refusal ? facts->refusal : strerror(-facts->error));
		vfg_finding_mend(finding,
				 "mend that, then `systemctl restart vfguard`, or unload and load");
	} else {
		vfg_finding_says(finding, "driver %s has no native XDP, or not as it is set up",
				 facts->driver[0] ? facts->driver : "(unknown)");
		vfg_finding_mend(finding,
				 "`ethtool -i %s`: a newer kernel may bring a driver that "
				 "has; else nothing is to be done",
				 facts->name);
	}
}

/* A bond takes a slave with XDP only where the slave's driver can send from XDP too. */
static bool judge_bond(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	static const char *const no_transmit[] = {"mlx4_en", "ixgbevf", NULL};
	struct vfg_finding *finding;

	if (strcmp(facts->master_kind, "bond") != 0 || !is_driver(facts, no_transmit))
		return false;
	finding = vfg_finding_add(findings, "native-xdp", VFG_FINDING_WARNING, facts->name);
	vfg_finding_says(finding, "a bond takes no XDP while a slave has driver %s", facts->driver);
	vfg_finding_means(finding, "%s", by_tc);
	vfg_finding_mend(finding, "take it out of %s, or leave it to TC", facts->master);
	return true;
}

void vfg_judge_nic(struct vfg_findings *findings, const struct vfg_nic_facts *facts)
{
	bool told = false;

	if (facts->foreign_program) {
		judge_foreign(findings, facts);
	} else if (facts->is_covered) {
		vfg_finding_fine(findings, "native-xdp", facts->name, "native XDP is on it");
	} else {
		told |= judge_bond(findings, facts);
		told |= judge_lro(findings, facts);
		told |= judge_mtu(findings, facts);
		told |= judge_room(findings, facts);
		if (!told && (facts->error || facts->is_generic || facts->native == VFG_KNOWN_NO))
			judge_native(findings, facts);
		else if (!told && facts->native == VFG_KNOWN_YES)
			vfg_finding_fine(findings, "native-xdp", facts->name,
					 "driver %s has native XDP", facts->driver);
	}
	judge_spread(findings, facts);
}
