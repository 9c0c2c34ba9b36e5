/* SPDX-License-Identifier: GPL-2.0-only */
/* The metrics command: what status shows, as counters and gauges for a collector. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "command.h"
#include "loaded_all.h"
#include "openmetrics.h"
#include "say.h"
#include "status.h"

struct gathered {
	struct vfg_links links;
	size_t count;
	struct vfg_status **status;
};

/* Writes the samples of one family for one master. */
typedef void write_samples(const struct vfg_metric *metric, const struct vfg_status *status);

struct family {
	struct vfg_metric metric;
	write_samples *write;
	bool of_coverage; /* left out where a version without coverage has loaded the master */
};

static void sample(const struct vfg_metric *metric, const struct vfg_status *status,
		   const struct vfg_label *more, uint64_t value)
{
	struct vfg_label labels[5] = {{"master", status->master}};

	for (int i = 0; more && more[i].name && i < 3; i++)
		labels[i + 1] = more[i];
	vfg_openmetrics_sample(stdout, metric, labels, value);
}

static void of_device(const struct vfg_metric *metric, const struct vfg_status *status,
		      const char *device, uint64_t value)
{
	const struct vfg_label labels[] = {{"device", device}, {}};

	sample(metric, status, labels, value);
}

/* The sum at @offset of every device, there or gone, and of those that had to make room. */
static void of_paths(const struct vfg_metric *metric, const struct vfg_status *status,
		     size_t offset)
{
	const struct vfg_coverage *coverage = &status->coverage;

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		const struct vfg_coverage_path *path = &coverage->path[i];

		if (path->name[0])
			of_device(metric, status, path->name,
				  *(const uint64_t *)((const char *)&path->sum + offset));
	}
	of_device(metric, status, "",
		  *(const uint64_t *)((const char *)&coverage->others + offset));
}

static void write_received(const struct vfg_metric *metric, const struct vfg_status *status)
{
	of_paths(metric, status, offsetof(struct vfg_coverage_sum, received));
}

static void write_tc_only(const struct vfg_metric *metric, const struct vfg_status *status)
{
	of_paths(metric, status, offsetof(struct vfg_coverage_sum, tc_only));
}

static void write_unjudged(const struct vfg_metric *metric, const struct vfg_status *status)
{
	sample(metric, status, NULL, status->coverage.unjudged);
}

static void write_alarm(const struct vfg_metric *metric, const struct vfg_status *status)
{
	sample(metric, status, NULL, vfg_coverage_alarmed(&status->coverage, status->looked_ns));
}

static void write_audit_age(const struct vfg_metric *metric, const struct vfg_status *status)
{
	sample(metric, status, NULL,
	       (status->looked_ns - status->coverage.audited_ns) / 1000000000);
}

/* By the counters of reasons, which are never cleared. */
static uint64_t of_hook(const struct vfg_status *status, int hook)
{
	uint64_t packets = 0;

	for (int reason = 0; reason < VFG_REASON_MAX; reason++)
		packets += status->reason[hook * VFG_COUNTER_REASONS + reason].packets;
	return packets;
}

static void write_judged(const struct vfg_metric *metric, const struct vfg_status *status)
{
	const struct vfg_coverage *coverage = &status->coverage;
	struct vfg_label labels[] = {{"hook", vfg_status_hooks[VFG_HOOK_XDP]}, {"device", ""}, {}};

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		labels[1].value = coverage->path[i].name;
		if (coverage->path[i].name[0])
			sample(metric, status, labels, coverage->path[i].sum.judged);
	}
	labels[1].value = "";
	if (coverage->others.received)
		sample(metric, status, labels, coverage->others.judged);
	for (int hook = VFG_HOOK_XDP + 1; hook < VFG_HOOK_MAX; hook++) {
		labels[0].value = vfg_status_hooks[hook];
		labels[1].value = status->master;
		sample(metric, status, labels, of_hook(status, hook));
	}
}

static void write_dropped(const struct vfg_metric *metric, const struct vfg_status *status)
{
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		for (int reason = VFG_REASON_DEFER + 1; reason < VFG_REASON_MAX; reason++) {
			const struct vfg_label labels[] = {{"hook", vfg_status_hooks[hook]},
							   {"reason", vfg_status_reasons[reason]},
							   {}};

			sample(metric, status, labels,
			       status->reason[hook * VFG_COUNTER_REASONS + reason].packets);
		}
	}
}

static void of_families(const struct vfg_metric *metric, const struct vfg_status *status,
			uint64_t (*value)(const struct vfg_fill *))
{
	static const char *const names[VFG_FAMILY_MAX] = {"ipv4", "ipv6"};

	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		const struct vfg_label labels[] = {{"family", names[family]}, {}};

		sample(metric, status, labels, value(&status->flows[family]));
	}
}

