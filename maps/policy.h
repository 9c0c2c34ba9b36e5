/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compiled policy: one flat arena of bytes, addressed by 32-bit offsets, that user space writes
 * once and the programs only read. It holds the classifier's tables, the rules and their names. The
 * file around it is image.h's.
 *
 * In the kernel an arena is one array map of 4 MiB slabs, and the swap of a policy is the swap of
 * that one map. Nothing in the arena that a program reads straddles a page of 64 KiB, and so none
 * straddles a slab. A program looks the first slab up once a packet and reads it by plain loads;
 * the compiler puts there what every packet reads. Beyond it, each access is a look-up.
 */
#ifndef VFG_MAPS_POLICY_H
#define VFG_MAPS_POLICY_H

#include "abi.h"

enum {
	VFG_POLICY_PAGE_BITS = 16,
	VFG_POLICY_PAGE_BYTES = 1 << VFG_POLICY_PAGE_BITS,
	/* What kernels up to 6.13 allow a map's value at most (KMALLOC_MAX_SIZE, pages of 4 KiB).
	 */
	VFG_POLICY_SLAB_BITS = 22,
	VFG_POLICY_SLAB_BYTES = 1 << VFG_POLICY_SLAB_BITS,
	/* 64 MiB. Two NSGs at the platform's limits, of the worst rules that these admit, stay
	   below 33 without tags (docs/architecture.md, test_scale); one with 15 times as many
	   prefixes, all random, takes 38, and two of those are refused for their classes
	   (test_classes). */
	VFG_POLICY_PAGES_MAX = 1024,
	/* Vectors of 128 words: 8,192 rules, both directions together, each stage rounded up to a
	   word. */
	VFG_POLICY_WORDS_MAX = 128,
	VFG_POLICY_RULES_MAX = VFG_POLICY_WORDS_MAX * 64,
	/* A word that sums 64 words up: bit n is set where word n is not zero. */
	VFG_POLICY_SUMMARIES_MAX = VFG_POLICY_WORDS_MAX / 64,
	/* Classes of one dimension; the tables hold them in 16 bits. */
	VFG_POLICY_CLASSES_MAX = 65536,
	VFG_POLICY_MAGIC = 0x50474656, /* "VFGP", little endian */
	VFG_RULE_NONE = 0xffffffff,
};

/* Roles of an address. Inbound: remote = source, local = destination. Outbound: the reverse. */
enum vfg_role {
	VFG_ROLE_LOCAL = 0,
	VFG_ROLE_REMOTE = 1,
	VFG_ROLE_MAX = 2,
};

/*
 * Dimensions of the classifier. SERVICE is protocol and destination port together; SOURCE_PORT is
 * looked at only where a candidate rule tests the source port (see struct vfg_policy,
 * source_port_words).
 */
enum vfg_dimension {
	VFG_DIM_LOCAL = 0,
	VFG_DIM_REMOTE = 1,
	VFG_DIM_SERVICE = 2,
	VFG_DIM_SOURCE_PORT = 3,
	VFG_DIM_MAX = 4,
};

/*
 * Trie entry, 32 bits, the same at every level and for both families:
 *
 *    31 30 | 29 .. 26 | 25 .. 0
 *    kind  | stride-1 | index
 *
 *    LEAF  index = class (0..65535)
 *    NODE  2^stride entries of 4 bytes, naturally aligned, at arena offset index * 8. The next
 * `stride` bits of the key, from the top, choose the entry. Strides 1..16; a node of stride 16
 * fills four whole pages. TAIL  IPv6 only, after 64 bits: a struct vfg_tail list at arena offset
 * index * 16, searched by the low 64 bits.
 *
 * The key is 64 bits, left aligned: an IPv4 address in its upper half, or the upper half of an IPv6
 * address. Example: entry 0x00000007 is class 7; 0xbc000400 is kind 2 (NODE), stride 16, at arena
 * offset 0x400 * 8 = 8192.
 */
enum {
	VFG_TRIE_LEAF = 0,
	VFG_TRIE_TAIL = 1,
	VFG_TRIE_NODE = 2,
	VFG_TRIE_KIND_SHIFT = 30,
	VFG_TRIE_STRIDE_SHIFT = 26,
	VFG_TRIE_INDEX_MASK = (1 << VFG_TRIE_STRIDE_SHIFT) - 1,
	VFG_TRIE_NODE_UNIT = 8,
	VFG_TRIE_TAIL_UNIT = 16,
	/* Strides after the first are 4 or more (less only where fewer bits remain): 16 + 4 * 4,
	   and 16 + 12 * 4. */
	VFG_TRIE_DEPTH_V4 = 5,
	VFG_TRIE_DEPTH_V6 = 13,
	/* Binary search steps of a tail: 2^17 intervals inside one /64. */
	VFG_TRIE_TAIL_STEPS = 17,
};

