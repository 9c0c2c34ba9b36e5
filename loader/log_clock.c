/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads jiffies by a program of three instructions, test-run: user space has no other way. */
#include <linux/bpf.h>

#include <bpf/bpf.h>

#include "../maps/control.h"
#include "log_clock.h"

int vfg_log_clock_open(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_jiffies64},
		{.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = VFG_TICK_SHIFT},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "vfg_clock", "GPL", code, 3, NULL);
}

int vfg_log_clock_read(int fd, uint32_t *ret_ticks)
{
	unsigned char frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	int err = bpf_prog_test_run_opts(fd, &run);

	if (!err)
		*ret_ticks = run.retval;
	return err;
}
