/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that writes the daemon's flow logs. It is one of its own, so that a disk that hangs
 * or a journal that is slow keeps the daemon from nothing.
 */
#ifndef VFG_LOADER_LOG_WRITE_H
#define VFG_LOADER_LOG_WRITE_H

/**
 * vfg_log_write - write the flow logs of all masters of this network namespace, until told to end
 * @file: the settings; NULL for the default ones
 *
 * Return: the exit status, reported.
 */
int vfg_log_write(const char *file);

#endif