/*
 * One interval of a tail: it begins at `first` (host order) and ends before the next one's. The
 * list's header is an entry too: header.first = number of intervals that follow (1..2^17); the
 * first of them begins at 0.
 */
struct vfg_tail {
	__u64 first;
	__u32 class_id;
	__u32 pad0;
};

/*
 * Rule, as the programs see it. The rule number is its bit in the vectors: word * 64 + bit.
 * Written by the compiler, except `id`, which the loader may replace before it publishes the
 * policy, so that a rule that keeps its name keeps its counters. In an image id = rule number.
 */
struct vfg_rule {
	__u8 action; /* enum vfg_action */
	__u8 stage;  /* enum vfg_stage */
	__u16 pad0;
	__u32 id; /* index into vfg_rule_count, and what flows remember; < VFG_POLICY_RULES_MAX */
};

/* Rule, as people see it: user space only. Indexed by rule number; name_offset = 0 where a bit has
 * no rule. */
struct vfg_rule_info {
	__u32 name_offset; /* NUL-terminated in the arena: "securityRules/AllowSsh",
			      "platformRules/Dns" */
	__u32 list_offset; /* the list it came from: the NSG's id, or its name where it has none,
			      "platform" */
	__u16 priority;
	__u8 direction; /* enum vfg_direction */
	__u8 stage;	/* enum vfg_stage */
	__u32 pad0;
};

/* Words of one stage in one direction: [first, last) of every vector; empty where the stage has no
 * list. */
struct vfg_stage_words {
	__u16 first;
	__u16 last;
	__u16 stage; /* enum vfg_stage */
	__u16 pad0;
};

/*
 * Head of the arena, at offset 0. Written by the compiler; generation and keep_since by the loader
 * at apply.
 *
 * Judging a packet: one class from each dimension's table, one vector (words of 64 rules) for each
 * class, and the first bit of their AND, stage by stage in stage[], is the rule of that stage. DENY
 * and ALWAYS_ALLOW end the walk, ALLOW goes on. No bit: PLATFORM and ADMIN go on, SUBNET and NIC
 * deny, by no rule. A walk that ends without any rule denies.
 *
 * Vectors: ceil(words / 64) summary words, then `words` words of 64 rules; a summary word has the
 * bit of each of its 64 words that is not zero, so that a search goes only where the AND of the
 * summaries leads. vectors_per_page to a page, so that none straddles one; vectors[dim] is page
 * aligned:
 *
 *    page   = class / vectors_per_page, by multiplication: (class * page_reciprocal) >> 32 (exact
 *             for 16-bit classes)
 *    offset = vectors[dim] + page * VFG_POLICY_PAGE_BYTES
 *             + (class - page * vectors_per_page) * vector_bytes
 */
struct vfg_policy {
	__u32 magic; /* VFG_POLICY_MAGIC */
	__u32 abi;   /* VFG_ABI */
	__u32 bytes; /* of the arena, a multiple of the page */
	__u32 generation;
	__u32 keep_since; /* flows judged under an older generation are judged again */
	__u32 flags;
	__u32 trie[VFG_ROLE_MAX][VFG_FAMILY_MAX]; /* top entry of each trie */
	__u32 service_tcp;			  /* __u16[65536], by destination port */
	__u32 service_udp;			  /* __u16[65536], by destination port */
	__u32 service_other;			  /* __u16[256], by protocol */
	__u32 source_port;	    /* __u16[65536], by source port; 0 where no rule tests it */
	__u32 source_port_words;    /* __u64[words]: rules that test the source port */
	__u32 vectors[VFG_DIM_MAX]; /* SOURCE_PORT: 0 where no rule tests it */
	__u32 words;
	__u32 vectors_per_page;
	__u32 vector_bytes; /* with its summary */
	__u32 page_reciprocal;
	__u32 rules;	 /* struct vfg_rule[words * 64] */
	__u32 rule_info; /* struct vfg_rule_info[words * 64] */
	struct vfg_stage_words stage[VFG_DIRECTION_MAX]
				    [VFG_STAGE_MAX]; /* in the order of the walk */
	__u32 classes[VFG_DIM_MAX];		     /* for dump */
	__u32 label_offset;  /* what the policy is called: the NSGs' names */
	__u64 source_digest; /* of the sources, for status: the same sources give the same digest */
};

enum {
	/* flushConnection of an NSG: apply judges live flows again. */
	VFG_POLICY_FLUSH = 1,
};

_Static_assert(sizeof(struct vfg_tail) == 16, "layout");
_Static_assert(sizeof(struct vfg_rule) == 8, "layout");
_Static_assert(sizeof(struct vfg_rule_info) == 16, "layout");
_Static_assert(sizeof(struct vfg_policy) == 192, "layout");

#endif
