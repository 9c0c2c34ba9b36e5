/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads OpenMetrics text as a collector does, from the specification and not from our writer, and
 * is as strict as it says. No exemplars, no time stamps, no negative numbers: we write none. What
 * is behind a point is passed over.
 */
#ifndef VFG_SELFTESTS_LIVE_SCRAPE_H
#define VFG_SELFTESTS_LIVE_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VFG_SCRAPE_SERIES_MAX = 512,
	VFG_SCRAPE_TEXT_MAX = 256,
};

struct vfg_scrape {
	size_t count;
	struct {
		char series[VFG_SCRAPE_TEXT_MAX]; /* name{label="value",...} as written */
		uint64_t value;
	} sample[VFG_SCRAPE_SERIES_MAX];
	char fault[VFG_SCRAPE_TEXT_MAX]; /* what is wrong, and with which line */
};

/* Return: is it right? */
bool vfg_scrape_read(const char *text, struct vfg_scrape *ret_scrape);

/*
 * The same of Prometheus' older text format, as node_exporter's textfile collector parses it
 * (prometheus/common, expfmt/text_parse.go): TYPE and HELP bear the name of the samples.
 */
bool vfg_scrape_read_prometheus(const char *text, struct vfg_scrape *ret_scrape);

/* The value of a series; UINT64_MAX where there is none. */
uint64_t vfg_scrape_find(const struct vfg_scrape *scrape, const char *series);

#endif
