/* SPDX-License-Identifier: GPL-2.0-only */
/* Judges kernel, data path and clock. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "doctor_judge.h"

enum {
	TRAFFIC_MIN = 100, /* packets by the master below which nothing can be told */
};

static const uint64_t memlock_needed = 256ULL << 20;

static void judge_feature(struct vfg_findings *findings, const struct vfg_doctor_feature *feature)
{
	struct vfg_finding *finding;

	if (feature->there == VFG_NOT_KNOWN)
		return;
	if (feature->there == VFG_KNOWN_YES) {
		vfg_finding_fine(findings, "kernel-feature", NULL, "the kernel has %s",
				 feature->name);
		return;
	}
	/* What has a way round it is no fault of the machine's. */
	finding = vfg_finding_add(findings, "kernel-feature",
				  feature->needed ? VFG_FINDING_ERROR : VFG_FINDING_OK, NULL);
	vfg_finding_says(finding, "the kernel lacks %s", feature->name);
	vfg_finding_means(finding, "%s",
			  feature->needed ? "no policy can be loaded, nothing is judged"
					  : feature->without);
	vfg_finding_mend(finding, "boot a kernel that has it, Linux %s or later", feature->since);
}

static void judge_jit(struct vfg_findings *findings, enum vfg_known jit)
{
	struct vfg_finding *finding;

	if (jit == VFG_KNOWN_YES)
		vfg_finding_fine(findings, "jit", NULL, "programs are compiled to machine code");
	if (jit != VFG_KNOWN_NO)
		return;
	finding = vfg_finding_add(findings, "jit", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding, "the BPF JIT compiler is off");
	vfg_finding_means(finding,
			  "every packet is judged by an interpreter, several times slower");
	vfg_finding_mend(finding, "sysctl -w net.core.bpf_jit_enable=1");
}

static void judge_bpffs(struct vfg_findings *findings, enum vfg_known bpffs)
{
	struct vfg_finding *finding;

	if (bpffs == VFG_KNOWN_YES)
		vfg_finding_fine(findings, "bpffs", NULL, "the BPF file system is mounted");
	if (bpffs != VFG_KNOWN_NO)
		return;
	finding = vfg_finding_add(findings, "bpffs", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding, "no BPF file system is mounted on /sys/fs/bpf");
	vfg_finding_means(finding, "the service, which may not mount one, cannot load a policy; "
				   "`vfguard load` mounts it");
	vfg_finding_mend(finding, "mount -t bpf bpf /sys/fs/bpf");
}

static void judge_btf(struct vfg_findings *findings, enum vfg_known btf)
{
	struct vfg_finding *finding;

	if (btf == VFG_KNOWN_YES)
		vfg_finding_fine(findings, "btf", NULL, "the kernel has its type information");
	if (btf != VFG_KNOWN_NO)
		return;
	finding = vfg_finding_add(findings, "btf", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding, "the kernel has no type information (/sys/kernel/btf/vmlinux)");
	vfg_finding_means(finding,
			  "vfguard does not need it, but tools that trace its programs do");
	vfg_finding_mend(finding, "boot a kernel built with CONFIG_DEBUG_INFO_BTF");
}

static void judge_unprivileged(struct vfg_findings *findings, long value)
{
	struct vfg_finding *finding;

	if (value > 0)
		vfg_finding_fine(findings, "unprivileged-bpf", NULL,
				 "users without privileges may not load BPF programs");
	if (value != 0)
		return;
	finding = vfg_finding_add(findings, "unprivileged-bpf", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding, "every user may load BPF programs");
	vfg_finding_means(finding, "they can attack the kernel that enforces the policy; none of "
				   "vfguard's commands needs it");
	vfg_finding_mend(finding, "sysctl -w kernel.unprivileged_bpf_disabled=2");
}

static void judge_memlock(struct vfg_findings *findings, const struct vfg_kernel_facts *facts)
{
	struct vfg_finding *finding;

	if (facts->charged == VFG_KNOWN_YES ||
	    (facts->charged == VFG_KNOWN_NO && facts->memlock_bytes >= memlock_needed))
		vfg_finding_fine(findings, "memlock", NULL,
				 "the limit of locked memory does not keep maps small");
	if (facts->charged != VFG_KNOWN_NO || facts->memlock_bytes >= memlock_needed)
		return;
	finding = vfg_finding_add(findings, "memlock", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding,
			 "this kernel counts maps as locked memory, of which %" PRIu64
			 " KiB are allowed",
			 facts->memlock_bytes / 1024);
	vfg_finding_means(finding, "a load without CAP_SYS_RESOURCE is refused");
	vfg_finding_mend(finding, "ulimit -l unlimited");
}

