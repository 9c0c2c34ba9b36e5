/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints a gathered status, as text or as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "../maps/reason.h"
#include "say.h"
#include "status.h"
#include "tuning.h"

static const char *const families[VFG_FAMILY_MAX] = {"ipv4", "ipv6"};

uint64_t vfg_status_live(const struct vfg_flow_use *use)
{
	uint64_t live = 0;

	for (int state = VFG_FLOW_NEW; state < VFG_FLOW_STATE_MAX; state++)
		live += use->in_state[state];
	return live;
}

static uint64_t count_of(const struct vfg_status *status, int hook, int reason)
{
	return status->reason[hook * VFG_COUNTER_REASONS + reason].packets;
}

static void print_path(const struct vfg_status *status, const struct vfg_status_path *path)
{
	printf("  %-15s ifindex %u, driver %s, address %s, xdp %s%s%s%s\n",
	       path->name[0] ? path->name : "?", path->ifindex,
	       path->driver[0] ? path->driver : "unknown",
	       path->address[0] ? path->address : "none", path->xdp, path->reason[0] ? " (" : "",
	       path->reason, path->reason[0] ? ")" : "");
	if (path->cover_us)
		printf("    covered %u us after the kernel's first word of it\n", path->cover_us);
	vfg_status_print_received(status, path->ifindex);
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		if (path->judged[hook].packets || path->dropped[hook].packets)
			printf("    %-11s judged %" PRIu64 ", dropped %" PRIu64 "\n",
			       vfg_status_hooks[hook], (uint64_t)path->judged[hook].packets,
			       (uint64_t)path->dropped[hook].packets);
	}
}

static void print_policy(const struct vfg_status *status)
{
	const struct vfg_tables *tables = &status->policy.tables;

	if (!status->policy.memory) {
		puts("policy: none; everything is dropped");
		return;
	}
	printf("policy: %s, digest %016" PRIx64 ", generation %u, %u rules, %zu KiB\n",
	       vfg_tables_text(tables, tables->policy->label_offset),
	       (uint64_t)tables->policy->source_digest, tables->policy->generation, status->rules,
	       tables->bytes / 1024);
}

static void print_flows(const struct vfg_flow_use *use, const char *family)
{
	printf("flows %s: %" PRIu64 " of %" PRIu64, family, vfg_status_live(use), use->room);
	for (int state = VFG_FLOW_NEW; state < VFG_FLOW_STATE_MAX; state++) {
		if (use->in_state[state])
			printf(", %s %" PRIu64, vfg_status_states[state], use->in_state[state]);
	}
	putchar('\n');
}

static bool drops(const struct vfg_status *status)
{
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		for (int reason = VFG_REASON_DEFER + 1; reason < VFG_REASON_MAX; reason++) {
			if (count_of(status, hook, reason))
				return true;
		}
	}
	return false;
}

static void print_alarm(const struct vfg_status *status)
{
	bool in = status->tc[VFG_INBOUND], out = status->tc[VFG_OUTBOUND];

	for (size_t i = 0; i < status->alarms.count; i++)
		printf("ALARM: %s\n", status->alarms.text[i]);
	if (status->gone || (in && out))
		return;
	printf("ALARM: %s: %s off: `%s apply %s -p POLICY` puts it back\n", status->master,
	       in    ? "TC egress is"
	       : out ? "TC ingress is"
		     : "TC ingress and egress are",
	       vfg_say_program(), status->master);
}

void vfg_status_print(const struct vfg_status *status)
{
	const struct vfg_device *device = &status->device;

	print_alarm(status);
	vfg_status_print_alarm(status);
	printf("%s: %s, ifindex %u, TC ingress %s, TC egress %s%s%s\n", status->master,
	       status->gone	      ? "gone"
	       : device->link.kind[0] ? device->link.kind
	       : device->driver[0]    ? device->driver
				      : "plain",
	       device->link.ifindex, status->tc[VFG_INBOUND] ? "on" : "OFF",
	       status->tc[VFG_OUTBOUND] ? "on" : "OFF", status->tc_way ? ", by " : "",
	       status->tc_way ? vfg_tc_ways[status->tc_way] : "");
	print_policy(status);
	vfg_status_print_coverage(status);
	puts("paths:");
	for (size_t i = 0; i < status->path_count; i++)
		print_path(status, &status->path[i]);
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		print_flows(&status->flows[family], families[family]);
	puts(drops(status) ? "dropped:" : "dropped: none");
	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		for (int reason = 0; reason < VFG_REASON_MAX; reason++) {
			if (vfg_reason_drops((uint32_t)reason) && count_of(status, hook, reason))
				printf("  %-11s %-16s %" PRIu64 "\n", vfg_status_hooks[hook],
				       vfg_status_reasons[reason], count_of(status, hook, reason));
		}
	}
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
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
	char digest[24];

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
	return root;
}

static struct json_object *flows_json(const struct vfg_status *status)
{
	struct json_object *root = json_object_new_object();

	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		const struct vfg_flow_use *use = &status->flows[family];
		struct json_object *one = json_object_new_object();

		add_number(one, "room", use->room);
		add_number(one, "used", vfg_status_live(use));
		for (int state = VFG_FLOW_NEW; state < VFG_FLOW_STATE_MAX; state++)
			add_number(one, vfg_status_states[state], use->in_state[state]);
		json_object_object_add(root, families[family], one);
	}
	return root;
}

/* Every reason, those that let through too, by hook. */
static struct json_object *reasons_json(const struct vfg_status *status)
{
	struct json_object *root = json_object_new_object();

	for (int hook = 0; hook < VFG_HOOK_MAX; hook++) {
		struct json_object *one = json_object_new_object();

		for (int reason = 0; reason < VFG_REASON_MAX; reason++)
			add_number(one, vfg_status_reasons[reason], count_of(status, hook, reason));
		json_object_object_add(root, vfg_status_hooks[hook], one);
	}
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
	json_object_object_add(root, "coverage", vfg_status_json_coverage(status));
	json_object_object_add(root, "flows", flows_json(status));
	json_object_object_add(root, "reasons", reasons_json(status));
	return root;
}
