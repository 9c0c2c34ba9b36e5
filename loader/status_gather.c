/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects what status shows: devices, attachments, counters, policy, flow tables. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <net/if.h>

#include "attach.h"
#include "audit.h"
#include "cleanup.h"
#include "cover.h"
#include "ethtool.h"
#include "say.h"
#include "status.h"

static void format_address(const struct vfg_link *link, char *ret_text)
{
	char *at = ret_text;

	for (int i = 0; i < link->address_bytes; i++)
		at += sprintf(at, "%s%02x", i ? ":" : "", link->address[i]);
	*at = '\0';
}

static const char *mode_name(const struct vfg_state *state, uint32_t ifindex)
{
	struct vfg_state_path *path = vfg_state_path((struct vfg_state *)state, ifindex);

	return path && path->mode == VFG_MODE_GENERIC ? "generic" : "native";
}

static void word_refusal(const struct vfg_links *links, const struct vfg_link *link, int err,
			 struct vfg_status_path *path)
{
	struct vfg_refusal refusal;

	vfg_refusal_gather(links, link, err, &refusal);
	vfg_refusal_text(&refusal, path->refusal);
	path->reason = path->refusal;
}

static void judge_path(const struct vfg_loaded *loaded, const struct vfg_links *links,
		       const struct vfg_link *link, struct vfg_status *status)
{
	struct vfg_status_path *path = &status->path[status->path_count - 1];
	const struct vfg_device *device = &status->device;
	bool tc = status->tc[VFG_INBOUND];
	struct vfg_state_path *tried =
		vfg_state_path((struct vfg_state *)&loaded->state, link->ifindex);

	path->reason = "";
	path->cover_us = tried ? tried->cover_us : 0;
	path->arrived_ns = tried ? tried->arrived_ns : 0;
	if (vfg_attach_live(&loaded->pins, link->ifindex)) {
		path->xdp = mode_name(&loaded->state, link->ifindex);
	} else if (!vfg_device_wants_xdp(device, link)) {
		path->xdp = device->xdp_on_self ? "through-master" : "none";
	} else if (tried && tried->mode == VFG_MODE_TC) {
		path->xdp = "tc-only";
		word_refusal(links, link, tried->error, path);
		if (!tc)
			path->reason = "TC ingress is off, so nothing judges it";
	} else {
		path->xdp = "not-covered";
		path->reason = tc ? "no XDP yet, TC on the master judges it; the daemon covers it"
				  : "no XDP yet and TC ingress is off, so nothing judges it";
	}
}

static void add_path(const struct vfg_loaded *loaded, const struct vfg_links *links,
		     const struct vfg_link *link, struct vfg_status *status)
{
	struct vfg_status_path *path = &status->path[status->path_count];

	if (status->path_count == VFG_STATUS_PATHS_MAX)
		return;
	status->path_count++;
	path->ifindex = link->ifindex;
	memcpy(path->name, link->name, sizeof(path->name));
	vfg_ethtool_driver(link->name, path->driver, sizeof(path->driver));
	format_address(link, path->address);
	path->role = vfg_role_of(path->driver, link->kind, link->ifindex == loaded->state.ifindex,
				 status->device.driver);
	path->up = (link->flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
	judge_path(loaded, links, link, status);
}

static void add_devices(const struct vfg_loaded *loaded, const struct vfg_links *links,
			struct vfg_status *status)
{
	const struct vfg_link *master = vfg_links_by_index(links, loaded->state.ifindex);

	status->gone = !master;
	if (!master)
		return;
	vfg_device_fill(links, master, loaded->state.driver, &status->device);
	add_path(loaded, links, master, status);
	for (size_t i = 0; i < links->count; i++) {
		if (links->link[i].master == master->ifindex)
			add_path(loaded, links, &links->link[i], status);
	}
}

static struct vfg_status_path *find_path(struct vfg_status *status, uint32_t ifindex)
{
	for (size_t i = 0; i < status->path_count; i++) {
		if (status->path[i].ifindex == ifindex)
			return &status->path[i];
	}
	return NULL;
}

/* Who it was, from the account as it was last written: where nobody has closed it yet. */
static void name_gone(const struct vfg_pins *pins, struct vfg_status_path *path)
{
	autofree struct vfg_coverage *account = calloc(1, sizeof(*account));

	if (!account || vfg_coverage_read(pins, account))
		return;
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		const struct vfg_coverage_path *known = &account->path[i];

		if (known->ifindex != path->ifindex)
			continue;
		snprintf(path->name, sizeof(path->name), "%s", known->name);
		snprintf(path->driver, sizeof(path->driver), "%s", known->driver);
	}
}

