/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with a master's attachments, in words: programs of others before ours, a side that
 * is not judged. Looks only; nothing of anybody else's is ever removed. */
#ifndef VFG_LOADER_ALARM_H
#define VFG_LOADER_ALARM_H

#include <stddef.h>
#include <stdint.h>

#include "cover.h"

enum {
	VFG_ALARMS_MAX = 16, /* beyond that they are not listed */
	VFG_ALARM_TEXT_MAX = 200,
};

struct vfg_alarms {
	size_t count;
	char text[VFG_ALARMS_MAX][VFG_ALARM_TEXT_MAX];
};

/**
 * vfg_alarm_gather - look at a master and all below it
 * @cover: how and monitor are not looked at
 */
void vfg_alarm_gather(const struct vfg_cover *cover, struct vfg_alarms *ret_alarms);

/* Tells sets of alarms apart; 0 where there are none. */
uint32_t vfg_alarm_digest(const struct vfg_alarms *alarms);

#endif
