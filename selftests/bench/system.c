/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How each packet filter is put in force.
 */
#include "system.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"
#include "selftests/bench/verdict.skel.h"

enum {
	SOURCE_OFFSET = 26, /* of an IPv4 source address in a frame */
};

static bool set_up_drop(struct field *field, const struct link *link, const char **ret_note)
{
	*ret_note = "the kernel refused XDP on a veth device";
	if (!link_attach_xdp(link, feeder_drop_fd(&field->rig.feeder)))
		return false;
	*ret_note = NULL;
	return true;
}

static bool set_up_none(struct field *field, const struct link *link, const char **ret_note)
{
	(void)field;
	(void)link;
	*ret_note = NULL;
	return true;
}

/* Both hooks, as the loader attaches them. */
static bool set_up_vfguard(struct field *field, const struct link *link, const char **ret_note)
{
	*ret_note = "the kernel refused the programs";
	if (!link_attach_xdp(link, bench_program_fd(&field->rig.bench, BENCH_XDP)) ||
	    !link_attach_tc(link, BPF_TC_INGRESS,
			    bench_program_fd(&field->rig.bench, BENCH_INGRESS)))
		return false;
	*ret_note = NULL;
	return true;
}

/* The same program on the same maps, as a part of one that drops all frames. */
static bool load_verdict(struct field *field)
{
	struct bpf_map *map, *other;

	field->verdict = verdict__open();
	if (!field->verdict)
		return false;
	field->verdict->rodata->vfg_answer_ifindex = BENCH_NO_IFINDEX;
	bpf_object__for_each_map(map, field->verdict->obj)
	{
		other = bpf_object__find_map_by_name(field->rig.bench.xdp->obj, bpf_map__name(map));
		bpf_map__set_pin_path(map, NULL);
		if (other && !strchr(bpf_map__name(map), '.') &&
		    bpf_map__reuse_fd(map, bpf_map__fd(other)))
			return false;
	}
	return !verdict__load(field->verdict);
}

static bool set_up_verdict(struct field *field, const struct link *link, const char **ret_note)
{
	*ret_note = "not measured: the kernel refused the program";
	if (!load_verdict(field) ||
	    !link_attach_xdp(link, bpf_program__fd(field->verdict->progs.verdict_drop)))
		return false;
	*ret_note = "its XDP verdict alone, then the frame is dropped as in veth/xdp_drop";
	return true;
}

void system_release(struct field *field)
{
	verdict__destroy(field->verdict);
}

/* Frames have no right TCP checksums, and no sequence numbers. */
static bool settle_conntrack(const struct link *link)
{
	return link_guest(link, "cd /proc/sys/net/netfilter && echo 0 >nf_conntrack_checksum && "
				"echo 1 >nf_conntrack_tcp_be_liberal");
}

static bool set_up_nft(struct field *field, const struct link *link, const char **ret_note)
{
	*ret_note = "not measured: nft is not installed";
	if (!link_shell("command -v nft"))
		return false;
	*ret_note = "not measured: nft refused the policy";
	if (!peer_write_nft(&field->ruleset, field->folder) ||
	    !link_guest(link, "nft -f %s/policy.nft", field->folder) || !settle_conntrack(link))
		return false;
	*ret_note = "rule for rule, addresses in interval sets";
	return true;
}

/* The legacy tables are the faster ones; a kernel may not have them any more. */
static bool set_up_iptables(struct field *field, const struct link *link, const char **ret_note)
{
	*ret_note = "not measured: iptables or ipset is not installed";
	if (!link_shell("command -v iptables-restore && command -v ipset"))
		return false;
	*ret_note = "not measured: ipset refused the policy";
	if (!peer_write_iptables(&field->ruleset, field->folder) ||
	    !link_guest(link, "ipset restore -f %s/policy.ipset", field->folder))
		return false;
	*ret_note = "rule for rule, addresses in ipsets, legacy tables";
	if (!link_guest(link, "iptables-legacy-restore <%s/policy.iptables", field->folder)) {
		*ret_note = "rule for rule, addresses in ipsets, nf_tables";
		if (!link_guest(link, "iptables-nft-restore <%s/policy.iptables", field->folder)) {
			*ret_note = "not measured: iptables refused the policy";
			return false;
		}
	}
	return settle_conntrack(link);
}

/* Its pins go to a BPF file system of this process's own, which has to live on. */
static void hold_filter(const struct field *field, const struct link *link, int ready)
{
	char done = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		_exit(1);
	if (!link_guest(link, "xdp-filter load --mode native --features ipv4 in"))
		_exit(1);
	for (int i = 0; i < SYSTEM_FILTER_ADDRESSES; i++) {
		const uint8_t *at = field->denied[i].byte + SOURCE_OFFSET;

		if (!link_guest(link, "xdp-filter ip --mode src %u.%u.%u.%u", at[0], at[1], at[2],
				at[3]))
			_exit(1);
	}
	if (write(ready, &done, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static bool set_up_filter(struct field *field, const struct link *link, const char **ret_note)
{
	int ends[2];
	char done;
	bool good;

	*ret_note = "not measured: xdp-filter is not installed";
	if (!link_shell("command -v xdp-filter") || pipe(ends))
		return false;
	fflush(stdout);
	if (!fork())
		hold_filter(field, link, ends[1]);
	close(ends[1]);
	good = read(ends[0], &done, 1) == 1;
	close(ends[0]);
	*ret_note = good ? "cannot express the policy: drops 256 source addresses"
			 : "not measured: xdp-filter refused";
	return good;
}

const struct system systems[SYSTEMS] = {
	{"xdp_drop", set_up_drop, .drops = true},
	{"none", set_up_none, .allows = true},
	{"vfguard", set_up_vfguard, .allows = true, .establishes = true, .denies = true},
	{"vfguard_xdp", set_up_verdict, .is_verdict = true, .establishes = true, .denies = true},
	{"nft", set_up_nft, .is_slow = true, .has_connections = true, .allows = true,
	 .establishes = true, .denies = true},
	{"iptables", set_up_iptables, .is_slow = true, .has_connections = true, .allows = true,
	 .establishes = true, .denies = true},
	{"xdp_filter", set_up_filter, .denies = true},
};
