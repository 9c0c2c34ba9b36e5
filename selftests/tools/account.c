/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The churn test's own account of a guest, by other means than vfguard's: packets that reached each
 * device's receive path, by a packet socket's filter, which runs just before TC; and how long a new
 * device below the master was without XDP, by rtnetlink.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <libmnl/libmnl.h>

#include "traffic.h"

enum {
	DEVICES_MAX = 16384, /* that may come in a run */
	LIVE_MAX = 64,	     /* watched at one time */
	COVERS_MAX = 1 << 16,
	PENDING_US = 200,  /* between looks at a device that has no XDP yet, at first */
	PENDING_PART = 16, /* and later, of the time that it had none */
	GIVE_UP_MS = 2000,
	BUFFER_BYTES = 8 << 20,
};

static const char usage[] =
	"usage: account MASTER   a line of JSON for each line of input, until its end:\n"
	"       reached   packets on the master's receive path, segments of a buffer counted\n"
	"       below     the same on the devices below it, less what XDP has dropped\n"
	"       by_new    the part of those that came since the start\n"
	"       came, gone, covered, cover_us_p50, cover_us_max   of such devices\n"
	"exit status: 0 done, 2 usage, 3 system\n";

/* A device below the master whose XDP is awaited. */
struct pending {
	unsigned int ifindex; /* 0: free */
	int64_t since_ns;
};

struct account {
	unsigned int master;
	int map, tap;
	struct mnl_socket *events, *questions;
	struct pending pending[LIVE_MAX];
	/* By ifindex: there since the start; there now, came since; ever below the master. */
	bool old[DEVICES_MAX], seen[DEVICES_MAX], below[DEVICES_MAX];
	int64_t cover_us[COVERS_MAX];
	size_t covered, came, gone;
};

/* What a message says of a device. */
struct link {
	uint16_t type;
	unsigned int ifindex, master;
	bool xdp;
};

/* ---- packets ---- */

/* map[ifindex] += gso_segs ?: 1, for what comes in; nothing is copied to the socket. */
static int load_counter(int map)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1},
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = 2,
		 .src_reg = 6,
		 .off = offsetof(struct __sk_buff, pkt_type)},
		{.code = BPF_JMP | BPF_JEQ | BPF_K,
		 .dst_reg = 2,
		 .off = 13,
		 .imm = PACKET_OUTGOING},
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = 7,
		 .src_reg = 6,
		 .off = offsetof(struct __sk_buff, gso_segs)},
		{.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 7, .off = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 7, .imm = 1},
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = 2,
		 .src_reg = 6,
		 .off = offsetof(struct __sk_buff, ifindex)},
		{.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = 10, .src_reg = 2, .off = -4},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -4},
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = 1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 2},
		{.code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 0, .src_reg = 7, .imm = BPF_ADD},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "churn_tap", "GPL", code,
			     sizeof(code) / sizeof(code[0]), NULL);
}

static int open_tap(struct account *account)
{
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int program;

	account->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "churn_tap", 4, 8, DEVICES_MAX, NULL);
	if (account->map < 0)
		return fail("map");
	program = load_counter(account->map);
	account->tap = socket(AF_PACKET, SOCK_RAW, 0);
	if (program < 0 || account->tap < 0 ||
	    setsockopt(account->tap, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) ||
	    bind(account->tap, (struct sockaddr *)&all, sizeof(all)))
		return fail("packet socket");
	close(program);
	return 0;
}

static uint64_t packets_on(const struct account *account, unsigned int ifindex)
{
	uint64_t packets = 0;

	bpf_map_lookup_elem(account->map, &ifindex, &packets);
	return packets;
}

/* ---- devices ---- */

static int take_xdp(const struct nlattr *attribute, void *data)
{
	struct link *link = data;

	if (mnl_attr_get_type(attribute) == IFLA_XDP_ATTACHED)
		link->xdp = mnl_attr_get_u8(attribute) != 0;
	return MNL_CB_OK;
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct link *link = data;

	if (mnl_attr_get_type(attribute) == IFLA_MASTER)
		link->master = mnl_attr_get_u32(attribute);
	if (mnl_attr_get_type(attribute) == IFLA_XDP)
		mnl_attr_parse_nested(attribute, take_xdp, link);
	return MNL_CB_OK;
}

/* Bridges repeat their ports under AF_BRIDGE: nothing to us. */
static bool read_link(const struct nlmsghdr *message, struct link *ret_link)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);

	if ((message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) ||
	    info->ifi_family != AF_UNSPEC || (unsigned int)info->ifi_index >= DEVICES_MAX)
		return false;
	*ret_link = (struct link){.type = message->nlmsg_type, .ifindex = info->ifi_index};
	mnl_attr_parse(message, sizeof(*info), take_attribute, ret_link);
	return true;
}

static struct pending *pending_of(struct account *account, unsigned int ifindex)
{
	for (size_t i = 0; i < LIVE_MAX; i++) {
		if (account->pending[i].ifindex == ifindex)
			return &account->pending[i];
	}
	return NULL;
}

static void forget(struct account *account, unsigned int ifindex)
{
	struct pending *pending = pending_of(account, ifindex);

	if (ifindex && pending)
		pending->ifindex = 0;
}

static void cover(struct account *account, const struct link *link)
{
	struct pending *pending = pending_of(account, link->ifindex);

	if (!pending || !link->xdp)
		return;
	if (account->covered < COVERS_MAX)
		account->cover_us[account->covered++] = (now_ns() - pending->since_ns) / 1000;
	pending->ifindex = 0;
}

