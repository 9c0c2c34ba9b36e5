/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints a gathered status for people: one screen, alarms first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../maps/reason.h"
#include "say.h"
#include "status.h"
#include "tuning.h"

const char *const vfg_status_families[VFG_FAMILY_MAX] = {"ipv4", "ipv6"};

enum {
	SPAN_TEXT = 32,
	TIME_TEXT = 64,
};

uint64_t vfg_status_count(const struct vfg_status *status, int hook, int reason)
{
	return status->reason[hook * VFG_COUNTER_REASONS + reason].packets;
}

uint64_t vfg_status_refused(const struct vfg_status *status)
{
	uint64_t refused = 0;

	for (int hook = 0; hook < VFG_HOOK_MAX; hook++)
		refused += vfg_status_count(status, hook, VFG_REASON_FLOW_FULL);
	return refused;
}

/* "7 s", "4 min", "3 h 07 min", "12 d 04 h" */
static const char *span(uint64_t seconds, char text[SPAN_TEXT])
{
	uint64_t minutes = seconds / 60, hours = minutes / 60;

	if (hours >= 24)
		snprintf(text, SPAN_TEXT, "%" PRIu64 " d %02" PRIu64 " h", hours / 24, hours % 24);
	else if (hours)
		snprintf(text, SPAN_TEXT, "%" PRIu64 " h %02" PRIu64 " min", hours, minutes % 60);
	else if (minutes)
		snprintf(text, SPAN_TEXT, "%" PRIu64 " min", minutes);
	else
		snprintf(text, SPAN_TEXT, "%" PRIu64 " s", seconds);
	return text;
}

/* Local time, and how long ago that was. */
static const char *moment(time_t when, char text[TIME_TEXT])
{
	time_t now = time(NULL);
	char ago[SPAN_TEXT];
	struct tm parts;
	size_t used = 0;

	if (localtime_r(&when, &parts))
		used = strftime(text, TIME_TEXT, "%Y-%m-%d %H:%M:%S", &parts);
	snprintf(text + used, TIME_TEXT - used, " (%s ago)",
		 span(now > when ? (uint64_t)(now - when) : 0, ago));
	return text;
}

static void print_alarms(const struct vfg_screen *screen, const struct vfg_status *status)
{
	bool in = status->tc[VFG_INBOUND], out = status->tc[VFG_OUTBOUND];

	for (size_t i = 0; i < status->alarms.count; i++)
		vfg_screen_line(screen, VFG_STYLE_ALARM, "ALARM: %s", status->alarms.text[i]);
	if (!status->gone && !(in && out))
		vfg_screen_line(screen, VFG_STYLE_ALARM,
				"ALARM: %s: %s off: `%s apply %s -p POLICY` puts it back",
				status->master,
				in    ? "TC egress is"
				: out ? "TC ingress is"
				      : "TC ingress and egress are",
				vfg_say_program(), status->master);
	vfg_status_print_alarm(screen, status);
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		if (!strcmp(vfg_fill_pressure(&status->flows[family]), "full"))
			vfg_screen_line(screen, VFG_STYLE_ALARM,
					"ALARM: %s: the %s flow table is full, new flows are "
					"dropped; unload, and load it with more --flows",
					status->master, vfg_status_families[family]);
	}
}

static void print_master(const struct vfg_screen *screen, const struct vfg_status *status)
{
	const struct vfg_device *device = &status->device;

	vfg_screen_line(screen, VFG_STYLE_TITLE,
			"%s: %s, ifindex %u, TC ingress %s, TC egress %s%s%s", status->master,
			status->gone	       ? "gone"
			: device->link.kind[0] ? device->link.kind
			: device->driver[0]    ? device->driver
					       : "plain",
			device->link.ifindex, status->tc[VFG_INBOUND] ? "on" : "OFF",
			status->tc[VFG_OUTBOUND] ? "on" : "OFF", status->tc_way ? ", by " : "",
			status->tc_way ? vfg_tc_ways[status->tc_way] : "");
}

