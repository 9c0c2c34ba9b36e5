/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the namespaces of a live test and runs commands in them. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "../../loader/tcx.h"
#include "../../maps/abi.h"
#include "guest.h"

const struct vfg_guest_rule vfg_guest_rules[] = {
	{"AllowWeb", "Inbound", "Tcp", "*", "8080", "Allow"},
	{"AllowName", "Inbound", "Udp", "*", "5300", "Allow"},
	{"AllowPing", "Inbound", "Icmp", "*", "*", "Allow"},
	{"AllowSecond", "Inbound", "*", "2001:db8::2/128", "*", "Allow"},
	{"DenyMail", "Outbound", "*", "*", "2525", "Deny"},
};
const size_t vfg_guest_rule_count = sizeof(vfg_guest_rules) / sizeof(vfg_guest_rules[0]);

const char *vfg_guest_command(void)
{
	static char path[512];
	ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path) - 16);

	cr_assert_gt(bytes, 0);
	path[bytes] = '\0';
	strcpy(strrchr(path, '/') + 1, "vfguard");
	return path;
}

static int run(struct vfg_guest *guest, const char *netns, const char *command)
{
	char line[4096];
	size_t used = 0, got;
	FILE *stream;
	int status;

	/* exec, so that what is waited for is the command itself */
	snprintf(line, sizeof(line), "exec 2>&1 </dev/null; exec %s%s sh -c '%s'",
		 netns ? "nsenter --net=" : "", netns ? netns : "", command);
	stream = popen(line, "r");
	cr_assert_not_null(stream);
	while ((got = fread(guest->output + used, 1, sizeof(guest->output) - 1 - used, stream)) > 0)
		used += got;
	guest->output[used] = '\0';
	status = pclose(stream);
	guest->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return guest->status;
}

int vfg_guest_run(struct vfg_guest *guest, const char *format, ...)
{
	char command[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return run(guest, guest->inside, command);
}

int vfg_guest_run_outside(struct vfg_guest *guest, const char *format, ...)
{
	char command[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return run(guest, guest->outside, command);
}

int vfg_guest_vfguard(struct vfg_guest *guest, const char *format, ...)
{
	char command[2048];
	va_list arguments;
	int used = snprintf(command, sizeof(command), "cd %s && exec %s ", guest->folder,
			    vfg_guest_command());

	va_start(arguments, format);
	vsnprintf(command + used, sizeof(command) - (size_t)used, format, arguments);
	va_end(arguments);
	return run(guest, guest->inside, command);
}

static void remove_all(struct vfg_guest *guest, int pid)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "ip netns del vt%xi; ip netns del vt%xo; rm -rf /tmp/vt%x "
		 "/sys/fs/bpf/vfguard/%d/vt%x "
		 "/var/lib/vfguard/vt%x.image /run/vfguard/vt%x.lock; "
		 "rmdir /sys/fs/bpf/vfguard/%d /sys/fs/bpf/vfguard; true",
		 pid, pid, pid, VFG_ABI, pid, pid, pid, VFG_ABI);
	run(guest, NULL, command);
}

/* What a test that crashed has left: namespaces named after processes that are no more. */
static void sweep(struct vfg_guest *guest)
{
	DIR *dir = opendir("/run/netns");
	const struct dirent *entry;
	int pid;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "vt%xi", (unsigned int *)&pid) == 1 && kill(pid, 0) < 0)
			remove_all(guest, pid);
	}
	if (dir)
		closedir(dir);
}

/* Nothing speaks unasked: no router solicitations, no duplicate address detection. */
static const char settle[] =
	"ip link set lo up; cd /proc/sys/net; echo 0 >ipv6/conf/default/accept_dad; "
	"echo 0 >ipv6/conf/default/accept_ra; echo 0 >ipv6/conf/default/router_solicitations";

/* A step of setting up, which must succeed. */
static void must(const struct vfg_guest *guest)
{
	cr_assert_eq(guest->status, 0, "%s", guest->output);
}

