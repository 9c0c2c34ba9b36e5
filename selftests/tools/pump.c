/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One side's traffic of the churn test: paced TCP and UDP streams through an echo server, with
 * every byte and number checked, and single probes at open and at closed doors, until it is told to
 * stop. What should have happened is for the caller to judge.
 */
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <linux/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "traffic.h"

enum {
	LANES_MAX = 16,
	TICK_MS = 2,	    /* unless told */
	CHUNK_BYTES = 4096, /* of a stream, a tick */
	DRAIN_MS = 15000,   /* for what is under way in the end */
	KNOCK_TICKS = 8,    /* a connect to a closed door */
	VISIT_TICKS = 16,   /* a connect to an open one */
	CALLS_MAX = 256,    /* connects that may still be answered */
	ECHO_BYTES = 16,    /* an ICMP request */
	NUMBER_AT = 4,	    /* its number */
};

static const char usage[] =
	"usage: pump {KIND ADDR PORT}...   until SIGTERM; then one line of JSON\n"
	"       stream     TCP through an echo server, every byte checked\n"
	"       datagrams  UDP through an echo server, numbered\n"
	"       open       TCP connects that should be answered\n"
	"       closed     TCP connects, UDP datagrams and pings (PORT 0: only those) that should "
	"not\n"
	"PUMP_TICK_MS is its pace; exit status: 0 done, 2 usage, 3 system\n";

struct call {
	int fd; /* -1: none */
	bool answered;
};

struct lane;

struct kind {
	const char *name;
	int (*begin)(struct lane *lane);
	void (*tick)(struct lane *lane, uint64_t tick);
	bool (*idle)(struct lane *lane); /* has nothing under way */
};

/* One KIND ADDR PORT, and what has become of it so far. */
struct lane {
	const struct kind *kind;
	struct address to;
	int fd, ping_fd;
	uint64_t sent, received, wrong, segments;
	int64_t progress_ns, stall_ns;
	int broken; /* errno of the stream's end */
	struct call call[CALLS_MAX];
	size_t next_call;
};

static volatile sig_atomic_t stopping;

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

static void progress(struct lane *lane)
{
	int64_t now = now_ns();

	if (now - lane->progress_ns > lane->stall_ns)
		lane->stall_ns = now - lane->progress_ns;
	lane->progress_ns = now;
}

static int begin_socket(struct lane *lane, int type)
{
	lane->fd = socket(lane->to.at.ss_family, type, 0);
	if (lane->fd < 0 || connect(lane->fd, (struct sockaddr *)&lane->to.at, lane->to.bytes))
		return fail(lane->kind->name);
	lane->progress_ns = now_ns();
	return 0;
}

/* ---- streams ---- */

static int stream_begin(struct lane *lane)
{
	return begin_socket(lane, SOCK_STREAM);
}

static void stream_receive(struct lane *lane)
{
	uint8_t chunk[4 * CHUNK_BYTES];
	ssize_t got;

	while (!lane->broken && (got = recv(lane->fd, chunk, sizeof(chunk), MSG_DONTWAIT)) != -1) {
		if (got == 0)
			lane->broken = ECONNRESET;
		for (ssize_t i = 0; i < got; i++)
			lane->wrong += chunk[i] != pattern(lane->received + i);
		lane->received += got;
		progress(lane);
	}
	if (!lane->broken && errno != EAGAIN)
		lane->broken = errno;
}

static void stream_send(struct lane *lane)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t put;

	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] = pattern(lane->sent + i);
	put = send(lane->fd, chunk, sizeof(chunk), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put > 0)
		lane->sent += put;
	else if (errno != EAGAIN)
		lane->broken = errno;
}

static void stream_tick(struct lane *lane, uint64_t tick)
{
	struct tcp_info info = {};
	socklen_t bytes = sizeof(info);

	(void)tick;
	if (!lane->broken)
		stream_receive(lane);
	if (!lane->broken && !stopping)
		stream_send(lane);
	if (!getsockopt(lane->fd, IPPROTO_TCP, TCP_INFO, &info, &bytes))
		lane->segments = info.tcpi_segs_out;
}

static bool all_is_back(struct lane *lane)
{
	return lane->broken || lane->received >= lane->sent;
}

