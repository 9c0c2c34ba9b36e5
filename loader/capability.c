/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks privileges before anything is tried, so that the message can name what is missing. */
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capability.h"
#include "say.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

struct need {
	int number;
	const char *name;
	const char *why;
	int same_as; /* a wider capability that includes it */
};

static const struct need needs[] = {
	{CAP_BPF, "CAP_BPF", "load programs", CAP_SYS_ADMIN},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", "attach them", CAP_NET_ADMIN},
	{CAP_PERFMON, "CAP_PERFMON", "parse packets", CAP_SYS_ADMIN},
	/* The last: pins of an earlier version, a machine without a BPF file system. */
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "find maps by id, mount bpffs", CAP_SYS_ADMIN},
};

enum { NEEDS = sizeof(needs) / sizeof(needs[0]) };

static const struct need read_needs[] = {
	{CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE", "open pins, which are root's", CAP_DAC_OVERRIDE},
	{CAP_BPF, "CAP_BPF", "read maps", CAP_SYS_ADMIN},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", "ask which programs devices have", CAP_NET_ADMIN},
};

static uint64_t effective(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static bool find_missing(const struct need *need, int count, char *ret_missing, size_t room)
{
	uint64_t have = effective();

	ret_missing[0] = '\0';
	for (; count > 0; count--, need++) {
		size_t used = strlen(ret_missing);

		if (have >> need->number & 1 || have >> need->same_as & 1)
			continue;
		snprintf(ret_missing + used, room - used, "%s%s (to %s)", used ? ", " : "",
			 need->name, need->why);
	}
	return ret_missing[0];
}

static int check(const char *command, const struct need *need, int count)
{
	char missing[256];

	if (!find_missing(need, count, missing, sizeof(missing)))
		return 0;
	return vfg_say(VFG_EXIT_SYSTEM, command, "missing %s; run it as root", missing);
}

bool vfg_capability_missing(char *ret_missing, size_t room)
{
	return find_missing(needs, NEEDS, ret_missing, room);
}

int vfg_capability_check(const char *command)
{
	return check(command, needs, NEEDS);
}

int vfg_capability_check_service(const char *command)
{
	return check(command, needs, NEEDS - 1);
}

/* Root opens its own pins, whatever else it may not do. */
static int check_read(const char *command, int count)
{
	int owns = geteuid() == 0;

	return check(command, read_needs + owns, count - owns);
}

int vfg_capability_check_maps(const char *command)
{
	return check_read(command, 2);
}

int vfg_capability_check_look(const char *command)
{
	return check_read(command, 3);
}
