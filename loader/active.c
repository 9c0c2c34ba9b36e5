/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Follows vfg_policy[0] to the inner map and maps its slabs. A lookup gives an id, and ids are
 * opened by CAP_SYS_ADMIN only: the pin is there for who has less.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "active.h"
#include "cleanup.h"

static const char pin_name[] = "arena";

/* The pin, if it is that of @id: a kill may have come between the flip and the pin. */
static int pinned_map(const struct vfg_pins *pins, uint32_t id)
{
	autofd int fd = vfg_pin_get(pins, pin_name);
	struct bpf_map_info info = {};
	__u32 info_bytes = sizeof(info);

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &info_bytes) < 0)
		return -errno;
	return info.id == id ? take_fd(&fd) : -ESTALE;
}

static int inner_map(const struct vfg_pins *pins)
{
	const uint32_t key = 0; /* the policy in force (maps/tables.bpf.h) */
	autofd int outer = vfg_pin_get(pins, "vfg_policy");
	uint32_t id = 0;
	int fd;

	if (outer < 0)
		return outer;
	if (bpf_map_lookup_elem(outer, &key, &id) < 0)
		return -errno;
	fd = pinned_map(pins, id);
	if (fd >= 0)
		return fd;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

int vfg_active_open(const struct vfg_pins *pins, struct vfg_active *ret_active)
{
	autofd int fd = inner_map(pins);
	struct bpf_map_info info = {};
	__u32 info_bytes = sizeof(info);
	size_t bytes;
	void *memory;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &info_bytes) < 0)
		return -errno;
	bytes = (size_t)info.max_entries * info.value_size;
	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_active = (struct vfg_active){
		.fd = take_fd(&fd),
		.memory = memory,
		.memory_bytes = bytes,
		.tables = {.policy = memory, .bytes = ((struct vfg_policy *)memory)->bytes},
	};
	return 0;
}

int vfg_active_pin(const struct vfg_pins *pins, int fd)
{
	vfg_pin_drop(pins, pin_name);
	return vfg_pin_put(pins, pin_name, fd);
}

void vfg_active_close(struct vfg_active *active)
{
	if (!active->memory)
		return;
	munmap(active->memory, active->memory_bytes);
	close(active->fd);
	active->memory = NULL;
}
