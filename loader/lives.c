/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens, updates and closes the entries of an account of coverage. */
#include <string.h>

#include "ethtool.h"
#include "life.h"
#include "lives.h"
#include "received.h"

static struct vfg_path_count count_of(const struct vfg_lives_view *view, uint32_t ifindex)
{
	for (size_t i = 0; i < view->counts->count; i++) {
		if (view->counts->path[i].ifindex == ifindex)
			return view->counts->path[i];
	}
	return (struct vfg_path_count){};
}

static struct vfg_coverage_path *find(struct vfg_coverage *coverage, uint32_t ifindex)
{
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		if (coverage->path[i].ifindex == ifindex)
			return &coverage->path[i];
	}
	return NULL;
}

/* The last word on a device that was heard since the last look, or NULL. */
static const struct vfg_link *last_word(const struct vfg_lives_view *view, uint32_t ifindex)
{
	for (size_t i = view->heard ? view->heard->count : 0; i > 0; i--) {
		if (view->heard->link[i - 1].ifindex == ifindex)
			return &view->heard->link[i - 1];
	}
	return NULL;
}

static struct vfg_coverage_sum read_counters(const struct vfg_lives_view *view,
					     const struct vfg_coverage_path *path,
					     const struct vfg_link *link)
{
	struct vfg_path_count count = count_of(view, link->ifindex);
	uint64_t dropped = count.dropped[VFG_HOOK_XDP].packets;
	struct vfg_received received;

	if (link->ifindex == view->device->link.ifindex)
		vfg_received_read(view->device, link, dropped, &received);
	else
		vfg_received_as(path->driver, link, dropped, &received);
	if (received.unknown && path->last.received) {
		received.packets = path->last.received;
		received.by_vf = path->last.by_vf;
		received.own = path->last.own;
	}
	return (struct vfg_coverage_sum){.received = received.packets,
					 .by_vf = received.by_vf,
					 .own = received.own,
					 .judged = count.judged[VFG_HOOK_XDP].packets,
					 .denied = dropped,
					 .dropped = received.dropped,
					 .nohandler = received.nohandler};
}

/* Has a device that counts by itself lost what was in its rings? Its driver puts the carrier off
 * while it sets them up anew. */
static bool was_reset(struct vfg_coverage_path *path, const struct vfg_link *link)
{
	bool changed = link->gone || link->carrier_changes != path->carrier_changes;

	path->carrier_changes = link->carrier_changes;
	return changed && vfg_received_by_device(path->driver);
}

static void bury(struct vfg_coverage_path *path)
{
	path->ifindex = 0;
	path->flags = 0;
	path->carried = path->sum;
	path->base = path->last = (struct vfg_coverage_sum){};
}

static bool has_address(const struct vfg_coverage_path *path, const struct vfg_link *link)
{
	return link->address_bytes && !memcmp(path->address, link->address, sizeof(path->address));
}

/* The entry of a gone device that this one is again; else a free one; else that of any gone one,
 * whose sums go to the others. NULL: all are in use. */
static struct vfg_coverage_path *make_room(struct vfg_coverage *coverage,
					   const struct vfg_link *link)
{
	struct vfg_coverage_path *same = NULL, *room = NULL, *oldest = NULL;

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		struct vfg_coverage_path *path = &coverage->path[i];

		if (path->ifindex)
			continue;
		if (!path->name[0])
			room = room ? room : path;
		else if (has_address(path, link))
			return path;
		else if (!strcmp(path->name, link->name))
			same = path;
		else
			oldest = oldest ? oldest : path;
	}
	if (same || room || !oldest)
		return same ? same : room;
	vfg_coverage_add(&coverage->others, &oldest->sum);
	*oldest = (struct vfg_coverage_path){};
	return oldest;
}

