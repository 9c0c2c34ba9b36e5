/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the account of coverage in a pinned map of two entries. The older one is overwritten, so a
 * reader always finds one that is whole; which is newer the sequence numbers at both ends tell.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <time.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "coverage.h"

enum {
	SLOTS = 2,
	READ_TRIES = 10,
};

static const char pin_name[] = "coverage";
static const uint64_t shown_after_ns = 60ULL * 1000000000;

_Static_assert(sizeof(struct vfg_coverage_path) % 8 == 0, "layout");

int vfg_coverage_create(const struct vfg_pins *pins)
{
	autofd int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vfg_coverage", sizeof(uint32_t),
				       sizeof(struct vfg_coverage), SLOTS, NULL);

	if (fd < 0)
		return fd;
	vfg_pin_drop(pins, pin_name); /* another version's */
	return vfg_pin_put(pins, pin_name, fd);
}

/* A map of another build would be read into memory that is too small. */
static int open_map(const struct vfg_pins *pins)
{
	autofd int fd = vfg_pin_get(pins, pin_name);
	struct bpf_map_info info = {};
	__u32 bytes = sizeof(info);

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &bytes) < 0)
		return -errno;
	return info.value_size == sizeof(struct vfg_coverage) ? take_fd(&fd) : -EPROTO;
}

/* Return: 0, -EAGAIN where it is being written, or -errno. */
static int read_slot(int fd, uint32_t slot, struct vfg_coverage *ret_coverage)
{
	if (bpf_map_lookup_elem(fd, &slot, ret_coverage) < 0)
		return -errno;
	return ret_coverage->sequence == ret_coverage->sequence_end ? 0 : -EAGAIN;
}

static int read_newer(int fd, struct vfg_coverage *ret_coverage, struct vfg_coverage *other)
{
	int first = read_slot(fd, 0, ret_coverage);
	int second = read_slot(fd, 1, other);

	if (first && second)
		return first;
	if (first || (!second && other->sequence > ret_coverage->sequence))
		*ret_coverage = *other;
	return 0;
}

int vfg_coverage_read(const struct vfg_pins *pins, struct vfg_coverage *ret_coverage)
{
	autofree struct vfg_coverage *other = malloc(sizeof(*other));
	autofd int fd = open_map(pins);
	int err = -EAGAIN;

	if (fd < 0)
		return fd;
	if (!other)
		return -ENOMEM;
	for (int i = 0; i < READ_TRIES && err == -EAGAIN; i++)
		err = read_newer(fd, ret_coverage, other);
	return err;
}

int vfg_coverage_write(const struct vfg_pins *pins, struct vfg_coverage *coverage)
{
	autofd int fd = open_map(pins);
	uint32_t slot;

	if (fd < 0)
		return fd;
	coverage->sequence++;
	coverage->sequence_end = coverage->sequence;
	slot = coverage->sequence % SLOTS;
	return bpf_map_update_elem(fd, &slot, coverage, BPF_EXIST) < 0 ? -errno : 0;
}

void vfg_coverage_add(struct vfg_coverage_sum *to, const struct vfg_coverage_sum *more)
{
	to->received += more->received;
	to->judged += more->judged;
	to->tc_only += more->tc_only;
	to->denied += more->denied;
	to->dropped += more->dropped;
	to->nohandler += more->nohandler;
	to->aside += more->aside;
}

struct vfg_coverage_sum vfg_coverage_total(const struct vfg_coverage *coverage)
{
	struct vfg_coverage_sum total = coverage->others;

	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++)
		vfg_coverage_add(&total, &coverage->path[i].sum);
	return total;
}

bool vfg_coverage_alarmed(const struct vfg_coverage *coverage, uint64_t now_ns)
{
	const struct vfg_coverage_alarm *alarm = &coverage->alarm;

	return alarm->opened_ns &&
	       (!alarm->closed_ns || now_ns - alarm->closed_ns < shown_after_ns);
}

uint64_t vfg_coverage_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
