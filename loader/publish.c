/* SPDX-License-Identifier: GPL-2.0-only */
/* Fills the idle policy slot and flips it. Where policies come from is for others. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "active.h"
#include "cleanup.h"
#include "control.h"
#include "count.h"
#include "publish.h"
#include "retired.h"
#include "rule_id.h"
#include "say.h"

/* Wraps, and leaves out 0, which flows of no policy would carry. */
static uint32_t generation_after(const struct vfg_active *old)
{
	uint32_t generation = old->memory ? old->tables.policy->generation + 1 : 1;

	return generation ? generation : 1;
}

static uint32_t keep_since(const struct vfg_tables *policy, const struct vfg_active *old,
			   bool flush)
{
	if (!old->memory || flush || (policy->policy->flags & VFG_POLICY_FLUSH))
		return generation_after(old);
	return old->tables.policy->keep_since;
}

static void patch(void *arena, const struct vfg_active *old, const struct vfg_rule_ids *ids,
		  uint32_t since)
{
	struct vfg_policy *policy = arena;
	struct vfg_rule *rule = (void *)((char *)arena + policy->rules);

	policy->generation = generation_after(old);
	policy->keep_since = since;
	for (uint32_t number = 0; number < policy->words * 64; number++)
		rule[number].id = ids->id[number];
}

/* A new inner map with the arena in it. Return: its descriptor or -errno. */
static int fill_map(const struct vfg_tables *policy, const struct vfg_active *old,
		    const struct vfg_rule_ids *ids, uint32_t since)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP | BPF_F_MMAPABLE);
	uint32_t slabs =
		(uint32_t)((policy->bytes + VFG_POLICY_SLAB_BYTES - 1) >> VFG_POLICY_SLAB_BITS);
	autofd int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vfg_arena", sizeof(uint32_t),
				       VFG_POLICY_SLAB_BYTES, slabs, &options);
	void *memory;

	if (fd < 0)
		return fd;
	memory = mmap(NULL, policy->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	memcpy(memory, policy->policy, policy->bytes);
	patch(memory, old, ids, since);
	munmap(memory, policy->bytes);
	return take_fd(&fd);
}

/* What the programs are to know before a policy is in force (struct vfg_control). */
static int tell(const struct vfg_pins *pins, uint32_t since, uint32_t generation)
{
	struct vfg_control control;
	int err = vfg_control_read(pins, &control);

	if (err)
		return err;
	control.keep_since = since;
	control.decided_by = generation;
	return vfg_control_write(pins, &control);
}

/*
 * The kernel waits for running programs after each of the two writes. The first of them is the
 * swap, so that the new policy has effect before any wait.
 */
static int flip(const struct vfg_pins *pins, const char *where, const struct vfg_active *old,
		int inner)
{
	const uint32_t active = 0, previous = 1;
	autofd int outer = vfg_pin_get(pins, "vfg_policy");

	if (outer < 0)
		return outer;
	if (bpf_map_update_elem(outer, &active, &inner, BPF_ANY) < 0)
		return -errno;
	if (old->memory && bpf_map_update_elem(outer, &previous, &old->fd, BPF_ANY) < 0)
		vfg_note(where, "the policy before cannot be kept: %s, continuing",
			 strerror(errno));
	/* In force; without the pin it takes CAP_SYS_ADMIN to look at it, no more. */
	vfg_active_pin(pins, inner);
	return 0;
}

static int prepare_ids(const struct vfg_pins *pins, const struct vfg_active *old,
		       const struct vfg_tables *policy, struct vfg_rule_ids *ret_ids)
{
	struct vfg_control control;
	int err = vfg_control_read(pins, &control);

	if (!err)
		err = vfg_rule_ids_assign(old->memory ? &old->tables : NULL, policy,
					  control.next_rule_id, ret_ids);
	if (err)
		return err;
	control.next_rule_id = ret_ids->next;
	err = vfg_control_write(pins, &control);
	return err ? err : vfg_count_clear_rules(pins, ret_ids->fresh);
}

/* Before the flip: while the old policy is in force, its own names go before. */
static void retire(const struct vfg_pins *pins, const char *where, const struct vfg_active *old,
		   const struct vfg_tables *policy, const struct vfg_rule_ids *ids)
{
	bool in_use[VFG_POLICY_RULES_MAX] = {};
	int err;

	for (uint32_t number = 0; number < policy->policy->words * 64; number++) {
		if (vfg_tables_rule(policy, number))
			in_use[ids->id[number] % VFG_POLICY_RULES_MAX] = true;
	}
	err = old->memory ? vfg_retired_keep(pins, &old->tables, in_use) : 0;
	if (err)
		vfg_note(where, "names of rules that go cannot be kept: %s, continuing",
			 strerror(-err));
}

static int report(const char *where, int err)
{
	if (err == -ENOMEM || err == -E2BIG)
		return vfg_say(VFG_EXIT_SYSTEM, where,
			       "not enough memory for the policy; the one before stays in force");
	return vfg_say(VFG_EXIT_SYSTEM, where,
		       "the kernel refused the policy: %s; the one before stays in force",
		       strerror(-err));
}

int vfg_publish(const struct vfg_pins *pins, const char *where, const struct vfg_tables *policy,
		bool flush, uint32_t *ret_generation)
{
	autofree struct vfg_rule_ids *ids = calloc(1, sizeof(*ids));
	autoactive struct vfg_active old = {.fd = -1};
	autofd int inner = -1;
	int err = ids ? vfg_active_open(pins, &old) : -ENOMEM;
	uint32_t since;

	if (err && err != -ENOENT)
		return report(where, err);
	err = prepare_ids(pins, &old, policy, ids);
	if (err)
		return report(where, err);
	since = keep_since(policy, &old, flush);
	inner = fill_map(policy, &old, ids, since);
	if (inner < 0)
		return report(where, inner);
	retire(pins, where, &old, policy, ids);
	err = tell(pins, since, generation_after(&old));
	if (!err)
		err = flip(pins, where, &old, inner);
	if (err) {
		tell(pins, old.memory ? old.tables.policy->keep_since : 0,
		     old.memory ? old.tables.policy->generation : 0);
		return report(where, err);
	}
	*ret_generation = generation_after(&old);
	return 0;
}
