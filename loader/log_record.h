/* SPDX-License-Identifier: GPL-2.0-only */
/* One line of a flow log, in whatever format it is written later. */
#ifndef VFG_LOADER_LOG_RECORD_H
#define VFG_LOADER_LOG_RECORD_H

#include <stdint.h>

enum vfg_log_state {
	VFG_LOG_BEGIN = 0,
	VFG_LOG_CONTINUE = 1,
	VFG_LOG_END = 2,
	VFG_LOG_DENY = 3,
	VFG_LOG_STATE_MAX = 4,
};

/* Of a record's packets and bytes: from the side that opened the flow, and back. */
enum {
	VFG_LOG_SENT = 0,
	VFG_LOG_RETURNED = 1,
};

/*
 * What happened to a flow, seen from the side that opened it. Counters are those since the record
 * before of the same flow; of B and D they are zero.
 */
struct vfg_log_record {
	uint64_t time_ms; /* since 1970 */
	uint64_t packets[2];
	uint64_t bytes[2];  /* of L2 frames */
	uint8_t source[16]; /* wire order; IPv4 in the first four bytes */
	uint8_t destination[16];
	uint16_t source_port; /* host order; 0 where the protocol has none */
	uint16_t destination_port;
	uint32_t rule;	   /* id */
	uint8_t protocol;  /* IP protocol number */
	uint8_t family;	   /* enum vfg_family */
	uint8_t direction; /* enum vfg_direction, of whoever opened the flow */
	uint8_t state;	   /* enum vfg_log_state */
};

/* Takes a record, at once: it is not there any more when this returns. */
typedef void vfg_log_take(void *data, const struct vfg_log_record *record);

#endif
