/* SPDX-License-Identifier: GPL-2.0-only */
/* The arithmetic of coverage, sample by sample. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/balance.h"

enum { STEPS_MAX = 6 };

/* Samples, and how many packets each makes certain to have been missed. Ends with zeroes. Where
 * nothing is given, the master does not count it. */
struct row {
	const char *name;
	struct {
		struct vfg_balance_sums sums; /* let through, tc only, aside, judged by TC, given */
		uint64_t certain;
	} step[STEPS_MAX];
};

static const struct row rows[] = {
	{"all judged twice", {{{10, 0, 0, 10}, 0}, {{90, 0, 0, 90}, 0}}},
	{"all judged by TC alone", {{{10, 10, 0, 10}, 0}, {{90, 90, 0, 90}, 0}}},
	{"none judged", {{{7, 7, 0, 0}, 0}, {{7, 7, 0, 0}, 7}, {{7, 7, 0, 0}, 0}}},
	{"none judged, then all", {{{7, 7, 0, 0}, 0}, {{57, 57, 0, 50}, 7}, {{99, 99, 0, 92}, 0}}},
	{"missing in one sample only is in flight", {{{7, 7, 0, 4}, 0}, {{7, 7, 0, 7}, 0}}},
	{"the least of two samples",
	 {{{9, 9, 0, 0}, 0}, {{20, 20, 0, 14}, 6}, {{20, 20, 0, 14}, 0}}},
	{"two gaps",
	 {{{5, 5, 0, 0}, 0},
	  {{5, 5, 0, 0}, 5},
	  {{15, 5, 0, 10}, 0},
	  {{18, 8, 0, 10}, 0},
	  {{18, 8, 0, 10}, 3}}},
	{"what XDP passed and TC never got was judged",
	 {{{30, 0, 0, 10}, 0}, {{30, 0, 0, 10}, 0}, {{90, 0, 0, 10}, 0}}},
	{"no more than XDP has not seen", {{{30, 4, 0, 10}, 0}, {{30, 4, 0, 10}, 4}}},
	{"what ended on the way is not missed", {{{25, 25, 5, 0}, 0}, {{25, 25, 5, 0}, 20}}},
	{"what a bridge did not take is not missed",
	 {{{20, 20, 0, 12, 12}, 0}, {{20, 20, 0, 12, 12}, 0}}},
	{"what it took is", {{{20, 20, 0, 5, 12}, 0}, {{20, 20, 0, 5, 12}, 7}}},
	{"and is reported once",
	 {{{20, 20, 0, 5, 12}, 0}, {{21, 21, 0, 6, 13}, 7}, {{22, 22, 0, 7, 14}, 0}}},
	{"what nobody received hides a gap until the next rest",
	 {{{0, 0, 0, 5}, 0},
	  {{5, 5, 0, 5}, 0},
	  {{5, 5, 0, 5}, 0},
	  {{8, 8, 0, 5}, 0},
	  {{8, 8, 0, 5}, 3}}},
	{"a gap after a rest in surplus is seen in full",
	 {{{0, 0, 0, 5}, 0}, {{0, 0, 0, 5}, 0}, {{6, 6, 0, 5}, 0}, {{6, 6, 0, 5}, 6}}},
};

Test(balance, a_row_of_samples_makes_certain_what_it_should)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vfg_balance balance = {};

		for (int step = 0; step < STEPS_MAX; step++) {
			struct vfg_balance_sums sums = rows[i].step[step].sums;

			if (!sums.let_through && !sums.tc_judged)
				break;
			if (!sums.passed_up)
				sums.passed_up = sums.let_through;
			cr_expect(eq(u64, vfg_balance_step(&balance, &sums),
				     rows[i].step[step].certain),
				  "%s, step %d", rows[i].name, step);
		}
	}
}
