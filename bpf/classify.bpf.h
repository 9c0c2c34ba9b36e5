/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The classifier: which rule decides on the first packet of a flow. One class from each dimension,
 * one vector of rules for each class, and their AND, stage by stage; see struct vfg_policy.
 */
#ifndef VFG_BPF_CLASSIFY_BPF_H
#define VFG_BPF_CLASSIFY_BPF_H

#include "packet.bpf.h"
#include "policy.bpf.h"

/* What became of a packet, and by which rule. */
struct vfg_verdict {
	__u32 reason;	  /* enum vfg_reason */
	__u32 rule;	  /* rule number, VFG_RULE_NONE where none decided */
	__u32 id;	  /* that rule's id, VFG_RULE_NONE where none decided */
	__u32 generation; /* of the policy in force, 0 where there is none */
};

/* What a search through words reads: four vectors by their places in their pages, from word `first`
 * to the one before `last`. */
struct vfg_words {
	__u32 offset[VFG_DIM_MAX];
	__u32 first;
	__u32 last;
};

/* One packet's walk through the stages. A vector begins at an offset of a page and ends inside it.
 */
struct vfg_search {
	struct vfg_policy_view policy;
	const struct vfg_policy_page *page[VFG_DIM_MAX];
	struct vfg_words words;
	__u32 source_port; /* host order */
	/* Source ports may matter, and are not among the vectors yet: LOCAL's stands there twice.
	 */
	__u32 ignores_source_port;
};

/* Rule numbers that are none. */
enum {
	VFG_MATCH_NONE = VFG_POLICY_RULES_MAX,
	VFG_MATCH_BROKEN, /* the policy points outside itself */
	VFG_TRIE_STRIDE_MASK = 15,
	VFG_TRIE_CLASS_MASK = VFG_POLICY_CLASSES_MAX - 1,
	VFG_CLASS_BROKEN = VFG_POLICY_CLASSES_MAX,
	VFG_TAIL_MAX = 1 << VFG_TRIE_TAIL_STEPS,
};

/* 1 where a < b, without a branch: with one, the verifier would follow every path of the search. */
static __always_inline __u64 is_below(__u64 a, __u64 b)
{
	return ((~a & b) | ((~a | b) & (a - b))) >> 63;
}

/* The highest power of two at or below a count; 0 of 0. */
static __always_inline __u64 top_bit(__u64 count)
{
	for (__u32 i = 1; i < 64; i <<= 1)
		count |= count >> i;
	return count - (count >> 1);
}

/*
 * The interval of a tail that holds the low 64 bits of an address: the last that begins at or below
 * them. The mask keeps the bounds of `base` the same in every step, for the verifier.
 */
static __always_inline __u32 search_tail(void *pages, __u32 list, __u64 low)
{
	const struct vfg_policy_page *page = vfg_policy_page(pages, list);
	__u64 count, base = 0, step, at, is_inside;

	if (!page)
		return VFG_CLASS_BROKEN;
	count = vfg_policy_u64(page, list) & (2 * VFG_TAIL_MAX - 1);
	list += sizeof(struct vfg_tail);
	step = top_bit(count - 1);
	for (__u32 i = 0; i < VFG_TRIE_TAIL_STEPS && step; i++) {
		is_inside = is_below(base + step, count);
		at = list + (base + step * is_inside) * sizeof(struct vfg_tail);
		page = vfg_policy_page(pages, at);
		if (!page)
			return VFG_CLASS_BROKEN;
		base += step * is_inside * (1 - is_below(low, vfg_policy_u64(page, at)));
		base &= VFG_TAIL_MAX - 1;
		step >>= 1;
	}
	at = list + base * sizeof(struct vfg_tail);
	page = vfg_policy_page(pages, at);
	if (!page)
		return VFG_CLASS_BROKEN;
	return vfg_policy_u32(page, at + offsetof(struct vfg_tail, class_id)) & VFG_TRIE_CLASS_MASK;
}

/* From the top entry of a trie to the class of an address. */
static __noinline __u32 walk_trie(struct vfg_policy_view *policy, __u32 entry, __u64 high,
				  __u64 low)
{
	const struct vfg_policy_page *page;
	__u32 stride, offset;

	for (__u32 i = 0; i < VFG_TRIE_DEPTH_V6; i++) {
		if (entry >> VFG_TRIE_KIND_SHIFT != VFG_TRIE_NODE)
			break;
		stride = ((entry >> VFG_TRIE_STRIDE_SHIFT) & VFG_TRIE_STRIDE_MASK) + 1;
		offset = (entry & VFG_TRIE_INDEX_MASK) * VFG_TRIE_NODE_UNIT;
		offset += (__u32)(high >> (64 - stride)) * sizeof(entry);
		page = vfg_policy_page(policy->pages, offset);
		if (!page)
			return VFG_CLASS_BROKEN;
		entry = vfg_policy_u32(page, offset);
		high <<= stride;
	}
	if (entry >> VFG_TRIE_KIND_SHIFT == VFG_TRIE_LEAF)
		return entry & VFG_TRIE_CLASS_MASK;
	if (entry >> VFG_TRIE_KIND_SHIFT == VFG_TRIE_TAIL)
		return search_tail(policy->pages,
				   (entry & VFG_TRIE_INDEX_MASK) * VFG_TRIE_TAIL_UNIT, low);
	return VFG_CLASS_BROKEN;
}

