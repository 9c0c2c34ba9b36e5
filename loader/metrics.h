/* SPDX-License-Identifier: GPL-2.0-only */
/* The metrics of loaded masters: every name, and where its numbers come from. */
#ifndef VFG_LOADER_METRICS_H
#define VFG_LOADER_METRICS_H

#include "count.h"
#include "log_ledger.h"
#include "openmetrics.h"
#include "status.h"

enum {
	/* Rules that have series of their own, in the policy's order; the others are summed up as
	   rule="", and so are those of policies before, of stage="older": sums are right, and the
	   number of series has a bound. */
	VFG_METRICS_RULES_MAX = 500,
};

struct vfg_metrics_rule {
	const char *direction;
	const char *stage;
	const char *list;
	const char *name;
	struct vfg_rule_count count;
};

/* One master. */
struct vfg_metrics {
	struct vfg_status status;
	bool has_log; /* its flows are logged */
	struct vfg_log_losses log;
	size_t rule_count;
	struct vfg_metrics_rule rule[VFG_METRICS_RULES_MAX + 2]; /* texts are the policy's */
};

/**
 * vfg_metrics_gather - look at a loaded master
 * @ret_metrics: released by vfg_metrics_free()
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_metrics_gather(const struct vfg_loaded *loaded, const struct vfg_links *links,
		       struct vfg_metrics *ret_metrics);
void vfg_metrics_free(struct vfg_metrics *metrics);

/* All families, each with the samples of all masters. */
void vfg_metrics_write(const struct vfg_exposition *to, struct vfg_metrics *const *metrics,
		       size_t count);

/* The families of flow logs, which vfg_metrics_write() writes too. */
void vfg_metrics_write_log(const struct vfg_exposition *to, struct vfg_metrics *const *metrics,
			   size_t count);

#endif
