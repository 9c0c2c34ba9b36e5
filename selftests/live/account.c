/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads accounts of coverage, and makes traffic of known numbers. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <json-c/json.h>

#include "../../loader/tcx.h"
#include "../../maps/abi.h"
#include "../../maps/reason.h"
#include "account.h"

enum {
	PATIENCE_MS = 5000,
	FIRST_SOURCE_PORT = 20000, /* below those that the kernel gives */
};

static const char guest_mac[] = "02:00:00:00:00:0a";
static const char outside_mac[] = "02:00:00:00:00:01";

static struct json_object *member(struct json_object *of, const char *name)
{
	struct json_object *found = NULL;

	cr_assert(json_object_object_get_ex(of, name, &found), "no %s", name);
	return found;
}

static uint64_t number(struct json_object *of, const char *name)
{
	return (uint64_t)json_object_get_int64(member(of, name));
}

/* Of a hook's counters by reason: from @first on. */
static uint64_t sum_reasons(struct json_object *hook, int first)
{
	static const char *const names[] = {
#define NAME(name, text, meaning) text,
		VFG_REASONS(NAME)
#undef NAME
	};
	uint64_t sum = 0;

	for (int i = first; i < VFG_REASON_MAX; i++)
		sum += number(hook, names[i]);
	return sum;
}

static void take(struct json_object *master, struct vfg_account *account)
{
	struct json_object *coverage = member(master, "coverage");
	struct json_object *alarm = member(coverage, "alarm");
	struct json_object *xdp = member(member(master, "reasons"), "xdp");
	struct json_object *tc = member(member(master, "reasons"), "tc-ingress");

	account->received = number(coverage, "received");
	account->judged_xdp = number(coverage, "judgedXdp");
	account->tc_only = number(coverage, "tcOnly");
	account->unjudged = number(coverage, "unjudged");
	account->has_alarm = alarm != NULL;
	if (alarm) {
		account->is_open = json_object_get_boolean(member(alarm, "open"));
		account->alarm_tc_only = number(alarm, "tcOnly");
		account->alarm_unjudged = number(alarm, "unjudged");
	}
	account->xdp = sum_reasons(xdp, 0);
	account->xdp_dropped = sum_reasons(xdp, VFG_REASON_DEFER + 1);
	account->tc = sum_reasons(tc, 0);
	account->tc_denied = number(tc, "rule-deny");
}

void vfg_account_read(struct vfg_guest *guest, struct vfg_account *ret_account)
{
	struct vfg_account account = {};
	struct json_object *root;

	cr_assert_eq(vfg_guest_vfguard(guest, "status %s --json", guest->master), 0, "%s",
		     guest->output);
	root = json_tokener_parse(guest->output);
	cr_assert_not_null(root, "%s", guest->output);
	take(json_object_array_get_idx(member(root, "masters"), 0), &account);
	json_object_put(root);
	*ret_account = account;
}

void vfg_account_at_rest(struct vfg_guest *guest, struct vfg_account *ret_account)
{
	struct vfg_account before = {};

	for (int i = 0; i < 50; i++) {
		vfg_account_read(guest, ret_account);
		if (i && ret_account->received == before.received && ret_account->tc == before.tc)
			return;
		before = *ret_account;
		usleep(50000);
	}
	cr_assert_fail("it does not come to rest");
}

static int pinned_link(const struct vfg_guest *guest, const char *kind, const char *device)
{
	int home = vfg_guest_enter(guest->inside);
	unsigned int ifindex = if_nametoindex(device);
	char path[128];
	int link;

	vfg_guest_leave(home);
	snprintf(path, sizeof(path), "/sys/fs/bpf/vfguard/%d/%s/%s_%u", VFG_ABI, guest->master,
		 kind, ifindex);
	link = bpf_obj_get(path);
	cr_assert_geq(link, 0, "%s", path);
	return link;
}

static void detach(const struct vfg_guest *guest, const char *kind, const char *device)
{
	int link = pinned_link(guest, kind, device);

	cr_assert_eq(bpf_link_detach(link), 0);
	close(link);
}

void vfg_account_detach_xdp(const struct vfg_guest *guest, const char *device)
{
	detach(guest, "link", device);
}

void vfg_account_blind_xdp(const struct vfg_guest *guest, const char *device)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_XDP);
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "blind", "GPL", code, 2, &options);
	int link = pinned_link(guest, "link", device);

	cr_assert_geq(program, 0);
	cr_assert_eq(bpf_link_update(link, program, NULL), 0);
	close(link);
	close(program);
}

void vfg_account_detach_tc(struct vfg_guest *guest)
{
	if (vfg_tcx_supported()) {
		detach(guest, "tcin", guest->master);
		return;
	}
	vfg_guest_run(guest, "tc filter del dev %s ingress", guest->master);
	cr_assert_eq(guest->status, 0, "%s", guest->output);
}

