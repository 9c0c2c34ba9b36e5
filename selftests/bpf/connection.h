/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One inbound SSH connection, segment by segment: what each is judged by, and which state the flow
 * has after it.
 */
#ifndef VFG_SELFTESTS_BPF_CONNECTION_H
#define VFG_SELFTESTS_BPF_CONNECTION_H

#include "scene.h"

enum {
	GUEST_PORT = 22,
	OUTSIDE_PORT = 40000,
};

struct segment {
	const char *what;
	enum vfg_direction direction;
	uint8_t flags;
	enum vfg_reason reason;
	enum vfg_flow_state state; /* after it */
};

/* Short names, for the rows. */
#define SYN	PACKET_SYN
#define ACK	PACKET_ACK
#define RST	PACKET_RST
#define SYN_ACK (PACKET_SYN | PACKET_ACK)
#define FIN_ACK (PACKET_FIN | PACKET_ACK)
#define IN	VFG_INBOUND
#define OUT	VFG_OUTBOUND
#define ALLOW	VFG_REASON_RULE_ALLOW
#define FLOW	VFG_REASON_FLOW
#define DENY	VFG_REASON_RULE_DENY

/* What comes in goes through XDP and then TC, as it does on a device. */
void connection_play(struct scene *scene, enum vfg_family family, const struct segment *segment,
		     size_t count);

#define PLAY(family, ...)                                                                          \
	connection_play(&scene, family, (const struct segment[]){__VA_ARGS__},                     \
			sizeof((const struct segment[]){__VA_ARGS__}) / sizeof(struct segment))

/* Three rows. */
#define HANDSHAKE                                                                                  \
	{"SYN", IN, SYN, ALLOW, VFG_FLOW_NEW}, {"SYN+ACK", OUT, SYN_ACK, FLOW, VFG_FLOW_REPLIED},  \
	{                                                                                          \
		"ACK", IN, ACK, FLOW, VFG_FLOW_ESTABLISHED                                         \
	}

#endif
