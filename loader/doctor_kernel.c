/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at the kernel: features by probe, settings by their files. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "bpffs.h"
#include "cleanup.h"
#include "doctor.h"
#include "doctor_judge.h"
#include "doctor_root.h"
#include "feature.h"

static void probe(struct vfg_kernel_facts *facts)
{
	for (size_t i = 0; i < vfg_feature_count && facts->count < VFG_DOCTOR_FEATURES_MAX; i++) {
		const struct vfg_feature *feature = &vfg_features[i];

		facts->feature[facts->count++] = (struct vfg_doctor_feature){
			feature->name, feature->since, true, vfg_known_of(feature->probe()), NULL};
	}
	for (size_t i = 0; i < vfg_feature_extra_count && facts->count < VFG_DOCTOR_FEATURES_MAX;
	     i++) {
		const struct vfg_feature_extra *feature = &vfg_features_extra[i];

		facts->feature[facts->count++] = (struct vfg_doctor_feature){
			feature->name, feature->since, !feature->without,
			vfg_known_of(feature->probe()), feature->without};
	}
	facts->charged = vfg_feature_charged() ? VFG_KNOWN_YES : VFG_KNOWN_NO;
}

/* Network namespaces beside the first do not show the setting. */
static enum vfg_known jit(const struct vfg_doctor *doctor)
{
	long value = vfg_root_number(doctor->root, "/proc/sys/net/core/bpf_jit_enable", -1);

	if (value < 0 && doctor->privileged)
		return vfg_known_of(vfg_feature_jit());
	return vfg_known_of((int)value);
}

/* Another root's is looked for in its table of mounts. */
static enum vfg_known bpffs(const struct vfg_doctor *doctor)
{
	autofree char *mounts = vfg_root_read(doctor->root, "/proc/mounts");
	autofd int fd = -1;
	int err;

	if (doctor->root[0])
		return !mounts ? VFG_NOT_KNOWN
			       : vfg_known_of(strstr(mounts, " /sys/fs/bpf bpf ") != NULL);
	err = vfg_bpffs_open(false, &fd);
	/* Without privileges one may not look where it may be. */
	return !err				      ? VFG_KNOWN_YES
	       : err == -ENOENT && doctor->privileged ? VFG_KNOWN_NO
						      : VFG_NOT_KNOWN;
}

void vfg_doctor_kernel(struct vfg_doctor *doctor)
{
	struct vfg_kernel_facts facts = {.charged = VFG_NOT_KNOWN};
	struct rlimit limit;

	if (doctor->privileged)
		probe(&facts);
	facts.jit = jit(doctor);
	facts.bpffs = bpffs(doctor);
	facts.btf = vfg_known_of(vfg_root_has(doctor->root, "/sys/kernel/btf/vmlinux"));
	facts.unprivileged =
		vfg_root_number(doctor->root, "/proc/sys/kernel/unprivileged_bpf_disabled", -1);
	facts.memlock_bytes = getrlimit(RLIMIT_MEMLOCK, &limit) < 0 ? 0
			      : limit.rlim_cur == RLIM_INFINITY	    ? UINT64_MAX
								    : limit.rlim_cur;
	vfg_judge_kernel(&doctor->findings, &facts);
}
