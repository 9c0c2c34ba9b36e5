/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps the loader's memory of a master in a pinned map of one entry. */
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "state.h"

static const char pin_name[] = "state";

_Static_assert(sizeof(struct vfg_state_path) == 40 + VFG_LINK_ADDRESS_MAX + VFG_DRIVER_MAX,
	       "layout");
_Static_assert(sizeof(struct vfg_state_policy) == 48 + VFG_STATE_SOURCE_MAX, "layout");
_Static_assert(sizeof(struct vfg_state) ==
		       96 + sizeof(struct vfg_state_policy) + VFG_STATE_PATHS_MAX * 104,
	       "layout");

/* A map of another build's state would be read into memory that is too small. */
static bool is_ours(int fd)
{
	struct bpf_map_info info = {};
	__u32 bytes = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &bytes) == 0 &&
	       info.value_size == sizeof(struct vfg_state);
}

int vfg_state_create(const struct vfg_pins *pins, const struct vfg_state *state)
{
	const uint32_t key = 0;
	autofd int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vfg_state", sizeof(key), sizeof(*state),
				       1, NULL);

	if (fd < 0)
		return fd;
	if (bpf_map_update_elem(fd, &key, state, BPF_ANY) < 0)
		return -errno;
	return vfg_pin_put(pins, pin_name, fd);
}

int vfg_state_read(const struct vfg_pins *pins, struct vfg_state *ret_state)
{
	const uint32_t key = 0;
	autofd int fd = vfg_pin_get(pins, pin_name);
	struct vfg_state state;

	if (fd < 0)
		return fd;
	if (!is_ours(fd))
		return -EPROTO;
	if (bpf_map_lookup_elem(fd, &key, &state) < 0)
		return -errno;
	*ret_state = state;
	return 0;
}

int vfg_state_read_head(const struct vfg_pins *pins, struct vfg_state *ret_state)
{
	enum { HEAD_BYTES = offsetof(struct vfg_state, tc) };
	autofd int fd = vfg_pin_get(pins, pin_name);
	struct bpf_map_info info = {};
	__u32 bytes = sizeof(info);
	autofree void *value = NULL;
	const uint32_t key = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &bytes) < 0)
		return -errno;
	if (info.value_size < HEAD_BYTES)
		return -EPROTO;
	value = malloc(info.value_size);
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &key, value) < 0)
		return -errno;
	*ret_state = (struct vfg_state){};
	memcpy(ret_state, value,
	       info.value_size == sizeof(*ret_state) ? sizeof(*ret_state) : HEAD_BYTES);
	return 0;
}

int vfg_state_write(const struct vfg_pins *pins, const struct vfg_state *state)
{
	const uint32_t key = 0;
	autofd int fd = vfg_pin_get(pins, pin_name);

	if (fd < 0)
		return fd;
	if (!is_ours(fd))
		return -EPROTO;
	return bpf_map_update_elem(fd, &key, state, BPF_EXIST) < 0 ? -errno : 0;
}

struct vfg_state_path *vfg_state_path(struct vfg_state *state, uint32_t ifindex)
{
	for (int i = 0; ifindex && i < VFG_STATE_PATHS_MAX; i++) {
		if (state->path[i].ifindex == ifindex)
			return &state->path[i];
	}
	return NULL;
}

static bool is_same(const struct vfg_state_path *path, const struct vfg_link *link,
		    const char *driver)
{
	return path->arrivals && !path->ifindex && path->address_bytes == link->address_bytes &&
	       !memcmp(path->address, link->address, link->address_bytes) &&
	       !strncmp(path->driver, driver, sizeof(path->driver));
}

/* Its own place, else a free one, else that of a device that is not there. */
static struct vfg_state_path *find_place(struct vfg_state *state, const struct vfg_link *link,
					 const char *driver)
{
	struct vfg_state_path *free_place = NULL, *absent = NULL;

	for (int i = 0; i < VFG_STATE_PATHS_MAX; i++) {
		struct vfg_state_path *path = &state->path[i];

		if (is_same(path, link, driver))
			return path;
		if (!free_place && !path->arrivals)
			free_place = path;
		if (!absent && !path->ifindex)
			absent = path;
	}
	return free_place ? free_place : absent;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct vfg_state_path *vfg_state_arrive(struct vfg_state *state, const struct vfg_link *link,
					const char *driver)
{
	struct vfg_state_path *path = vfg_state_path(state, link->ifindex);
	uint32_t arrivals;

	if (path)
		return path;
	path = find_place(state, link, driver);
	if (!path)
		return NULL;
	arrivals = is_same(path, link, driver) ? path->arrivals + 1 : 1;
	*path = (struct vfg_state_path){.ifindex = link->ifindex,
					.arrivals = arrivals,
					.arrived_ns = now_ns(),
					.address_bytes = link->address_bytes};
	memcpy(path->address, link->address, link->address_bytes);
	memcpy(path->driver, driver, sizeof(path->driver) - 1);
	return path;
}
