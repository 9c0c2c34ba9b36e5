/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Large inputs as JSON texts, up to the platform's limits: NSGs, security admin rules and a service
 * tags file of the platform's shape. The same for the same seed.
 */
#ifndef VFG_SELFTESTS_SCALE_H
#define VFG_SELFTESTS_SCALE_H

#include "../policy-compiler/nsgc.h"

enum vfg_scale_kind {
	/* As people write them: tags, shared prefixes, lists of ports. */
	VFG_SCALE_USUAL,
	/* Every rule another prefix on both sides and other ports, all nested and overlapping, so
	 * that rules tell apart as many packets as their number admits. */
	VFG_SCALE_ADVERSE,
};

struct vfg_scale {
	enum vfg_scale_kind kind;
	size_t nsgs;	     /* 1 or 2: the subnet's, then the NIC's too */
	size_t rules;	     /* an NSG, up to 1,000 */
	size_t values;	     /* prefixes and port ranges an NSG and side; less where rules have
				tags (one in six a side) and where the ports are usual */
	size_t tag_prefixes; /* distinct ones in the service tags file; 0: no file, no tags */
	size_t admin_rules;  /* 0: none */
};

enum {
	VFG_SCALE_SOURCES_MAX = 4,
};

/* Texts that belong together; released by vfg_scale_free(). */
struct vfg_scale_input {
	size_t count;
	struct vfg_source source[VFG_SCALE_SOURCES_MAX];
	const char *tag[1]; /* --tag VirtualNetwork=... */
};

/**
 * vfg_scale_new - the texts of an input
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_scale_new(const struct vfg_scale *scale, struct vfg_scale_input *ret_input);
void vfg_scale_free(struct vfg_scale_input *input);

/* The request to compile it; points into @input. */
struct vfg_request vfg_scale_request(const struct vfg_scale_input *input);

#endif
