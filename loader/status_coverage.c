/* SPDX-License-Identifier: GPL-2.0-only */
/* What status shows of coverage, as text and as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "status.h"

/* A daemon looks once a second. */
static const uint64_t late_ns = 5000000000ULL;

static uint64_t seconds_since(const struct vfg_status *status, uint64_t when_ns)
{
	return when_ns < status->looked_ns ? (status->looked_ns - when_ns) / 1000000000 : 0;
}

static bool is_alarmed(const struct vfg_status *status)
{
	return status->has_coverage && vfg_coverage_alarmed(&status->coverage, status->looked_ns);
}

static const struct vfg_coverage_path *find(const struct vfg_status *status, uint32_t ifindex)
{
	for (int i = 0; status->has_coverage && i < VFG_COVERAGE_PATHS_MAX; i++) {
		if (status->coverage.path[i].ifindex == ifindex && ifindex)
			return &status->coverage.path[i];
	}
	return NULL;
}

void vfg_status_print_alarm(const struct vfg_screen *screen, const struct vfg_status *status)
{
	const struct vfg_coverage_alarm *alarm = &status->coverage.alarm;
	char until[48] = "it goes on";

	if (!is_alarmed(status))
		return;
	if (alarm->closed_ns)
		snprintf(until, sizeof(until), "over since %" PRIu64 " s",
			 seconds_since(status, alarm->closed_ns));
	vfg_screen_line(screen, VFG_STYLE_ALARM,
			"ALARM: %s: %s%s%" PRIu64
			" packets were judged by TC alone for want of XDP, %" PRIu64
			" by nothing; %s",
			status->master, alarm->path, alarm->path[0] ? ": " : "",
			alarm->tc_only > alarm->unjudged ? alarm->tc_only - alarm->unjudged : 0,
			alarm->unjudged, until);
}

size_t vfg_status_alarms(const struct vfg_status *status)
{
	bool off = !status->gone && !(status->tc[VFG_INBOUND] && status->tc[VFG_OUTBOUND]);
	size_t full = 0;

	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		full += !strcmp(vfg_fill_pressure(&status->flows[family]), "full");
	return status->alarms.count + off + is_alarmed(status) + full;
}

void vfg_status_print_coverage(const struct vfg_screen *screen, const struct vfg_status *status)
{
	const struct vfg_coverage *coverage = &status->coverage;
	struct vfg_coverage_sum total;
	char late[64] = "";

	if (!status->has_coverage) {
		vfg_screen_line(screen, VFG_STYLE_PLAIN,
				"coverage: no account; loaded by an earlier version");
		return;
	}
	total = vfg_coverage_total(coverage);
	if (status->looked_ns - coverage->audited_ns > late_ns)
		snprintf(late, sizeof(late), "; no daemon for %" PRIu64 " s",
			 seconds_since(status, coverage->audited_ns));
	vfg_screen_line(screen, coverage->unjudged ? VFG_STYLE_ALARM : VFG_STYLE_GOOD,
			"coverage: %" PRIu64 " unjudged, %" PRIu64 " not judged by XDP, of %" PRIu64
			" received%s",
			coverage->unjudged, total.tc_only, total.received, late);
}

void vfg_status_print_received(const struct vfg_screen *screen, const struct vfg_status *status,
			       uint32_t ifindex)
{
	const struct vfg_coverage_path *path = find(status, ifindex);

	if (path)
		vfg_screen_line(screen, VFG_STYLE_PLAIN,
				"    received %" PRIu64 ", judged by XDP %" PRIu64
				", not judged by XDP %" PRIu64,
				path->sum.received, path->sum.judged, path->sum.tc_only);
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

static void add_sum(struct json_object *to, const struct vfg_coverage_sum *sum)
{
	add_number(to, "received", sum->received);
	add_number(to, "judgedXdp", sum->judged);
	add_number(to, "tcOnly", sum->tc_only);
}

void vfg_status_json_received(const struct vfg_status *status, uint32_t ifindex,
			      struct json_object *to)
{
	const struct vfg_coverage_path *path = find(status, ifindex);

	if (path)
		add_sum(to, &path->sum);
}

static struct json_object *alarm_json(const struct vfg_status *status)
{
	const struct vfg_coverage_alarm *alarm = &status->coverage.alarm;
	struct json_object *root;

	if (!is_alarmed(status))
		return NULL;
	root = json_object_new_object();
	json_object_object_add(root, "path", json_object_new_string(alarm->path));
	json_object_object_add(root, "open", json_object_new_boolean(!alarm->closed_ns));
	add_number(root, "tcOnly", alarm->tc_only);
	add_number(root, "unjudged", alarm->unjudged);
	add_number(root, "secondsAgo", seconds_since(status, alarm->opened_ns));
	return root;
}

/* Devices that are gone, by name. */
static struct json_object *gone_json(const struct vfg_coverage *coverage)
{
	struct json_object *gone = json_object_new_array();

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		const struct vfg_coverage_path *path = &coverage->path[i];
		struct json_object *one;

		if (path->ifindex || !path->name[0])
			continue;
		one = json_object_new_object();
		json_object_object_add(one, "name", json_object_new_string(path->name));
		add_sum(one, &path->sum);
		json_object_array_add(gone, one);
	}
	return gone;
}

struct json_object *vfg_status_json_coverage(const struct vfg_status *status)
{
	struct vfg_coverage_sum total;
	struct json_object *root;

	if (!status->has_coverage)
		return NULL;
	total = vfg_coverage_total(&status->coverage);
	root = json_object_new_object();
	add_number(root, "unjudged", status->coverage.unjudged);
	add_sum(root, &total);
	add_number(root, "auditedSecondsAgo", seconds_since(status, status->coverage.audited_ns));
	json_object_object_add(root, "alarm", alarm_json(status));
	json_object_object_add(root, "gone", gone_json(&status->coverage));
	return root;
}
