/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds XDP programs of others below a master that hands its own on. */
#ifndef VFG_LOADER_BENEATH_H
#define VFG_LOADER_BENEATH_H

#include "netlink.h"

/**
 * vfg_beneath_program - a device below a master that has an XDP program, or NULL
 *
 * hv_netvsc hands a program to the VF's driver without asking whether one is there. That one is
 * gone then, while every query still shows it, and its owner's detach later takes ours off. What
 * was handed on is shown by no query, so a program that is shown is somebody else's. Source:
 * netvsc_bpf.c (netvsc_vf_setxdp); selftests/vm/case-netvsc-gaps.
 */
const struct vfg_link *vfg_beneath_program(const struct vfg_links *links, unsigned int master);

#endif
