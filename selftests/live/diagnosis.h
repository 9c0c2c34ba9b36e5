/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The doctor in a guest, below a root of files that are as they should be: what it finds, and rows
 * that plant a fault, see it told of, mend it, and see it told of no more.
 */
#ifndef VFG_SELFTESTS_LIVE_DIAGNOSIS_H
#define VFG_SELFTESTS_LIVE_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

enum { VFG_DIAGNOSIS_TEXT_BYTES = 512 };

struct vfg_diagnosis {
	int status;	   /* of the command */
	char severity[16]; /* the worst of the check that was asked for; "" where it says nothing */
	char finding[VFG_DIAGNOSIS_TEXT_BYTES];
	char fix[VFG_DIAGNOSIS_TEXT_BYTES];
};

/* Make guest->folder/root: VF p0 of driver mana, a service that is enabled and names the master. */
void vfg_diagnosis_root(struct vfg_guest *guest);

/* Load policy.json on the master. */
void vfg_diagnosis_load(struct vfg_guest *guest, const char *more);

/**
 * vfg_diagnosis_make - run the doctor and look for a check
 * @arguments: beside --json and --root
 * @device: NULL for any
 */
struct vfg_diagnosis vfg_diagnosis_make(struct vfg_guest *guest, const char *arguments,
					const char *check, const char *device);

/**
 * vfg_diagnosis_pretend - the same of a machine that answers otherwise
 * @wishes: as the tool pretend takes them, "" for none
 */
struct vfg_diagnosis vfg_diagnosis_pretend(struct vfg_guest *guest, const char *wishes,
					   const char *check, const char *device);

struct vfg_diagnosis_row {
	const char *name;
	const char *plant; /* a shell command in guest->folder/root; $M is the master, $V vfguard */
	const char *mend;  /* NULL: the command that the finding names */
	const char *check;
	const char *severity;
	const char *device; /* NULL for any */
	const char *says;
};

/* Before it is planted and after it is mended the check says nothing but that all is fine. */
void vfg_diagnosis_row(struct vfg_guest *guest, const struct vfg_diagnosis_row *row);

/* A shell command in guest->folder/root, which must succeed. */
void vfg_diagnosis_do(struct vfg_guest *guest, const char *command);

#endif