/* Names are kept apart: they are what the sums are shown by. */
static void name(struct vfg_coverage *coverage, struct vfg_coverage_path *path,
		 const struct vfg_link *link)
{
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		struct vfg_coverage_path *gone = &coverage->path[i];

		if (gone != path && !gone->ifindex && !strcmp(gone->name, link->name)) {
			vfg_coverage_add(&coverage->others, &gone->sum);
			*gone = (struct vfg_coverage_path){};
		}
	}
	memcpy(path->name, link->name, sizeof(path->name));
	memcpy(path->address, link->address, sizeof(path->address));
}

/* Return: NULL where there is no room; such a device is not in the account. */
static struct vfg_coverage_path *open_path(struct vfg_coverage *coverage,
					   const struct vfg_link *link)
{
	struct vfg_coverage_path *path = make_room(coverage, link);
	char driver[VFG_DRIVER_MAX];

	if (!path)
		return NULL;
	name(coverage, path, link);
	path->ifindex = link->ifindex;
	path->carrier_changes = link->carrier_changes;
	vfg_ethtool_driver(link->name, driver, sizeof(driver));
	memcpy(path->driver, driver, sizeof(path->driver) - 1);
	return path;
}

static void set_base(struct vfg_coverage_path *path, const struct vfg_coverage_sum *base)
{
	path->base = path->last = *base;
}

/* What it received while it was not below the master is none of ours. */
static void rejoin(struct vfg_coverage_path *path, const struct vfg_coverage_sum *now)
{
	path->base.received += now->received - path->last.received;
	path->last.received = now->received;
	path->flags &= ~(uint32_t)VFG_COVERAGE_LEFT;
}

/* The kernel puts a VF below these masters as it registers it: all that it received was theirs. */
static bool adopts_at_birth(const struct vfg_device *master)
{
	return !strcmp(master->driver, "hv_netvsc") || !strcmp(master->driver, "net_failover");
}

static void join(struct vfg_coverage *coverage, const struct vfg_lives_view *view,
		 const struct vfg_link *link)
{
	struct vfg_coverage_path *path = find(coverage, link->ifindex);
	struct vfg_coverage_sum now;

	if (path && !(path->flags & VFG_COVERAGE_LEFT))
		return;
	if (path) {
		now = read_counters(view, path, link);
		rejoin(path, &now);
		path->flags |= VFG_COVERAGE_FRESH;
		return;
	}
	path = open_path(coverage, link);
	if (!path)
		return;
	path->flags |= VFG_COVERAGE_FRESH;
	if (adopts_at_birth(view->device))
		return;
	now = read_counters(view, path, link);
	now.judged = now.denied = 0;
	set_base(path, &now);
}

static void leave(const struct vfg_lives_view *view, struct vfg_coverage_path *path,
		  const struct vfg_link *link)
{
	struct vfg_coverage_sum now = read_counters(view, path, link);

	if (!(path->flags & VFG_COVERAGE_LEFT))
		vfg_life_update(path, &now, was_reset(path, link));
	if (link->gone)
		bury(path);
	else
		path->flags |= VFG_COVERAGE_LEFT;
}

static void hear(struct vfg_coverage *coverage, const struct vfg_lives_view *view)
{
	for (size_t i = 0; view->heard && i < view->heard->count; i++) {
		const struct vfg_link *link = &view->heard->link[i];
		struct vfg_coverage_path *path = find(coverage, link->ifindex);

		if (link->ifindex == view->device->link.ifindex)
			continue;
		if (!link->gone && link->master == view->device->link.ifindex)
			join(coverage, view, link);
		else if (path)
			leave(view, path, link);
	}
}

/* A device that nobody announced may have lived before: it begins with what XDP saw of it. */
static struct vfg_coverage_path *discover(struct vfg_coverage *coverage,
					  const struct vfg_lives_view *view,
					  const struct vfg_link *link)
{
	struct vfg_coverage_path *path = open_path(coverage, link);
	struct vfg_coverage_sum base;

	if (!path)
		return NULL;
	if (adopts_at_birth(view->device)) {
		path->carrier_changes = 0; /* it has lived with whatever there was */
		return path;
	}
	base = read_counters(view, path, link);
	base.received -= base.received < base.judged ? base.received : base.judged;
	base.judged = base.denied = 0;
	set_base(path, &base);
	return path;
}