/* Devices that are gone keep their line as long as they have counters. */
static int add_counts(const struct vfg_loaded *loaded, struct vfg_status *status)
{
	autofree struct vfg_path_counts *counts = calloc(1, sizeof(*counts));
	int err = counts ? vfg_count_paths(&loaded->pins, counts) : -ENOMEM;

	for (size_t i = 0; !err && i < counts->count; i++) {
		struct vfg_status_path *path = find_path(status, counts->path[i].ifindex);

		if (!path && status->path_count < VFG_STATUS_PATHS_MAX) {
			path = &status->path[status->path_count++];
			*path = (struct vfg_status_path){.ifindex = counts->path[i].ifindex,
							 .xdp = "none",
							 .reason = "the device is gone"};
			name_gone(&loaded->pins, path);
		}
		if (!path)
			continue;
		memcpy(path->judged, counts->path[i].judged, sizeof(path->judged));
		memcpy(path->dropped, counts->path[i].dropped, sizeof(path->dropped));
	}
	return err;
}

static void look_at_tc(const struct vfg_loaded *loaded, struct vfg_status *status)
{
	for (int i = 0; i < VFG_DIRECTION_MAX; i++)
		status->tc[i] = vfg_cover_has_tc(&loaded->pins, loaded->state.ifindex,
						 (enum vfg_direction)i);
}

/* How the TC programs are attached, and what is beside them that is not ours. */
static void look_beside(const struct vfg_loaded *loaded, const struct vfg_links *links,
			struct vfg_status *status)
{
	const struct vfg_cover cover = {&loaded->pins,	 links,
					&status->device, (struct vfg_state *)&loaded->state,
					VFG_COVER_NEW,	 NULL};
	struct vfg_tc_hook hook = vfg_cover_hook(&loaded->pins, loaded->state.ifindex, VFG_INBOUND);

	status->tc_way = vfg_tc_find(&hook);
	if (!status->gone)
		vfg_alarm_gather(&cover, &status->alarms);
}

static int look_at_policy(const struct vfg_loaded *loaded, struct vfg_status *status)
{
	int err = vfg_active_open(&loaded->pins, &status->policy);

	if (err)
		return err == -ENOENT ? 0 : err;
	for (uint32_t number = 0; number < status->policy.tables.policy->words * 64; number++)
		status->rules += vfg_tables_rule(&status->policy.tables, number) != NULL;
	if (loaded->state.policy.generation == status->policy.tables.policy->generation)
		status->origin = loaded->state.policy;
	return 0;
}

/* Against the first look: what came in since, path by path. */
static void look_at_share(struct vfg_status *status)
{
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		struct vfg_status_path *path = find_path(status, status->coverage.path[i].ifindex);
		uint64_t packets = 0;

		if (status->base.at_ns)
			packets = vfg_share_since(&status->base, &status->coverage, i);
		status->recent += packets;
		if (!path || !status->coverage.path[i].ifindex)
			continue;
		path->has_account = true;
		path->recent = packets;
		if (path->role == VFG_ROLE_VF)
			status->recent_vf += packets;
	}
}

static int look_at_coverage(const struct vfg_loaded *loaded, const struct vfg_share_base *base,
			    struct vfg_status *status)
{
	int err = vfg_audit_look(&loaded->pins, &loaded->state, &status->coverage);

	status->has_coverage = !err;
	status->looked_ns = vfg_coverage_now_ns();
	if (!err && base)
		status->base = *base;
	else if (!err)
		vfg_share_marked(&status->coverage, status->looked_ns, &status->base);
	if (!err)
		look_at_share(status);
	/* Loaded by a version without it, or with another: the daemon begins one. */
	return err == -ENOENT || err == -EPROTO ? 0 : err;
}

int vfg_status_gather(const struct vfg_loaded *loaded, const struct vfg_links *links,
		      const struct vfg_share_base *base, struct vfg_status *ret_status)
{
	int err;

	*ret_status = (struct vfg_status){.policy = {.fd = -1}};
	memcpy(ret_status->master, loaded->state.master, sizeof(ret_status->master));
	look_at_tc(loaded, ret_status);
	add_devices(loaded, links, ret_status);
	look_beside(loaded, links, ret_status);
	err = add_counts(loaded, ret_status);
	if (!err)
		err = look_at_coverage(loaded, base, ret_status);
	if (!err)
		err = look_at_policy(loaded, ret_status);
	if (!err)
		err = vfg_count_reasons(&loaded->pins, ret_status->reason);
	if (!err)
		err = vfg_fill_count(&loaded->pins, ret_status->flows);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, loaded->pins.shown, "cannot be read: %s",
			       strerror(-err));
	return 0;
}

void vfg_status_free(struct vfg_status *status)
{
	vfg_active_close(&status->policy);
}
