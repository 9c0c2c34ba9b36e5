/* SPDX-License-Identifier: GPL-2.0-only */
/* The metrics of flow logs: what was written, and what was not, of masters that are logged. */
#include <stddef.h>
#include <string.h>

#include "log_ledger.h"
#include "metrics.h"

/* One family, and where its number is in the ledger. */
static const struct {
	struct vfg_metric metric;
	size_t offset;
} families[] = {
	{{"vfguard_log_written_records", "counter", "records", "Records of the flow log, written."},
	 offsetof(struct vfg_log_losses, records)},
	{{"vfguard_log_lost_records", "counter", "records",
	  "Records of the flow log that could not be written, nor kept until they could."},
	 offsetof(struct vfg_log_losses, lost)},
	{{"vfguard_log_unjournaled_records", "counter", "records",
	  "Records of the flow log that the journal did not take; files may have them."},
	 offsetof(struct vfg_log_losses, unjournaled)},
	{{"vfguard_log_pending_records", "gauge", "records",
	  "Records of the flow log that wait to be written."},
	 offsetof(struct vfg_log_losses, pending)},
	{{"vfguard_log_sampled_packets", "counter", "packets",
	  "Denied packets that are no records of their own, because there were so many."},
	 offsetof(struct vfg_log_losses, more)},
	{{"vfguard_log_missed_flows", "counter", "flows",
	  "Flows that came and went between two looks of the flow log."},
	 offsetof(struct vfg_log_losses, missed.flows)},
};

void vfg_metrics_write_log(const struct vfg_exposition *to, struct vfg_metrics *const *metrics,
			   size_t count)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		vfg_openmetrics_head(to, &families[i].metric);
		for (size_t j = 0; j < count; j++) {
			const struct vfg_label labels[] = {{"master", metrics[j]->status.master},
							   {}};
			uint64_t number;

			if (!metrics[j]->has_log)
				continue;
			memcpy(&number, (const char *)&metrics[j]->log + families[i].offset,
			       sizeof(number));
			vfg_openmetrics_sample(to, &families[i].metric, labels, number);
		}
	}
}
