/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of IP protocols that commands take and show; a policy's rules have fewer of them. */
#ifndef VFG_POLICY_COMPILER_PROTOCOL_H
#define VFG_POLICY_COMPILER_PROTOCOL_H

#include <stdint.h>

/* For help and refusals: what vfg_protocol_parse() takes. */
#define VFG_PROTOCOL_WORDS "tcp, udp, icmp, icmpv6, esp, ah, gre, sctp or a number"

/**
 * vfg_protocol_parse - the number of a protocol, by name or number
 * @text: a name in any case, or 0 to 255
 *
 * Return: the number, or -EINVAL.
 */
int vfg_protocol_parse(const char *text);

/* Return: its name, which needs VFG_PROTOCOL_NAME_MAX bytes at most, or NULL where it has none. */
const char *vfg_protocol_name(uint8_t number);

enum { VFG_PROTOCOL_NAME_MAX = 8 };

#endif
