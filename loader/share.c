/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps two marks in the account: when the younger one has its age, it becomes the older one. */
#include "share.h"

static const uint64_t mark_every_ns = 5ULL * 1000000000;
/* A mark that nobody has renewed says nothing of now. */
static const uint64_t mark_good_ns = 30ULL * 1000000000;

void vfg_share_mark(struct vfg_coverage *coverage, uint64_t now_ns)
{
	uint64_t *at = coverage->marked_ns;

	if (at[1] && now_ns - at[1] < mark_every_ns)
		return;
	at[0] = at[1];
	at[1] = now_ns;
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		struct vfg_coverage_path *path = &coverage->path[i];

		path->marked[0] = path->marked[1];
		path->marked[1] = path->sum.received;
	}
}

bool vfg_share_marked(const struct vfg_coverage *coverage, uint64_t now_ns,
		      struct vfg_share_base *ret_base)
{
	int mark = coverage->marked_ns[0] ? 0 : 1;
	uint64_t at = coverage->marked_ns[mark];

	if (!at || now_ns <= at || now_ns - at > mark_good_ns)
		return false;
	ret_base->at_ns = at;
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++)
		ret_base->received[i] = coverage->path[i].marked[mark];
	return true;
}

void vfg_share_note(const struct vfg_coverage *coverage, uint64_t now_ns,
		    struct vfg_share_base *ret_base)
{
	ret_base->at_ns = now_ns;
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++)
		ret_base->received[i] = coverage->path[i].sum.received;
}

/* A place that another device has been given since begins with nothing. */
uint64_t vfg_share_since(const struct vfg_share_base *base, const struct vfg_coverage *coverage,
			 int slot)
{
	uint64_t now = coverage->path[slot].sum.received, then = base->received[slot];

	return now >= then ? now - then : now;
}
