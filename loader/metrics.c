/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table of the metrics, and a function for each that writes its samples for one master. Names
 * are Prometheus' way: unit last, counters end in _total, what is constant is an _info of value 1.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "metrics.h"

enum { LABELS_MAX = 8 };

/* What samples are written for. */
struct samples {
	const struct vfg_exposition *to;
	const struct vfg_metric *metric;
	const struct vfg_metrics *of;
	const struct vfg_status *status;
};

struct family {
	struct vfg_metric metric;
	void (*write)(const struct samples *samples);
	bool of_coverage; /* left out where a version without coverage has loaded the master */
};

/* The master's label, and those that are given. */
static void fill_labels(const struct samples *samples, const struct vfg_label *more,
			struct vfg_label labels[LABELS_MAX])
{
	labels[0] = (struct vfg_label){"master", samples->status->master};
	for (int i = 0; more && more[i].name && i < LABELS_MAX - 2; i++)
		labels[i + 1] = more[i];
}

static void sample(const struct samples *samples, const struct vfg_label *more, uint64_t value)
{
	struct vfg_label labels[LABELS_MAX] = {};

	fill_labels(samples, more, labels);
	vfg_openmetrics_sample(samples->to, samples->metric, labels, value);
}

static void of_device(const struct samples *samples, const char *device, uint64_t value)
{
	const struct vfg_label labels[] = {{"device", device}, {}};

	sample(samples, labels, value);
}

/* The sum at @offset of every device, there or gone, and of those that had to make room. */
static void of_paths(const struct samples *samples, size_t offset)
{
	const struct vfg_coverage *coverage = &samples->status->coverage;

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		const struct vfg_coverage_path *path = &coverage->path[i];

		if (path->name[0])
			of_device(samples, path->name,
				  *(const uint64_t *)((const char *)&path->sum + offset));
	}
	of_device(samples, "", *(const uint64_t *)((const char *)&coverage->others + offset));
}

static void write_received(const struct samples *samples)
{
	of_paths(samples, offsetof(struct vfg_coverage_sum, received));
}

static void write_tc_only(const struct samples *samples)
{
	of_paths(samples, offsetof(struct vfg_coverage_sum, tc_only));
}

static void write_unjudged(const struct samples *samples)
{
	sample(samples, NULL, samples->status->coverage.unjudged);
}

static void write_alarm(const struct samples *samples)
{
	sample(samples, NULL,
	       vfg_coverage_alarmed(&samples->status->coverage, samples->status->looked_ns));
}

static void write_audit_age(const struct samples *samples)
{
	sample(samples, NULL,
	       (samples->status->looked_ns - samples->status->coverage.audited_ns) / 1000000000);
}

/* By the counters of reasons, which are never cleared. */
static uint64_t of_hook(const struct vfg_status *status, int hook)
{
	uint64_t packets = 0;

	for (int reason = 0; reason < VFG_REASON_MAX; reason++)
		packets += vfg_status_count(status, hook, reason);
	return packets;
}

static void write_judged(const struct samples *samples)
{
	const struct vfg_coverage *coverage = &samples->status->coverage;
	struct vfg_label labels[] = {{"hook", vfg_status_hooks[VFG_HOOK_XDP]}, {"device", ""}, {}};

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		labels[1].value = coverage->path[i].name;
		if (coverage->path[i].name[0])
			sample(samples, labels, coverage->path[i].sum.judged);
	}
	labels[1].value = "";
	if (coverage->others.received)
		sample(samples, labels, coverage->others.judged);
	for (int hook = VFG_HOOK_XDP + 1; hook < VFG_HOOK_MAX; hook++) {
		labels[0].value = vfg_status_hooks[hook];
		labels[1].value = samples->status->master;
		sample(samples, labels, of_hook(samples->status, hook));
	}
}

static void write_dropped(const struct samples *samples)
{
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		for (int reason = VFG_REASON_DEFER + 1; reason < VFG_REASON_MAX; reason++) {
			const struct vfg_label labels[] = {{"hook", vfg_status_hooks[hook]},
							   {"reason", vfg_status_reasons[reason]},
							   {}};

			sample(samples, labels, vfg_status_count(samples->status, hook, reason));
		}
	}
}