/* ---- datagrams ---- */

static int datagrams_begin(struct lane *lane)
{
	return begin_socket(lane, SOCK_DGRAM);
}

/* Each carries its number; the pattern after it shows whether it came back whole. */
static void datagrams_tick(struct lane *lane, uint64_t tick)
{
	uint64_t out[4], in[4];
	ssize_t got;

	(void)tick;
	while ((got = recv(lane->fd, in, sizeof(in), MSG_DONTWAIT)) >= 0) {
		if (got != sizeof(in) || in[0] >= lane->sent || in[3] != pattern(in[0])) {
			lane->wrong++;
			continue;
		}
		lane->received++;
		progress(lane);
	}
	if (stopping)
		return;
	out[0] = out[1] = out[2] = lane->sent;
	out[3] = pattern(lane->sent);
	/* One that our own policy or a missing route stops counts as lost. */
	send(lane->fd, out, sizeof(out), MSG_DONTWAIT);
	lane->sent++;
}

/* ---- probes ---- */

static int calls_begin(struct lane *lane)
{
	for (size_t i = 0; i < CALLS_MAX; i++)
		lane->call[i].fd = -1;
	lane->progress_ns = now_ns();
	return 0;
}

/* Whatever comes back, a refusal too, means that the packet was delivered. */
static bool is_answered(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	socklen_t bytes = sizeof(int);
	int err = 0;

	if (poll(&ready, 1, 0) <= 0)
		return false;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &bytes);
	return err == 0 || err == ECONNREFUSED || err == ECONNRESET;
}

static void look_at_calls(struct lane *lane)
{
	for (size_t i = 0; i < CALLS_MAX; i++) {
		struct call *call = &lane->call[i];

		if (call->fd < 0 || call->answered || !is_answered(call->fd))
			continue;
		call->answered = true;
		lane->received++;
		progress(lane);
	}
}

