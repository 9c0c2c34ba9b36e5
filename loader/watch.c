/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares each path with the last look at it. */
#include <inttypes.h>
#include <string.h>

#include "attach.h"
#include "received.h"
#include "say.h"
#include "watch.h"

enum { BLIND_LOOKS = 2 };

void vfg_watch_find(const struct vfg_pins *pins, const struct vfg_device *device,
		    const struct vfg_links *links, struct vfg_watch_found *ret_found)
{
	bool self = vfg_attach_live(pins, device->link.ifindex);

	ret_found->count = 0;
	for (size_t i = 0; i < links->count; i++) {
		const struct vfg_link *link = &links->link[i];

		if (vfg_received_is_path(device, link) &&
		    ret_found->count < VFG_COVERAGE_PATHS_MAX &&
		    (device->xdp_on_self ? self : vfg_attach_live(pins, link->ifindex)))
			ret_found->ifindex[ret_found->count++] = link->ifindex;
	}
}

static bool has_xdp(const struct vfg_watch_found *found, uint32_t ifindex)
{
	for (size_t i = 0; i < found->count; i++) {
		if (found->ifindex[i] == ifindex)
			return true;
	}
	return false;
}

static void look_for_blindness(struct vfg_coverage_path *path)
{
	struct vfg_coverage_gap *gap = &path->gap;
	bool came = path->sum.tc_only > gap->tc_only;
	bool judged = path->sum.judged > gap->judged;

	if (judged)
		gap->blind = 0;
	else if (came)
		gap->blind++;
}

/* Return: is there a gap now? */
static bool look_at(struct vfg_coverage_path *path, bool live)
{
	struct vfg_coverage_gap *gap = &path->gap;
	bool lost = (path->flags & VFG_COVERAGE_COVERED) && !live;

	if (live)
		look_for_blindness(path);
	else
		gap->blind = 0;
	if (!(path->flags & VFG_COVERAGE_GAP) && (lost || gap->blind >= BLIND_LOOKS)) {
		path->flags |= VFG_COVERAGE_GAP;
		gap->alarmed = 0;
	}
	path->flags &= ~(uint32_t)VFG_COVERAGE_COVERED;
	path->flags |= live ? VFG_COVERAGE_COVERED : 0;
	gap->tc_only = path->sum.tc_only;
	gap->judged = path->sum.judged;
	return (path->flags & VFG_COVERAGE_GAP) && (!live || gap->blind);
}

static void raise_alarm(struct vfg_coverage *coverage, const char *path, uint64_t tc_only,
			uint64_t unjudged)
{
	struct vfg_coverage_alarm *alarm = &coverage->alarm;
	uint64_t now = vfg_coverage_now_ns();

	if (!vfg_coverage_alarmed(coverage, now))
		*alarm = (struct vfg_coverage_alarm){.opened_ns = now};
	alarm->closed_ns = 0;
	alarm->tc_only += tc_only;
	alarm->unjudged += unjudged;
	if (path)
		memcpy(alarm->path, path, sizeof(alarm->path));
}

/* Return: is there something to say? Of a gap that stays open that is so once only; the alarm goes
 * on counting. */
static bool count(struct vfg_coverage *coverage, struct vfg_coverage_path *path, bool open)
{
	uint64_t packets = path->sum.tc_only - path->gap.from;
	bool first = !path->gap.alarmed;

	if (packets == path->gap.alarmed)
		return false;
	raise_alarm(coverage, path->name, packets - path->gap.alarmed, 0);
	path->gap.alarmed = packets;
	return first || !open;
}

/* @unjudged: of these packets or others, certain or not yet */
static void say(const struct vfg_coverage_path *path, bool open, uint64_t unjudged)
{
	vfg_note(path->name,
		 "ALARM: XDP %s, put back if that is possible; %" PRIu64
		 " packets were not judged by it%s, at most %" PRIu64 " of them not by TC either",
		 path->gap.blind ? "does not see what comes in" : "was gone", path->gap.alarmed,
		 open ? " so far" : " in all", unjudged);
}

/* @ret_open: there is a gap, and packets went through it */
static bool watch(struct vfg_coverage *coverage, struct vfg_coverage_path *path, bool live,
		  bool *ret_open)
{
	bool open = look_at(path, live);
	bool news = (path->flags & VFG_COVERAGE_GAP) && count(coverage, path, open);

	*ret_open |= open && path->gap.alarmed;
	if (!open)
		path->flags &= ~(uint32_t)VFG_COVERAGE_GAP;
	if (!open && !path->gap.blind)
		path->gap.from = path->sum.tc_only;
	return news;
}

uint32_t vfg_watch_paths(struct vfg_coverage *coverage, const struct vfg_device *device,
			 const struct vfg_watch_found *found, uint64_t unjudged, bool quiet)
{
	struct vfg_coverage_alarm *alarm = &coverage->alarm;
	bool any_open = false;
	uint32_t blind = 0;

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		struct vfg_coverage_path *path = &coverage->path[i];
		bool open = false;

		if (!path->ifindex || (path->flags & VFG_COVERAGE_LEFT))
			continue;
		if (watch(coverage, path, has_xdp(found, path->ifindex), &open) && !quiet)
			say(path, open, unjudged + coverage->balance.pending);
		any_open |= open;
		if (path->gap.blind == BLIND_LOOKS)
			blind = path->ifindex;
	}
	if (unjudged)
		raise_alarm(coverage, NULL, 0, unjudged);
	if (unjudged && !quiet)
		vfg_note(device->link.name,
			 "ALARM: %" PRIu64 " packets were judged by neither XDP nor TC", unjudged);
	if (alarm->opened_ns && !alarm->closed_ns && !any_open)
		alarm->closed_ns = vfg_coverage_now_ns();
	return blind;
}
