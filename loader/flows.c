/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts flow entries in the memory-mapped tables. */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "flows.h"

/* meta is the first word of either family's entry; an entry that changes meanwhile counts as what
 * it was or will be. */
static void count(const char *table, uint64_t entries, size_t entry_bytes, struct vfg_flow_use *use)
{
	for (uint64_t i = 0; i < entries; i++) {
		const uint64_t *meta = (const void *)(table + i * entry_bytes);
		uint64_t state = __atomic_load_n(meta, __ATOMIC_RELAXED) & VFG_FLOW_STATE_MASK;

		if (state < VFG_FLOW_STATE_MAX)
			use->in_state[state]++;
	}
}

int vfg_flows_count(const struct vfg_pins *pins, enum vfg_family family,
		    struct vfg_flow_use *ret_use)
{
	autofd int fd = vfg_pin_get(pins, family == VFG_IPV4 ? "vfg_flow4" : "vfg_flow6");
	struct bpf_map_info info = {};
	__u32 info_bytes = sizeof(info);
	size_t bytes;
	void *table;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &info_bytes) < 0)
		return -errno;
	bytes = (size_t)info.max_entries * info.value_size;
	table = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (table == MAP_FAILED)
		return -errno;
	*ret_use = (struct vfg_flow_use){.room = (uint64_t)info.max_entries * VFG_FLOW_WAYS};
	count(table, ret_use->room, info.value_size / VFG_FLOW_WAYS, ret_use);
	munmap(table, bytes);
	return 0;
}
