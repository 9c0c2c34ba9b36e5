/* SPDX-License-Identifier: GPL-2.0-only */
/* Fills, writes and reads the control entry. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "control.h"
#include "say.h"
#include "tick.h"

/* Rounded up: a flow lives for no less than it was promised. */
static uint32_t ticks_of(uint32_t seconds, uint32_t jiffies_hz)
{
	return (uint32_t)(((uint64_t)seconds * jiffies_hz + (1 << VFG_TICK_SHIFT) - 1) >>
			  VFG_TICK_SHIFT);
}

int vfg_control_fill(uint32_t buckets, const struct vfg_timeouts *timeouts,
		     struct vfg_control *ret_control)
{
	struct vfg_control control = {
		.flow_mask = {buckets - 1, buckets - 1},
	};
	uint32_t jiffies_hz;
	int err;

	if (getrandom(control.seed, sizeof(control.seed), 0) != sizeof(control.seed))
		return vfg_say(VFG_EXIT_SYSTEM, "random", "%s; try again", strerror(errno));
	err = vfg_tick_hz(&jiffies_hz);
	if (err)
		return err;
	control.tick_hz = ticks_of(1, jiffies_hz);
	for (int i = 0; i < VFG_FLOW_STATE_MAX; i++)
		control.timeout_ticks[i] = ticks_of(timeouts->tcp[i], jiffies_hz);
	control.timeout_udp_ticks = ticks_of(timeouts->udp, jiffies_hz);
	control.timeout_icmp_ticks = ticks_of(timeouts->icmp, jiffies_hz);
	control.timeout_other_ticks = ticks_of(timeouts->other, jiffies_hz);
	control.timeout_fragment_ticks = ticks_of(timeouts->fragment, jiffies_hz);
	*ret_control = control;
	return 0;
}

int vfg_control_write(const struct vfg_pins *pins, const struct vfg_control *control)
{
	const uint32_t key = 0;
	autofd int fd = vfg_pin_get(pins, "vfg_control");

	if (fd < 0)
		return fd;
	return bpf_map_update_elem(fd, &key, control, BPF_ANY) < 0 ? -errno : 0;
}

int vfg_control_read(const struct vfg_pins *pins, struct vfg_control *ret_control)
{
	const uint32_t key = 0;
	autofd int fd = vfg_pin_get(pins, "vfg_control");

	if (fd < 0)
		return fd;
	return bpf_map_lookup_elem(fd, &key, ret_control) < 0 ? -errno : 0;
}
