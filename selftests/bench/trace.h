/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run leaves in the system while it is on: pins and network namespaces, all of them named
 * after its process, so that its parent can remove them however it ended.
 */
#ifndef VFG_SELFTESTS_BENCH_TRACE_H
#define VFG_SELFTESTS_BENCH_TRACE_H

#include <sys/types.h>

#include "../../loader/pin.h"
#include "../bpf/prog_run.h"

enum {
	TRACE_NAME_MAX = 16, /* as a device's */
	TRACE_NAMES = 10,
};

/* The name number 0..TRACE_NAMES-1 of this process: "vb1a2bN". */
void trace_name(char ret_name[TRACE_NAME_MAX], unsigned int number);

/**
 * trace_pin - pin the maps of the programs where the loader finds them, as master number 0
 * @ret_pins: for vfg_pins_remove() and vfg_pins_close()
 */
void trace_pin(const struct bench *bench, struct vfg_pins *ret_pins);

/* Remove all that a process of ours has left. */
void trace_remove(pid_t process);

#endif
