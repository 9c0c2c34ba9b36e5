/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes: as few as the rules tell apart, found exactly, and never more memory than is granted.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <linux/in.h>
#include <string.h>

#include "../policy-compiler/vector.h"
#include "generate.h"
#include "sample.h"

enum {
	ADVERSARY_RULES = 1000,
	ADVERSARY_PREFIXES = 60, /* a rule and side: 15 times what the platform admits to an NSG */
	PLATFORM_PREFIXES = 4,	 /* 4,000 an NSG and side */
	TAG_PREFIXES = 60000,
};

Test(classes, page_of_a_class_by_multiplication_is_exact)
{
	for (uint32_t words = 1; words <= VFG_POLICY_WORDS_MAX; words++) {
		uint32_t per_page = vfg_vectors_per_page(words);
		uint64_t reciprocal = vfg_vectors_reciprocal(per_page);

		cr_assert(le(u32, per_page * words * 8, VFG_POLICY_PAGE_BYTES));
		for (uint32_t class_id = 0; class_id < VFG_POLICY_CLASSES_MAX; class_id++) {
			if (class_id * reciprocal >> 32 != class_id / per_page)
				cr_fatal("words %u class %u", words, class_id);
		}
	}
}

/* Nested prefixes of two sets and the rest: three classes, not one for each edge. */
Test(classes, addresses_that_no_rule_tells_apart_share_a_class)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_list *out = vfg_sample_list(&sample, VFG_OUTBOUND, VFG_STAGE_NIC, "nic");

	vfg_sample_rule(in, "a", VFG_ACTION_ALLOW)->source =
		vfg_sample_set(&sample, "10.0.0.0/8 192.0.2.0/24 198.51.100.0/24");
	vfg_sample_rule(in, "b", VFG_ACTION_ALLOW)->source =
		vfg_sample_set(&sample, "10.1.0.0/16 192.0.2.0/25 198.51.100.7/32");
	vfg_sample_rule(out, "c", VFG_ACTION_ALLOW);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	cr_expect(eq(u32, sample.tables.policy->classes[VFG_DIM_REMOTE], 3));
	cr_expect(eq(u32, sample.tables.policy->classes[VFG_DIM_LOCAL], 1));
	vfg_arena_free(sample.arena);
}

Test(classes, sets_are_counted_once_however_often_they_are_named)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_list *out = vfg_sample_list(&sample, VFG_OUTBOUND, VFG_STAGE_SUBNET, "subnet");
	const struct vfg_set *shared = vfg_sample_set(&sample, "2001:db8::/32");

	for (int i = 0; i < 100; i++) {
		vfg_sample_rule(in, "shared", VFG_ACTION_ALLOW)->source = shared;
		vfg_sample_rule(out, "equal", VFG_ACTION_ALLOW)->destination =
			vfg_sample_set(&sample, "2001:db8::/32");
	}
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	cr_expect(eq(u32, sample.tables.policy->classes[VFG_DIM_REMOTE], 2));
	vfg_arena_free(sample.arena);
}

/* Everything matches in IPv4, nothing in IPv6: two classes in both roles. */
Test(classes, icmp_rules_are_in_no_class_of_ipv6)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	const struct vfg_policy *policy;

	vfg_sample_rule(in, "ping", VFG_ACTION_ALLOW)->protocol = IPPROTO_ICMP;
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	policy = sample.tables.policy;
	for (int role = 0; role < VFG_ROLE_MAX; role++) {
		cr_expect(eq(u32, policy->classes[role], 2));
		cr_expect(ne(u32, policy->trie[role][VFG_IPV4], policy->trie[role][VFG_IPV6]));
	}
	vfg_arena_free(sample.arena);
}

/* Edges of rules that match nothing in a family divide nothing there. */
Test(classes, icmp_rules_leave_no_edge_in_ipv6)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_model_rule *rule = vfg_sample_rule(in, "ping", VFG_ACTION_ALLOW);

	rule->protocol = IPPROTO_ICMP;
	rule->source = vfg_sample_set(&sample, "2001:db8::/32");
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	cr_expect(eq(u32,
		     sample.tables.policy->trie[VFG_ROLE_REMOTE][VFG_IPV6] >> VFG_TRIE_KIND_SHIFT,
		     VFG_TRIE_LEAF));
	vfg_arena_free(sample.arena);
}

