/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process is allowed to do. */
#ifndef VFG_LOADER_CAPABILITY_H
#define VFG_LOADER_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * vfg_capability_check - are CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN there?
 * @command: for the message, which names each that is missing
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_capability_check(const char *command);

/**
 * vfg_capability_missing - which of them are not there, for who goes on without
 * @ret_missing: "CAP_BPF (to load programs), ...", "" where none is missing
 */
bool vfg_capability_missing(char *ret_missing, size_t room);

/* vfg_capability_check() without CAP_SYS_ADMIN, where somebody else has mounted the BPF file
 * system. */
int vfg_capability_check_service(const char *command);

/* CAP_BPF alone, for commands that read maps; who is not root needs CAP_DAC_OVERRIDE besides. */
int vfg_capability_check_maps(const char *command);

/* And CAP_NET_ADMIN, for commands that look at the programs of devices, or ask them. */
int vfg_capability_check_look(const char *command);

#endif
