/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The classifier: which rule decides on the first packet of a flow. One class from each dimension,
 * one vector of rules for each class, and their AND, stage by stage; see struct vfg_policy.
 */
#ifndef VFG_BPF_CLASSIFY_BPF_H
#define VFG_BPF_CLASSIFY_BPF_H

#include "address.bpf.h"
#include "packet.bpf.h"
#include "policy.bpf.h"

/* What became of a packet, and by which rule. */
struct vfg_verdict {
	__u32 reason;	  /* enum vfg_reason */
	__u32 rule;	  /* rule number, VFG_RULE_NONE where none decided */
	__u32 id;	  /* that rule's id, VFG_RULE_NONE where none decided */
	__u32 generation; /* of the policy in force, 0 where there is none */
};

/* What a search through words reads: of four vectors, by the places of their words in their slabs,
 * those of the 64 words from `base` on that are candidates. */
struct vfg_words {
	__u32 offset[VFG_DIM_MAX];
	__u64 candidates;
	__u32 base;
	__u32 pad0;
};

/* One packet's walk through the stages. A vector begins at an offset of a slab and ends inside it.
 * No pointer to it leaves the function that has it, so that clang keeps it in registers. */
struct vfg_search {
	struct vfg_policy_view policy;
	const struct vfg_policy_slab *slab[VFG_DIM_MAX];
	__u32 offset[VFG_DIM_MAX];		 /* of the vectors' words, in their slabs */
	__u64 summary[VFG_POLICY_SUMMARIES_MAX]; /* words that no vector rules out */
	__u32 source_port;			 /* host order */
	/* Source ports may matter, and are not among the vectors yet: LOCAL's stands there twice.
	 */
	__u32 ignores_source_port;
};

/* Rule numbers that are none. */
enum {
	VFG_MATCH_NONE = VFG_POLICY_RULES_MAX,
	VFG_MATCH_BROKEN, /* the policy points outside itself */
};

/* A class out of a direct table of 16-bit entries. */
static __always_inline __u32 table_class(struct vfg_policy_view *policy, __u32 table, __u32 index)
{
	__u32 offset = table + index * sizeof(__u16);
	const struct vfg_policy_slab *slab = vfg_policy_slab(policy, offset);

	return slab ? vfg_policy_u16(slab, offset) : VFG_CLASS_BROKEN;
}

static __always_inline __u32 service_class(struct vfg_policy_view *policy,
					   const struct vfg_ends *ends, __u32 direction)
{
	const struct vfg_policy *head = policy->head;
	__be16 port = direction == VFG_INBOUND ? ends->local_port : ends->remote_port;

	if (ends->protocol == IPPROTO_TCP)
		return table_class(policy, head->service_tcp, bpf_ntohs(port));
	if (ends->protocol == IPPROTO_UDP)
		return table_class(policy, head->service_udp, bpf_ntohs(port));
	return table_class(policy, head->service_other, ends->protocol);
}

/* Adds the vector of a class to the search: its summary, and where its words are. */
static __always_inline bool add_vector(struct vfg_search *search, __u32 dimension, __u32 class_id)
{
	const struct vfg_policy *head = search->policy.head;
	__u32 page = ((__u64)class_id * head->page_reciprocal) >> 32, offset;
	const struct vfg_policy_slab *slab;

	if (class_id >= VFG_CLASS_BROKEN)
		return false;
	offset = head->vectors[dimension] + page * VFG_POLICY_PAGE_BYTES +
		 (class_id - page * head->vectors_per_page) * head->vector_bytes;
	slab = vfg_policy_slab(&search->policy, offset);
	if (!slab)
		return false;
	search->summary[0] &= vfg_policy_u64(slab, offset);
	offset += sizeof(__u64);
	if (head->words > 64) {
		search->summary[1] &= vfg_policy_u64(slab, offset);
		offset += sizeof(__u64);
	}
	search->offset[dimension] = offset;
	search->slab[dimension] = slab;
	return true;
}

/*
 * The number of the lowest bit that is set, by a de Bruijn sequence: BPF has no instruction for it,
 * and clang 14 runs out of memory over __builtin_ctzll here.
 */
const __u8 vfg_bit_numbers[64] = {
	0,  1,	48, 2,	57, 49, 28, 3,	61, 58, 50, 42, 38, 29, 17, 4,	62, 55, 59, 36, 53, 51,
	43, 22, 45, 39, 33, 30, 24, 18, 12, 5,	63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21,
	44, 32, 23, 11, 46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,	13, 8,	7,  6,
};

static __always_inline __u32 first_bit(__u64 word)
{
	return vfg_bit_numbers[((word & -word) * 0x03f79d71b4cb0a89ULL) >> 58];
}

