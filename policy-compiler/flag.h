/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One flag of a command line and its value.
 */
#ifndef VFG_POLICY_COMPILER_FLAG_H
#define VFG_POLICY_COMPILER_FLAG_H

/**
 * vfg_flag_value - take `--flag VALUE` or `--flag=VALUE`
 * @index: moved past both
 *
 * Return: 1, 0 where argv[*index] is another flag, -EINVAL where the value is missing or empty.
 */
int vfg_flag_value(const char *flag, int argc, char **argv, int *index, const char **ret_value);

#endif