/* From a new source port, so that each is a new flow. */
static void call(struct lane *lane)
{
	struct call *slot = &lane->call[lane->next_call++ % CALLS_MAX];
	struct linger at_once = {.l_onoff = 1};

	if (slot->fd >= 0)
		close(slot->fd);
	*slot = (struct call){
		.fd = socket(lane->to.at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
	if (slot->fd < 0)
		return;
	setsockopt(slot->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (connect(slot->fd, (struct sockaddr *)&lane->to.at, lane->to.bytes) == 0 ||
	    errno == EINPROGRESS)
		lane->sent++;
}

static void open_tick(struct lane *lane, uint64_t tick)
{
	if (tick % VISIT_TICKS == 0) {
		look_at_calls(lane);
		if (!stopping)
			call(lane);
	}
}

/* Of ICMPv6 neighbour discovery comes too; of ICMP nothing that is not about our packets. */
static int begin_ping(struct lane *lane)
{
	bool six = lane->to.at.ss_family == AF_INET6;
	int protocol = six ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	struct icmp6_filter pongs;

	ICMP6_FILTER_SETBLOCKALL(&pongs);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &pongs);
	lane->ping_fd = socket(lane->to.at.ss_family, SOCK_RAW, protocol);
	if (lane->ping_fd < 0 ||
	    connect(lane->ping_fd, (struct sockaddr *)&lane->to.at, lane->to.bytes) ||
	    (six && setsockopt(lane->ping_fd, protocol, ICMP6_FILTER, &pongs, sizeof(pongs))))
		return fail("ping");
	return 0;
}

static int closed_begin(struct lane *lane)
{
	return begin_socket(lane, SOCK_DGRAM) ?: begin_ping(lane) ?: calls_begin(lane);
}

/* The kernel fills in the checksum of ICMPv6, we that of ICMP. */
static void ping(struct lane *lane)
{
	bool six = lane->to.at.ss_family == AF_INET6;
	uint16_t number = (uint16_t)getpid();
	uint8_t out[ECHO_BYTES] = {six ? ICMP6_ECHO_REQUEST : ICMP_ECHO};
	uint32_t sum = 0;

	memcpy(out + NUMBER_AT, &number, sizeof(number));
	for (int i = 0; i < ECHO_BYTES; i += 2)
		sum += (uint32_t)(out[i] << 8 | out[i + 1]);
	sum = ~(sum + (sum >> 16));
	if (!six) {
		out[2] = (uint8_t)(sum >> 8);
		out[3] = (uint8_t)sum;
	}
	if (send(lane->ping_fd, out, sizeof(out), MSG_DONTWAIT) > 0)
		lane->sent++;
}

/* An answer, or an error that says that somebody received it. */
static void look_at_answers(struct lane *lane, int fd)
{
	uint8_t in[256];

	while (recv(fd, in, sizeof(in), MSG_DONTWAIT) >= 0 || errno == ECONNREFUSED)
		lane->received++;
}

static void closed_tick(struct lane *lane, uint64_t tick)
{
	look_at_answers(lane, lane->fd);
	look_at_answers(lane, lane->ping_fd);
	if (tick % KNOCK_TICKS == 0)
		look_at_calls(lane);
	if (stopping)
		return;
	if (tick % KNOCK_TICKS == 0)
		call(lane);
	else if (tick % KNOCK_TICKS == KNOCK_TICKS / 2)
		ping(lane);
	else if (send(lane->fd, "closed", 6, MSG_DONTWAIT) > 0)
		lane->sent++;
}

static bool closed_idle(struct lane *lane)
{
	(void)lane;
	return true;
}

/* ---- all of them ---- */

static const struct kind kinds[] = {
	{"stream", stream_begin, stream_tick, all_is_back},
	{"datagrams", datagrams_begin, datagrams_tick, all_is_back},
	{"open", calls_begin, open_tick, all_is_back},
	{"closed", closed_begin, closed_tick, closed_idle},
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

static void run(struct lane *lanes, size_t count)
{
	int64_t next_ns = now_ns(), end_ns = INT64_MAX;
	const char *pace = getenv("PUMP_TICK_MS");
	int tick_ms = pace && atoi(pace) > 0 ? atoi(pace) : TICK_MS;
	bool idle = false, late;

	for (uint64_t tick = 0; now_ns() < end_ns && !(stopping && idle); tick++) {
		struct timespec until = {next_ns / 1000000000, next_ns % 1000000000};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		next_ns += tick_ms * 1000000LL;
		if (next_ns < now_ns())
			next_ns = now_ns(); /* late: a busy machine gets less, not a burst */
		if (stopping && end_ns == INT64_MAX)
			end_ns = now_ns() + DRAIN_MS * 1000000LL;
		idle = true;
		/* Lost datagrams do not come back: a second is enough for all but streams. */
		late = stopping && now_ns() > end_ns - (DRAIN_MS - 1000) * 1000000LL;
		for (size_t i = 0; i < count; i++) {
			lanes[i].kind->tick(&lanes[i], tick);
			idle &= lanes[i].kind->idle(&lanes[i]) ||
				(late && lanes[i].kind->begin != stream_begin);
		}
	}
}

static void print(const struct lane *lanes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct lane *lane = &lanes[i];

		printf("%s{\"kind\":\"%s\",\"sent\":%llu,\"received\":%llu,\"wrong\":%llu,"
		       "\"segments\":%llu,\"stall_ms\":%lld,\"broken\":\"%s\"}",
		       i ? "," : "[", lane->kind->name, (unsigned long long)lane->sent,
		       (unsigned long long)lane->received, (unsigned long long)lane->wrong,
		       (unsigned long long)lane->segments, (long long)(lane->stall_ns / 1000000),
		       lane->broken ? strerror(lane->broken) : "");
	}
	puts("]");
}

int main(int argc, char **argv)
{
	static struct lane lanes[LANES_MAX];
	size_t count = (size_t)(argc - 1) / 3;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout), 0;
	if (argc < 4 || (argc - 1) % 3 || count > LANES_MAX)
		return fputs(usage, stderr), EXIT_USAGE;
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	for (size_t i = 0; i < count; i++) {
		char **word = argv + 1 + 3 * i;

		lanes[i].kind = kind_of(word[0]);
		if (!lanes[i].kind || !parse_address(word[1], word[2], &lanes[i].to))
			return fputs(usage, stderr), EXIT_USAGE;
		if (lanes[i].kind->begin(&lanes[i]))
			return EXIT_SYSTEM;
	}
	run(lanes, count);
	print(lanes, count);
	return 0;
}