/* What the hooks of TC have judged on this device. */
static void print_hooks(const struct vfg_screen *screen, const struct vfg_status_path *path,
			const char *where)
{
	char text[160] = "";

	for (int hook = VFG_HOOK_XDP + 1; hook < VFG_HOOK_MAX; hook++) {
		size_t used = strlen(text);

		if (path->judged[hook].packets || path->dropped[hook].packets)
			snprintf(text + used, sizeof(text) - used, "%s%s %" PRIu64,
				 used ? ", " : "", vfg_status_hooks[hook],
				 (uint64_t)path->judged[hook].packets);
	}
	if (text[0])
		vfg_screen_line(screen, VFG_STYLE_PLAIN, "%s judged by %s", where, text);
}

static void print_path(const struct vfg_screen *screen, const struct vfg_status *status,
		       const struct vfg_status_path *path)
{
	char since[TIME_TEXT] = "", share[32] = "", when[TIME_TEXT];

	if (path->up && path->arrived_ns)
		snprintf(since, sizeof(since), " since %s",
			 moment(time(NULL) - (time_t)((status->looked_ns - path->arrived_ns) /
						      1000000000),
				when));
	if (path->has_account && status->recent)
		snprintf(share, sizeof(share), ", %.1f %% of packets",
			 100.0 * (double)path->recent / (double)status->recent);
	vfg_screen_line(screen, VFG_STYLE_PLAIN, "  %-15s %s, driver %s, address %s",
			path->name[0] ? path->name : "?", vfg_role_names[path->role],
			path->driver[0] ? path->driver : "unknown",
			path->address[0] ? path->address : "none");
	vfg_screen_line(screen, VFG_STYLE_PLAIN, "    xdp %s%s%s%s, %s%s%s", path->xdp,
			path->reason[0] ? " (" : "", path->reason, path->reason[0] ? ")" : "",
			path->up ? "up" : "DOWN", since, share);
	if (path->cover_us)
		vfg_screen_line(screen, VFG_STYLE_PLAIN,
				"    covered %u us after the kernel's first word of it",
				path->cover_us);
	vfg_status_print_received(screen, status, path->ifindex);
	print_hooks(screen, path, "   ");
}

/* What there is to say of a VF: NULL where one is there. */
static const char *lack_of_vf(const struct vfg_status *status)
{
	for (size_t i = 0; i < status->path_count; i++) {
		if (status->path[i].role == VFG_ROLE_VF && status->path[i].name[0])
			return NULL;
	}
	return vfg_role_takes_vf(status->device.driver, status->device.link.kind) ? ", no VF" : "";
}

/* Is the accelerated path in use? */
static void print_share(const struct vfg_screen *screen, const struct vfg_status *status)
{
	double seconds = (double)(status->looked_ns - status->base.at_ns) / 1e9;
	const char *lack = lack_of_vf(status);

	if (!status->base.at_ns)
		vfg_screen_line(screen, VFG_STYLE_PLAIN,
				"paths (no daemon looks: --sample tells how packets divide):");
	else if (!status->recent)
		vfg_screen_line(screen, VFG_STYLE_PLAIN, "paths (no packets in %.1f s%s):", seconds,
				lack ? lack : "");
	else if (lack)
		vfg_screen_line(screen, VFG_STYLE_PLAIN,
				"paths (%" PRIu64 " packets in %.1f s%s):", status->recent, seconds,
				lack);
	else
		vfg_screen_line(screen, status->recent_vf ? VFG_STYLE_GOOD : VFG_STYLE_ALARM,
				"paths (%" PRIu64 " packets in %.1f s, %.1f %% by VF: the "
				"accelerated path is %s):",
				status->recent, seconds,
				100.0 * (double)status->recent_vf / (double)status->recent,
				status->recent_vf ? "in use" : "NOT in use");
}

