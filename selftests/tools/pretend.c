/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a command as on another machine: answers some of its system calls in the kernel's place
 * (seccomp's user notification) and leaves it all others. For what no namespace can be made to
 * have: a kernel that lacks a feature, another driver, a clock out of step.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WISHES_MAX = 16, CODE_MAX = 64 };
enum { TCX_INGRESS = 46 }; /* BPF_TCX_INGRESS, which headers before 6.6 lack */

struct call {
	pid_t pid;
	int number;
	const __u64 *argument;
};

struct wish {
	const char *what; /* the word before '=' */
	char device[IFNAMSIZ];
	const char *value;
};

static struct wish wishes[WISHES_MAX];
static size_t wish_count;

/* ---- the memory of who calls ---- */

static bool fetch(const struct call *call, __u64 from, void *to, size_t bytes)
{
	struct iovec here = {to, bytes}, there = {(void *)(uintptr_t)from, bytes};

	return process_vm_readv(call->pid, &here, 1, &there, 1, 0) == (ssize_t)bytes;
}

static bool put(const struct call *call, __u64 to, const void *from, size_t bytes)
{
	struct iovec here = {(void *)from, bytes}, there = {(void *)(uintptr_t)to, bytes};

	return process_vm_writev(call->pid, &here, 1, &there, 1, 0) == (ssize_t)bytes;
}

/* ---- bpf(2): features that are not there ---- */

static bool has_code(const struct call *call, const union bpf_attr *attr,
		     bool (*is)(const struct bpf_insn *insn))
{
	struct bpf_insn code[CODE_MAX];

	if (attr->insn_cnt > CODE_MAX ||
	    !fetch(call, attr->insns, code, attr->insn_cnt * sizeof(code[0])))
		return false;
	for (uint32_t i = 0; i < attr->insn_cnt; i++) {
		if (is(&code[i]))
			return true;
	}
	return false;
}

static bool is_fetching(const struct bpf_insn *insn)
{
	return insn->code == (BPF_STX | BPF_ATOMIC | BPF_DW) && insn->imm & BPF_FETCH;
}

static bool is_coarse_clock(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->imm == BPF_FUNC_ktime_get_coarse_ns;
}

/* Is this command one that a kernel without the feature refuses? */
static bool wants(const struct call *call, const char *feature, const union bpf_attr *attr)
{
	static const struct {
		const char *name;
		__u32 type, flag;
	} maps[] = {{"array-of-maps", BPF_MAP_TYPE_ARRAY_OF_MAPS, 0},
		    {"lru-hash", BPF_MAP_TYPE_LRU_HASH, 0},
		    {"ring-buffer", BPF_MAP_TYPE_RINGBUF, 0},
		    {"mmapable-array", BPF_MAP_TYPE_UNSPEC, BPF_F_MMAPABLE},
		    {"inner-map", BPF_MAP_TYPE_UNSPEC, BPF_F_INNER_MAP}};
	/* By the verifier's words libbpf tells a helper that is not there from one misused. */
	static const char unknown_helper[] = "invalid func unknown";

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		if (!strcmp(feature, maps[i].name))
			return call->argument[0] == BPF_MAP_CREATE &&
			       (maps[i].flag ? attr->map_flags & maps[i].flag
					     : attr->map_type == maps[i].type);
	}
	if (!strcmp(feature, "xdp-link"))
		return call->argument[0] == BPF_LINK_CREATE &&
		       attr->link_create.attach_type == BPF_XDP;
	if (!strcmp(feature, "tcx"))
		return call->argument[0] == BPF_PROG_QUERY &&
		       attr->query.attach_type == TCX_INGRESS;
	if (call->argument[0] != BPF_PROG_LOAD)
		return false;
	if (!strcmp(feature, "xdp"))
		return attr->prog_type == BPF_PROG_TYPE_XDP;
	if (!strcmp(feature, "tc"))
		return attr->prog_type == BPF_PROG_TYPE_SCHED_CLS;
	if (!strcmp(feature, "atomic-fetch"))
		return has_code(call, attr, is_fetching);
	return !strcmp(feature, "charging") && has_code(call, attr, is_coarse_clock) &&
	       put(call, attr->log_buf, unknown_helper, sizeof(unknown_helper));
}

