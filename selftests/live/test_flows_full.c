/* SPDX-License-Identifier: GPL-2.0-only */
/* The flows command on a full table: how long it takes, and a reader who does not want it all. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/flow_table.h"
#include "guest.h"
#include "traffic.h"

static struct vfg_guest guest;

static const struct vfg_traffic name = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5300, NULL};

static void set_up(void)
{
	vfg_guest_set_up(&guest);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(flows_full, .init = set_up, .fini = tear_down, .timeout = 120);

static void load(void)
{
	vfg_guest_vfguard(&guest, "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

/* Every slot has a flow: slot n that of 10.n, seen now. */
static void fill(void)
{
	struct vfg_pins pins __attribute__((cleanup(vfg_pins_close))) = {.bpffs = -1};
	struct vfg_flow_table table;
	struct vfg_flow4 *flow;

	cr_assert(zero(int, vfg_pins_open(guest.master, false, &pins)));
	cr_assert(zero(int, vfg_flow_table_open(&pins, VFG_IPV4, true, &table)));
	cr_assert(eq(u32, table.slots, VFG_FLOW_DEFAULT));
	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	flow = table.flows;
	while (!flow->meta)
		flow++;
	for (uint32_t slot = 0; slot < table.slots; slot++) {
		struct vfg_flow4 one = *flow;

		one.remote = htonl(10U << 24 | slot);
		((struct vfg_flow4 *)table.flows)[slot] = one;
	}
	vfg_flow_table_close(&table);
}

/* Processor time of all commands so far; whatever else the machine does. */
static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

Test(flows_full, half_a_million_flows_are_listed_without_delay)
{
	double text, json;

	load();
	fill();
	text = cpu_seconds();
	vfg_guest_vfguard(&guest, "flows %s | tail -n 1", guest.master);
	text = cpu_seconds() - text;
	cr_expect(strstr(guest.output, " 10.7.255.255:") != NULL, "%s", guest.output);
	json = cpu_seconds();
	vfg_guest_vfguard(&guest, "flows %s --json | tail -n 1", guest.master);
	json = cpu_seconds() - json;
	cr_expect(eq(str, guest.output, "]}\n"));
	fprintf(stderr, "flows: %d listed in %.2f s, as JSON in %.2f s\n", VFG_FLOW_DEFAULT, text,
		json);
	/* With what reads them, and other guests on the machine's caches. */
	cr_expect(lt(dbl, text, 3));
	cr_expect(lt(dbl, json, 5));
	vfg_guest_vfguard(&guest, "flows %s | grep -c established", guest.master);
	cr_expect(eq(int, atoi(guest.output), VFG_FLOW_DEFAULT), "%s", guest.output);
	vfg_guest_vfguard(&guest, "flows %s --flush --remote 10.0.0.0/14", guest.master);
	cr_expect(strstr(guest.output, ": 262144 flows forgotten\n") != NULL, "%s", guest.output);
	vfg_guest_vfguard(&guest, "flows %s --limit 1 --sort idle | tail -n 1", guest.master);
	cr_expect(eq(str, guest.output, "and 262143 more\n"));
}

/* Where the signal is ignored, as under some services, a write fails instead. */
Test(flows_full, a_reader_who_has_had_enough_is_no_error)
{
	char script[128];
	FILE *file;

	load();
	fill();
	snprintf(script, sizeof(script), "%s/script", guest.folder);
	file = fopen(script, "w");
	cr_assert(file != NULL);
	fprintf(file, "trap '' PIPE\n%s flows %s | head -n 1 | cut -c1-5\necho ${PIPESTATUS[0]}\n",
		vfg_guest_command(), guest.master);
	fprintf(file, "trap - PIPE\n%s flows %s --json | head -c 9\necho\n", vfg_guest_command(),
		guest.master);
	fprintf(file, "%s flows %s >/dev/full\necho $?\n", vfg_guest_command(), guest.master);
	fclose(file);
	vfg_guest_run(&guest, "bash %s", script);
	cr_expect(eq(int, strncmp(guest.output, "PROTO\n0\n{\"master\"\n", 18), 0), "%s",
		  guest.output);
	cr_expect(strstr(guest.output, "vfguard: standard output: cannot be written: No space") !=
			  NULL,
		  "%s", guest.output);
	cr_expect(strstr(guest.output, "\n3\n") != NULL, "%s", guest.output);
}
