/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policies that are measured, and packets that they allow or deny.
 *
 * The usual one: two NSGs of as many rules, three in four inbound, each rule with a service tag of
 * its own while there are tags; one in ten allows a port from the whole Internet in both NSGs. The
 * tags are the platform's real ones where their file is there, else generated ones of that shape.
 */
#ifndef VFG_SELFTESTS_BENCH_RULESET_H
#define VFG_SELFTESTS_BENCH_RULESET_H

#include "../../policy-compiler/model.h"
#include "../generate.h"

enum {
	RULESET_RULES = 1000, /* an NSG, the platform's limit */
	RULESET_ADVERSE_PREFIXES = 60,
};

struct ruleset {
	struct vfg_arena *arena;
	struct vfg_model *model;
	struct vfg_tables tables; /* an image's, in the arena */
	const void *image;
	size_t image_bytes;
	bool real_tags;
	bool many_locals; /* rules tell local addresses apart, and packets go to many of them */
};

/**
 * ruleset_usual - the policy above
 * @rules: of both NSGs together
 * @prefixes: in all tags together, generated; 0: the real tags
 */
struct ruleset ruleset_usual(size_t rules, size_t prefixes);

/* One list in which every rule has prefixes of its own on both sides; built as a model, since the
 * platform's limits refuse it as a text. */
struct ruleset ruleset_adverse(void);

void ruleset_free(struct ruleset *ruleset);

enum ruleset_path {
	RULESET_ESTABLISHED, /* the tuple is allowed, and not from the network's own addresses */
	RULESET_DENIED,
	RULESET_NEW, /* allowed, from the network's own addresses: any of them is */
};

/**
 * ruleset_pick - random tuples of TCP that the policy judges as the path needs it, inbound
 *
 * Half of the remote addresses are in sets that the rules name.
 */
void ruleset_pick(const struct ruleset *ruleset, enum vfg_family family, enum ruleset_path path,
		  struct vfg_tuple *ret_tuples, size_t count);

#endif