static bool answer_bpf(const struct call *call, const struct wish *wish, int *ret_answer)
{
	union bpf_attr attr = {};
	size_t bytes = call->argument[2] < sizeof(attr) ? call->argument[2] : sizeof(attr);

	if (strcmp(wish->what, "lacks") != 0 || !fetch(call, call->argument[1], &attr, bytes))
		return false;
	*ret_answer = -EINVAL;
	return wants(call, wish->value, &attr);
}

/* ---- ethtool: another driver ---- */

static bool put_counters(const struct call *call, __u32 command, __u64 to, const char *value)
{
	static const char names[2][ETH_GSTRING_LEN] = {"vf_rx_packets", "vf_tx_packets"};
	struct ethtool_gstrings strings = {ETHTOOL_GSTRINGS, ETH_SS_STATS, 2};
	struct ethtool_stats stats = {ETHTOOL_GSTATS, 2};
	static __u64 looks;
	__u64 counts[2] = {strcmp(value, "grow") ? strtoull(value, NULL, 10) : ++looks, 0};
	__u32 two = 2;

	if (command == ETHTOOL_GSSET_INFO) /* the mask stays as it was asked for */
		return put(call, to + sizeof(struct ethtool_sset_info), &two, sizeof(two));
	if (command == ETHTOOL_GSTRINGS)
		return put(call, to, &strings, sizeof(strings)) &&
		       put(call, to + sizeof(strings), names, sizeof(names));
	return command == ETHTOOL_GSTATS && put(call, to, &stats, sizeof(stats)) &&
	       put(call, to + sizeof(stats), counts, sizeof(counts));
}

static bool put_channels(const struct call *call, __u64 to, const char *value)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};

	return sscanf(value, "%u/%u", &channels.combined_count, &channels.max_combined) == 2 &&
	       put(call, to, &channels, sizeof(channels));
}

static bool answer_ethtool(const struct call *call, const struct wish *wish, int *ret_answer)
{
	struct ethtool_value flags = {ETHTOOL_GFLAGS, ETH_FLAG_LRO};
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request;
	__u32 command;
	__u64 to;

	if (!fetch(call, call->argument[2], &request, sizeof(request)) ||
	    strncmp(request.ifr_name, wish->device, IFNAMSIZ) != 0)
		return false;
	to = (uintptr_t)request.ifr_data;
	if (!fetch(call, to, &command, sizeof(command)))
		return false;
	*ret_answer = 0;
	if (!strcmp(wish->what, "lro"))
		return command == ETHTOOL_GFLAGS && put(call, to, &flags, sizeof(flags));
	if (!strcmp(wish->what, "channels"))
		return command == ETHTOOL_GCHANNELS && put_channels(call, to, wish->value);
	if (!strcmp(wish->what, "vf-packets"))
		return put_counters(call, command, to, wish->value);
	snprintf(driver.driver, sizeof(driver.driver), "%s", wish->value);
	return !strcmp(wish->what, "driver") && command == ETHTOOL_GDRVINFO &&
	       put(call, to, &driver, sizeof(driver));
}

/* ---- the clock ---- */

static bool answer_clock(const struct call *call, const struct wish *wish, int *ret_answer)
{
	bool is_off = !strcmp(wish->value, "unsynchronised");
	struct timex state = {.status = is_off ? STA_UNSYNC : STA_PLL};
	__u64 to = call->argument[call->number == SYS_adjtimex ? 0 : 1];

	*ret_answer = is_off ? TIME_ERROR : TIME_OK;
	return !strcmp(wish->what, "clock") && put(call, to, &state, sizeof(state));
}

/* ---- Ctrl-C, before a file's first byte ---- */

static bool answer_write(const struct call *call, const struct wish *wish, int *ret_answer)
{
	if (strcmp(wish->what, "interrupt") != 0 || strcmp(wish->value, "write") != 0)
		return false;
	kill(call->pid, SIGINT);
	*ret_answer = -EINTR;
	return true;
}

/* ---- the calls ---- */

static bool answer(const struct call *call, int *ret_answer)
{
	for (size_t i = 0; i < wish_count; i++) {
		bool (*how)(const struct call *, const struct wish *, int *) =
			call->number == SYS_bpf	    ? answer_bpf
			: call->number == SYS_ioctl ? answer_ethtool
			: call->number == SYS_write ? answer_write
						    : answer_clock;

		if (how(call, &wishes[i], ret_answer))
			return true;
	}
	return false;
}

