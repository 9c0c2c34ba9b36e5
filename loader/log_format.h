/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as text: the platform's two formats, and two of our own. */
#ifndef VFG_LOADER_LOG_FORMAT_H
#define VFG_LOADER_LOG_FORMAT_H

#include <stdio.h>

#include "log_identity.h"
#include "log_record.h"

enum vfg_log_format {
	VFG_LOG_OFF = 0,
	VFG_LOG_VNET = 1, /* VNet flow log, version 4 */
	VFG_LOG_NSG = 2,  /* NSG flow log, version 2 */
	VFG_LOG_TEXT = 3, /* a line a record, for people */
	VFG_LOG_JSON = 4, /* the same, a JSON object a line */
};

struct vfg_log_batch {
	struct vfg_log_record *record;
	size_t count;
	const struct vfg_log_names *names;
	const struct vfg_log_identity *identity;
	uint64_t time_ns; /* since 1970: when it is written */
};

/**
 * vfg_log_sort - order records as the platform's formats group them: by list, rule and time
 *
 * Records of one flow stay in their order.
 */
void vfg_log_sort(struct vfg_log_batch *batch);

/**
 * vfg_log_write_vnet - one element of records[], without a newline; the batch is sorted
 *
 * Return: how many records it has; 0 where there are none, then nothing is written.
 */
size_t vfg_log_write_vnet(FILE *to, const struct vfg_log_batch *batch);

/**
 * vfg_log_write_nsg - the element of one NSG
 * @list: index into the names' lists
 *
 * Return: as above. Of an NSG log are TCP and UDP only, and only what an NSG's rules decided.
 */
size_t vfg_log_write_nsg(FILE *to, const struct vfg_log_batch *batch, uint32_t list);

/* Does an NSG log of some list have this record? */
bool vfg_log_nsg_has(const struct vfg_log_names *names, const struct vfg_log_record *record);

/* One line each, with its newline. */
void vfg_log_write_text(FILE *to, const struct vfg_log_batch *batch,
			const struct vfg_log_record *record);
void vfg_log_write_json(FILE *to, const struct vfg_log_batch *batch,
			const struct vfg_log_record *record);

/* The same of denied packets that were not told of one by one. */
void vfg_log_write_more(FILE *to, const struct vfg_log_batch *batch, enum vfg_log_format format,
			uint32_t rule, uint64_t packets);

/* A JSON string with its quotes. */
void vfg_log_write_string(FILE *to, const char *text);

enum { VFG_LOG_TIME_BYTES = 32 };

/* 2026-03-01T12:00:05.1234567Z */
void vfg_log_time(uint64_t time_ns, char ret_text[VFG_LOG_TIME_BYTES]);

enum { VFG_LOG_ADDRESS_BYTES = 46 };

void vfg_log_address(uint8_t family, const uint8_t *address, char ret_text[VFG_LOG_ADDRESS_BYTES]);

#endif