static uint64_t live(const struct vfg_fill *use)
{
	return use->live;
}

static uint64_t room(const struct vfg_fill *use)
{
	return use->room;
}

static void write_flows(const struct vfg_metric *metric, const struct vfg_status *status)
{
	of_families(metric, status, live);
}

static void write_room(const struct vfg_metric *metric, const struct vfg_status *status)
{
	of_families(metric, status, room);
}

static void write_generation(const struct vfg_metric *metric, const struct vfg_status *status)
{
	const struct vfg_active *policy = &status->policy;

	sample(metric, status, NULL, policy->memory ? policy->tables.policy->generation : 0);
}

static void write_tc(const struct vfg_metric *metric, const struct vfg_status *status)
{
	static const char *const names[VFG_DIRECTION_MAX] = {"ingress", "egress"};

	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		const struct vfg_label labels[] = {{"direction", names[i]}, {}};

		sample(metric, status, labels, status->tc[i]);
	}
}

static const struct family families[] = {
	{{"vfguard_received_packets", "counter", "packets",
	  "Packets that the devices below a master, or it itself, received since load."},
	 write_received,
	 true},
	{{"vfguard_judged_packets", "counter", "packets",
	  "Packets judged, by hook; those of XDP by device."},
	 write_judged,
	 true},
	{{"vfguard_tc_only_packets", "counter", "packets",
	  "Packets received and not judged by XDP on their device, but left to TC."},
	 write_tc_only,
	 true},
	{{"vfguard_unjudged_packets", "counter", "packets",
	  "Packets let through to the stack that no hook has judged. Anything above 0 is a gap."},
	 write_unjudged,
	 true},
	{{"vfguard_dropped_packets", "counter", "packets", "Packets dropped, by hook and reason."},
	 write_dropped},
	{{"vfguard_coverage_alarm", "gauge", NULL,
	  "1 while a gap in coverage is open and for a minute after."},
	 write_alarm,
	 true},
	{{"vfguard_coverage_audit_age_seconds", "gauge", "seconds",
	  "Time since the daemon looked for gaps."},
	 write_audit_age,
	 true},
	{{"vfguard_tc_attached", "gauge", NULL, "1 where our filter is on the master."}, write_tc},
	{{"vfguard_flows", "gauge", NULL, "Flows in the table, by family."}, write_flows},
	{{"vfguard_flows_max", "gauge", NULL, "Flows that fit, by family."}, write_room},
	{{"vfguard_policy_generation", "gauge", NULL,
	  "Number of the policy in force; 0 where there is none."},
	 write_generation},
};

static void write_all(const struct gathered *gathered)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct family *family = &families[i];

		vfg_openmetrics_head(stdout, &family->metric);
		for (size_t j = 0; j < gathered->count; j++) {
			if (gathered->status[j]->has_coverage || !family->of_coverage)
				family->write(&family->metric, gathered->status[j]);
		}
	}
	vfg_openmetrics_end(stdout);
}

static int gather(const struct vfg_loaded *loaded, void *data)
{
	struct gathered *gathered = data;
	struct vfg_status **more =
		reallocarray(gathered->status, gathered->count + 1, sizeof(*gathered->status));
	struct vfg_status *status = calloc(1, sizeof(*status));
	int err = more && status ? 0 : vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");

	gathered->status = more ? more : gathered->status;
	if (!err)
		err = vfg_status_gather(loaded, &gathered->links, NULL, status);
	if (err) {
		free(status);
		return err;
	}
	gathered->status[gathered->count++] = status;
	return 0;
}

static void end_gathered(struct gathered *gathered)
{
	for (size_t i = 0; i < gathered->count; i++) {
		vfg_status_free(gathered->status[i]);
		free(gathered->status[i]);
	}
	free(gathered->status);
	vfg_links_free(&gathered->links);
}

int vfg_command_metrics(int argc, char **argv)
{
	struct gathered gathered __attribute__((cleanup(end_gathered))) = {};
	const char *name = argc > 1 ? argv[1] : NULL;
	bool any;
	int err;

	if (argc > 2 || (name && name[0] == '-'))
		return vfg_say(VFG_EXIT_USAGE, argv[argc - 1],
			       "not an argument of metrics; see --help");
	err = vfg_capability_check("metrics");
	if (err)
		return err;
	err = vfg_links_read(&gathered.links);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	err = vfg_loaded_all(name, gather, &gathered, &any);
	if (!err)
		write_all(&gathered);
	return err;
}
