/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the OpenMetrics text format. The caller sees to it that the samples of a family follow its
 * head, and that no two have the same labels.
 * Source: the OpenMetrics specification, 1.0
 */
#ifndef VFG_LOADER_OPENMETRICS_H
#define VFG_LOADER_OPENMETRICS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vfg_metric {
	const char *name; /* of the family, without _total; ends in the unit, if there is one */
	const char *type; /* "counter", "gauge" */
	const char *unit; /* or NULL */
	const char *help;
};

struct vfg_label {
	const char *name;
	const char *value; /* any text */
};

void vfg_openmetrics_head(FILE *to, const struct vfg_metric *metric);

/**
 * vfg_openmetrics_sample - one line
 * @labels: ends with a name that is NULL
 */
void vfg_openmetrics_sample(FILE *to, const struct vfg_metric *metric,
			    const struct vfg_label *labels, uint64_t value);

/* The last line. */
void vfg_openmetrics_end(FILE *to);

#endif
