/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader of the platform's flow logs, written from their published description and from nothing
 * of vfguard's: what it takes, other readers take.
 */
#ifndef VFG_SELFTESTS_FLOWLOG_H
#define VFG_SELFTESTS_FLOWLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VFG_FLOWLOG_TEXT_BYTES = 320 };

/* One flow tuple, with what stands above it. */
struct vfg_flowlog_tuple {
	int version; /* 2 of an NSG, 4 of a virtual network */
	uint64_t time_ms;
	char source[48];
	char destination[48];
	unsigned int source_port, destination_port;
	unsigned int protocol; /* number */
	char direction;	       /* I, O */
	char state;	       /* B, C, E; D where denied, in both formats */
	bool has_counts;
	uint64_t packets[2]; /* there, back */
	uint64_t bytes[2];
	char rule[VFG_FLOWLOG_TEXT_BYTES];
	char acl[VFG_FLOWLOG_TEXT_BYTES];      /* GUID of version 4 */
	char resource[VFG_FLOWLOG_TEXT_BYTES]; /* whose log it is */
	char mac[16];			       /* "" where version 2 has none */
};

struct vfg_flowlog {
	struct vfg_flowlog_tuple *tuple;
	size_t count;
	size_t records;
	char fault[512]; /* what is wrong */
};

/**
 * vfg_flowlog_read - read a document, {"records":[...]} or a bare record
 *
 * Strict: every member must be there and of its form, tuples have 13 fields, nothing may follow.
 *
 * Return: false with log->fault. Released by vfg_flowlog_free() in either case.
 */
bool vfg_flowlog_read(const char *text, struct vfg_flowlog *ret_log);

/* The same of a file; false where it is not there. */
bool vfg_flowlog_read_file(const char *path, struct vfg_flowlog *ret_log);
void vfg_flowlog_free(struct vfg_flowlog *log);

#endif
