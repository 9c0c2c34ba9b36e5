/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies built by hand, a few lines each, and the packets to ask them about. What cannot be built
 * aborts: these are our own mistakes.
 */
#ifndef VFG_SELFTESTS_SAMPLE_H
#define VFG_SELFTESTS_SAMPLE_H

#include "../policy-compiler/model.h"
#include "../policy-compiler/nsgc.h"

enum { VFG_SAMPLE_RULES = 1200 }; /* room in a list */

struct vfg_sample {
	struct vfg_arena *arena;
	struct vfg_diag diag;
	struct vfg_model model;
	void *image; /* after vfg_sample_compile() */
	size_t image_bytes;
	struct vfg_tables tables;
};

/* A packet as a table row spells it; the family is the addresses'. */
struct vfg_sample_packet {
	enum vfg_direction direction;
	uint8_t protocol;
	const char *local;
	uint16_t local_port;
	const char *remote;
	uint16_t remote_port;
};

/* An empty policy. Released as a whole by vfg_arena_free(sample.arena). */
struct vfg_sample vfg_sample_new(void);

/* Append an empty list to the walk of a direction. */
struct vfg_list *vfg_sample_list(struct vfg_sample *sample, enum vfg_direction direction,
				 enum vfg_stage stage, const char *name);

/**
 * vfg_sample_rule - append a rule that matches everything; the caller narrows it
 * @name: kept, not copied
 */
struct vfg_model_rule *vfg_sample_rule(struct vfg_list *list, const char *name,
				       enum vfg_action action);

/* A set of prefixes of one family: "10.0.0.0/8 192.0.2.1/32". A new object with every call. */
const struct vfg_set *vfg_sample_set(struct vfg_sample *sample, const char *prefixes);
struct vfg_ports vfg_sample_ports(struct vfg_sample *sample, uint16_t first, uint16_t last);

/* Return: what vfg_image_write() and vfg_image_open() return; sample->tables is set at 0. */
int vfg_sample_compile(struct vfg_sample *sample);

struct vfg_tuple vfg_sample_tuple(const struct vfg_sample_packet *packet);

#endif
