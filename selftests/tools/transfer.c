/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lasting traffic for the laboratory and the demo: a TCP transfer in which every byte is checked,
 * and a knocker that hammers a closed door. The other end is `traffic serve`.
 */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "traffic.h"

enum {
	CHUNK_BYTES = 16384,
};

static const char usage[] =
	"usage: transfer stream ADDR PORT SECONDS   TCP through an echo server, every byte "
	"checked;\n"
	"                                           prints bytes and the longest stall as JSON\n"
	"       transfer knock ADDR PORT SECONDS    UDP datagrams and TCP connects, counted\n"
	"exit status: 0 done, 1 broken off or wrong, 2 usage, 3 system\n";

struct stream {
	uint64_t sent, received, wrong;
	int64_t progress_ns, stall_ns;
};

/* Without a brake two loopback ends would take both cores of a small machine: 25 MB/s. */
static const uint64_t stream_bytes_per_ms = 25000;

static bool stream_send(int fd, struct stream *stream, uint64_t budget)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t put;

	if (stream->sent + sizeof(chunk) > budget)
		return true;
	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] = pattern(stream->sent + i);
	put = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put > 0)
		stream->sent += put;
	return put > 0 || errno == EAGAIN;
}

static bool stream_receive(int fd, struct stream *stream)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t got = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	int64_t now = now_ns();

	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	for (ssize_t i = 0; i < got; i++)
		stream->wrong += chunk[i] != pattern(stream->received + i);
	stream->received += got;
	if (now - stream->progress_ns > stream->stall_ns)
		stream->stall_ns = now - stream->progress_ns;
	stream->progress_ns = now;
	return true;
}

/* After the time is up, what is under way still has to come back. */
static bool stream_run(int fd, struct stream *stream, int64_t seconds)
{
	int64_t begin_ns = now_ns(), end_ns = begin_ns + seconds * 1000000000LL;
	int64_t give_up_ns = end_ns + 10 * 1000000000LL;

	stream->progress_ns = begin_ns;
	while (now_ns() < give_up_ns) {
		bool sending = now_ns() < end_ns;
		uint64_t budget =
			(now_ns() - begin_ns) / 1000000 * stream_bytes_per_ms + 2 * CHUNK_BYTES;
		struct pollfd ready = {.fd = fd, .events = POLLIN};

		if (!sending && stream->received == stream->sent)
			return true;
		poll(&ready, 1, 1);
		if (ready.revents && !stream_receive(fd, stream))
			return false;
		if (sending && !stream_send(fd, stream, budget))
			return false;
	}
	errno = ETIMEDOUT;
	return false;
}

static int stream(int argc, char **argv)
{
	struct stream stream = {0};
	struct address to;
	bool whole;
	int fd;

	if (argc != 3 || !parse_address(argv[0], argv[1], &to))
		return fputs(usage, stderr), EXIT_USAGE;
	fd = socket(to.at.ss_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to.at, to.bytes))
		return fail("connect");
	whole = stream_run(fd, &stream, atoi(argv[2]));
	if (!whole)
		fprintf(stderr, "transfer: stream broke off: %s\n", strerror(errno));
	printf("{\"sent\":%llu,\"received\":%llu,\"wrong\":%llu,\"longest_stall_ms\":%lld}\n",
	       (unsigned long long)stream.sent, (unsigned long long)stream.received,
	       (unsigned long long)stream.wrong, (long long)(stream.stall_ns / 1000000));
	return whole && stream.wrong == 0 ? 0 : EXIT_NO_ANSWER;
}

static int knock(int argc, char **argv)
{
	uint64_t datagrams = 0, connects = 0;
	struct address to;
	int64_t end_ns;

	if (argc != 3 || !parse_address(argv[0], argv[1], &to))
		return fputs(usage, stderr), EXIT_USAGE;
	end_ns = now_ns() + atoi(argv[2]) * 1000000000LL;
	while (now_ns() < end_ns) {
		int udp = socket(to.at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		int tcp = socket(to.at.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (udp < 0 || tcp < 0)
			return fail("socket");
		if (sendto(udp, "knock", 5, 0, (struct sockaddr *)&to.at, to.bytes) > 0)
			datagrams++;
		if (connect(tcp, (struct sockaddr *)&to.at, to.bytes) == 0 || errno == EINPROGRESS)
			connects++;
		poll(NULL, 0, 1);
		close(udp);
		close(tcp);
	}
	printf("{\"datagrams\":%llu,\"connects\":%llu}\n", (unsigned long long)datagrams,
	       (unsigned long long)connects);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} command[] = {{"stream", stream}, {"knock", knock}};

	for (size_t i = 0; argc > 1 && i < sizeof(command) / sizeof(command[0]); i++) {
		if (strcmp(argv[1], command[i].name) == 0)
			return command[i].run(argc - 2, argv + 2);
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout), 0;
	fputs(usage, stderr);
	return EXIT_USAGE;
}
