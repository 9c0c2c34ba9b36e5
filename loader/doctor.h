/* SPDX-License-Identifier: GPL-2.0-only */
/* One run of the doctor: what it looks at, and the checks, each in a file of its family. */
#ifndef VFG_LOADER_DOCTOR_H
#define VFG_LOADER_DOCTOR_H

#include <stdbool.h>

#include "device.h"
#include "finding.h"
#include "loaded.h"
#include "netlink.h"

enum { VFG_DOCTOR_MASTERS_MAX = 64 };

/* A master: loaded, or one that could be. */
struct vfg_doctor_master {
	struct vfg_device device;
	bool is_loaded;		   /* completely, and readable by us */
	bool is_known;		   /* whether it is, and which programs are ours */
	struct vfg_loaded *loaded; /* NULL where it is not */
};

struct vfg_doctor {
	const char *root; /* before all paths of files: "", or what --root names */
	bool fix;
	bool privileged;   /* may look at programs, pins and maps */
	char missing[256]; /* which capabilities are not there */
	struct vfg_links links;
	struct vfg_findings findings;
	size_t count;
	struct vfg_doctor_master master[VFG_DOCTOR_MASTERS_MAX];
};

/* Of the machine. */
void vfg_doctor_kernel(struct vfg_doctor *doctor);
void vfg_doctor_packages(struct vfg_doctor *doctor);
void vfg_doctor_clock(struct vfg_doctor *doctor);
void vfg_doctor_service(struct vfg_doctor *doctor);
void vfg_doctor_managers(struct vfg_doctor *doctor);
void vfg_doctor_sockets(struct vfg_doctor *doctor);

/* Of a master and what is below it. */
void vfg_doctor_hooks(struct vfg_doctor *doctor, const struct vfg_doctor_master *master);
void vfg_doctor_nics(struct vfg_doctor *doctor, const struct vfg_doctor_master *master);
void vfg_doctor_paths(struct vfg_doctor *doctor, const struct vfg_doctor_master *master);
void vfg_doctor_addresses(struct vfg_doctor *doctor, const struct vfg_doctor_master *master);
void vfg_doctor_policy(struct vfg_doctor *doctor, const struct vfg_doctor_master *master);

/**
 * vfg_doctor_pick - fill in the masters
 * @name: NULL for all that are loaded, and all that look like a master with a VF
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_doctor_pick(struct vfg_doctor *doctor, const char *name);
void vfg_doctor_release(struct vfg_doctor *doctor);

/* Is a device below this master? */
bool vfg_doctor_is_below(const struct vfg_doctor_master *master, const struct vfg_link *link);

/* The master that a device is below, among those picked; NULL where it is below none. */
const struct vfg_doctor_master *vfg_doctor_above(const struct vfg_doctor *doctor,
						 const struct vfg_link *link);

/**
 * vfg_doctor_vf_driver - the driver of a VF, as the kernel's driver core has it
 * @ret_driver: "mana", "mlx4_core", "mlx5_core", or "" where it is none of those
 *
 * ethtool calls that of ConnectX-3 mlx4_en.
 */
void vfg_doctor_vf_driver(const struct vfg_doctor *doctor, const char *device,
			  char ret_driver[VFG_DRIVER_MAX]);

#endif