static void write_flows(const struct samples *samples)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		const struct vfg_fill *use = &samples->status->flows[family];
		const struct {
			const char *name;
			uint64_t flows;
		} states[] = {{"half-open", use->half_open},
			      {"established", use->established},
			      {"closing", use->closing}};

		for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
			const struct vfg_label labels[] = {{"family", vfg_status_families[family]},
							   {"state", states[i].name},
							   {}};

			sample(samples, labels, states[i].flows);
		}
	}
}

static void write_room(const struct samples *samples)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		const struct vfg_label labels[] = {{"family", vfg_status_families[family]}, {}};

		sample(samples, labels, samples->status->flows[family].room);
	}
}

static void write_refused(const struct samples *samples)
{
	sample(samples, NULL, vfg_status_refused(samples->status));
}

static void write_cover(const struct samples *samples)
{
	for (size_t i = 0; i < samples->status->path_count; i++) {
		const struct vfg_status_path *path = &samples->status->path[i];
		struct vfg_label labels[LABELS_MAX] = {};

		fill_labels(samples, (struct vfg_label[]){{"device", path->name}, {}}, labels);
		if (path->cover_us && path->name[0])
			vfg_openmetrics_sample_micro(samples->to, samples->metric, labels,
						     path->cover_us);
	}
}

static void write_path(const struct samples *samples)
{
	for (size_t i = 0; i < samples->status->path_count; i++) {
		const struct vfg_status_path *path = &samples->status->path[i];
		const struct vfg_label labels[] = {
			{"device", path->name},	  {"role", vfg_role_names[path->role]},
			{"driver", path->driver}, {"address", path->address},
			{"xdp", path->xdp},	  {}};

		if (path->name[0])
			sample(samples, labels, 1);
	}
}

static void write_up(const struct samples *samples)
{
	for (size_t i = 0; i < samples->status->path_count; i++) {
		if (samples->status->path[i].name[0])
			of_device(samples, samples->status->path[i].name,
				  samples->status->path[i].up);
	}
}

static void write_alarms(const struct samples *samples)
{
	sample(samples, NULL, vfg_status_alarms(samples->status));
}

static void of_rules(const struct samples *samples, size_t offset)
{
	for (size_t i = 0; i < samples->of->rule_count; i++) {
		const struct vfg_metrics_rule *rule = &samples->of->rule[i];
		const struct vfg_label labels[] = {{"direction", rule->direction},
						   {"stage", rule->stage},
						   {"list", rule->list},
						   {"rule", rule->name},
						   {}};

		sample(samples, labels, *(const uint64_t *)((const char *)&rule->count + offset));
	}
}

static void write_rule_hits(const struct samples *samples)
{
	of_rules(samples, offsetof(struct vfg_rule_count, hits));
}

static void write_rule_packets(const struct samples *samples)
{
	of_rules(samples, offsetof(struct vfg_rule_count, packets));
}

static void write_rule_bytes(const struct samples *samples)
{
	of_rules(samples, offsetof(struct vfg_rule_count, bytes));
}

static void write_policy(const struct samples *samples)
{
	const struct vfg_tables *tables = &samples->status->policy.tables;
	const struct vfg_state_policy *origin = &samples->status->origin;
	char digest[24], hash[VFG_SHA256_TEXT];
	const struct vfg_label labels[] = {
		{"policy", samples->status->policy.memory
				   ? vfg_tables_text(tables, tables->policy->label_offset)
				   : ""},
		{"digest", digest},
		{"sha256", origin->applied_s ? hash : ""},
		{"source", origin->source},
		{}};

	if (!samples->status->policy.memory)
		return;
	vfg_sha256_text(origin->hash, hash);
	snprintf(digest, sizeof(digest), "%016" PRIx64, (uint64_t)tables->policy->source_digest);
	sample(samples, labels, 1);
}

