/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds what a path has counted since the last look to its sums. */
#include "life.h"

/* A counter that fell began anew: what it had in this life stays. */
static void advance(uint64_t *base, uint64_t *last, uint64_t now)
{
	if (now < *last)
		*base += now - *last;
	*last = now;
}

static void raise(uint64_t *sum, uint64_t to)
{
	if (*sum < to)
		*sum = to;
}

uint64_t vfg_life_received(const struct vfg_coverage_path *path)
{
	uint64_t packets = path->last.received - path->base.received;
	uint64_t by_vf = path->last.by_vf - path->base.by_vf;

	return packets > by_vf ? packets - by_vf : 0;
}

/* What a path has counted in this life, as it was last read. */
static struct vfg_coverage_sum this_life(const struct vfg_coverage_path *path)
{
	const struct vfg_coverage_sum *base = &path->base, *last = &path->last;

	return (struct vfg_coverage_sum){.received = vfg_life_received(path),
					 .judged = last->judged - base->judged,
					 .denied = last->denied - base->denied,
					 .dropped = last->dropped - base->dropped,
					 .nohandler = last->nohandler - base->nohandler};
}

/* The synthetic's channels count from zero. Its packets need not have fallen, as its VF's, which
 * are among them, have gone on. */
static void begin_anew(struct vfg_coverage_path *path, const struct vfg_coverage_sum *now)
{
	uint64_t life = vfg_life_received(path);

	path->base.received = now->received - life;
	path->last.received = now->received;
	path->base.by_vf = path->last.by_vf = now->by_vf;
}

static void advance_all(struct vfg_coverage_path *path, const struct vfg_coverage_sum *now)
{
	struct vfg_coverage_sum *base = &path->base, *last = &path->last;

	if (now->own < last->own)
		begin_anew(path, now);
	last->own = now->own;
	advance(&base->received, &last->received, now->received);
	advance(&base->by_vf, &last->by_vf, now->by_vf);
	advance(&base->judged, &last->judged, now->judged);
	advance(&base->denied, &last->denied, now->denied);
	advance(&base->dropped, &last->dropped, now->dropped);
	advance(&base->nohandler, &last->nohandler, now->nohandler);
}

/* An inactive slave's packets end as buffers, of which GRO may have made one out of many: where
 * some have, all that the path let through since the last look may be among them. */
static uint64_t ignored(const struct vfg_coverage_sum *before, const struct vfg_coverage_sum *life)
{
	uint64_t buffers = life->nohandler - before->nohandler;
	uint64_t received = life->received - before->received;
	uint64_t denied = life->denied - before->denied;
	uint64_t passed = received > denied ? received - denied : 0;

	if (!buffers)
		return 0;
	return passed > buffers ? passed : buffers;
}

/* A veth that goes forgets what it received before it had XDP: it did receive both. */
void vfg_life_update(struct vfg_coverage_path *path, const struct vfg_coverage_sum *now, bool reset)
{
	struct vfg_coverage_sum before = this_life(path), life, *sum = &path->sum;
	const struct vfg_coverage_sum *carried = &path->carried;
	uint64_t tc_only = sum->tc_only, aside;

	advance_all(path, now);
	life = this_life(path);
	raise(&sum->received,
	      carried->received + (life.received > life.judged ? life.received : life.judged));
	raise(&sum->judged, carried->judged + life.judged);
	if (life.received > life.judged)
		raise(&sum->tc_only, carried->tc_only + life.received - life.judged);
	raise(&sum->received, sum->judged + sum->tc_only);
	raise(&sum->denied, carried->denied + life.denied);
	raise(&sum->dropped, carried->dropped + life.dropped);
	raise(&sum->nohandler, carried->nohandler + life.nohandler);
	aside = ignored(&before, &life);
	if (reset && aside < sum->tc_only - tc_only)
		aside = sum->tc_only - tc_only;
	sum->aside += aside;
}
