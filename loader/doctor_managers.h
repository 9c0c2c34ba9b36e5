/* SPDX-License-Identifier: GPL-2.0-only */
/* Network managers of the machine: do they leave VFs alone, and what is written so that they do. */
#ifndef VFG_LOADER_DOCTOR_MANAGERS_H
#define VFG_LOADER_DOCTOR_MANAGERS_H

#include "doctor.h"

extern const char vfg_unmanaged_rule_path[];
extern const char vfg_unmanaged_network_path[];

/* The files' texts, as packaging/ has them. */
extern const char vfg_unmanaged_rule[], vfg_unmanaged_rule_end[];
extern const char vfg_unmanaged_network[], vfg_unmanaged_network_end[];

/* Are VFs of every driver that the machine may have marked as unmanaged by some rule of udev? */
bool vfg_doctor_all_left_alone(const struct vfg_doctor *doctor);

/* Have a running udev read its rules again, or say why not. */
void vfg_doctor_reload_udev(const char *root);

#endif
