/* SPDX-License-Identifier: GPL-2.0-only */
/* A gathered status as JSON, for scripts. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <json-c/json.h>

#include "../maps/reason.h"
#include "status.h"
#include "tuning.h"

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

/* RFC 3339, UTC. */
static void add_time(struct json_object *to, const char *key, uint64_t when_s)
{
	const time_t when = (time_t)when_s;
	char text[32] = "";
	struct tm parts;

	if (when_s && gmtime_r(&when, &parts))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (text[0])
		add_text(to, key, text);
	else
		json_object_object_add(to, key, NULL);
}

/* What no first look tells is null. */
static void add_recent(const struct vfg_status *status, const struct vfg_status_path *path,
		       struct json_object *to)
{
	bool known = status->base.at_ns && path->has_account;

	json_object_object_add(to, "recentPackets",
			       known ? json_object_new_uint64(path->recent) : NULL);
	json_object_object_add(
		to, "share",
		known && status->recent
			? json_object_new_double((double)path->recent / (double)status->recent)
			: NULL);
}

static struct json_object *path_json(const struct vfg_status *status,
				     const struct vfg_status_path *path)
{
	struct json_object *root = json_object_new_object();
	struct json_object *hooks = json_object_new_object();

	add_text(root, "name", path->name);
	add_number(root, "ifindex", path->ifindex);
	add_text(root, "driver", path->driver);
	add_text(root, "address", path->address);
	add_text(root, "xdp", path->xdp);
	add_text(root, "reason", path->reason);
	add_number(root, "cover_us", path->cover_us);
	add_text(root, "role", vfg_role_names[path->role]);
	json_object_object_add(root, "up", json_object_new_boolean(path->up));
	json_object_object_add(
		root, "secondsSinceArrival",
		path->arrived_ns ? json_object_new_uint64((status->looked_ns - path->arrived_ns) /
							  1000000000)
				 : NULL);
	add_recent(status, path, root);
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		struct json_object *counts = json_object_new_object();

		add_number(counts, "judged", path->judged[hook].packets);
		add_number(counts, "dropped", path->dropped[hook].packets);
		json_object_object_add(hooks, vfg_status_hooks[hook], counts);
	}
	json_object_object_add(root, "hooks", hooks);
	vfg_status_json_received(status, path->ifindex, root);
	return root;
}

static struct json_object *policy_json(const struct vfg_status *status)
{
	const struct vfg_tables *tables = &status->policy.tables;
	struct json_object *root;
	char digest[24], hash[VFG_SHA256_TEXT];

	if (!status->policy.memory)
		return NULL;
	root = json_object_new_object();
	snprintf(digest, sizeof(digest), "%016" PRIx64, (uint64_t)tables->policy->source_digest);
	add_text(root, "label", vfg_tables_text(tables, tables->policy->label_offset));
	add_text(root, "digest", digest);
	add_number(root, "generation", tables->policy->generation);
	add_number(root, "rules", status->rules);
	add_number(root, "pages", tables->bytes >> VFG_POLICY_PAGE_BITS);
	add_number(root, "kib", tables->bytes / 1024);
	add_number(root, "memoryBytes", status->policy.memory_bytes);
	add_time(root, "appliedAt", status->origin.applied_s);
	add_text(root, "source", status->origin.source);
	vfg_sha256_text(status->origin.hash, hash);
	add_text(root, "sha256", status->origin.applied_s ? hash : "");
	return root;
}

static struct json_object *flows_json(const struct vfg_status *status)
{
	struct json_object *root = json_object_new_object();

	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		const struct vfg_fill *use = &status->flows[family];
		struct json_object *one = json_object_new_object();

		add_number(one, "room", use->room);
		add_number(one, "used", use->live + use->over);
		add_number(one, "live", use->live);
		add_number(one, "halfOpen", use->half_open);
		add_number(one, "over", use->over);
		add_text(one, "pressure", vfg_fill_pressure(use));
		for (int state = VFG_FLOW_NEW; state < VFG_FLOW_STATE_MAX; state++)
			add_number(one, vfg_status_states[state], use->in_state[state]);
		json_object_object_add(root, vfg_status_families[family], one);
	}
	add_number(root, "refused", vfg_status_refused(status));
	return root;
}

/* Every reason, those that let through too, by hook. */
static struct json_object *reasons_json(const struct vfg_status *status)
{
	struct json_object *root = json_object_new_object();

	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		struct json_object *one = json_object_new_object();

		for (int reason = 0; reason < VFG_REASON_MAX; reason++)
			add_number(one, vfg_status_reasons[reason],
				   vfg_status_count(status, hook, reason));
		json_object_object_add(root, vfg_status_hooks[hook], one);
	}
	return root;
}

/* What came in since the first look. */
static struct json_object *recent_json(const struct vfg_status *status)
{
	struct json_object *root;

	if (!status->base.at_ns)
		return NULL;
	root = json_object_new_object();
	json_object_object_add(
		root, "seconds",
		json_object_new_double((double)(status->looked_ns - status->base.at_ns) / 1e9));
	add_number(root, "packets", status->recent);
	add_number(root, "byVf", status->recent_vf);
	return root;
}

struct json_object *vfg_status_json(const struct vfg_status *status)
{
	struct json_object *root = json_object_new_object();
	struct json_object *paths = json_object_new_array();
	struct json_object *alarms = json_object_new_array();

	add_text(root, "master", status->master);
	add_text(root, "kind", status->device.link.kind);
	add_text(root, "driver", status->device.driver);
	add_number(root, "ifindex", status->device.link.ifindex);
	json_object_object_add(root, "gone", json_object_new_boolean(status->gone));
	json_object_object_add(root, "tcIngress", json_object_new_boolean(status->tc[VFG_INBOUND]));
	json_object_object_add(root, "tcEgress", json_object_new_boolean(status->tc[VFG_OUTBOUND]));
	add_text(root, "tc", status->tc_way ? vfg_tc_ways[status->tc_way] : "off");
	for (size_t i = 0; i < status->alarms.count; i++)
		json_object_array_add(alarms, json_object_new_string(status->alarms.text[i]));
	json_object_object_add(root, "alarms", alarms);
	json_object_object_add(root, "policy", policy_json(status));
	for (size_t i = 0; i < status->path_count; i++)
		json_object_array_add(paths, path_json(status, &status->path[i]));
	json_object_object_add(root, "paths", paths);
	json_object_object_add(root, "recent", recent_json(status));
	json_object_object_add(root, "coverage", vfg_status_json_coverage(status));
	json_object_object_add(root, "flows", flows_json(status));
	json_object_object_add(root, "reasons", reasons_json(status));
	return root;
}
