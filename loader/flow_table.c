/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps the flow tables: no system call an entry, and what programs write is seen at once. */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "flow_table.h"

static const char *const flow_maps[VFG_FAMILY_MAX] = {"vfg_flow4", "vfg_flow6"};
static const char *const tally_maps[VFG_FAMILY_MAX] = {"vfg_tally4", "vfg_tally6"};

static size_t flow_bytes(const struct vfg_flow_table *table)
{
	return (size_t)table->slots *
	       (table->family == VFG_IPV4 ? sizeof(struct vfg_flow4) : sizeof(struct vfg_flow6));
}

static size_t tally_bytes(const struct vfg_flow_table *table)
{
	return (size_t)table->slots * sizeof(struct vfg_tally);
}

static int map(int fd, size_t bytes, bool change, void **ret_memory)
{
	void *memory = mmap(NULL, bytes, PROT_READ | (change ? PROT_WRITE : 0), MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	return 0;
}

int vfg_flow_table_open(const struct vfg_pins *pins, enum vfg_family family, bool change,
			struct vfg_flow_table *ret_table)
{
	struct vfg_flow_table table = {.family = family};
	autofd int flows = vfg_pin_get(pins, flow_maps[family]);
	autofd int tallies = vfg_pin_get(pins, tally_maps[family]);
	struct bpf_map_info info = {};
	__u32 info_bytes = sizeof(info);
	void *memory = NULL;
	int err;

	if (flows < 0 || tallies < 0)
		return flows < 0 ? flows : tallies;
	if (bpf_obj_get_info_by_fd(flows, &info, &info_bytes) < 0)
		return -errno;
	table.slots = info.max_entries * VFG_FLOW_WAYS;
	err = map(flows, flow_bytes(&table), change, &table.flows);
	if (err)
		return err;
	err = map(tallies, tally_bytes(&table), false, &memory);
	if (err) {
		munmap(table.flows, flow_bytes(&table));
		return err;
	}
	table.tallies = memory;
	*ret_table = table;
	return 0;
}

void vfg_flow_table_close(struct vfg_flow_table *table)
{
	if (!table->flows)
		return;
	munmap(table->flows, flow_bytes(table));
	munmap((void *)table->tallies, tally_bytes(table));
	table->flows = NULL;
}
