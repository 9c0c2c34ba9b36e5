/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP program, compiled as a function of one that drops every frame after its verdict: so that
 * a frame that it lets through costs no more behind it than one that a bare XDP_DROP has dropped.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../../maps/tables.bpf.h"

/* Its entry and its license stay out of their sections. */
#undef SEC
#define SEC(name)
#define LICENSE license_of_xdp
#include "../../bpf/vfg_xdp.bpf.c"
#undef LICENSE

char LICENSE[] __attribute__((section("license"), used)) = "GPL";

__attribute__((section("xdp"), used)) int verdict_drop(struct xdp_md *ctx)
{
	return vfg_xdp(ctx) == XDP_ABORTED ? XDP_ABORTED : XDP_DROP;
}
