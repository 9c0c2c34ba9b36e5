/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loader puts one policy in force after the other while packets are judged. Each packet is
 * judged by one of them: what both deny, each in another list, no mixture may allow, and what both
 * allow is never dropped.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../loader/pin.h"
#include "../../loader/publish.h"
#include "scene.h"

enum {
	POLICIES = 2,
	SWAPS = 60,
	DENIED_PORT = 1000, /* by the subnet's list in one policy, by the NIC's in the other */
	ALLOWED_PORT = 3000,
	TURNING_PORT = 5000, /* allowed by the first policy only */
	FILLERS = 200,	     /* rules in front, in the second policy: other words decide */
	SOURCE_PORTS = 60000,
};

/* What one kind of packet met. */
struct met {
	uint16_t port;
	atomic_ulong passed;
	atomic_ulong dropped;
};

static struct scene scene;
static struct vfg_sample policy[POLICIES];
static struct vfg_pins pins;
static struct met denied = {.port = DENIED_PORT}, allowed = {.port = ALLOWED_PORT},
		  turning = {.port = TURNING_PORT};
static atomic_bool stop;

static void add_rule(struct vfg_sample *sample, struct vfg_list *list, uint16_t port,
		     enum vfg_action action)
{
	struct vfg_model_rule *rule = vfg_sample_rule(list, "Rule", action);

	rule->protocol = IPPROTO_TCP;
	rule->destination_ports = vfg_sample_ports(sample, port, port);
}

static void add_list(struct vfg_sample *sample, enum vfg_stage stage, bool second)
{
	bool denies = (stage == VFG_STAGE_SUBNET) == second;
	struct vfg_list *list = vfg_sample_list(sample, VFG_INBOUND, stage, "list");

	for (uint16_t i = 0; second && i < FILLERS; i++)
		add_rule(sample, list, 10000 + 2 * i, VFG_ACTION_DENY);
	add_rule(sample, list, DENIED_PORT, denies ? VFG_ACTION_DENY : VFG_ACTION_ALLOW);
	add_rule(sample, list, ALLOWED_PORT, VFG_ACTION_ALLOW);
	add_rule(sample, list, TURNING_PORT, second ? VFG_ACTION_DENY : VFG_ACTION_ALLOW);
	vfg_sample_rule(list, "Rest", VFG_ACTION_DENY);
}

static void make_policy(int number)
{
	policy[number] = vfg_sample_new();
	add_list(&policy[number], VFG_STAGE_SUBNET, number);
	add_list(&policy[number], VFG_STAGE_NIC, number);
	cr_assert(zero(int, vfg_sample_compile(&policy[number])));
}

/* The loader finds maps by their pins. */
static void pin_maps(void)
{
	char name[VFG_PIN_NAME_MAX];
	struct bpf_map *map;

	snprintf(name, sizeof(name), "vt%d", getpid());
	cr_assert(zero(int, vfg_pins_open(name, true, &pins)));
	cr_assert(zero(int, vfg_pins_create(&pins)));
	bpf_object__for_each_map(map, scene.bench.xdp->obj)
	{
		if (strchr(bpf_map__name(map), '.'))
			continue;
		cr_assert(zero(int, vfg_pin_put(&pins, bpf_map__name(map), bpf_map__fd(map))));
	}
}

static void open_scene(void)
{
	scene_open(&scene, SCENE_BUCKETS, BENCH_NO_IFINDEX);
	pin_maps();
	for (int i = 0; i < POLICIES; i++)
		make_policy(i);
}

static void close_scene(void)
{
	vfg_pins_remove(&pins);
	vfg_pins_close(&pins);
	vfg_pins_prune();
	for (int i = 0; i < POLICIES; i++)
		vfg_arena_free(policy[i].arena);
	scene_close(&scene);
}

TestSuite(swap, .init = open_scene, .fini = close_scene, .timeout = 120);

/* Source ports change, so that the rules are asked and not only what they have decided before. */
static void meet(struct met *met, uint32_t number)
{
	struct packet packet =
		scene_tcp_in(number % 2 ? VFG_IPV6 : VFG_IPV4,
			     (uint16_t)(1024 + number / 4 % SOURCE_PORTS), met->port, PACKET_SYN);
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet.bytes,
		    .data_size_in = (uint32_t)packet.length, .repeat = 1);

	if (bpf_prog_test_run_opts(bench_program_fd(&scene.bench, BENCH_XDP), &options))
		return; /* counts as neither */
	if (options.retval == XDP_PASS)
		met->passed++;
	else
		met->dropped++;
}

static void *send_packets(void *context)
{
	struct met *const all[] = {&denied, &allowed, &turning};
	uint32_t number = 0;

	(void)context;
	for (; !stop; number++)
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			meet(all[i], number);
	return NULL;
}

static void swap(int number)
{
	uint32_t generation;

	cr_assert(
		zero(int, vfg_publish(&pins, "test", &policy[number].tables, false, &generation)));
}

Test(swap, no_packet_is_judged_by_a_mixture)
{
	unsigned long passed, dropped;
	pthread_t thread;

	swap(0);
	cr_assert(zero(int, pthread_create(&thread, NULL, send_packets, NULL)));
	for (int i = 1; i < SWAPS; i++)
		swap(i % POLICIES);
	/* the last one has been in force since vfg_publish() returned */
	passed = turning.passed;
	dropped = turning.dropped;
	while (turning.dropped < dropped + 10)
		usleep(1000);
	cr_expect(le(ulong, turning.passed, passed + 1), "one may have been on its way");
	stop = true;
	pthread_join(thread, NULL);
	cr_log_info("%lu of each kind", denied.dropped + denied.passed);
	cr_expect(zero(ulong, denied.passed), "allowed by a mixture of two policies");
	cr_expect(gt(ulong, denied.dropped, 1000));
	cr_expect(zero(ulong, allowed.dropped), "dropped, and both policies allow it");
	cr_expect(gt(ulong, allowed.passed, 1000));
	cr_expect(gt(ulong, turning.passed, 100), "the first policy was in force");
	cr_expect(gt(ulong, turning.dropped, 100), "and so was the second");
}
