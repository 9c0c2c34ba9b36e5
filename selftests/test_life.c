/* SPDX-License-Identifier: GPL-2.0-only */
/* The sums of one path: what came, what XDP saw of it, and what may have ended before TC. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/life.h"

enum { LOOKS_MAX = 4 };

/* Counters as they are read, look by look, and the sums after the last of them. */
struct row {
	const char *name;
	struct {
		struct vfg_coverage_sum now;
		bool reset;
	} look[LOOKS_MAX]; /* ends with one that has received nothing */
	struct vfg_coverage_sum sum;
};

static const struct row rows[] = {
	{"XDP saw all of it",
	 {{{.received = 50, .judged = 50, .denied = 20}},
	  {{.received = 90, .judged = 90, .denied = 30}}},
	 {.received = 90, .judged = 90, .denied = 30}},
	{"TC alone saw what came first",
	 {{{.received = 50}}, {{.received = 90, .judged = 40}}},
	 {.received = 90, .judged = 40, .tc_only = 50}},
	{"a counter that fell began anew",
	 {{{.received = 50, .judged = 50}},
	  {{.received = 30, .judged = 30}},
	  {{.received = 40, .judged = 40}}},
	 {.received = 60, .judged = 60}},
	{"what XDP judged was received, whatever the device says",
	 {{{.received = 10, .judged = 30}}},
	 {.received = 30, .judged = 30}},
	{"an inactive slave's packets, each a buffer",
	 {{{.received = 50, .nohandler = 50}}},
	 {.received = 50, .tc_only = 50, .nohandler = 50, .aside = 50}},
	{"an inactive slave's packets, in buffers of many",
	 {{{.received = 50, .judged = 20, .denied = 5, .nohandler = 2}}},
	 {.received = 50, .judged = 20, .tc_only = 30, .denied = 5, .nohandler = 2, .aside = 45}},
	{"not those of looks without such a buffer",
	 {{{.received = 50, .nohandler = 2}}, {{.received = 90, .nohandler = 2}}},
	 {.received = 90, .tc_only = 90, .nohandler = 2, .aside = 50}},
	{"buffers that were counted after their packets",
	 {{{.received = 50}}, {{.received = 50, .nohandler = 4}}},
	 {.received = 50, .tc_only = 50, .nohandler = 4, .aside = 4}},
	{"what a VF has counted too, which is read later",
	 {{{.received = 50, .by_vf = 20, .judged = 30}},
	  {{.received = 90, .by_vf = 67, .judged = 30}},
	  {{.received = 97, .by_vf = 67, .judged = 30}}},
	 {.received = 30, .judged = 30}},
	{"channels that begin anew while a VF is busy",
	 {{{.received = 6000, .by_vf = 1000, .own = 5000, .judged = 5000}},
	  {{.received = 11000, .by_vf = 11000, .own = 0, .judged = 5000}},
	  {{.received = 15000, .by_vf = 11000, .own = 4000, .judged = 5000}}},
	 {.received = 9000, .judged = 5000, .tc_only = 4000}},
	{"a driver that lost its rings",
	 {{{.received = 50, .judged = 50}},
	  {{.received = 90, .judged = 80}, true},
	  {{.received = 99, .judged = 85}}},
	 {.received = 99, .judged = 85, .tc_only = 14, .aside = 10}},
	{"a driver that lost nothing",
	 {{{.received = 50, .judged = 50}, true}},
	 {.received = 50, .judged = 50}},
};

#define EXPECT(field)                                                                              \
	cr_expect(eq(u64, path.sum.field, rows[i].sum.field), "%s: " #field, rows[i].name)

Test(life, counters_become_sums)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vfg_coverage_path path = {};

		for (int look = 0; look < LOOKS_MAX && rows[i].look[look].now.received; look++)
			vfg_life_update(&path, &rows[i].look[look].now, rows[i].look[look].reset);
		EXPECT(received);
		EXPECT(judged);
		EXPECT(tc_only);
		EXPECT(denied);
		EXPECT(nohandler);
		EXPECT(aside);
	}
}
