/* SPDX-License-Identifier: GPL-2.0-only */
/* What status shows of one master, gathered before it is printed. */
#ifndef VFG_LOADER_STATUS_H
#define VFG_LOADER_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "active.h"
#include "alarm.h"
#include "count.h"
#include "coverage.h"
#include "device.h"
#include "fill.h"
#include "loaded.h"
#include "refusal.h"
#include "role.h"
#include "screen.h"
#include "share.h"

enum {
	VFG_STATUS_PATHS_MAX = 256,
	VFG_STATUS_ADDRESS_MAX = 3 * VFG_LINK_ADDRESS_MAX,
};

struct vfg_status_path {
	uint32_t ifindex;
	char name[IFNAMSIZ]; /* "" where the device is gone */
	char driver[VFG_DRIVER_MAX];
	char address[VFG_STATUS_ADDRESS_MAX];
	const char
		*xdp; /* "native", "generic", "tc-only", "through-master", "not-covered", "none" */
	const char *reason; /* why there is no XDP; "" where there is nothing to say */
	char refusal[VFG_REFUSAL_TEXT_MAX]; /* where the reason is one of the driver's */
	enum vfg_role_kind role;
	bool up;	     /* and running */
	uint64_t arrived_ns; /* CLOCK_BOOTTIME; 0: not known */
	uint64_t recent;     /* packets since the first look */
	bool has_account;    /* it brings packets of its own */
	uint32_t cover_us;   /* from the kernel's first word of it to its XDP; 0: not measured */
	struct vfg_count judged[VFG_HOOK_MAX];
	struct vfg_count dropped[VFG_HOOK_MAX];
};

struct vfg_status {
	char master[IFNAMSIZ];
	bool gone; /* the device is */
	bool tc[VFG_DIRECTION_MAX];
	enum vfg_tc_way tc_way;
	struct vfg_alarms alarms;
	struct vfg_device device;
	size_t path_count;
	struct vfg_status_path path[VFG_STATUS_PATHS_MAX];
	struct vfg_active policy;
	uint32_t rules;
	struct vfg_state_policy origin; /* applied_s 0: not known */
	struct vfg_fill flows[VFG_FAMILY_MAX];
	struct vfg_count reason[VFG_COUNTER_REASON_ENTRIES];
	bool has_coverage; /* a version without may have loaded it */
	uint64_t looked_ns;
	struct vfg_coverage coverage;
	struct vfg_share_base base; /* at_ns 0: there was no first look */
	uint64_t recent;	    /* packets since then, of all paths */
	uint64_t recent_vf;	    /* those that came by a VF */
};

/**
 * vfg_status_gather - look at a loaded master
 * @base: an earlier look, NULL to take what the daemon has marked
 * @ret_status: released by vfg_status_free()
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_status_gather(const struct vfg_loaded *loaded, const struct vfg_links *links,
		      const struct vfg_share_base *base, struct vfg_status *ret_status);
void vfg_status_free(struct vfg_status *status);

extern const char *const vfg_status_hooks[VFG_HOOK_MAX];
extern const char *const vfg_status_states[VFG_FLOW_STATE_MAX];
extern const char *const vfg_status_reasons[];
extern const char *const vfg_status_families[VFG_FAMILY_MAX];

/* Packets by hook and reason. */
uint64_t vfg_status_count(const struct vfg_status *status, int hook, int reason);

/* New flows that were refused because a table had no room. */
uint64_t vfg_status_refused(const struct vfg_status *status);

/* How many alarms there are to show. */
size_t vfg_status_alarms(const struct vfg_status *status);

void vfg_status_print(const struct vfg_screen *screen, const struct vfg_status *status);

/* The parts about coverage: alarms come first, a line of the sums, a line of each device. */
void vfg_status_print_alarm(const struct vfg_screen *screen, const struct vfg_status *status);
void vfg_status_print_coverage(const struct vfg_screen *screen, const struct vfg_status *status);
void vfg_status_print_received(const struct vfg_screen *screen, const struct vfg_status *status,
			       uint32_t ifindex);

struct json_object;
struct json_object *vfg_status_json_coverage(const struct vfg_status *status);
void vfg_status_json_received(const struct vfg_status *status, uint32_t ifindex,
			      struct json_object *to);

struct json_object *vfg_status_json(const struct vfg_status *status);

#endif
