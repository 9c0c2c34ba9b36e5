/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Later fragments carry no ports: they follow their first, which is remembered for two seconds
 * where it was let through. One that comes before its first is dropped; the sender sends again.
 */
#ifndef VFG_BPF_FRAGMENT_BPF_H
#define VFG_BPF_FRAGMENT_BPF_H

#include "packet.bpf.h"
#include "../maps/tables.bpf.h"

static __always_inline void fragment_key(const struct vfg_packet *packet,
					 struct vfg_fragment_key *ret_key)
{
	bool inbound = packet->direction == VFG_INBOUND;
	const __be32 *source = inbound ? packet->ends.remote : packet->ends.local;
	const __be32 *destination = inbound ? packet->ends.local : packet->ends.remote;

	__builtin_memset(ret_key, 0, sizeof(*ret_key));
	for (__u32 i = 0; i < 4; i++) {
		ret_key->source[i] = source[i];
		ret_key->destination[i] = destination[i];
	}
	ret_key->id = packet->fragment_id;
	ret_key->protocol = packet->fragment_protocol;
	ret_key->family = packet->family;
	ret_key->direction = packet->direction;
}

/**
 * vfg_fragment_remember - a first fragment was let through; its later ones may follow
 * @rule: id of the rule that let it, VFG_RULE_NONE where none did
 *
 * A full map forgets the oldest, whose later fragments are then dropped.
 */
static __always_inline void vfg_fragment_remember(const struct vfg_packet *packet, __u32 rule,
						  __u32 now)
{
	__u32 first = 0;
	struct vfg_control *control = bpf_map_lookup_elem(&vfg_control, &first);
	struct vfg_fragment record = {
		.expires = now + (control ? control->timeout_fragment_ticks : 0),
		.rule = rule,
	};
	struct vfg_fragment_key key;

	fragment_key(packet, &key);
	bpf_map_update_elem(&vfg_fragment, &key, &record, BPF_ANY);
}

/**
 * vfg_fragment_follow - was the first fragment of this later one let through?
 * @ret_rule: id of the rule that let it
 */
static __always_inline bool vfg_fragment_follow(const struct vfg_packet *packet, __u32 now,
						__u32 *ret_rule)
{
	const struct vfg_fragment *record;
	struct vfg_fragment_key key;

	fragment_key(packet, &key);
	record = bpf_map_lookup_elem(&vfg_fragment, &key);
	if (!record || (__s32)(record->expires - now) < 0)
		return false;
	*ret_rule = record->rule;
	return true;
}

#endif