/* A message is newer than the dump: it may be about what the dump knows nothing of yet. */
static void look(struct vfg_coverage *coverage, const struct vfg_lives_view *view,
		 const struct vfg_link *link)
{
	struct vfg_coverage_path *path = find(coverage, link->ifindex);
	const struct vfg_link *word = last_word(view, link->ifindex);
	struct vfg_coverage_sum now;

	if (word && word->ifindex != view->device->link.ifindex &&
	    (word->gone || word->master != view->device->link.ifindex))
		return;
	if (!path)
		path = discover(coverage, view, link);
	if (!path)
		return;
	name(coverage, path, link);
	path->flags &= ~(uint32_t)VFG_COVERAGE_FRESH;
	now = read_counters(view, path, link);
	if (path->flags & VFG_COVERAGE_LEFT)
		rejoin(path, &now);
	vfg_life_update(path, &now, was_reset(path, link));
}

/* Of a device that was there before, the dump knows best. */
static bool is_there(const struct vfg_lives_view *view, const struct vfg_coverage_path *path)
{
	const struct vfg_link *link = vfg_links_by_index(view->links, path->ifindex);
	const struct vfg_link *word = last_word(view, path->ifindex);

	if (word && word->gone)
		return false;
	return (word && path->flags & VFG_COVERAGE_FRESH) ||
	       (link && vfg_received_is_path(view->device, link));
}

static void bury_the_gone(struct vfg_coverage *coverage, const struct vfg_lives_view *view)
{
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		struct vfg_coverage_path *path = &coverage->path[i];
		struct vfg_coverage_sum now = path->last;
		struct vfg_path_count count;

		if (!path->ifindex || is_there(view, path))
			continue;
		count = count_of(view, path->ifindex);
		now.judged = count.judged[VFG_HOOK_XDP].packets;
		now.denied = count.dropped[VFG_HOOK_XDP].packets;
		vfg_life_update(path, &now, false);
		bury(path);
	}
}

static void look_at_master(struct vfg_coverage *coverage, const struct vfg_lives_view *view)
{
	unsigned int ifindex = view->device->link.ifindex;
	const struct vfg_link *link = vfg_links_by_index(view->links, ifindex);

	coverage->is_bridge = link && !strcmp(link->kind, "bridge");
	coverage->passed_up = coverage->is_bridge ? link->counts.rx_packets : 0;
}

void vfg_lives_begin(struct vfg_coverage *coverage, const struct vfg_lives_view *view)
{
	look_at_master(coverage, view);
	for (size_t i = 0; i < view->links->count; i++) {
		const struct vfg_link *link = &view->links->link[i];
		struct vfg_coverage_path *path;
		struct vfg_coverage_sum now;

		if (!vfg_received_is_path(view->device, link))
			continue;
		path = open_path(coverage, link);
		if (!path)
			return;
		now = read_counters(view, path, link);
		set_base(path, &now);
	}
}

void vfg_lives_follow(struct vfg_coverage *coverage, const struct vfg_lives_view *view)
{
	look_at_master(coverage, view);
	hear(coverage, view);
	for (size_t i = 0; i < view->links->count; i++) {
		if (vfg_received_is_path(view->device, &view->links->link[i]))
			look(coverage, view, &view->links->link[i]);
	}
	bury_the_gone(coverage, view);
}

uint64_t vfg_lives_received(const struct vfg_coverage *coverage)
{
	uint64_t received = coverage->others.received;

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		const struct vfg_coverage_path *path = &coverage->path[i];

		if (!path->ifindex)
			received += path->sum.received;
		else
			received += path->carried.received + vfg_life_received(path);
	}
	return received;
}