static void make_namespaces(struct vfg_guest *guest)
{
	const char *inside = strrchr(guest->inside, '/') + 1;
	const char *outside = strrchr(guest->outside, '/') + 1;
	char command[512];

	snprintf(command, sizeof(command),
		 "set -e; mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf; mkdir -p %s; "
		 "ip netns add %s; ip netns add %s",
		 guest->folder, inside, outside);
	run(guest, NULL, command);
	must(guest);
	vfg_guest_run_outside(guest, "%s", settle);
	must(guest);
	vfg_guest_run(guest, "%s", settle);
	must(guest);
}

void vfg_guest_set_up(struct vfg_guest *guest)
{
	int pid = getpid();
	const char *m = guest->master;

	*guest = (struct vfg_guest){};
	libbpf_set_print(NULL);
	sweep(guest);
	snprintf(guest->master, sizeof(guest->master), "vt%x", pid);
	snprintf(guest->inside, sizeof(guest->inside), "/run/netns/vt%xi", pid);
	snprintf(guest->outside, sizeof(guest->outside), "/run/netns/vt%xo", pid);
	snprintf(guest->folder, sizeof(guest->folder), "/tmp/vt%x", pid);
	make_namespaces(guest);
	vfg_guest_run(guest,
		      "set -e; ip link add %s type bridge stp_state 0 forward_delay 0 "
		      "mcast_snooping 0; ip link set %s up; ip address add 192.0.2.10/24 dev %s; "
		      "ip address add 2001:db8::10/64 dev %s nodad",
		      m, m, m, m);
	must(guest);
	vfg_guest_run_outside(guest,
			      "set -e; ip link add out type bridge stp_state 0 forward_delay 0 "
			      "mcast_snooping 0; ip link set out up; "
			      "ip address add 192.0.2.1/24 dev out; "
			      "ip address add 2001:db8::1/64 dev out nodad; "
			      "ip address add 2001:db8::2/64 dev out nodad");
	must(guest);
	vfg_guest_add_port(guest, "p0");
	vfg_guest_policy(guest, "policy.json", vfg_guest_rules, vfg_guest_rule_count);
}

void vfg_guest_tear_down(struct vfg_guest *guest)
{
	vfg_guest_stop_daemon(guest);
	vfg_guest_vfguard(guest, "unload %s", guest->master);
	remove_all(guest, getpid());
}

void vfg_guest_add_port(struct vfg_guest *guest, const char *name)
{
	char netns[64], both_up[320];

	snprintf(netns, sizeof(netns), "%s", strrchr(guest->outside, '/') + 1);
	cr_assert_eq(vfg_guest_run(guest, "ip link add %s type veth peer name %s netns %s", name,
				   name, netns),
		     0, "%s", guest->output);
	vfg_guest_run_outside(guest, "ip link set %s master out up", name);
	cr_assert_eq(vfg_guest_run(guest,
				   "echo 1 >/proc/sys/net/ipv6/conf/%s/disable_ipv6; "
				   "ip link set %s master %s && ip link set %s up",
				   name, name, guest->master, name),
		     0, "%s", guest->output);
	/* Devices are up a moment after they were told to; until then packets are lost. */
	snprintf(both_up, sizeof(both_up),
		 "up() { $1 ip -br link show type bridge; $1 ip -br link show type veth; }; "
		 "! { up; up nsenter\\ --net=%s; } | grep -qv \" UP \"",
		 guest->outside);
	cr_assert(vfg_guest_await(guest, both_up));
}

void vfg_guest_start_daemon(struct vfg_guest *guest)
{
	char netns[80];

	snprintf(netns, sizeof(netns), "--net=%s", guest->inside);
	guest->daemon = fork();
	if (guest->daemon == 0) {
		char log[80];

		snprintf(log, sizeof(log), "%s/daemon.log", guest->folder);
		if (!freopen(log, "w", stderr))
			_exit(127);
		execlp("nsenter", "nsenter", netns, vfg_guest_command(), "daemon", NULL);
		_exit(127);
	}
	cr_assert_gt(guest->daemon, 0);
}

void vfg_guest_stop_daemon(struct vfg_guest *guest)
{
	if (guest->daemon <= 0)
		return;
	kill(guest->daemon, SIGTERM);
	waitpid(guest->daemon, NULL, 0);
	guest->daemon = 0;
}

bool vfg_guest_has_pins(const struct vfg_guest *guest)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/fs/bpf/vfguard/%d/%s", VFG_ABI, guest->master);
	return access(path, F_OK) == 0;
}

