/* SPDX-License-Identifier: GPL-2.0-only */
/* Time-outs of flows: their names, their defaults, and what the command line makes of them. */
#include "timeout.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The platform forgets an idle flow after four minutes; half-open ones go sooner. */
const struct vfg_timeouts vfg_timeouts_default = {
	.tcp =
		{
			[VFG_FLOW_NEW] = 60,
			[VFG_FLOW_REPLIED] = 60,
			[VFG_FLOW_CLOSING] = 15,
			[VFG_FLOW_RESET] = 5,
			[VFG_FLOW_FIN] = 240,
			[VFG_FLOW_ESTABLISHED] = 240,
		},
	.udp = 240,
	.icmp = 240,
	.other = 240,
	.fragment = 2,
};

/* Beside the names below, and their bounds. */
const char vfg_timeouts_usage[] =
	"takes NAME=SECONDS[,...], 1 to 86400 seconds, of half-open, established, closing, reset, "
	"udp, icmp, other, fragment";

_Static_assert(VFG_TIMEOUT_SECONDS_MAX == 86400, "as the usage says");

#define TCP(state) offsetof(struct vfg_timeouts, tcp[state])
#define BOTH(member)                                                                               \
	{                                                                                          \
		offsetof(struct vfg_timeouts, member), offsetof(struct vfg_timeouts, member)       \
	}

/* A name may stand for two states. */
static const struct {
	const char *name;
	size_t offset[2];
} names[] = {
	{"half-open", {TCP(VFG_FLOW_NEW), TCP(VFG_FLOW_REPLIED)}},
	{"established", {TCP(VFG_FLOW_ESTABLISHED), TCP(VFG_FLOW_FIN)}},
	{"closing", {TCP(VFG_FLOW_CLOSING), TCP(VFG_FLOW_CLOSING)}},
	{"reset", {TCP(VFG_FLOW_RESET), TCP(VFG_FLOW_RESET)}},
	{"udp", BOTH(udp)},
	{"icmp", BOTH(icmp)},
	{"other", BOTH(other)},
	{"fragment", BOTH(fragment)},
};

/* One NAME=SECONDS of @length bytes. */
static bool take_one(struct vfg_timeouts *timeouts, const char *text, size_t length)
{
	const char *equals = memchr(text, '=', length);
	size_t name_length = equals ? (size_t)(equals - text) : 0;
	unsigned long seconds;
	char *end;

	if (!equals || equals[1] < '0' || equals[1] > '9')
		return false;
	seconds = strtoul(equals + 1, &end, 10);
	if (end != text + length || seconds < 1 || seconds > VFG_TIMEOUT_SECONDS_MAX)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != name_length ||
		    strncmp(names[i].name, text, name_length) != 0)
			continue;
		for (int j = 0; j < 2; j++)
			*(uint32_t *)((char *)timeouts + names[i].offset[j]) = (uint32_t)seconds;
		return true;
	}
	return false;
}

int vfg_timeouts_take(struct vfg_timeouts *timeouts, const char *text)
{
	struct vfg_timeouts changed = *timeouts;

	for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		if (!take_one(&changed, at, strcspn(at, ",")))
			return -EINVAL;
	}
	*timeouts = changed;
	return 0;
}
