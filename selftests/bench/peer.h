/* SPDX-License-Identifier: GPL-2.0-only */
/* The inbound half of a policy, IPv4, in the languages of other packet filters. */
#ifndef VFG_SELFTESTS_BENCH_PEER_H
#define VFG_SELFTESTS_BENCH_PEER_H

#include <stdbool.h>

#include "ruleset.h"

/*
 * Each writes files below @folder. Established packets go first; then list by list, a rule for a
 * rule; sets of addresses are named sets, one for each that the policy has.
 *
 * Return: false where a file could not be written.
 */
bool peer_write_nft(const struct ruleset *ruleset, const char *folder);	     /* policy.nft */
bool peer_write_iptables(const struct ruleset *ruleset, const char *folder); /* policy.ipset,
										 policy.iptables */

#endif
