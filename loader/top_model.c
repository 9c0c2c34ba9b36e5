/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes differences and keeps the largest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../maps/reason.h"
#include "top_model.h"

/* What says that a slot has the same flow: the sequence of its claims, and that it was seen. */
enum { SEEN = 1 };

static uint64_t identity(const struct vfg_flow *flow)
{
	return (flow->meta >> VFG_FLOW_SEQUENCE_SHIFT & 0xffff) << 1 | SEEN;
}

static uint64_t since(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

static struct vfg_top_count difference(const struct vfg_top_count *now,
				       const struct vfg_top_count *before)
{
	/* Both or none: a flow or counter that began anew did so as a whole. */
	if (now->packets < before->packets || now->bytes < before->bytes)
		return *now;
	return (struct vfg_top_count){now->packets - before->packets, now->bytes - before->bytes};
}

static void add(struct vfg_top_count *sum, const struct vfg_top_count *more)
{
	sum->packets += more->packets;
	sum->bytes += more->bytes;
}

static bool is_more(const struct vfg_top *top, const struct vfg_top_count *a,
		    const struct vfg_top_count *b)
{
	uint64_t first_a = top->by_packets ? a->packets : a->bytes;
	uint64_t first_b = top->by_packets ? b->packets : b->bytes;

	if (first_a != first_b)
		return first_a > first_b;
	return top->by_packets ? a->bytes > b->bytes : a->packets > b->packets;
}

/*
 * Makes room for a row in ranked rows, each of which begins with its count. Return: its place, or
 * NULL where all are larger; the smallest is lost where there are too many.
 */
static void *rank(const struct vfg_top *top, void *rows, size_t *count, size_t bytes,
		  const struct vfg_top_count *new)
{
	size_t place = *count;
	char *at;

	if (!new->packets)
		return NULL;
	while (place && is_more(top, new, (void *)((char *)rows + (place - 1) * bytes)))
		place--;
	if (place == VFG_TOP_ROWS)
		return NULL;
	if (*count < VFG_TOP_ROWS)
		(*count)++;
	at = (char *)rows + place * bytes;
	memmove(at + bytes, at, (*count - place - 1) * bytes);
	return at;
}

int vfg_top_begin(struct vfg_top *top, const uint32_t slots[VFG_FAMILY_MAX])
{
	top->live = 0;
	top->flows = top->rules = top->drops = 0;
	top->allowed = top->dropped = (struct vfg_top_count){};
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		if (top->slots[family] == slots[family])
			continue;
		free(top->slot[family]);
		top->slots[family] = 0;
		top->slot[family] = calloc(slots[family], sizeof(*top->slot[family]));
		if (!top->slot[family])
			return -ENOMEM;
		top->slots[family] = slots[family];
		top->has_sample = false;
	}
	return 0;
}

void vfg_top_take_flow(struct vfg_top *top, const struct vfg_flow *flow)
{
	struct vfg_top_slot *slot = &top->slot[flow->family][flow->slot];
	struct vfg_top_count carried = {
		flow->packets[VFG_INBOUND] + flow->packets[VFG_OUTBOUND],
		flow->bytes[VFG_INBOUND] + flow->bytes[VFG_OUTBOUND],
	};
	struct vfg_top_count more = carried;
	struct vfg_top_flow *row;

	if (slot->flow == identity(flow))
		more = difference(&carried, &slot->carried);
	*slot = (struct vfg_top_slot){identity(flow), carried};
	top->live++;
	row = top->has_sample ? rank(top, top->flow, &top->flows, sizeof(*row), &more) : NULL;
	if (row)
		*row = (struct vfg_top_flow){more, *flow};
}

void vfg_top_take_rule(struct vfg_top *top, uint32_t id, const struct vfg_rule_count *count)
{
	struct vfg_rule_count *last = &top->ruled[id % VFG_POLICY_RULES_MAX];
	struct vfg_top_count now = {count->packets, count->bytes};
	struct vfg_top_count before = {last->packets, last->bytes};
	struct vfg_top_count more = difference(&now, &before);
	struct vfg_top_rule *row;

	row = top->has_sample ? rank(top, top->rule, &top->rules, sizeof(*row), &more) : NULL;
	if (row)
		*row = (struct vfg_top_rule){more, since(count->hits, last->hits), id};
	*last = *count;
}

/* What XDP lets through is judged again by TC, and counts there. */
static void take_reason(struct vfg_top *top, uint32_t hook, uint32_t reason,
			const struct vfg_top_count *more)
{
	struct vfg_top_drop *row;

	if (!vfg_reason_drops(reason)) {
		if (hook != VFG_HOOK_XDP)
			add(&top->allowed, more);
		return;
	}
	add(&top->dropped, more);
	row = rank(top, top->drop, &top->drops, sizeof(*row), more);
	if (row)
		*row = (struct vfg_top_drop){*more, hook, reason};
}

void vfg_top_take_reasons(struct vfg_top *top, const struct vfg_count *counts)
{
	for (uint32_t hook = 0; top->has_sample && hook < VFG_HOOK_MAX; hook++) {
		for (uint32_t reason = 0; reason < VFG_REASON_MAX; reason++) {
			uint32_t index = hook * VFG_COUNTER_REASONS + reason;
			struct vfg_top_count now = {counts[index].packets, counts[index].bytes};
			struct vfg_top_count before = {top->reasoned[index].packets,
						       top->reasoned[index].bytes};
			struct vfg_top_count more = difference(&now, &before);

			take_reason(top, hook, reason, &more);
		}
	}
	memcpy(top->reasoned, counts, sizeof(top->reasoned));
}

void vfg_top_end(struct vfg_top *top)
{
	top->has_sample = true;
}

void vfg_top_free(struct vfg_top *top)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		free(top->slot[family]);
}
