/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the memory-mapped flow tables, which the programs change meanwhile. Writes nothing. */
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "control.h"
#include "fill.h"
#include "tick.h"

/* Two CPUs may see the time so far apart: then it was seen just now (bpf/flow.bpf.h). */
static const uint32_t skew_ticks = 16;

int vfg_fill_table_open(const struct vfg_pins *pins, enum vfg_family family,
			struct vfg_fill_table *ret_table)
{
	autofd int fd = vfg_pin_get(pins, family == VFG_IPV4 ? "vfg_flow4" : "vfg_flow6");
	struct bpf_map_info info = {};
	__u32 info_bytes = sizeof(info);
	size_t bytes;
	void *memory;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &info_bytes) < 0)
		return -errno;
	bytes = (size_t)info.max_entries * info.value_size;
	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_table = (struct vfg_fill_table){family, memory, bytes,
					     (uint64_t)info.max_entries * VFG_FLOW_WAYS};
	return 0;
}

void vfg_fill_table_close(struct vfg_fill_table *table)
{
	if (table->memory)
		munmap((void *)table->memory, table->bytes);
	table->memory = NULL;
}

/* meta is the first word of either family's entry. */
static uint64_t load_meta(const void *entry)
{
	return __atomic_load_n((const uint64_t *)entry, __ATOMIC_ACQUIRE);
}

static void widen(const struct vfg_flow4 *flow, struct vfg_flow6 *ret_flow)
{
	*ret_flow = (struct vfg_flow6){
		.local = {flow->local},
		.remote = {flow->remote},
		.local_port = flow->local_port,
		.remote_port = flow->remote_port,
		.protocol = flow->protocol,
		.icmp_query = flow->icmp_query,
		.icmp_asker = flow->icmp_asker,
		.seen = flow->seen,
		.rule = flow->rule,
	};
}

bool vfg_fill_table_read(const struct vfg_fill_table *table, uint64_t index,
			 struct vfg_flow6 *ret_flow)
{
	bool ipv4 = table->family == VFG_IPV4;
	const void *entry = table->memory +
			    index * (ipv4 ? sizeof(struct vfg_flow4) : sizeof(struct vfg_flow6));
	uint64_t meta = load_meta(entry);
	uint64_t state = meta & VFG_FLOW_STATE_MASK;

	if (state < VFG_FLOW_NEW || state >= VFG_FLOW_STATE_MAX)
		return false;
	if (ipv4)
		widen(entry, ret_flow);
	else
		memcpy(ret_flow, entry, sizeof(*ret_flow));
	ret_flow->meta = meta;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return (load_meta(entry) >> VFG_FLOW_SEQUENCE_SHIFT & 0xffff) ==
	       (meta >> VFG_FLOW_SEQUENCE_SHIFT & 0xffff);
}

int vfg_fill_clock_read(const struct vfg_pins *pins, struct vfg_fill_clock *ret_clock)
{
	int err = vfg_control_read(pins, &ret_clock->control);

	return err ? err : vfg_tick_now(&ret_clock->now_ticks);
}

static uint32_t idle_ticks(const struct vfg_fill_clock *clock, const struct vfg_flow6 *flow)
{
	uint32_t idle = clock->now_ticks - flow->seen;

	return idle > UINT32_MAX - skew_ticks ? 0 : idle;
}

uint32_t vfg_fill_idle_seconds(const struct vfg_fill_clock *clock, const struct vfg_flow6 *flow)
{
	uint32_t hz = clock->control.tick_hz;

	return hz ? idle_ticks(clock, flow) / hz : 0;
}

bool vfg_fill_is_over(const struct vfg_fill_clock *clock, const struct vfg_flow6 *flow)
{
	const struct vfg_control *control = &clock->control;
	uint32_t timeout = control->timeout_other_ticks;

	if (flow->protocol == IPPROTO_TCP)
		timeout = control->timeout_ticks[flow->meta & VFG_FLOW_STATE_MASK];
	else if (flow->protocol == IPPROTO_UDP)
		timeout = control->timeout_udp_ticks;
	else if (flow->protocol == IPPROTO_ICMP || flow->protocol == IPPROTO_ICMPV6)
		timeout = control->timeout_icmp_ticks;
	return idle_ticks(clock, flow) > timeout;
}

static void count(const struct vfg_fill_clock *clock, const struct vfg_flow6 *flow,
		  struct vfg_fill *use)
{
	enum vfg_flow_state state = (enum vfg_flow_state)(flow->meta & VFG_FLOW_STATE_MASK);

	use->in_state[state]++;
	if (vfg_fill_is_over(clock, flow)) {
		use->over++;
		return;
	}
	use->live++;
	switch (state) {
	case VFG_FLOW_NEW:
	case VFG_FLOW_REPLIED:
		use->half_open++;
		break;
	case VFG_FLOW_ESTABLISHED:
		use->established++;
		break;
	case VFG_FLOW_FIN:
	case VFG_FLOW_CLOSING:
	case VFG_FLOW_RESET:
		use->closing++;
		break;
	case VFG_FLOW_FREE:
	case VFG_FLOW_BUSY:
	case VFG_FLOW_STATE_MAX:
		break;
	}
}

void vfg_fill_count(const struct vfg_fill_table *table, const struct vfg_fill_clock *clock,
		    struct vfg_fill *ret_use)
{
	struct vfg_flow6 flow;

	*ret_use = (struct vfg_fill){.room = table->room};
	for (uint64_t i = 0; i < table->room; i++) {
		if (vfg_fill_table_read(table, i, &flow))
			count(clock, &flow, ret_use);
	}
}

const char *vfg_fill_pressure(const struct vfg_fill *use)
{
	uint64_t percent = use->room ? use->live * 100 / use->room : 0;

	return percent >= 95 ? "full" : percent >= 80 ? "high" : percent >= 60 ? "rising" : "none";
}
