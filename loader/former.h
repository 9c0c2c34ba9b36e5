/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a version of vfguard with other layouts (VFG_ABI) has loaded on a master. Its maps cannot be
 * read here, but links, programs and the head of its state can, so that it is taken over without a
 * moment in which nothing judges.
 */
#ifndef VFG_LOADER_FORMER_H
#define VFG_LOADER_FORMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pin.h"
#include "state.h"

enum { VFG_FORMERS_MAX = 4 };

struct vfg_former {
	uint32_t abi;
	struct vfg_pins pins;
	struct vfg_state state; /* the head; the rest, too, where it has the same layout */
};

struct vfg_formers {
	size_t count;
	struct vfg_former former[VFG_FORMERS_MAX];
};

/**
 * vfg_formers_find - what other versions have loaded under this name in this network namespace
 *
 * Where there is no state, as after a load that was killed, the master counts as this one.
 */
void vfg_formers_find(const char *master, struct vfg_formers *ret_formers);
void vfg_formers_close(struct vfg_formers *formers);
#define autoformers __attribute__((cleanup(vfg_formers_close)))

/**
 * vfg_formers_replace - put our TC programs into the clsact filters that the others have
 * @state: ours; it inherits a clsact qdisc
 *
 * The kernel exchanges a filter's program between two packets. tcx links need no such thing: ours
 * stand beside the others'.
 *
 * Return: 0 or -errno.
 */
int vfg_formers_replace(const struct vfg_formers *formers, const struct vfg_pins *pins,
			struct vfg_state *state);

/* The reverse, where our load fails after all. Return: 0 or -errno. */
int vfg_formers_restore(const struct vfg_formers *formers, const struct vfg_pins *pins,
			const struct vfg_state *state);

/* Take the others' XDP off. Return: 0 or -errno. */
int vfg_formers_uncover(const struct vfg_formers *formers);

/* Remove all of theirs. Return: 0 or -errno. */
int vfg_formers_remove(const struct vfg_formers *formers);

#endif