static __always_inline __u64 vector_word(const struct vfg_policy_slab *slab, __u32 offset,
					 __u32 word)
{
	return vfg_policy_u64(slab, offset + word * 8);
}

/**
 * vfg_classify_words - the first rule of some words that every vector has
 *
 * A global function: the verifier looks at its 64 rounds once, and not once for every way that
 * leads here (kernel 6.18: ten times the instructions; test_budget would notice). Bits are taken
 * off by an exclusive or: by `c & (c - 1)` the verifier learns bounds of what is left, and no two
 * rounds look the same to it.
 *
 * Return: rule number, VFG_MATCH_NONE or VFG_MATCH_BROKEN.
 */
__noinline __u32 vfg_classify_words(const struct vfg_policy_slab *local,
				    const struct vfg_policy_slab *remote,
				    const struct vfg_policy_slab *service,
				    const struct vfg_policy_slab *source_port,
				    const struct vfg_words *words)
{
	__u64 candidates, rules;
	__u32 word;

	if (!local || !remote || !service || !source_port || !words)
		return VFG_MATCH_BROKEN;
	candidates = words->candidates;
	for (__u32 i = 0; i < 64 && candidates; i++) {
		word = words->base + first_bit(candidates);
		candidates ^= candidates & -candidates;
		rules = vector_word(local, words->offset[VFG_DIM_LOCAL], word) &
			vector_word(remote, words->offset[VFG_DIM_REMOTE], word) &
			vector_word(service, words->offset[VFG_DIM_SERVICE], word) &
			vector_word(source_port, words->offset[VFG_DIM_SOURCE_PORT], word);
		if (rules)
			return (word & (VFG_POLICY_WORDS_MAX - 1)) * 64 + first_bit(rules);
	}
	return VFG_MATCH_NONE;
}

/* Bits of the words [first, last) among the 64 from `base` on. */
static __always_inline __u64 word_mask(__u32 base, __u32 first, __u32 last)
{
	__u64 mask = ~0ULL;

	if (first >= base + 64 || last <= base)
		return 0;
	if (first > base)
		mask <<= (first - base) & 63;
	if (last < base + 64)
		mask &= ~(~0ULL << ((last - base) & 63));
	return mask;
}

static __always_inline __u32 match_in(const struct vfg_search *search, __u32 base, __u64 candidates)
{
	struct vfg_words words = {.candidates = candidates, .base = base};

	for (__u32 i = 0; i < VFG_DIM_MAX; i++)
		words.offset[i] = search->offset[i];
	return vfg_classify_words(search->slab[VFG_DIM_LOCAL], search->slab[VFG_DIM_REMOTE],
				  search->slab[VFG_DIM_SERVICE], search->slab[VFG_DIM_SOURCE_PORT],
				  &words);
}

/* Of the 64 words that the half-th summary is of. */
static __always_inline __u32 match_half(const struct vfg_search *search, __u32 half, __u32 first,
					__u32 last)
{
	__u64 candidates = search->summary[half];

	if (candidates)
		candidates &= word_mask(half * 64, first, last);
	return candidates ? match_in(search, half * 64, candidates) : VFG_MATCH_NONE;
}

static __always_inline __u32 first_match(const struct vfg_search *search, __u32 first, __u32 last)
{
	__u32 number = match_half(search, 0, first, last);

	return number == VFG_MATCH_NONE ? match_half(search, 1, first, last) : number;
}

static __always_inline bool tests_source_port(const struct vfg_search *search, __u32 number)
{
	__u32 offset = search->policy.head->source_port_words + number / 64 * 8;
	const struct vfg_policy_slab *slab = vfg_policy_slab(&search->policy, offset);

	return !slab || vfg_policy_u64(slab, offset) >> (number & 63) & 1;
}

/* From now on the source port counts. */
static __always_inline bool add_source_port(struct vfg_search *search)
{
	__u32 class_id =
		table_class(&search->policy, search->policy.head->source_port, search->source_port);

	search->ignores_source_port = 0;
	return add_vector(search, VFG_DIM_SOURCE_PORT, class_id);
}

/*
 * The first rule of a stage that matches. Few rules test the source port, so its class is looked up
 * only where the rule that would decide is one of them; then the search goes on from that rule's
 * word.
 */
static __always_inline __u32 match_stage(struct vfg_search *search, __u32 first, __u32 last)
{
	__u32 number = first_match(search, first, last);

	if (number >= VFG_MATCH_NONE || !search->ignores_source_port ||
	    !tests_source_port(search, number))
		return number;
	if (!add_source_port(search))
		return VFG_MATCH_BROKEN;
	return first_match(search, number / 64, last);
}

