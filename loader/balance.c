/* SPDX-License-Identifier: GPL-2.0-only */
/* Weighs what was let through against what was judged. */
#include <stdbool.h>
#include <string.h>

#include "balance.h"

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t vfg_balance_missing(const struct vfg_balance *balance, const struct vfg_balance_sums *sums)
{
	const struct vfg_balance_sums *from = &balance->settled;
	int64_t judged = (int64_t)(sums->tc_judged - from->tc_judged);
	int64_t aside = (int64_t)(sums->aside - from->aside);
	int64_t open = sums->let_through - from->let_through - aside - judged;
	int64_t given = sums->passed_up - from->passed_up - judged;

	if (open <= 0 || given <= 0 || sums->tc_only <= from->tc_only)
		return 0;
	return least(least((uint64_t)open, (uint64_t)given), sums->tc_only - from->tc_only);
}

static bool is_same(const struct vfg_balance_sums *a, const struct vfg_balance_sums *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

uint64_t vfg_balance_step(struct vfg_balance *balance, const struct vfg_balance_sums *sums)
{
	uint64_t missing = vfg_balance_missing(balance, sums);
	uint64_t certain = least(missing, balance->pending);

	balance->pending = missing - certain;
	if (is_same(sums, &balance->last)) {
		balance->settled = *sums;
		balance->pending = 0;
	} else {
		balance->settled.let_through += (int64_t)certain;
		balance->settled.passed_up += (int64_t)certain;
		balance->settled.tc_only += certain;
	}
	balance->last = *sums;
	return certain;
}
