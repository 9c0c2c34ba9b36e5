/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One flag of a command line and its value.
 */
#include <errno.h>
#include <string.h>

#include "flag.h"

int vfg_flag_value(const char *flag, int argc, char **argv, int *index, const char **ret_value)
{
	size_t length = strlen(flag);
	const char *argument = argv[*index];

	if (strncmp(argument, flag, length))
		return 0;
	if (argument[length] && argument[length] != '=')
		return 0;
	if (argument[length]) {
		*ret_value = argument + length + 1;
	} else {
		if (*index + 1 >= argc)
			return -EINVAL;
		*ret_value = argv[++*index];
	}
	++*index;
	return **ret_value ? 1 : -EINVAL;
}