Test(classes, every_list_begins_a_word_in_the_order_of_the_walk)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *list;
	const struct vfg_policy *policy;

	vfg_sample_rule(vfg_sample_list(&sample, VFG_OUTBOUND, VFG_STAGE_NIC, "nic"), "o",
			VFG_ACTION_ALLOW);
	list = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_SUBNET, "subnet");
	for (int i = 0; i < 65; i++)
		vfg_sample_rule(list, "s", VFG_ACTION_ALLOW);
	vfg_sample_rule(vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic"), "n",
			VFG_ACTION_ALLOW);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	policy = sample.tables.policy;
	cr_expect(eq(u32, policy->words, 4));
	cr_expect(eq(u16, policy->stage[VFG_INBOUND][0].first, 0));
	cr_expect(eq(u16, policy->stage[VFG_INBOUND][0].last, 2));
	cr_expect(eq(u16, policy->stage[VFG_INBOUND][1].last, 3));
	cr_expect(eq(u16, policy->stage[VFG_OUTBOUND][0].first, 3));
	cr_expect(eq(u16, policy->stage[VFG_OUTBOUND][0].last, 4));
	cr_expect(
		eq(u16, policy->stage[VFG_OUTBOUND][1].first, policy->stage[VFG_OUTBOUND][1].last));
	vfg_arena_free(sample.arena);
}

Test(classes, source_ports_cost_nothing_where_no_rule_tests_them)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_model_rule *rule = vfg_sample_rule(in, "esp", VFG_ACTION_ALLOW);

	rule->protocol = IPPROTO_ESP;
	rule->source_ports = vfg_sample_ports(&sample, 500, 500);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	cr_expect(zero(u32, sample.tables.policy->source_port));
	cr_expect(zero(u32, sample.tables.policy->vectors[VFG_DIM_SOURCE_PORT]));
	rule->protocol = IPPROTO_UDP;
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	cr_expect(ne(u32, sample.tables.policy->source_port, 0));
	cr_expect(eq(u32, sample.tables.policy->classes[VFG_DIM_SOURCE_PORT], 2));
	vfg_arena_free(sample.arena);
}

/* Random prefixes of 8 to 32 bits (IPv6: 20 to 128), all distinct, much nested. */
static const struct vfg_set *random_set(struct vfg_sample *sample, struct vfg_random *random,
					enum vfg_family family, size_t count)
{
	struct vfg_address_range *range = vfg_arena_array(sample->arena, count, sizeof(*range));
	uint32_t bits = family == VFG_IPV4 ? 32 : 128, shortest = family == VFG_IPV4 ? 8 : 20;

	for (size_t i = 0; i < count; i++) {
		uint32_t length = shortest + vfg_random_below(random, bits - shortest + 1);
		vfg_u128 mask = length == bits ? 0 : ~(vfg_u128)0 >> (128 - bits + length);
		vfg_u128 address =
			(vfg_u128)vfg_random_next(random) << 64 | vfg_random_next(random);

		address = family == VFG_IPV4 ? (uint32_t)address : address;
		range[i] = (struct vfg_address_range){address & ~mask, address | mask};
	}
	return vfg_generate_set(sample->arena, family, range, count);
}

static void fill_adversary(struct vfg_sample *sample, struct vfg_random *random,
			   enum vfg_stage stage, size_t prefixes)
{
	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		struct vfg_list *list = vfg_sample_list(sample, direction, stage, "adversary");

		for (int i = 0; i < ADVERSARY_RULES / VFG_DIRECTION_MAX; i++) {
			struct vfg_model_rule *rule =
				vfg_sample_rule(list, "securityRules/A", i % 2);
			enum vfg_family family = i % 4 == 3 ? VFG_IPV6 : VFG_IPV4;

			rule->source = random_set(sample, random, family, prefixes);
			rule->destination = random_set(sample, random, family, prefixes);
			rule->destination_ports =
				vfg_sample_ports(sample, (uint16_t)(i * 50), (uint16_t)(i * 60));
		}
	}
}

static void print_size(const char *what, const struct vfg_sample *sample)
{
	const struct vfg_policy *policy = sample->tables.policy;

	cr_log_warn("%s: %u pages, words %u, classes %u %u %u", what,
		    policy->bytes >> VFG_POLICY_PAGE_BITS, policy->words,
		    policy->classes[VFG_DIM_LOCAL], policy->classes[VFG_DIM_REMOTE],
		    policy->classes[VFG_DIM_SERVICE]);
}

