/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a request takes to be answered by the other namespace, with the programs on the guest's
 * device and without, in turn.
 */
#include "group.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link.h"
#include "rig.h"

enum {
	GUESTS = 2, /* without and with the programs */
	PROTOCOLS = 2,
	REQUESTS = 1000, /* a round */
	WARM = 100,
	BYTES = 64,
	PORT = 7007,
	TIMEOUT_S = 1,
	LISTEN_US = 100000,
};

static const char *const cases[GUESTS][PROTOCOLS] = {
	{"udp_none", "tcp_none"},
	{"udp_vfguard", "tcp_vfguard"},
};

/* Answers what comes, in the guest's namespace, until its process ends. */
struct server {
	struct link link;
	int type; /* SOCK_DGRAM, SOCK_STREAM */
	pthread_t thread;
};

struct series {
	int socket;
	size_t count;
	double *ns;
	size_t lost;
};

struct trial {
	struct rig rig;
	struct ruleset ruleset;
	struct server server[GUESTS][PROTOCOLS];
	struct series series[GUESTS][PROTOCOLS];
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static int open_socket(int type)
{
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	const int one = 1;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	must(fd >= 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	return fd;
}

static struct sockaddr_in address_of(const struct link *link)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	address.sin_addr.s_addr = htonl(10u << 24 | 200u << 16 | link->number << 8 | 2);
	return address;
}

static void echo_stream(int listener)
{
	char text[BYTES];
	int fd = accept(listener, NULL, NULL);
	const int one = 1;
	ssize_t bytes;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while ((bytes = recv(fd, text, sizeof(text), 0)) > 0)
		if (send(fd, text, (size_t)bytes, MSG_NOSIGNAL) < 0)
			break;
	close(fd);
}

static void echo_datagrams(int fd)
{
	struct sockaddr_in from;
	char text[BYTES];

	for (;;) {
		socklen_t length = sizeof(from);
		ssize_t bytes =
			recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from, &length);

		if (bytes <= 0)
			return;
		sendto(fd, text, (size_t)bytes, 0, (const struct sockaddr *)&from, length);
	}
}

static void *serve(void *context)
{
	const struct server *server = context;
	struct sockaddr_in address = address_of(&server->link);
	int fd;

	link_enter(server->link.guest);
	fd = open_socket(server->type);
	must(!bind(fd, (const struct sockaddr *)&address, sizeof(address)), "bind");
	if (server->type == SOCK_DGRAM) {
		echo_datagrams(fd);
	} else {
		must(!listen(fd, 1), "listen");
		echo_stream(fd);
	}
	close(fd);
	return NULL;
}

static int connect_to(const struct server *server)
{
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	struct sockaddr_in address = address_of(&server->link);
	int fd = open_socket(server->type);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	must(!connect(fd, (const struct sockaddr *)&address, sizeof(address)), "connect");
	return fd;
}

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The first requests wake everything up, and do not count. */
static void ask(struct series *series)
{
	char text[BYTES] = "request";

	for (int i = -WARM; i < REQUESTS; i++) {
		double start = now_ns();

		if (send(series->socket, text, sizeof(text), MSG_NOSIGNAL) != sizeof(text) ||
		    recv(series->socket, text, sizeof(text), MSG_WAITALL) != sizeof(text))
			series->lost++;
		else if (i >= 0)
			series->ns[series->count++] = now_ns() - start;
	}
}

static void attach(struct trial *trial, const struct link *link)
{
	struct bench *bench = &trial->rig.bench;

	must(link_attach_xdp(link, bench_program_fd(bench, BENCH_XDP)) &&
		     link_attach_tc(link, BPF_TC_INGRESS, bench_program_fd(bench, BENCH_INGRESS)) &&
		     link_attach_tc(link, BPF_TC_EGRESS, bench_program_fd(bench, BENCH_EGRESS)),
	     "attach");
}

static void set_up(struct trial *trial, uint32_t rounds)
{
	trial->ruleset = ruleset_usual(2 * RULESET_RULES, 0);
	rig_open(&trial->rig, RIG_BUCKETS);
	rig_policy(&trial->rig, &trial->ruleset);
	link_open_sender();
	for (int guest = 0; guest < GUESTS; guest++) {
		struct link link;

		link_open(&link, (unsigned int)guest);
		if (guest)
			attach(trial, &link);
		for (int i = 0; i < PROTOCOLS; i++) {
			struct server *server = &trial->server[guest][i];
			struct series *series = &trial->series[guest][i];

			*server = (struct server){link, i ? SOCK_STREAM : SOCK_DGRAM, 0};
			must(!pthread_create(&server->thread, NULL, serve, server), "thread");
			usleep(LISTEN_US);
			series->socket = connect_to(server);
			series->ns = calloc((size_t)rounds * REQUESTS, sizeof(*series->ns));
			must(series->ns, "memory");
		}
	}
}

static int compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static double percentile(const struct series *series, double share)
{
	size_t index = (size_t)(share * (double)series->count);

	return series->count ? series->ns[index < series->count ? index : series->count - 1] : 0;
}

/* How far apart round trips in sequence are, on average. Before they are sorted. */
static double jitter(const struct series *series)
{
	double sum = 0;

	for (size_t i = 1; i < series->count; i++)
		sum += fabs(series->ns[i] - series->ns[i - 1]);
	return series->count > 1 ? sum / (double)(series->count - 1) : 0;
}

static void report(struct trial *trial, struct results *results)
{
	for (int i = 0; i < PROTOCOLS; i++) {
		for (int guest = 0; guest < GUESTS; guest++) {
			struct series *series = &trial->series[guest][i];
			struct row row = {.unit = "the same without policy"};

			row.extra[4] = (struct row_extra){"jitter", jitter(series)};
			qsort(series->ns, series->count, sizeof(*series->ns), compare);
			row.ns = percentile(series, 0.5);
			row.ratio = row.ns / percentile(&trial->series[0][i], 0.5);
			row.samples = (uint32_t)series->count;
			row.extra[0] = (struct row_extra){"p50", row.ns};
			row.extra[1] = (struct row_extra){"p99", percentile(series, 0.99)};
			row.extra[2] = (struct row_extra){"p999", percentile(series, 0.999)};
			row.extra[3] = (struct row_extra){"lost", (double)series->lost};
			snprintf(row.name, sizeof(row.name), "latency/%s", cases[guest][i]);
			results_add(results, &row);
		}
	}
}

static void tear_down(struct trial *trial)
{
	for (int guest = 0; guest < GUESTS; guest++) {
		for (int i = 0; i < PROTOCOLS; i++) {
			pthread_cancel(trial->server[guest][i].thread);
			pthread_join(trial->server[guest][i].thread, NULL);
			close(trial->series[guest][i].socket);
			free(trial->series[guest][i].ns);
		}
	}
	link_close_all();
	rig_close(&trial->rig);
	ruleset_free(&trial->ruleset);
	free(trial);
}

void group_latency(const struct plan *plan, struct results *results)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	must(trial, "memory");
	results_group(results, "latency", "a request and its answer between two namespaces");
	set_up(trial, plan->rounds);
	for (uint32_t round = 0; round < plan->rounds; round++)
		for (int i = 0; i < PROTOCOLS; i++)
			for (uint32_t guest = 0; guest < GUESTS; guest++)
				ask(&trial->series[(guest + round) % GUESTS][i]);
	report(trial, results);
	results_plot(results, "latency", "ns, median of round trips");
	tear_down(trial);
}
