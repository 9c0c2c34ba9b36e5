/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole inputs as a user thinks of them, random but the same for the same seed: rules in words,
 * groups, tags. They can be written as JSON text in the platform's shapes, judged naively, and met
 * by packets. Nothing here is shared with the library but the packet's and the request's form.
 */
#ifndef VFG_SELFTESTS_GENERATE_JSON_H
#define VFG_SELFTESTS_GENERATE_JSON_H

#include "generate.h"

enum {
	SKETCH_RULES_MAX = 16,
	SKETCH_PREFIXES_MAX = 5,
	SKETCH_RANGES_MAX = 4,
	SKETCH_GROUPS = 5,
	SKETCH_NICS = 4,
	SKETCH_ADDRESSES = 3, /* of one NIC */
	SKETCH_SOURCES_MAX = 8,
	SKETCH_PROTOCOL_ANY = -1,
};

enum sketch_tag_name {
	SKETCH_NETWORK,	 /* VirtualNetwork, by --tag */
	SKETCH_INTERNET, /* what is outside of it */
	SKETCH_BALANCER,
	SKETCH_DNS,
	SKETCH_IMDS,
	SKETCH_STORAGE, /* in the file */
	SKETCH_SQL,	/* in the file */
	SKETCH_OFFICE,	/* by --tag */
	SKETCH_BOTH,	/* in the file and by --tag, which wins */
	SKETCH_TAGS,
};

extern const char *const sketch_tag_name[SKETCH_TAGS];

struct sketch_prefix {
	uint8_t family; /* enum vfg_family */
	uint8_t length;
	uint8_t byte[16];
};

struct sketch_prefixes {
	size_t count;
	struct sketch_prefix prefix[SKETCH_PREFIXES_MAX];
};

enum sketch_side_kind {
	SKETCH_ANY,
	SKETCH_LIST,
	SKETCH_TAG,
	SKETCH_GROUP,
};

struct sketch_side {
	enum sketch_side_kind kind;
	struct sketch_prefixes list;
	enum sketch_tag_name tag;
	unsigned int groups; /* bits */
};

/* Any order, may overlap; none: every port. */
struct sketch_ports {
	size_t count;
	struct vfg_port_range range[SKETCH_RANGES_MAX];
};

struct sketch_rule {
	char name[24];
	unsigned int priority;
	int protocol;
	enum vfg_direction direction;
	enum vfg_action action;
	struct sketch_side side[2]; /* source, destination */
	struct sketch_ports ports[2];
};

struct sketch_list {
	bool given;
	const char *name;
	enum vfg_stage stage;
	size_t count;
	struct sketch_rule rule[SKETCH_RULES_MAX]; /* priority is not the order */
};

struct sketch_nic {
	unsigned int groups; /* bits, of all its addresses */
	size_t count;
	struct sketch_prefix address[SKETCH_ADDRESSES];
};

struct sketch {
	enum vfg_platform platform;
	bool inert; /* a rule that names an empty group matches nothing */
	struct sketch_list list[VFG_STAGE_MAX]; /* the platform's is empty */
	struct sketch_prefixes tag[SKETCH_TAGS];
	struct sketch_prefixes decoy; /* what the file says of SKETCH_BOTH */
	struct sketch_nic nic[SKETCH_NICS];
};

/* Who decided: kind and name as "KIND/NAME"; kind is NULL for admin rules. */
struct sketch_verdict {
	bool allow;
	enum vfg_stage stage;
	const char *kind;
	const char *name;
	const struct sketch_rule *rule; /* NULL where it is none of the input's */
	bool passed_on;			/* by an Allow of the security admin rules */
};

void sketch_random(struct sketch *sketch, struct vfg_random *random);

/**
 * sketch_request - the input as texts, in shapes chosen at random
 * @ret_request: sources and tags live in @arena
 */
void sketch_request(struct vfg_arena *arena, const struct sketch *sketch, struct vfg_random *random,
		    struct vfg_request *ret_request);

/* A packet at the edge of what some rule says. */
struct vfg_tuple sketch_tuple(const struct sketch *sketch, struct vfg_random *random);

/* Straight from the input: no ranges, no sets, no lists in order. */
struct sketch_verdict sketch_judge(const struct sketch *sketch, const struct vfg_tuple *tuple);

/* The first bits of two addresses are alike. */
bool sketch_prefix_has(const struct sketch_prefix *prefix, uint8_t family, const uint8_t *address);

#endif
