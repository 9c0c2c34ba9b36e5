/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects what metrics show: the status of a master, and what its rules have counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "metrics.h"
#include "rule_list.h"
#include "say.h"

static const char *const stages[VFG_STAGE_MAX] = {
	[VFG_STAGE_PLATFORM] = "platform",
	[VFG_STAGE_ADMIN] = "admin",
	[VFG_STAGE_SUBNET] = "subnet",
	[VFG_STAGE_NIC] = "nic",
};

static void add(struct vfg_rule_count *sum, const struct vfg_rule_count *more)
{
	sum->hits += more->hits;
	sum->packets += more->packets;
	sum->bytes += more->bytes;
}

/* The rule's own place, or that of all that have none. */
static struct vfg_metrics_rule *place(struct vfg_metrics *metrics, const struct vfg_rule_info *info)
{
	const struct vfg_tables *tables = &metrics->status.policy.tables;
	struct vfg_metrics_rule *rule = &metrics->rule[metrics->rule_count];

	if (metrics->rule_count > VFG_METRICS_RULES_MAX)
		return &metrics->rule[VFG_METRICS_RULES_MAX];
	metrics->rule_count++;
	if (metrics->rule_count > VFG_METRICS_RULES_MAX)
		*rule = (struct vfg_metrics_rule){"", "", "", "", {}};
	else
		*rule = (struct vfg_metrics_rule){
			.direction = info->direction == VFG_INBOUND ? "inbound" : "outbound",
			.stage = info->stage < VFG_STAGE_MAX ? stages[info->stage] : "",
			.list = vfg_tables_list_name(tables, info),
			.name = vfg_tables_text(tables, info->name_offset),
		};
	return rule;
}

static int gather_rules(const struct vfg_pins *pins, struct vfg_metrics *metrics)
{
	const struct vfg_tables *tables = &metrics->status.policy.tables;
	autofree struct vfg_rule_list *list = malloc(sizeof(*list));
	struct vfg_metrics_rule older = {"", "older", "", "", {}};
	int err;

	if (!list)
		return -ENOMEM;
	vfg_rule_list_fill(tables, list);
	vfg_rule_list_fill_gone(list);
	err = vfg_count_rules(pins, list->id, list->count, list->counted);
	if (err)
		return err;
	vfg_rule_list_drop_unused_gone(list);
	for (size_t i = 0; i < list->count; i++) {
		if (list->number[i] == VFG_RULE_NONE)
			add(&older.count, &list->counted[i]);
		else
			add(&place(metrics, vfg_tables_rule(tables, list->number[i]))->count,
			    &list->counted[i]);
	}
	if (older.count.hits || older.count.packets)
		metrics->rule[metrics->rule_count++] = older;
	return 0;
}

int vfg_metrics_gather(const struct vfg_loaded *loaded, const struct vfg_links *links,
		       struct vfg_metrics *ret_metrics)
{
	int err = vfg_status_gather(loaded, links, NULL, &ret_metrics->status);

	ret_metrics->has_log = vfg_log_losses(loaded->state.master, &ret_metrics->log) == 0;
	ret_metrics->rule_count = 0;
	if (err || !ret_metrics->status.policy.memory)
		return err;
	err = gather_rules(&loaded->pins, ret_metrics);
	return err ? vfg_say(VFG_EXIT_SYSTEM, loaded->pins.shown, "cannot be read: %s",
			     strerror(-err))
		   : 0;
}

void vfg_metrics_free(struct vfg_metrics *metrics)
{
	vfg_status_free(&metrics->status);
}
