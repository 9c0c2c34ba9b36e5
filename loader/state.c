/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps the loader's memory of a master in a pinned map of one entry. */
#include <errno.h>
#include <linux/bpf.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "state.h"

static const char pin_name[] = "state";

_Static_assert(sizeof(struct vfg_state) == 56 + VFG_STATE_PATHS_MAX * 16, "layout");

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
	if (bpf_map_lookup_elem(fd, &key, &state) < 0)
		return -errno;
	*ret_state = state;
	return 0;
}

int vfg_state_write(const struct vfg_pins *pins, const struct vfg_state *state)
{
	const uint32_t key = 0;
	autofd int fd = vfg_pin_get(pins, pin_name);

	if (fd < 0)
		return fd;
	return bpf_map_update_elem(fd, &key, state, BPF_EXIST) < 0 ? -errno : 0;
}

struct vfg_state_path *vfg_state_path(struct vfg_state *state, uint32_t ifindex, bool claim)
{
	struct vfg_state_path *free_place = NULL;

	for (int i = 0; i < VFG_STATE_PATHS_MAX; i++) {
		struct vfg_state_path *path = &state->path[i];

		if (path->ifindex == ifindex)
			return path;
		if (!path->ifindex && !free_place)
			free_place = path;
	}
	if (!claim || !free_place)
		return NULL;
	*free_place = (struct vfg_state_path){.ifindex = ifindex};
	return free_place;
}