static int install(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 8, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_adjtimex, 7, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_adjtime, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, STDERR_FILENO, 2, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOCETHTOOL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

static int fail(const char *what)
{
	fprintf(stderr, "pretend: %s: %s\n", what, strerror(errno));
	return 3;
}

/* The listener crosses as the one file of a message. */
union cargo {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static int become(int to, char **command)
{
	union cargo cargo = {};
	char byte = 0;
	struct iovec body = {&byte, 1};
	struct msghdr message = {.msg_iov = &body,
				 .msg_iovlen = 1,
				 .msg_control = &cargo,
				 .msg_controllen = sizeof(cargo)};
	int listener = install();

	if (listener < 0)
		return fail("seccomp");
	cargo.header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(&cargo.header), &listener, sizeof(listener));
	if (sendmsg(to, &message, 0) != 1)
		return fail("sendmsg");
	close(listener);
	close(to);
	execvp(command[0], command);
	return fail(command[0]);
}

static int take_listener(int from)
{
	union cargo cargo = {};
	char byte;
	struct iovec body = {&byte, 1};
	struct msghdr message = {.msg_iov = &body,
				 .msg_iovlen = 1,
				 .msg_control = &cargo,
				 .msg_controllen = sizeof(cargo)};
	int listener = -1;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1 && message.msg_controllen)
		memcpy(&listener, CMSG_DATA(&cargo.header), sizeof(listener));
	return listener;
}

static void serve_one(int listener)
{
	struct seccomp_notif asked = {};
	struct seccomp_notif_resp said = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
	struct call call;
	int value = 0;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return; /* it has ended meanwhile */
	call = (struct call){(pid_t)asked.pid, asked.data.nr, asked.data.args};
	said.id = asked.id;
	if (answer(&call, &value)) {
		said.flags = 0;
		said.error = value < 0 ? value : 0;
		said.val = value > 0 ? value : 0;
	}
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &said);
}

/* Until the command ends, which before 6.11 the listener is not told of while it is a zombie. */
static void serve(int listener, int child)
{
	struct pollfd waiting[] = {{.fd = listener, .events = POLLIN},
				   {.fd = child, .events = POLLIN}};

	while (poll(waiting, 2, -1) >= 0 && !waiting[1].revents) {
		if (waiting[0].revents & POLLIN)
			serve_one(listener);
		else if (waiting[0].revents)
			return;
	}
}

/* lacks=FEATURE clock=synchronised|unsynchronised lro=DEV driver=DEV:NAME channels=DEV:N/MAX
 * vf-packets=DEV:N|grow interrupt=write */
static bool take_wish(char *text)
{
	static const char *const words[] = {"lacks",  "clock",	  "interrupt",	"lro",
					    "driver", "channels", "vf-packets", NULL};
	struct wish *wish = &wishes[wish_count];
	char *value = strchr(text, '=');
	size_t known = 0;

	if (!value || wish_count == WISHES_MAX)
		return false;
	*value++ = '\0';
	while (words[known] && strcmp(words[known], text) != 0)
		known++;
	wish->what = text;
	wish->value = value;
	if (known > 2) {
		size_t length = strcspn(value, ":");

		snprintf(wish->device, sizeof(wish->device), "%.*s", (int)length, value);
		wish->value = value[length] ? value + length + 1 : "";
	}
	wish_count++;
	return words[known];
}

int main(int argc, char **argv)
{
	int at = 1, ends[2], listener, status;
	pid_t child;

	while (at < argc && strcmp(argv[at], "--") != 0 && take_wish(argv[at]))
		at++;
	if (at + 1 >= argc || strcmp(argv[at], "--") != 0) {
		fprintf(stderr, "usage: pretend WHAT=VALUE... -- COMMAND [ARGUMENT...]\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail("socketpair");
	child = fork();
	if (child < 0)
		return fail("fork");
	if (child == 0)
		_exit(become(ends[1], argv + at + 1));
	close(ends[1]);
	listener = take_listener(ends[0]);
	if (listener >= 0)
		serve(listener, (int)syscall(SYS_pidfd_open, child, 0));
	if (waitpid(child, &status, 0) < 0)
		return fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
