/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks the queries of a Grafana dashboard against the metrics that there are. */
#ifndef VFG_SELFTESTS_LIVE_DASHBOARD_H
#define VFG_SELFTESTS_LIVE_DASHBOARD_H

#include <stdbool.h>

#include "scrape.h"

/**
 * vfg_dashboard_query - does every metric of a query exist, with every label that it names?
 * @ret_fault: what does not, room for VFG_SCRAPE_TEXT_MAX
 *
 * What Prometheus itself adds to every series, instance and job, is always there; of other
 * exporters' metrics node_textfile_mtime_seconds is known.
 */
bool vfg_dashboard_query(const struct vfg_scrape *scrape, const char *query, char *ret_fault);

/* The same of a legend, "{{label}} ...", whose labels the query's metrics must have. */
bool vfg_dashboard_legend(const struct vfg_scrape *scrape, const char *query, const char *legend,
			  char *ret_fault);

#endif