static __always_inline bool find_rule(struct vfg_policy_view *policy, __u32 number,
				      struct vfg_rule *ret_rule)
{
	__u32 offset = policy->head->rules + number * sizeof(struct vfg_rule);
	const struct vfg_policy_slab *slab = vfg_policy_slab(policy, offset);
	__u64 word;

	if (!slab)
		return false;
	word = vfg_policy_u64(slab, offset);
	__builtin_memcpy(ret_rule, &word, sizeof(*ret_rule));
	return true;
}

/* A stage without a match. The NSGs end in a rule for everything, so silence there is a defect, and
 * drops. */
static __always_inline bool may_be_silent(const struct vfg_stage_words *words)
{
	return words->stage == VFG_STAGE_PLATFORM || words->stage == VFG_STAGE_ADMIN;
}

/*
 * One stage. OPEN: go on to the next one.
 * @verdict: takes the rule that matched
 */
static __always_inline __u32 judge_stage(struct vfg_search *search,
					 const struct vfg_stage_words *words,
					 struct vfg_verdict *verdict)
{
	__u32 number = match_stage(search, words->first, words->last);
	struct vfg_rule rule = {};

	if (number == VFG_MATCH_NONE)
		return may_be_silent(words) ? VFG_REASON_OPEN : VFG_REASON_NO_RULE;
	if (number >= VFG_MATCH_BROKEN || !find_rule(&search->policy, number, &rule))
		return VFG_REASON_NO_POLICY;
	verdict->rule = number;
	verdict->id = rule.id;
	if (rule.action == VFG_ACTION_ALLOW)
		return VFG_REASON_OPEN;
	return rule.action == VFG_ACTION_ALWAYS_ALLOW ? VFG_REASON_RULE_ALLOW
						      : VFG_REASON_RULE_DENY;
}

static __always_inline bool prepare(struct vfg_search *search, const struct vfg_ends *ends,
				    __u32 family, __u32 direction)
{
	struct vfg_policy_view *policy = &search->policy;
	bool has_ports = ends->protocol == IPPROTO_TCP || ends->protocol == IPPROTO_UDP;

	search->source_port =
		bpf_ntohs(direction == VFG_INBOUND ? ends->remote_port : ends->local_port);
	search->ignores_source_port = has_ports && policy->head->source_port;
	search->summary[0] = ~0ULL;
	search->summary[1] = policy->head->words > 64 ? ~0ULL : 0;
	if (!add_vector(search, VFG_DIM_LOCAL,
			address_class(policy, VFG_ROLE_LOCAL, family, ends->local)))
		return false;
	search->slab[VFG_DIM_SOURCE_PORT] = search->slab[VFG_DIM_LOCAL];
	search->offset[VFG_DIM_SOURCE_PORT] = search->offset[VFG_DIM_LOCAL];
	return add_vector(search, VFG_DIM_SERVICE, service_class(policy, ends, direction)) &&
	       add_vector(search, VFG_DIM_REMOTE,
			  address_class(policy, VFG_ROLE_REMOTE, family, ends->remote));
}

/**
 * vfg_classify - judge the first packet of a flow by the rules
 * @ret_verdict: RULE_ALLOW, RULE_DENY, NO_RULE, or NO_POLICY where the tables do not hold together
 */
__noinline int vfg_classify(const struct vfg_ends *ends, __u32 family, __u32 direction,
			    struct vfg_verdict *ret_verdict)
{
	struct vfg_search search = {};
	__u32 reason = VFG_REASON_OPEN;

	if (!ends || !ret_verdict)
		return 0;
	if (!vfg_policy_open(&search.policy) ||
	    !prepare(&search, ends, family & 1, direction & 1)) {
		ret_verdict->reason = VFG_REASON_NO_POLICY;
		return 0;
	}
	ret_verdict->generation = search.policy.head->generation;
	for (__u32 i = 0; i < VFG_STAGE_MAX; i++) {
		const struct vfg_stage_words *words = &search.policy.head->stage[direction & 1][i];

		if (words->first >= words->last)
			continue;
		reason = judge_stage(&search, words, ret_verdict);
		if (reason != VFG_REASON_OPEN)
			break;
	}
	if (reason == VFG_REASON_OPEN)
		reason = ret_verdict->rule != VFG_RULE_NONE ? VFG_REASON_RULE_ALLOW
							    : VFG_REASON_NO_RULE;
	if (reason == VFG_REASON_NO_RULE)
		ret_verdict->rule = ret_verdict->id = VFG_RULE_NONE;
	ret_verdict->reason = reason;
	return 0;
}

#endif
