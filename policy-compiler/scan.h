/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks at a JSON text before anything is built from it: what it would cost, and where things are.
 * The text need not be valid; what is found in valid text is exact.
 */
#ifndef VFG_POLICY_COMPILER_SCAN_H
#define VFG_POLICY_COMPILER_SCAN_H

#include "nsgc.h"

enum {
	/* A tree takes some 100 bytes a value and 800 an object, so that these two keep it below
	 * 500 MB (test_scan measures it). The largest service tags file of the platform holds
	 * 110,000 values in 8,000 objects. */
	VFG_SCAN_VALUES_MAX = 2 * 1000 * 1000,
	VFG_SCAN_OBJECTS_MAX = 250 * 1000,
};

/**
 * vfg_scan_limits - refuse a text that is nested too deeply or would make too large a tree
 * @depth_max: objects and arrays inside one another
 *
 * What json-c takes even when it is told to be strict is refused too: single quotes (what stands
 * between them would be read in two ways), NaN and Infinity, control characters in strings other
 * than tabs and line breaks, and UTF-8 that Unicode does not admit.
 *
 * Return: 0, or -EINVAL with one message in @diag.
 */
int vfg_scan_limits(struct vfg_diag *diag, struct vfg_place place, const char *text, size_t bytes,
		    size_t depth_max);

/* @at stands behind the opening quote. Return: where the closing one is, @bytes without one. */
size_t vfg_scan_string_end(const char *text, size_t bytes, size_t at);

/* The line of an offset, from 1. */
size_t vfg_scan_line(const char *text, size_t offset);

/* What may stand between two values. */
bool vfg_scan_is_blank(char letter);

#endif
