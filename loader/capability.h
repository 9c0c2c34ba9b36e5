/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process is allowed to do. */
#ifndef VFG_LOADER_CAPABILITY_H
#define VFG_LOADER_CAPABILITY_H

/**
 * vfg_capability_check - are CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN there?
 * @command: for the message, which names each that is missing
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_capability_check(const char *command);

/* The same without CAP_SYS_ADMIN, where somebody else has mounted the BPF file system. */
int vfg_capability_check_service(const char *command);

#endif