static __always_inline __u64 address_high(const __be32 *address, __u32 family)
{
	__u64 high = (__u64)bpf_ntohl(address[0]) << 32;

	return family == VFG_IPV4 ? high : high | bpf_ntohl(address[1]);
}

static __always_inline __u64 address_low(const __be32 *address)
{
	return (__u64)bpf_ntohl(address[2]) << 32 | bpf_ntohl(address[3]);
}

static __always_inline __u32 address_class(struct vfg_policy_view *policy, __u32 role, __u32 family,
					   const __be32 *address)
{
	return walk_trie(policy, policy->head->trie[role & 1][family & 1],
			 address_high(address, family), address_low(address));
}

/* A class out of a direct table of 16-bit entries. */
static __always_inline __u32 table_class(struct vfg_policy_view *policy, __u32 table, __u32 index)
{
	__u32 offset = table + index * sizeof(__u16);
	const struct vfg_policy_page *page = vfg_policy_page(policy->pages, offset);

	return page ? vfg_policy_u16(page, offset) : VFG_CLASS_BROKEN;
}

static __always_inline __u32 service_class(struct vfg_policy_view *policy,
					   const struct vfg_packet *packet)
{
	const struct vfg_policy *head = policy->head;
	__be16 port = packet->direction == VFG_INBOUND ? packet->ends.local_port
						       : packet->ends.remote_port;

	if (packet->ends.protocol == IPPROTO_TCP)
		return table_class(policy, head->service_tcp, bpf_ntohs(port));
	if (packet->ends.protocol == IPPROTO_UDP)
		return table_class(policy, head->service_udp, bpf_ntohs(port));
	return table_class(policy, head->service_other, packet->ends.protocol);
}