/* A master that brings nothing itself has its line already. */
static bool is_worth_more(const struct vfg_status_path *path)
{
	return path->role != VFG_ROLE_UPPER || path->has_account || path->reason[0] ||
	       strcmp(path->xdp, "none") != 0;
}

static void print_paths(const struct vfg_screen *screen, const struct vfg_status *status)
{
	char where[32];

	print_share(screen, status);
	for (size_t i = 0; i < status->path_count; i++) {
		const struct vfg_status_path *path = &status->path[i];

		snprintf(where, sizeof(where), "  %-15s", path->name);
		if (is_worth_more(path))
			print_path(screen, status, path);
		else
			print_hooks(screen, path, where);
	}
}

static void print_policy(const struct vfg_screen *screen, const struct vfg_status *status)
{
	const struct vfg_tables *tables = &status->policy.tables;
	const struct vfg_state_policy *origin = &status->origin;
	const size_t kib = status->policy.memory_bytes / 1024;
	char hash[VFG_SHA256_TEXT], when[TIME_TEXT];

	if (!status->policy.memory) {
		vfg_screen_line(screen, VFG_STYLE_ALARM, "policy: none; everything is dropped");
		return;
	}
	vfg_screen_line(screen, VFG_STYLE_PLAIN,
			"policy: %s, digest %016" PRIx64 ", generation %u, %u rules",
			vfg_tables_text(tables, tables->policy->label_offset),
			(uint64_t)tables->policy->source_digest, tables->policy->generation,
			status->rules);
	if (!origin->applied_s) {
		vfg_screen_line(screen, VFG_STYLE_PLAIN,
				"  %zu KiB; not known when it was applied, nor from what", kib);
		return;
	}
	vfg_sha256_text(origin->hash, hash);
	vfg_screen_line(screen, VFG_STYLE_PLAIN, "  applied %s, %zu KiB, sha256 %.12s",
			moment((time_t)origin->applied_s, when), kib, hash);
	vfg_screen_line(screen, VFG_STYLE_PLAIN, "  from %s",
			origin->source[0] ? origin->source : "no file");
}

static void print_flows(const struct vfg_screen *screen, const struct vfg_status *status,
			int family)
{
	const struct vfg_fill *use = &status->flows[family];

	vfg_screen_line(screen, VFG_STYLE_PLAIN,
			"flows %s: %" PRIu64 " of %" PRIu64 ", pressure %s; half-open %" PRIu64
			", established %" PRIu64 ", closing %" PRIu64,
			vfg_status_families[family], use->live, use->room, vfg_fill_pressure(use),
			use->half_open, use->established, use->closing);
}

static void print_drops(const struct vfg_screen *screen, const struct vfg_status *status)
{
	bool any = false;

	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		for (int reason = VFG_REASON_DEFER + 1; reason < VFG_REASON_MAX; reason++)
			any |= vfg_status_count(status, hook, reason) != 0;
	}
	vfg_screen_line(screen, VFG_STYLE_PLAIN, any ? "dropped:" : "dropped: none");
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		for (int reason = 0; reason < VFG_REASON_MAX; reason++) {
			if (vfg_reason_drops((uint32_t)reason) &&
			    vfg_status_count(status, hook, reason))
				vfg_screen_line(screen, VFG_STYLE_PLAIN, "  %-11s %-16s %" PRIu64,
						vfg_status_hooks[hook], vfg_status_reasons[reason],
						vfg_status_count(status, hook, reason));
		}
	}
}

void vfg_status_print(const struct vfg_screen *screen, const struct vfg_status *status)
{
	print_alarms(screen, status);
	print_master(screen, status);
	print_paths(screen, status);
	vfg_status_print_coverage(screen, status);
	print_policy(screen, status);
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		print_flows(screen, status, family);
	vfg_screen_line(screen, VFG_STYLE_PLAIN, "flows refused because a table was full: %" PRIu64,
			vfg_status_refused(status));
	print_drops(screen, status);
}
