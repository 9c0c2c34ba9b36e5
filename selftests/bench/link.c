/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Namespaces and veth pairs.
 */
#include "link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	COMMAND_BYTES = 4096,
};

/* The addresses that packets of selftests/packet.c go to. */
static const char guest_mac[] = "02:00:00:00:00:01";

static bool run(const char *netns, const char *format, va_list arguments)
{
	char command[COMMAND_BYTES], line[COMMAND_BYTES + 128];

	vsnprintf(command, sizeof(command), format, arguments);
	snprintf(line, sizeof(line), "{ %s%s%s '%s'; } >%s 2>&1 </dev/null",
		 netns ? "nsenter --net=/run/netns/" : "", netns ? netns : "", " sh -c", command,
		 getenv("BENCH_DEBUG") ? "/dev/stderr" : "/dev/null");
	return system(line) == 0;
}

bool link_shell(const char *format, ...)
{
	va_list arguments;
	bool good;

	va_start(arguments, format);
	good = run(NULL, format, arguments);
	va_end(arguments);
	return good;
}

bool link_guest(const struct link *link, const char *format, ...)
{
	va_list arguments;
	bool good;

	va_start(arguments, format);
	good = run(link->guest, format, arguments);
	va_end(arguments);
	return good;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: %s failed; BENCH_DEBUG=1 shows its messages\n", what);
	abort();
}

void link_enter(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && !setns(fd, CLONE_NEWNET), path);
	close(fd);
}

/* Where the process came from, -1 before it left. */
static int home = -1;

void link_open_sender(void)
{
	char name[TRACE_NAME_MAX];

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	trace_name(name, 0);
	must(link_shell("ip netns add %s && ip -n %s link set lo up", name, name), "ip netns");
}

/* Forwarding takes any source; nothing speaks unasked. */
static const char settle[] =
	"cd /proc/sys/net/ipv4; echo 1 >ip_forward; echo 0 >conf/all/rp_filter; "
	"echo 0 >conf/default/rp_filter; echo 1 >conf/all/accept_local; "
	"echo 1 >../ipv6/conf/all/disable_ipv6; echo 1 >../ipv6/conf/default/disable_ipv6";

static void make_pair(const struct link *link)
{
	must(link_shell("ip netns add %s && ip -n %s link add %s type veth peer name in address %s "
			"netns %s",
			link->guest, link->sender, link->device, guest_mac, link->guest),
	     "veth");
	must(link_guest(link, "%s", settle), "sysctl");
	must(link_guest(link,
			"ip link set lo up && ip link add sink type ifb && ip link set sink up && "
			"ip address add 10.200.%u.2/24 dev in && ethtool -K in gro on && "
			"ip link set in up && ip route add default dev sink && "
			"ip route add 10.0.0.0/24 dev sink",
			link->number),
	     "guest's devices");
	must(link_shell("ip -n %s address add 10.200.%u.1/24 dev %s && ip -n %s link set %s up",
			link->sender, link->number, link->device, link->sender, link->device),
	     "sender's device");
}

void link_open(struct link *link, unsigned int number)
{
	*link = (struct link){.number = number};
	trace_name(link->sender, 0);
	trace_name(link->guest, number + 1);
	snprintf(link->device, sizeof(link->device), "v%u", number);
	make_pair(link);
	link_enter(link->guest);
	link->inside = if_nametoindex("in");
	link_enter(link->sender);
	link->ifindex = if_nametoindex(link->device);
	must(link->inside && link->ifindex, "devices");
}

uint64_t link_passed(const struct link *link)
{
	char line[256];
	unsigned long long packets = 0;
	FILE *pipe;

	snprintf(line, sizeof(line),
		 "nsenter --net=/run/netns/%s ip -s -j link show sink | jq .[0].stats64.rx.packets",
		 link->guest);
	pipe = popen(line, "r");
	must(pipe && fscanf(pipe, "%llu", &packets) == 1, "ip -s link");
	pclose(pipe);
	return packets;
}

void link_close_all(void)
{
	must(home >= 0 && !setns(home, CLONE_NEWNET), "the way home");
	close(home);
	home = -1;
	trace_remove(getpid());
}

bool link_attach_xdp(const struct link *link, int fd)
{
	int err;

	link_enter(link->guest);
	err = bpf_xdp_attach((int)link->inside, fd, XDP_FLAGS_DRV_MODE, NULL);
	link_enter(link->sender);
	return !err;
}

bool link_attach_tc(const struct link *link, enum bpf_tc_attach_point point, int fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)link->inside, .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = fd);
	int err = 0;

	link_enter(link->guest);
	if (point == BPF_TC_INGRESS)
		err = bpf_tc_hook_create(&hook);
	if (!err)
		err = bpf_tc_attach(&hook, &options);
	link_enter(link->sender);
	return !err;
}