void vfg_judge_kernel(struct vfg_findings *findings, const struct vfg_kernel_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++)
		judge_feature(findings, &facts->feature[i]);
	judge_jit(findings, facts->jit);
	judge_bpffs(findings, facts->bpffs);
	judge_btf(findings, facts->btf);
	judge_unprivileged(findings, facts->unprivileged);
	judge_memlock(findings, facts);
}

/* ---- the data path ---- */

static const char on_the_synthetic[] =
	"packets take the synthetic path: slower, through the host's switch; they are judged as "
	"ever";

static void judge_counters(struct vfg_findings *findings, const struct vfg_path_facts *facts)
{
	uint64_t now = facts->all[1] - facts->all[0];
	struct vfg_finding *finding;

	if (facts->vf[1] > facts->vf[0]) {
		vfg_finding_fine(findings, "data-path", facts->name, "%s sends and receives by it",
				 facts->master);
		return;
	}
	if (now < TRAFFIC_MIN && (facts->vf[1] || facts->all[1] < TRAFFIC_MIN)) {
		vfg_finding_fine(findings, "data-path", facts->name,
				 "too little traffic on %s to tell whether it is used",
				 facts->master);
		return;
	}
	finding = vfg_finding_add(findings, "data-path", VFG_FINDING_WARNING, facts->name);
	if (facts->vf[1])
		vfg_finding_says(finding,
				 "%s passed %" PRIu64
				 " packets just now, and none of them by this VF",
				 facts->master, now);
	else
		vfg_finding_says(finding,
				 "%s has passed %" PRIu64
				 " packets since it came, and none of them by this VF",
				 facts->master, facts->all[1]);
	vfg_finding_means(finding, "%s", on_the_synthetic);
	vfg_finding_mend(finding,
			 "ip link set dev %s up, then look for `Data path switched to VF` in "
			 "`dmesg`; `ethtool -S %s | grep vf_` shows the counters",
			 facts->name, facts->master);
}

static void judge_down(struct vfg_findings *findings, const struct vfg_path_facts *facts)
{
	struct vfg_finding *finding =
		vfg_finding_add(findings, "vf-down", VFG_FINDING_WARNING, facts->name);

	vfg_finding_means(finding, "%s", on_the_synthetic);
	if (!facts->is_up) {
		vfg_finding_says(finding, "it is down, while %s is up", facts->master);
		vfg_finding_mend(finding, "ip link set dev %s up", facts->name);
		return;
	}
	vfg_finding_says(finding, "it has no carrier");
	vfg_finding_mend(finding,
			 "ip link set dev %s down && ip link set dev %s up; if that does "
			 "not help, the host has taken the VF's port down",
			 facts->name, facts->name);
}

void vfg_judge_path(struct vfg_findings *findings, const struct vfg_path_facts *facts)
{
	struct vfg_finding *finding;

	if (!facts->master_is_up)
		return;
	if (!facts->is_up || !facts->has_carrier) {
		judge_down(findings, facts);
		return;
	}
	if (facts->active == VFG_KNOWN_NO) {
		finding = vfg_finding_add(findings, "data-path", VFG_FINDING_WARNING, facts->name);
		vfg_finding_says(finding, "it is not the active slave of %s", facts->master);
		vfg_finding_means(finding, "%s", on_the_synthetic);
		vfg_finding_mend(finding, "ip link set dev %s type bond active_slave %s",
				 facts->master, facts->name);
		return;
	}
	if (facts->has_counters)
		judge_counters(findings, facts);
	else
		vfg_finding_fine(findings, "data-path", facts->name, "it is up, with a carrier");
}

/* ---- the clock ---- */

static void put_day(int64_t when, char ret_text[16])
{
	time_t seconds = (time_t)when;
	struct tm parts;

	if (!gmtime_r(&seconds, &parts) || !strftime(ret_text, 16, "%Y-%m-%d", &parts))
		strcpy(ret_text, "?");
}

void vfg_judge_clock(struct vfg_findings *findings, const struct vfg_clock_facts *facts)
{
	struct vfg_finding *finding;
	char now[16], built[16];

	if (facts->now < facts->built) {
		put_day(facts->now, now);
		put_day(facts->built, built);
		finding = vfg_finding_add(findings, "clock", VFG_FINDING_WARNING, NULL);
		vfg_finding_says(finding, "the clock says %s, before this vfguard was made (%s)",
				 now, built);
		vfg_finding_means(finding, "logs of flows bear wrong times, and so do their files");
		vfg_finding_mend(finding, "set the clock: `date -s`, or start a time service: "
					  "`systemctl enable --now chrony`");
	}
	if (!facts->is_unsynchronised) {
		vfg_finding_fine(findings, "clock-sync", NULL, "the clock is synchronised");
		return;
	}
	finding = vfg_finding_add(findings, "clock-sync", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding, "the clock is not synchronised");
	vfg_finding_means(finding, "times in logs drift away from those of other machines");
	vfg_finding_mend(finding, "systemctl enable --now chrony (or systemd-timesyncd)");
}
