/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A library to preload: the command that runs with it has a time of day that is VFG_SHIFT_S seconds
 * ahead. All other clocks are the machine's. The kernel has no namespace for this one, and its
 * calls never get to the kernel, where `pretend` could answer them.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t shift(void)
{
	const char *text = getenv("VFG_SHIFT_S");

	return text ? (time_t)atoll(text) : 0;
}

int clock_gettime(clockid_t id, struct timespec *ret_time)
{
	int (*next)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
	int err = next(id, ret_time);

	if (!err && id == CLOCK_REALTIME)
		ret_time->tv_sec += shift();
	return err;
}

time_t time(time_t *ret_time)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret_time)
		*ret_time = now.tv_sec;
	return now.tv_sec;
}
