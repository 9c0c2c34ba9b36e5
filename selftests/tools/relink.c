/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else's XDP program, which passes everything: put in the place of a pinned link's, as an
 * upgrade might, or on a device of its own. By the system call alone, so that nothing of the
 * product is in the way.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load_pass(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)code,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.license = (uintptr_t) "GPL",
		.prog_name = "relink_pass",
		.expected_attach_type = BPF_XDP,
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int fail(const char *what)
{
	fprintf(stderr, "relink: %s: %s\n", what, strerror(errno));
	return 1;
}

static int replace(const char *pin, int program)
{
	union bpf_attr get = {.pathname = (uintptr_t)pin};
	union bpf_attr update = {};
	int link = bpf(BPF_OBJ_GET, &get);

	if (link < 0)
		return fail(pin);
	update.link_update.link_fd = (uint32_t)link;
	update.link_update.new_prog_fd = (uint32_t)program;
	return bpf(BPF_LINK_UPDATE, &update) ? fail("update") : 0;
}

/* The link lives as long as this process. */
static int hold(const char *device, int program)
{
	union bpf_attr create = {};

	create.link_create.prog_fd = (uint32_t)program;
	create.link_create.target_ifindex = if_nametoindex(device);
	create.link_create.attach_type = BPF_XDP;
	create.link_create.flags = XDP_FLAGS_DRV_MODE;
	if (bpf(BPF_LINK_CREATE, &create) < 0)
		return fail(device);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	bool holds = argc == 3 && !strcmp(argv[1], "hold");
	int program;

	if (!holds && (argc != 3 || strcmp(argv[1], "replace") != 0)) {
		fputs("usage: relink replace PIN | relink hold DEVICE\n"
		      "exit status: 0 done, 1 refused, 2 usage\n",
		      stderr);
		return 2;
	}
	program = load_pass();
	if (program < 0)
		return fail("load");
	return holds ? hold(argv[2], program) : replace(argv[2], program);
}
