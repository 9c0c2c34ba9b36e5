/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps the records of retired rules in a map of their size, pinned, and replaced as a whole. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "retired.h"

static const char pin_name[] = "retired";

enum { SLAB_BYTES = 4096 };

int vfg_retired_open(const struct vfg_pins *pins, struct vfg_retired *ret_retired)
{
	autofd int fd = vfg_pin_get(pins, pin_name);
	struct bpf_map_info info = {};
	__u32 info_bytes = sizeof(info);
	uint32_t bytes;
	size_t room;
	void *memory;

	*ret_retired = (struct vfg_retired){};
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &info_bytes) < 0)
		return -errno;
	room = (size_t)info.max_entries * info.value_size;
	memory = mmap(NULL, room, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	memcpy(&bytes, memory, sizeof(bytes));
	*ret_retired = (struct vfg_retired){
		.records = (const char *)memory + 2 * sizeof(bytes),
		.bytes = bytes <= room - 2 * sizeof(bytes) ? bytes : 0,
		.memory = memory,
		.memory_bytes = room,
	};
	return 0;
}

void vfg_retired_close(struct vfg_retired *retired)
{
	if (retired->memory)
		munmap(retired->memory, retired->memory_bytes);
	*retired = (struct vfg_retired){};
}

static int fill(int fd, size_t room, const char *text, size_t bytes)
{
	const uint32_t head[2] = {(uint32_t)bytes, 0}; /* which keeps the records aligned */
	void *memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	memcpy(memory, head, sizeof(head));
	memcpy((char *)memory + sizeof(head), text, bytes);
	munmap(memory, room);
	return 0;
}

static int pin(const struct vfg_pins *pins, const char *text, size_t bytes)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	uint32_t slabs = (uint32_t)((bytes + 2 * sizeof(uint32_t) + SLAB_BYTES - 1) / SLAB_BYTES);
	autofd int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vfg_retired", sizeof(uint32_t),
				       SLAB_BYTES, slabs, &options);
	int err;

	if (fd < 0)
		return fd;
	err = fill(fd, (size_t)slabs * SLAB_BYTES, text, bytes);
	if (err)
		return err;
	vfg_pin_drop(pins, pin_name);
	return vfg_pin_put(pins, pin_name, fd);
}

int vfg_retired_keep(const struct vfg_pins *pins, const struct vfg_tables *old, const bool *in_use)
{
	autoretired struct vfg_retired before = {};
	autofree char *text = NULL;
	size_t bytes = 0;
	FILE *to;
	bool failed;
	int err = vfg_retired_open(pins, &before);

	if (err)
		return err;
	to = open_memstream(&text, &bytes);
	if (!to)
		return -ENOMEM;
	vfg_retired_write(&before, old, in_use, to);
	failed = ferror(to);
	if (fclose(to) || failed)
		return -ENOMEM;
	if (bytes)
		return pin(pins, text, bytes);
	vfg_pin_drop(pins, pin_name);
	return 0;
}
