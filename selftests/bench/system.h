/* SPDX-License-Identifier: GPL-2.0-only */
/* The packet filters that are compared on real frames, each in a guest of its own. */
#ifndef VFG_SELFTESTS_BENCH_SYSTEM_H
#define VFG_SELFTESTS_BENCH_SYSTEM_H

#include "link.h"
#include "rig.h"

enum {
	SYSTEM_FLOWS = 1024,
	SYSTEM_FILTER_ADDRESSES = 256,
};

/* What is the same for all of them. */
struct field {
	struct rig rig;
	struct ruleset ruleset;
	struct feed_header *established; /* SYSTEM_FLOWS */
	struct feed_header *syn;	 /* of the same flows */
	struct feed_header *syn_ack;
	struct feed_header *denied; /* SYSTEM_FLOWS */
	const char *folder;	    /* for the peers' files */
	struct verdict *verdict;    /* the XDP program once more, for vfguard_xdp */
};

/* Release what a set_up() has left in the field. */
void system_release(struct field *field);

struct system {
	const char *name;
	/**
	 * put the filter in force on the link's guest
	 * @ret_note: what a row has to say of it; why not, on false
	 */
	bool (*set_up)(struct field *field, const struct link *link, const char **ret_note);
	bool is_slow;	      /* tens of microseconds a packet */
	bool has_connections; /* established ones are to be made by packets */
	bool is_verdict;      /* the verdict alone: no frame gets through, counters tell */
	bool drops, allows, establishes, denies; /* the paths that it has */
};

enum { SYSTEMS = 7 };
extern const struct system systems[SYSTEMS];

#endif
