/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bench with the policy that most tests use:
 *
 *    inbound   AllowSsh      Tcp   to port 22
 *              AllowFromDns  Udp   from port 53
 *              AllowSyslog   Udp   to port 514
 *              AllowPing     Icmp
 *              AllowPing6    ICMPv6 (58)
 *              AllowEsp      Esp
 *              AllowNone     59, from 198.51.100.0/24 and 2001:db8:2::/48
 *              DenyIn        everything else
 *    outbound  AllowWeb      Tcp   to port 443
 *              AllowSyslogOut Udp  to port 514
 *              AllowPingOut  Icmp, AllowPing6Out ICMPv6
 *              DenyOut       everything else
 *
 * The guest is 192.0.2.5 and 2001:db8:1::5; outside are 198.51.100.7 and 2001:db8:2::7.
 */
#ifndef VFG_SELFTESTS_BPF_SCENE_H
#define VFG_SELFTESTS_BPF_SCENE_H

#include "../sample.h"
#include "prog_run.h"

#define GUEST	 "192.0.2.5"
#define OUTSIDE	 "198.51.100.7"
#define GUEST6	 "2001:db8:1::5"
#define OUTSIDE6 "2001:db8:2::7"

enum { SCENE_BUCKETS = 64 };

struct scene {
	struct bench bench;
	struct vfg_sample sample;
};

/* @answer_ifindex: BENCH_NO_IFINDEX, or BENCH_IFINDEX to ask questions */
void scene_open(struct scene *scene, uint32_t buckets, uint32_t answer_ifindex);
void scene_close(struct scene *scene);

/* The number of a rule by its name, as in answers. */
uint32_t scene_rule(const struct scene *scene, const char *name);

/* Run a packet; check verdict and the one reason counter. @what names the step in a failure. */
void scene_expect(struct scene *scene, enum bench_program program, const struct packet *packet,
		  enum vfg_reason reason, const char *what);

/* Packets between the guest and outside, without data, by family. */
struct packet scene_tcp_in(enum vfg_family family, uint16_t outside, uint16_t guest, uint8_t flags);
struct packet scene_tcp_out(enum vfg_family family, uint16_t guest, uint16_t outside,
			    uint8_t flags);
struct packet scene_udp_in(enum vfg_family family, uint16_t outside, uint16_t guest);
struct packet scene_udp_out(enum vfg_family family, uint16_t guest, uint16_t outside);

/* As much as is needed for an IP header either way. */
void scene_begin_in(struct packet *packet, enum vfg_family family);
void scene_begin_out(struct packet *packet, enum vfg_family family);

#endif
