/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of what a run leaves in the system, and its removal.
 */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../loader/pin.h"

static void name_of(char ret_name[TRACE_NAME_MAX], pid_t process, unsigned int number)
{
	snprintf(ret_name, TRACE_NAME_MAX, "vb%x%c", (unsigned int)process, 'a' + (int)number);
}

void trace_name(char ret_name[TRACE_NAME_MAX], unsigned int number)
{
	name_of(ret_name, getpid(), number);
}

void trace_pin(const struct bench *bench, struct vfg_pins *ret_pins)
{
	char name[TRACE_NAME_MAX];
	struct bpf_map *map;
	int err;

	trace_name(name, 0);
	err = vfg_pins_open(name, true, ret_pins);
	if (!err)
		err = vfg_pins_create(ret_pins);
	bpf_object__for_each_map(map, bench->xdp->obj)
	{
		if (!err && !strchr(bpf_map__name(map), '.'))
			err = vfg_pin_put(ret_pins, bpf_map__name(map), bpf_map__fd(map));
	}
	if (!err)
		return;
	fprintf(stderr, "bench: maps cannot be pinned: %d\n", err);
	abort();
}

void trace_remove(pid_t process)
{
	char name[TRACE_NAME_MAX], path[64];
	struct vfg_pins pins;

	for (unsigned int i = 0; i < TRACE_NAMES; i++) {
		name_of(name, process, i);
		snprintf(path, sizeof(path), "/run/netns/%s", name);
		if (!access(path, F_OK)) {
			snprintf(path, sizeof(path), "ip netns del %s", name);
			if (system(path))
				fprintf(stderr, "bench: %s failed, continuing\n", path);
		}
		if (vfg_pins_open(name, false, &pins))
			continue;
		vfg_pins_remove(&pins);
		vfg_pins_close(&pins);
	}
	vfg_pins_prune();
}