static void write_applied(const struct samples *samples)
{
	if (samples->status->origin.applied_s)
		sample(samples, NULL, samples->status->origin.applied_s);
}

static void write_rules(const struct samples *samples)
{
	sample(samples, NULL, samples->status->rules);
}

static void write_memory(const struct samples *samples)
{
	sample(samples, NULL, samples->status->policy.memory_bytes);
}

static void write_generation(const struct samples *samples)
{
	const struct vfg_active *policy = &samples->status->policy;

	sample(samples, NULL, policy->memory ? policy->tables.policy->generation : 0);
}

static void write_tc(const struct samples *samples)
{
	static const char *const names[VFG_DIRECTION_MAX] = {"ingress", "egress"};

	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		const struct vfg_label labels[] = {{"direction", names[i]}, {}};

		sample(samples, labels, samples->status->tc[i]);
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
	{{"vfguard_alarms", "gauge", NULL, "Alarms that status shows now."}, write_alarms},
	{{"vfguard_tc_attached", "gauge", NULL, "1 where our filter is on the master."}, write_tc},
	{{"vfguard_path_info", "gauge", NULL, "Devices of a master, and how XDP is on them."},
	 write_path},
	{{"vfguard_path_up", "gauge", NULL, "1 where the device is up and running."}, write_up},
	{{"vfguard_path_cover_seconds", "gauge", "seconds",
	  "Time from the kernel's first word of a device to its XDP, when it came last."},
	 write_cover},
	{{"vfguard_flows", "gauge", NULL, "Live flows, by family and state."}, write_flows},
	{{"vfguard_flows_max", "gauge", NULL, "Flows that fit, by family."}, write_room},
	{{"vfguard_flows_refused", "counter", NULL,
	  "New flows that were allowed, and dropped because the table was full."},
	 write_refused},
	{{"vfguard_rule_hits", "counter", NULL,
	  "Decisions of a rule: new flows allowed, packets denied. Rules beyond the first 500 "
	  "together have an empty name."},
	 write_rule_hits},
	{{"vfguard_rule_packets", "counter", "packets", "Packets of all that a rule decided."},
	 write_rule_packets},
	{{"vfguard_rule_bytes", "counter", "bytes", "Bytes of all that a rule decided."},
	 write_rule_bytes},
	{{"vfguard_policy_info", "gauge", NULL, "The policy in force, and what it came from."},
	 write_policy},
	{{"vfguard_policy_generation", "gauge", NULL,
	  "Number of the policy in force; 0 where there is none."},
	 write_generation},
	{{"vfguard_policy_applied_timestamp_seconds", "gauge", "seconds",
	  "When the policy in force was put in force."},
	 write_applied},
	{{"vfguard_policy_rules", "gauge", NULL, "Rules of the policy in force."}, write_rules},
	{{"vfguard_policy_memory_bytes", "gauge", "bytes", "Kernel memory of the policy in force."},
	 write_memory},
};

static void write_build(const struct vfg_exposition *to)
{
	static const struct vfg_metric metric = {"vfguard_build_info", "gauge", NULL,
						 "The vfguard that wrote this."};
	char abi[16];
	const struct vfg_label labels[] = {{"version", VFG_VERSION}, {"abi", abi}, {}};

	snprintf(abi, sizeof(abi), "%d", VFG_ABI);
	vfg_openmetrics_head(to, &metric);
	vfg_openmetrics_sample(to, &metric, labels, 1);
}

void vfg_metrics_write(const struct vfg_exposition *to, struct vfg_metrics *const *metrics,
		       size_t count)
{
	write_build(to);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct family *family = &families[i];

		vfg_openmetrics_head(to, &family->metric);
		for (size_t j = 0; j < count; j++) {
			const struct vfg_status *status = &metrics[j]->status;
			const struct samples samples = {to, &family->metric, metrics[j], status};

			if (status->has_coverage || !family->of_coverage)
				family->write(&samples);
		}
	}
	vfg_metrics_write_log(to, metrics, count);
	vfg_openmetrics_end(to);
}