/* Oracle and tables, on packets at the edges. */
static void check_packets(struct vfg_sample *sample, struct vfg_random *random, int count)
{
	for (int i = 0; i < count; i++) {
		struct vfg_tuple tuple = vfg_generate_tuple(random, &sample->model);
		struct vfg_verdict oracle = vfg_model_judge(&sample->model, &tuple);
		struct vfg_verdict verdict = vfg_tables_judge(&sample->tables, &tuple);

		cr_assert(eq(int, oracle.allow, verdict.allow));
		cr_assert(eq(str, (char *)oracle.rule, (char *)verdict.rule));
	}
}

/* The sizes that maps/policy.h names for VFG_POLICY_PAGES_MAX rest on these three. */
Test(classes, two_nsgs_at_the_platforms_limits_fit_many_times)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_random random = {.state = 1};

	fill_adversary(&sample, &random, VFG_STAGE_SUBNET, PLATFORM_PREFIXES);
	fill_adversary(&sample, &random, VFG_STAGE_NIC, PLATFORM_PREFIXES);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	print_size("2 x 1,000 rules x (4+4) prefixes", &sample);
	cr_expect(le(u32, sample.tables.policy->bytes >> VFG_POLICY_PAGE_BITS,
		     VFG_POLICY_PAGES_MAX / 6));
	check_packets(&sample, &random, 500);
	vfg_arena_free(sample.arena);
}

Test(classes, a_thousand_rules_of_60_and_60_random_prefixes_fit)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_random random = {.state = 1};

	fill_adversary(&sample, &random, VFG_STAGE_NIC, ADVERSARY_PREFIXES);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	print_size("1,000 rules x (60+60) prefixes", &sample);
	cr_expect(le(u32, sample.tables.policy->bytes >> VFG_POLICY_PAGE_BITS,
		     VFG_POLICY_PAGES_MAX * 2 / 3));
	check_packets(&sample, &random, 500);
	vfg_arena_free(sample.arena);
}

Test(classes, two_such_nsgs_are_refused_with_one_message)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_random random = {.state = 1};

	fill_adversary(&sample, &random, VFG_STAGE_SUBNET, ADVERSARY_PREFIXES);
	fill_adversary(&sample, &random, VFG_STAGE_NIC, ADVERSARY_PREFIXES);
	cr_expect(eq(int, vfg_sample_compile(&sample), -E2BIG));
	cr_assert(eq(sz, sample.diag.errors, 1));
	cr_expect(eq(str, (char *)sample.diag.first->code, "PolicyTooLarge"));
	cr_expect(ne(ptr, strstr(sample.diag.first->text, "65536 "), NULL));
	cr_expect(eq(ptr, sample.image, NULL));
	vfg_arena_free(sample.arena);
}

/* As where a reader makes a set for each rule: memory is for the one, not for the thousand. */
Test(classes, equal_large_sets_cost_memory_once)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_random random = {.state = 1};
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	const struct vfg_set *set = random_set(&sample, &random, VFG_IPV4, 1000);
	size_t before;

	for (int i = 0; i < ADVERSARY_RULES; i++) {
		struct vfg_set *copy = vfg_arena_alloc(sample.arena, sizeof(*copy));

		*copy = *set;
		vfg_sample_rule(in, "securityRules/C", i % 2)->source = copy;
	}
	before = vfg_arena_used(sample.arena);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	cr_expect(lt(sz, vfg_arena_used(sample.arena) - before, 8 << 20));
	vfg_arena_free(sample.arena);
}

/* A tag of 60,000 prefixes that every rule names costs one class, and its trie. */
Test(classes, a_large_tag_that_all_rules_share_is_one_class)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_random random = {.state = 1};
	const struct vfg_set *tag = random_set(&sample, &random, VFG_IPV4, TAG_PREFIXES);
	struct vfg_list *in = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");

	for (int i = 0; i < ADVERSARY_RULES; i++)
		vfg_sample_rule(in, "securityRules/T", i % 2)->source = tag;
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	cr_expect(eq(u32, sample.tables.policy->classes[VFG_DIM_REMOTE], 2));
	check_packets(&sample, &random, 500);
	vfg_arena_free(sample.arena);
}
