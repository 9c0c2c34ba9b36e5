/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the loaded programs what they would do with a packet (maps/answer.h). */
#ifndef VFG_LOADER_ASK_H
#define VFG_LOADER_ASK_H

#include "active.h"
#include "pin.h"

/* The programs and the policy of a master, open for questions. */
struct vfg_asker {
	const struct vfg_pins *pins;
	int xdp;
	int tc_in;
	int tc_out;
	struct vfg_active active;
};

/**
 * vfg_asker_open - open the programs and the policy
 * @where: the master, for messages
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_asker_open(const struct vfg_pins *pins, const char *where, struct vfg_asker *ret_asker);
void vfg_asker_close(struct vfg_asker *asker);
#define autoasker __attribute__((cleanup(vfg_asker_close)))

/**
 * vfg_ask - the verdict of the loaded programs
 * @ret_verdict: points into @asker's policy, until the next question
 *
 * Inbound, XDP and TC ingress must agree; where they do not, that is a bug and said.
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_ask(struct vfg_asker *asker, const char *where, const struct vfg_tuple *tuple,
	    struct vfg_verdict *ret_verdict);

#endif