static int take_event(const struct nlmsghdr *message, void *data)
{
	struct account *account = data;
	struct pending *place;
	struct link link;

	if (!read_link(message, &link))
		return MNL_CB_OK;
	if (link.type == RTM_DELLINK) {
		account->gone += account->seen[link.ifindex];
		account->seen[link.ifindex] = account->old[link.ifindex] = false;
		forget(account, link.ifindex);
	} else if (link.master == account->master && !account->old[link.ifindex] &&
		   !account->seen[link.ifindex]) {
		account->seen[link.ifindex] = account->below[link.ifindex] = true;
		account->came++;
		place = pending_of(account, 0);
		if (place)
			*place = (struct pending){link.ifindex, now_ns()};
	}
	cover(account, &link);
	return MNL_CB_OK;
}

static int take_old(const struct nlmsghdr *message, void *data)
{
	struct account *account = data;
	struct link link;

	if (read_link(message, &link)) {
		account->old[link.ifindex] = true;
		account->below[link.ifindex] = link.master == account->master;
	}
	return MNL_CB_OK;
}

static int take_answer(const struct nlmsghdr *message, void *data)
{
	struct link link;

	if (read_link(message, &link))
		cover(data, &link);
	return MNL_CB_STOP;
}

/* One device, or with 0 all of them. */
static int ask(struct account *account, unsigned int ifindex, mnl_cb_t take)
{
	char buffer[32 << 10];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	int more = MNL_CB_OK;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (ifindex ? 0 : NLM_F_DUMP));
	info->ifi_index = (int)ifindex;
	if (mnl_socket_sendto(account->questions, request, request->nlmsg_len) < 0)
		return -1;
	while (more == MNL_CB_OK) {
		ssize_t got = mnl_socket_recvfrom(account->questions, buffer, sizeof(buffer));

		if (got < 0)
			return -1;
		more = mnl_cb_run(buffer, (size_t)got, 0, 0, take, account);
	}
	return more < 0 ? -1 : 0;
}

static int open_netlink(struct account *account)
{
	int group = RTNLGRP_LINK, bytes = BUFFER_BYTES;

	account->events = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	account->questions = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!account->events || !account->questions ||
	    mnl_socket_bind(account->events, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_bind(account->questions, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(account->events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return fail("rtnetlink");
	setsockopt(mnl_socket_get_fd(account->events), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		   sizeof(bytes));
	return ask(account, 0, take_old) ? fail("devices") : 0;
}

static int take_events(struct account *account)
{
	char buffer[32 << 10];
	ssize_t got = mnl_socket_recvfrom(account->events, buffer, sizeof(buffer));

	if (got < 0 || mnl_cb_run(buffer, (size_t)got, 0, 0, take_event, account) < 0)
		return fail("rtnetlink");
	return 0;
}

/* Return: nanoseconds until the next look, 0 where there is nothing to look at. */
static int64_t look_at_pending(struct account *account)
{
	int64_t next_ns = 0;

	for (size_t i = 0; i < LIVE_MAX; i++) {
		struct pending *pending = &account->pending[i];
		int64_t since_ns = now_ns() - pending->since_ns;

		if (!pending->ifindex)
			continue;
		if (since_ns > GIVE_UP_MS * 1000000LL ||
		    ask(account, pending->ifindex, take_answer))
			pending->ifindex = 0;
		if (pending->ifindex && (!next_ns || since_ns / PENDING_PART < next_ns))
			next_ns = since_ns / PENDING_PART;
		if (pending->ifindex && next_ns < PENDING_US * 1000)
			next_ns = PENDING_US * 1000;
	}
	return next_ns;
}

/* ---- the account ---- */

static int compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void report(struct account *account)
{
	uint64_t below = 0, by_new = 0;
	int64_t p50 = -1, most = -1;

	for (unsigned int i = 1; i < DEVICES_MAX; i++) {
		if (!account->below[i])
			continue;
		below += packets_on(account, i);
		by_new += account->old[i] ? 0 : packets_on(account, i);
	}
	qsort(account->cover_us, account->covered, sizeof(account->cover_us[0]), compare);
	/* A device that was never covered took longer than any other. */
	if (account->covered > account->came / 2)
		p50 = account->cover_us[account->came / 2];
	if (account->covered)
		most = account->cover_us[account->covered - 1];
	printf("{\"reached\":%llu,\"below\":%llu,\"by_new\":%llu,\"came\":%zu,\"gone\":%zu,"
	       "\"covered\":%zu,"
	       "\"cover_us_p50\":%lld,\"cover_us_max\":%lld}\n",
	       (unsigned long long)packets_on(account, account->master), (unsigned long long)below,
	       (unsigned long long)by_new, account->came, account->gone, account->covered,
	       (long long)p50, (long long)most);
	fflush(stdout);
}

static int run(struct account *account)
{
	struct pollfd wait[] = {
		{.fd = mnl_socket_get_fd(account->events), .events = POLLIN},
		{.fd = STDIN_FILENO, .events = POLLIN},
	};
	char line[256];

	for (;;) {
		struct timespec soon = {.tv_nsec = look_at_pending(account)};

		if (ppoll(wait, 2, soon.tv_nsec ? &soon : NULL, NULL) < 0)
			return fail("poll");
		if (wait[0].revents && take_events(account))
			return EXIT_SYSTEM;
		if (!wait[1].revents)
			continue;
		if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
			return 0;
		report(account);
	}
}

int main(int argc, char **argv)
{
	static struct account account;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout), 0;
	if (argc != 2)
		return fputs(usage, stderr), EXIT_USAGE;
	account.master = if_nametoindex(argv[1]);
	if (!account.master)
		return fail(argv[1]);
	if (open_netlink(&account) || open_tap(&account))
		return EXIT_SYSTEM;
	report(&account);
	return run(&account);
}
