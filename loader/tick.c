/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds CONFIG_HZ: in the kernel's configuration where that can be read, else by measurement. Reads
 * the clock that the programs go by.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <bpf/bpf.h>
#include <zlib.h>

#include "../maps/control.h"
#include "cleanup.h"
#include "say.h"
#include "tick.h"

enum {
	MEASURE_NS = 200000000,
	SAMPLE_NS = 1000000, /* a reading that took no longer is good enough */
	SAMPLES = 20,
};

/* The kernel's clock, read at a moment of ours. */
struct sample {
	uint32_t ticks;
	int64_t at_ns;
};

static bool hz_in_file(const char *path, uint32_t *ret_hz)
{
	gzFile file = gzopen(path, "r"); /* reads plain files too */
	unsigned int hz = 0;
	char line[256];

	if (!file)
		return false;
	while (!hz && gzgets(file, line, sizeof(line)))
		if (sscanf(line, "CONFIG_HZ=%u", &hz) != 1)
			hz = 0;
	gzclose(file);
	if (hz)
		*ret_hz = hz;
	return hz != 0;
}

/* A program that returns the kernel's clock, in units of 2^@shift jiffies. */
static int load_clock(int shift)
{
	const struct bpf_insn code[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_jiffies64},
		{.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = shift},
		{.code = BPF_JMP | BPF_EXIT},
	};

	/* Of all types the one that asks for no more than CAP_BPF. */
	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "vfg_tick", "GPL", code,
			     sizeof(code) / sizeof(code[0]), NULL);
}

static int read_clock(int program_fd, uint32_t *ret_ticks)
{
	unsigned char frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	int err = bpf_prog_test_run_opts(program_fd, &run);

	if (!err)
		*ret_ticks = run.retval;
	return err;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The quickest of some readings: on a busy machine any of them may be held up between the clocks.
 */
static int take_sample(int program_fd, struct sample *ret_sample)
{
	int64_t quickest_ns = INT64_MAX;

	for (int i = 0; i < SAMPLES && quickest_ns > SAMPLE_NS; i++) {
		int64_t begin_ns = now_ns(), took_ns;
		uint32_t ticks;
		int err = read_clock(program_fd, &ticks);

		if (err)
			return err;
		took_ns = now_ns() - begin_ns;
		if (took_ns >= quickest_ns)
			continue;
		quickest_ns = took_ns;
		*ret_sample = (struct sample){.ticks = ticks, .at_ns = begin_ns + took_ns / 2};
	}
	return 0;
}

static uint32_t nearest(uint32_t measured)
{
	static const uint32_t known[] = {100, 250, 300, 1000};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint32_t slack = known[i] / 14; /* 250 and 300 stay apart */

		if (measured + slack >= known[i] && measured <= known[i] + slack)
			return known[i];
	}
	return 0;
}

static int measure(uint32_t *ret_hz)
{
	const struct timespec pause = {.tv_nsec = MEASURE_NS};
	autofd int fd = load_clock(0);
	struct sample first, last;
	int err;

	if (fd < 0)
		return fd;
	err = take_sample(fd, &first);
	if (err)
		return err;
	nanosleep(&pause, NULL);
	err = take_sample(fd, &last);
	if (err)
		return err;
	*ret_hz = nearest(
		(uint32_t)((last.ticks - first.ticks) * 1000000000LL / (last.at_ns - first.at_ns)));
	return *ret_hz ? 0 : -ERANGE;
}

int vfg_tick_hz(uint32_t *ret_hz)
{
	struct utsname kernel = {};
	char path[256];
	int err;

	uname(&kernel);
	if (hz_in_file("/proc/config.gz", ret_hz))
		return 0;
	snprintf(path, sizeof(path), "/boot/config-%s", kernel.release);
	if (hz_in_file(path, ret_hz))
		return 0;
	snprintf(path, sizeof(path), "/lib/modules/%s/config", kernel.release);
	if (hz_in_file(path, ret_hz))
		return 0;
	err = measure(ret_hz);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "clock",
			       "cannot tell the kernel's tick rate: %s; put its configuration at "
			       "/boot/config-%s",
			       strerror(-err), kernel.release);
	return 0;
}

int vfg_tick_now(uint32_t *ret_ticks)
{
	autofd int fd = load_clock(VFG_TICK_SHIFT);

	return fd < 0 ? fd : read_clock(fd, ret_ticks);
}
