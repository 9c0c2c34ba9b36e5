/* SPDX-License-Identifier: GPL-2.0-only */
/* Tries each kernel feature that the programs and maps depend on. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cleanup.h"
#include "feature.h"
#include "say.h"
#include "tcx.h"

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

static int load_trivial(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "vfg_probe", "GPL", code,
			     sizeof(code) / sizeof(code[0]), NULL);
}

/* In a network namespace that ends with the child: its loopback device is nobody's. */
static int link_to_loopback(int program)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_SKB_MODE);

	if (unshare(CLONE_NEWNET) < 0)
		return 2;
	return bpf_link_create(program, 1, BPF_XDP, &options) >= 0;
}

static int has_xdp_link(void)
{
	autofd int program = load_trivial();
	int status;
	pid_t child;

	if (program < 0)
		return program;
	child = fork();
	if (child == 0)
		_exit(link_to_loopback(program));
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -ECHILD;
	return !WIFEXITED(status) || WEXITSTATUS(status) > 1 ? -EPERM : WEXITSTATUS(status);
}

static int has_tcx(void)
{
	return vfg_tcx_supported();
}

static int has_ring_buffer(void)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL);
}

int vfg_feature_jit(void)
{
	autofd int program = load_trivial();
	struct bpf_prog_info info = {};
	__u32 bytes = sizeof(info);

	if (program < 0)
		return program;
	return bpf_obj_get_info_by_fd(program, &info, &bytes) < 0 ? -errno
								  : info.jited_prog_len > 0;
}

/* The helper came with the charging, in 5.11. */
bool vfg_feature_charged(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_ktime_get_coarse_ns,
				       NULL) == 1;
}

const struct vfg_feature_extra vfg_features_extra[] = {
	{"xdp-link", "5.9", NULL, has_xdp_link},
	{"tcx", "6.6", "TC programs are clsact filters, which a `tc qdisc del` takes off", has_tcx},
	{"ring-buffer", "5.8", "events for logs wait in a buffer of each CPU", has_ring_buffer},
};
const size_t vfg_feature_extra_count = sizeof(vfg_features_extra) / sizeof(vfg_features_extra[0]);

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
