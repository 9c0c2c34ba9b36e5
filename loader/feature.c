/* SPDX-License-Identifier: GPL-2.0-only */
/* Tries each kernel feature that the programs and maps depend on. */
#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cleanup.h"
#include "feature.h"
#include "say.h"

static bool has_xdp(void)
{
	return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL) == 1;
}

static bool has_tc(void)
{
	return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, NULL) == 1;
}

static bool has_lru(void)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_LRU_HASH, NULL) == 1;
}

static bool has_array_of_maps(void)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_ARRAY_OF_MAPS, NULL) == 1;
}

static bool has_array_with(uint32_t flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
	autofd int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vfg_probe", 4, 64, 1, &options);

	return fd >= 0;
}

static bool has_mmap(void)
{
	return has_array_with(BPF_F_MMAPABLE);
}

static bool has_inner_map(void)
{
	return has_array_with(BPF_F_INNER_MAP);
}

static bool has_atomics(void)
{
	const struct bpf_insn code[] = {
		/* *(u64 *)(r10 - 8) = 0; r0 = 1; r0 = fetch_add((u64 *)(r10 - 8), r0); exit */
		{.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_STX | BPF_ATOMIC | BPF_DW,
		 .dst_reg = BPF_REG_10,
		 .src_reg = BPF_REG_0,
		 .off = -8,
		 .imm = BPF_ADD | BPF_FETCH},
		{.code = BPF_JMP | BPF_EXIT},
	};
	autofd int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "vfg_probe", "GPL", code,
				      sizeof(code) / sizeof(code[0]), NULL);

	return fd >= 0;
}

const struct vfg_feature vfg_features[] = {
	{"xdp", "4.8", has_xdp},
	{"tc", "4.4", has_tc},
	{"array-of-maps", "4.12", has_array_of_maps},
	{"lru-hash", "4.10", has_lru},
	{"mmapable-array", "5.5", has_mmap},
	{"inner-map", "5.10", has_inner_map},
	{"atomic-fetch", "5.12", has_atomics},
};
const size_t vfg_feature_count = sizeof(vfg_features) / sizeof(vfg_features[0]);

int vfg_feature_check(const char *where)
{
	for (size_t i = 0; i < vfg_feature_count; i++) {
		const struct vfg_feature *feature = &vfg_features[i];

		if (!feature->probe())
			return vfg_say(VFG_EXIT_SYSTEM, where,
				       "the kernel lacks %s (Linux %s); boot a newer one",
				       feature->name, feature->since);
	}
	return 0;
}