bool vfg_guest_await(struct vfg_guest *guest, const char *command)
{
	for (int i = 0; i < 60; i++) {
		if (vfg_guest_run(guest, "%s", command) == 0)
			return true;
		usleep(50000);
	}
	return false;
}

int vfg_guest_enter(const char *netns)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open(netns, O_RDONLY | O_CLOEXEC);

	cr_assert(home >= 0 && there >= 0);
	cr_assert_eq(setns(there, CLONE_NEWNET), 0);
	close(there);
	return home;
}

void vfg_guest_leave(int home)
{
	cr_assert_eq(setns(home, CLONE_NEWNET), 0);
	close(home);
}

static int foreign_program(enum bpf_prog_type type, int verdict)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int program = bpf_prog_load(type, "foreign", "GPL", code, 2, NULL);

	cr_assert_geq(program, 0);
	return program;
}

static void attach_foreign(const struct vfg_guest *guest, const char *device, uint32_t mode)
{
	int program = foreign_program(BPF_PROG_TYPE_XDP, XDP_PASS);
	int home = vfg_guest_enter(guest->inside);

	cr_assert_eq(bpf_xdp_attach((int)if_nametoindex(device), program, mode, NULL), 0);
	vfg_guest_leave(home);
	close(program);
}

void vfg_guest_foreign_xdp(const struct vfg_guest *guest, const char *device)
{
	attach_foreign(guest, device, XDP_FLAGS_DRV_MODE);
}

void vfg_guest_foreign_generic_xdp(const struct vfg_guest *guest, const char *device)
{
	attach_foreign(guest, device, XDP_FLAGS_SKB_MODE);
}

int vfg_guest_foreign_tcx(const struct vfg_guest *guest, int verdict)
{
	int program = foreign_program(BPF_PROG_TYPE_SCHED_CLS, verdict);
	int home = vfg_guest_enter(guest->inside);
	int link = vfg_tcx_attach(if_nametoindex(guest->master), VFG_INBOUND, program);

	cr_assert_geq(link, 0);
	vfg_guest_leave(home);
	close(program);
	return link;
}

void vfg_guest_foreign_filter(const struct vfg_guest *guest, uint32_t priority, uint32_t handle)
{
	int program = foreign_program(BPF_PROG_TYPE_SCHED_CLS, 0);
	int home = vfg_guest_enter(guest->inside);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex(guest->master),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program, .priority = priority,
		    .handle = handle);

	bpf_tc_hook_create(&hook); /* it may be there */
	hook.attach_point = BPF_TC_INGRESS;
	cr_assert_eq(bpf_tc_attach(&hook, &options), 0);
	vfg_guest_leave(home);
	close(program);
}

static void write_rule(FILE *file, const struct vfg_guest_rule *rule, int priority)
{
	fprintf(file,
		"{\"name\":\"%s\",\"properties\":{\"priority\":%d,\"direction\":\"%s\","
		"\"protocol\":\"%s\",\"sourceAddressPrefix\":\"%s\",\"sourcePortRange\":\"*\","
		"\"destinationAddressPrefix\":\"*\",\"destinationPortRange\":\"%s\","
		"\"access\":\"%s\"}}",
		rule->name, priority, rule->direction, rule->protocol, rule->source, rule->port,
		rule->access);
}

void vfg_guest_policy(const struct vfg_guest *guest, const char *file,
		      const struct vfg_guest_rule *rules, size_t count)
{
	static const struct vfg_guest_rule last[] = {
		{"DenyRestIn", "Inbound", "*", "*", "*", "Deny"},
		{"AllowRestOut", "Outbound", "*", "*", "*", "Allow"},
	};
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", guest->folder, file);
	stream = fopen(path, "w");
	cr_assert_not_null(stream);
	fprintf(stream, "{\"name\":\"live\",\"type\":\"Microsoft.Network/networkSecurityGroups\","
			"\"properties\":{\"securityRules\":[");
	for (size_t i = 0; i < count; i++) {
		write_rule(stream, &rules[i], 100 + (int)i);
		fputc(',', stream);
	}
	write_rule(stream, &last[0], 4000);
	fputc(',', stream);
	write_rule(stream, &last[1], 4001);
	fprintf(stream, "]}}\n");
	cr_assert_eq(fclose(stream), 0);
}
