/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the OpenMetrics text format, or the older one of Prometheus, which is what node_exporter
 * reads from files: no UNIT and no EOF there, and the head of a counter bears the name of its
 * samples. The caller sees to it that the samples of a family follow its head, and that no two have
 * the same labels.
 * Source: the OpenMetrics specification, 1.0; Prometheus' text format, 0.0.4
 */
#ifndef VFG_LOADER_OPENMETRICS_H
#define VFG_LOADER_OPENMETRICS_H

#include <stdbool.h>
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

struct vfg_exposition {
	FILE *to;
	bool is_prometheus;
};

void vfg_openmetrics_head(const struct vfg_exposition *to, const struct vfg_metric *metric);

/**
 * vfg_openmetrics_sample - one line
 * @labels: ends with a name that is NULL; what in a value is no UTF-8 becomes '?'
 */
void vfg_openmetrics_sample(const struct vfg_exposition *to, const struct vfg_metric *metric,
			    const struct vfg_label *labels, uint64_t value);

/* The same of a value in millionths. */
void vfg_openmetrics_sample_micro(const struct vfg_exposition *to, const struct vfg_metric *metric,
				  const struct vfg_label *labels, uint64_t micro);

/* The last line. */
void vfg_openmetrics_end(const struct vfg_exposition *to);

#endif