static int open_in(const char *netns, int family, int type, int protocol)
{
	int home = vfg_guest_enter(netns);
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	vfg_guest_leave(home);
	cr_assert_geq(fd, 0);
	return fd;
}

static struct sockaddr_in guest_at(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, "192.0.2.10", &to.sin_addr);
	return to;
}

void vfg_account_send_udp(const struct vfg_guest *guest, uint16_t port, int count)
{
	static uint16_t source = FIRST_SOURCE_PORT;
	struct sockaddr_in to = guest_at(port);
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons(source++)};
	int fd = open_in(guest->outside, AF_INET, SOCK_DGRAM, 0);

	cr_assert_eq(bind(fd, (void *)&from, sizeof(from)), 0, "%s", strerror(errno));
	for (int i = 0; i < count; i++) {
		/* Refused: the guest has answered an earlier one so. */
		ssize_t sent = sendto(fd, "x", 1, 0, (void *)&to, sizeof(to));

		if (sent < 0 && errno == ECONNREFUSED)
			sent = sendto(fd, "x", 1, 0, (void *)&to, sizeof(to));
		cr_assert_eq(sent, 1, "%s", strerror(errno));
	}
	close(fd);
}

void vfg_account_send_frames(const struct vfg_guest *guest, const uint8_t destination[6],
			     uint16_t type, int count)
{
	int home = vfg_guest_enter(guest->outside);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("p0")};
	uint8_t frame[60] = {[6] = 0x02, [11] = 0x77};
	int fd;

	vfg_guest_leave(home);
	fd = open_in(guest->outside, AF_PACKET, SOCK_RAW, 0);
	memcpy(frame, destination, 6);
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
	for (int i = 0; i < count; i++)
		cr_assert_eq(sendto(fd, frame, sizeof(frame), 0, (void *)&to, sizeof(to)),
			     sizeof(frame), "%s", strerror(errno));
	close(fd);
}

static void pump(int from, int to, size_t bytes)
{
	static char buffer[64 << 10];
	size_t sent = 0, got = 0;

	while (got < bytes) {
		struct pollfd wait[] = {{.fd = to, .events = POLLIN},
					{.fd = from, .events = sent < bytes ? POLLOUT : 0}};

		cr_assert_gt(poll(wait, 2, PATIENCE_MS), 0, "the stream stands still");
		if (wait[1].revents & POLLOUT) {
			size_t left = bytes - sent;
			ssize_t done =
				send(from, buffer, left < sizeof(buffer) ? left : sizeof(buffer),
				     MSG_NOSIGNAL | MSG_DONTWAIT);

			sent += done > 0 ? (size_t)done : 0;
		}
		if (wait[0].revents & POLLIN) {
			ssize_t done = recv(to, buffer, sizeof(buffer), MSG_DONTWAIT);

			cr_assert_neq(done, 0, "the stream ends early");
			got += done > 0 ? (size_t)done : 0;
		}
	}
}

void vfg_account_stream(const struct vfg_guest *guest, size_t bytes)
{
	struct sockaddr_in at = guest_at(8080);
	int server = open_in(guest->inside, AF_INET, SOCK_STREAM, 0);
	int client = open_in(guest->outside, AF_INET, SOCK_STREAM, 0);
	int accepted, one = 1;

	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	cr_assert_eq(bind(server, (void *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(server, 1), 0);
	cr_assert_eq(connect(client, (void *)&at, sizeof(at)), 0, "%s", strerror(errno));
	accepted = accept(server, NULL, NULL);
	cr_assert_geq(accepted, 0);
	pump(client, accepted, bytes);
	close(client);
	close(accepted);
	close(server);
}

void vfg_account_merge(const struct vfg_guest *guest, const char *device)
{
	struct ethtool_value gro = {.cmd = ETHTOOL_SGRO, .data = 1};
	struct ifreq request = {.ifr_data = (char *)&gro};
	int fd = open_in(guest->inside, AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	cr_assert_eq(ioctl(fd, SIOCETHTOOL, &request), 0, "%s", strerror(errno));
	close(fd);
}

void vfg_account_introduce(struct vfg_guest *guest)
{
	vfg_guest_run(guest,
		      "ip link set %s address %s && "
		      "ip neigh replace 192.0.2.1 lladdr %s dev %s nud permanent",
		      guest->master, guest_mac, outside_mac, guest->master);
	cr_assert_eq(guest->status, 0, "%s", guest->output);
	vfg_guest_run_outside(guest,
			      "ip link set out address %s && "
			      "ip neigh replace 192.0.2.10 lladdr %s dev out nud permanent",
			      outside_mac, guest_mac);
	cr_assert_eq(guest->status, 0, "%s", guest->output);
}
