/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A million flows that nobody has seen before, against established ones: none of those is lost, and
 * what finds no room is refused and counted. `make bench` has the long form.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../bench/flood.h"
#include "shrink.h"

enum {
	ESTABLISHED = 100000,
	FLOWS = 1000 * 1000,
	SHARE = 100,
};

static struct flood_site site;

static void open_site(void)
{
	flood_open(&site, (uint32_t)shrink("established flows", ESTABLISHED));
}

static void close_site(void)
{
	flood_close(&site);
}

TestSuite(flood, .init = open_site, .fini = close_site);

static const struct {
	const char *name;
	enum flood_kind kind;
	uint32_t share;
} floods[] = {
	{"one packet, idle", FLOOD_SYN, 0},  {"one packet, sharing", FLOOD_SYN, SHARE},
	{"two packets, idle", FLOOD_TWO, 0}, {"two packets, sharing", FLOOD_TWO, SHARE},
	{"datagrams, idle", FLOOD_UDP, 0},   {"datagrams, sharing", FLOOD_UDP, SHARE},
};

static void flood_from(unsigned int cores)
{
	uint32_t flows = (uint32_t)shrink("flows", FLOWS);

	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		const struct flood flood = {floods[i].kind, cores, flows, floods[i].share};
		struct flood_result result = flood_run(&site, &flood);

		cr_assert(zero(u64, result.lost), "%s", floods[i].name);
		cr_assert(zero(u64, result.unaccounted), "%s", floods[i].name);
		cr_assert(le(u64, result.live, (uint64_t)RIG_BUCKETS * VFG_FLOW_WAYS), "%s",
			  floods[i].name);
		cr_assert(ge(u64, result.entered, flows / 100 * 99), "%s: %llu refused",
			  floods[i].name, (unsigned long long)result.refused);
	}
}

Test(flood, a_million_flows_from_one_core_take_no_established_one)
{
	flood_from(1);
}

Test(flood, a_million_flows_from_two_cores_take_no_established_one)
{
	if (flood_cores() < 2)
		cr_log_warn("one CPU only: not tried");
	else
		flood_from(2);
}