static __always_inline bool find_vector(struct vfg_search *search, __u32 dimension, __u32 class_id)
{
	const struct vfg_policy *head = search->policy.head;
	__u32 page = ((__u64)class_id * head->page_reciprocal) >> 32, offset;

	if (class_id >= VFG_CLASS_BROKEN)
		return false;
	offset = head->vectors[dimension] + page * VFG_POLICY_PAGE_BYTES +
		 (class_id - page * head->vectors_per_page) * head->words * 8;
	search->words.offset[dimension] = offset;
	search->page[dimension] = vfg_policy_page(search->policy.pages, offset);
	return search->page[dimension] != NULL;
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

static __always_inline __u64 vector_word(const struct vfg_policy_page *page, __u32 offset,
					 __u32 word)
{
	return vfg_policy_u64(page, offset + word * 8);
}

/**
 * vfg_classify_words - the first rule of some words that every vector has
 *
 * A global function: the verifier looks at its 128 rounds once, and not once for every way that
 * leads here (kernel 6.18: ten times the instructions; test_budget would notice).
 *
 * Return: rule number, VFG_MATCH_NONE or VFG_MATCH_BROKEN.
 */
__noinline __u32 vfg_classify_words(const struct vfg_policy_page *local,
				    const struct vfg_policy_page *remote,
				    const struct vfg_policy_page *service,
				    const struct vfg_policy_page *source_port,
				    const struct vfg_words *words)
{
	__u64 candidates = 0;
	__u32 word = 0;

	if (!local || !remote || !service || !source_port || !words)
		return VFG_MATCH_BROKEN;
	for (__u32 i = 0; i < VFG_POLICY_WORDS_MAX && !candidates; i++) {
		word = (words->first + i) & (VFG_POLICY_WORDS_MAX - 1);
		if (words->first + i >= words->last)
			return VFG_MATCH_NONE;
		candidates = vector_word(local, words->offset[VFG_DIM_LOCAL], word) &
			     vector_word(remote, words->offset[VFG_DIM_REMOTE], word) &
			     vector_word(service, words->offset[VFG_DIM_SERVICE], word) &
			     vector_word(source_port, words->offset[VFG_DIM_SOURCE_PORT], word);
	}
	return candidates ? word * 64 + first_bit(candidates) : VFG_MATCH_NONE;
}

static __always_inline __u32 first_match(struct vfg_search *search, __u32 first, __u32 last)
{
	search->words.first = first;
	search->words.last = last;
	return vfg_classify_words(search->page[VFG_DIM_LOCAL], search->page[VFG_DIM_REMOTE],
				  search->page[VFG_DIM_SERVICE], search->page[VFG_DIM_SOURCE_PORT],
				  &search->words);
}

static __always_inline bool tests_source_port(const struct vfg_search *search, __u32 number)
{
	__u32 offset = search->policy.head->source_port_words + number / 64 * 8;
	const struct vfg_policy_page *page = vfg_policy_page(search->policy.pages, offset);

	return !page || vfg_policy_u64(page, offset) >> (number & 63) & 1;
}

/* From now on the source port counts. */
static __always_inline bool add_source_port(struct vfg_search *search)
{
	__u32 class_id =
		table_class(&search->policy, search->policy.head->source_port, search->source_port);

	search->ignores_source_port = 0;
	return find_vector(search, VFG_DIM_SOURCE_PORT, class_id);
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
	const struct vfg_policy_page *page = vfg_policy_page(policy->pages, offset);
	__u64 word;

	if (!page)
		return false;
	word = vfg_policy_u64(page, offset);
	__builtin_memcpy(ret_rule, &word, sizeof(*ret_rule));
	return true;
}

/*
 * A stage without a match. Its slot does not say which stage it is, but every rule in it does; the
 * NSGs end in a rule for everything, so silence there is a defect, and drops.
 */
static __always_inline bool may_be_silent(struct vfg_policy_view *policy, __u32 first)
{
	struct vfg_rule rule = {};

	return find_rule(policy, first * 64, &rule) &&
	       (rule.stage == VFG_STAGE_PLATFORM || rule.stage == VFG_STAGE_ADMIN);
}

/*
 * One stage. OPEN: go on to the next one.
 * @verdict: takes the rule that matched
 */
static __always_inline __u32 judge_stage(struct vfg_search *search, __u32 first, __u32 last,
					 struct vfg_verdict *verdict)
{
	__u32 number = match_stage(search, first, last);
	struct vfg_rule rule = {};

	if (number == VFG_MATCH_NONE)
		return may_be_silent(&search->policy, first) ? VFG_REASON_OPEN : VFG_REASON_NO_RULE;
	if (number >= VFG_MATCH_BROKEN || !find_rule(&search->policy, number, &rule))
		return VFG_REASON_NO_POLICY;
	verdict->rule = number;
	verdict->id = rule.id;
	if (rule.action == VFG_ACTION_ALLOW)
		return VFG_REASON_OPEN;
	return rule.action == VFG_ACTION_ALWAYS_ALLOW ? VFG_REASON_RULE_ALLOW
						      : VFG_REASON_RULE_DENY;
}

static __always_inline bool prepare(struct vfg_search *search, const struct vfg_packet *packet)
{
	struct vfg_policy_view *policy = &search->policy;
	__u32 local, remote, service;
	bool has_ports =
		packet->ends.protocol == IPPROTO_TCP || packet->ends.protocol == IPPROTO_UDP;

	local = address_class(policy, VFG_ROLE_LOCAL, packet->family, packet->ends.local);
	remote = address_class(policy, VFG_ROLE_REMOTE, packet->family, packet->ends.remote);
	service = service_class(policy, packet);
	search->source_port = bpf_ntohs(packet->direction == VFG_INBOUND ? packet->ends.remote_port
									 : packet->ends.local_port);
	search->ignores_source_port = has_ports && policy->head->source_port;
	if (!find_vector(search, VFG_DIM_LOCAL, local))
		return false;
	search->page[VFG_DIM_SOURCE_PORT] = search->page[VFG_DIM_LOCAL];
	search->words.offset[VFG_DIM_SOURCE_PORT] = search->words.offset[VFG_DIM_LOCAL];
	return find_vector(search, VFG_DIM_REMOTE, remote) &&
	       find_vector(search, VFG_DIM_SERVICE, service);
}

/**
 * vfg_classify - judge the first packet of a flow by the rules
 * @ret_verdict: RULE_ALLOW, RULE_DENY, NO_RULE, or NO_POLICY where the tables do not hold together
 */
__noinline int vfg_classify(const struct vfg_packet *packet, struct vfg_verdict *ret_verdict)
{
	struct vfg_search search = {};
	__u32 reason = VFG_REASON_OPEN;

	if (!packet || !ret_verdict)
		return 0;
	if (!vfg_policy_open(&search.policy) || !prepare(&search, packet)) {
		ret_verdict->reason = VFG_REASON_NO_POLICY;
		return 0;
	}
	ret_verdict->generation = search.policy.head->generation;
	for (__u32 i = 0; i < VFG_STAGE_MAX; i++) {
		const struct vfg_stage_words *words =
			&search.policy.head->stage[packet->direction & 1][i];

		if (words->first >= words->last)
			continue;
		reason = judge_stage(&search, words->first, words->last, ret_verdict);
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
