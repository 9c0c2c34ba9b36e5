/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps the directories and names of pins. What the pinned things mean is for others. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "../maps/abi.h"
#include "bpffs.h"
#include "cleanup.h"
#include "pin.h"
#include "say.h"

static const char *const link_prefixes[VFG_PIN_LINK_MAX] = {[VFG_PIN_LINK_XDP] = "link_",
							    [VFG_PIN_LINK_TC_IN] = "tcin_",
							    [VFG_PIN_LINK_TC_OUT] = "tcout_"};

/* The BPF file system refuses dots in names; '.' and the escape itself become %2e and %25. */
static void escape(const char *name, char *ret_text, size_t room)
{
	size_t used = 0;

	for (; *name && used + 4 < room; name++) {
		if (*name == '.' || *name == '%')
			used += (size_t)snprintf(ret_text + used, room - used, "%%%02x", *name);
		else
			ret_text[used++] = *name;
	}
	ret_text[used] = '\0';
}

static void unescape(const char *text, char *ret_name, size_t room)
{
	size_t used = 0;
	unsigned int letter;

	while (*text && used + 1 < room) {
		if (*text == '%' && sscanf(text + 1, "%2x", &letter) == 1) {
			ret_name[used++] = (char)letter;
			text += 3;
		} else {
			ret_name[used++] = *text++;
		}
	}
	ret_name[used] = '\0';
}

static int open_or_report(bool mount, int *ret_fd)
{
	int err = vfg_bpffs_open(mount, ret_fd);

	/* Without a mount there is no pin; the caller finds an absent directory. */
	if (err == -ENOENT && !mount) {
		*ret_fd = -1;
		return 0;
	}
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "/sys/fs/bpf",
			       "cannot mount the BPF file system: %s; mount it by hand",
			       strerror(-err));
	return 0;
}

static void place(const char *master, uint32_t abi, int bpffs, struct vfg_pins *ret_pins)
{
	char name[64];

	escape(master, name, sizeof(name));
	ret_pins->bpffs = bpffs;
	snprintf(ret_pins->dir, sizeof(ret_pins->dir), "/proc/self/fd/%d/vfguard/%u/%s", bpffs, abi,
		 name);
	snprintf(ret_pins->shown, sizeof(ret_pins->shown), "/sys/fs/bpf/vfguard/%u/%s", abi, name);
}

int vfg_pins_open(const char *master, bool mount, struct vfg_pins *ret_pins)
{
	int fd = -1;
	int err = open_or_report(mount, &fd);

	if (!err)
		place(master, VFG_ABI, fd, ret_pins);
	return err;
}

int vfg_pins_open_abi(const char *master, uint32_t abi, struct vfg_pins *ret_pins)
{
	int fd = -1;
	int err = vfg_bpffs_open(false, &fd);

	if (!err)
		place(master, abi, fd, ret_pins);
	return err;
}

size_t vfg_pins_former_abis(uint32_t *ret_abi, size_t room)
{
	autofd int bpffs = -1;
	autodir DIR *dir = NULL;
	const struct dirent *entry;
	char path[VFG_PIN_DIR_MAX];
	size_t count = 0;

	if (vfg_bpffs_open(false, &bpffs))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/vfguard", bpffs);
	dir = opendir(path);
	while (dir && count < room && (entry = readdir(dir))) {
		unsigned long abi = strtoul(entry->d_name, NULL, 10);

		if (abi && abi != VFG_ABI && abi <= UINT32_MAX)
			ret_abi[count++] = (uint32_t)abi;
	}
	return count;
}

void vfg_pins_close(struct vfg_pins *pins)
{
	vfg_close_fd(&pins->bpffs);
	pins->bpffs = -1;
}

bool vfg_pins_exist(const struct vfg_pins *pins)
{
	return faccessat(AT_FDCWD, pins->dir, F_OK, AT_EACCESS) == 0;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

int vfg_pins_create(const struct vfg_pins *pins)
{
	char path[VFG_PIN_DIR_MAX];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/vfguard", pins->bpffs);
	err = make_dir(path);
	if (err && err != -EEXIST)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/vfguard/%d", pins->bpffs, VFG_ABI);
	err = make_dir(path);
	if (err && err != -EEXIST)
		return err;
	return make_dir(pins->dir);
}

static void path_of(const struct vfg_pins *pins, const char *name, char *ret_path)
{
	snprintf(ret_path, VFG_PIN_PATH_MAX, "%s/%.48s", pins->dir, name);
}

int vfg_pins_remove(const struct vfg_pins *pins)
{
	autodir DIR *dir = opendir(pins->dir);
	const struct dirent *entry;
	char path[VFG_PIN_PATH_MAX];

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		path_of(pins, entry->d_name, path);
		if (unlink(path) < 0 && errno != ENOENT)
			return -errno;
	}
	return rmdir(pins->dir) < 0 ? -errno : 0;
}

int vfg_pin_get(const struct vfg_pins *pins, const char *name)
{
	char path[VFG_PIN_PATH_MAX];
	int fd;

	path_of(pins, name, path);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int vfg_pin_put(const struct vfg_pins *pins, const char *name, int fd)
{
	char path[VFG_PIN_PATH_MAX];

	path_of(pins, name, path);
	return bpf_obj_pin(fd, path) < 0 ? -errno : 0;
}

int vfg_pin_drop(const struct vfg_pins *pins, const char *name)
{
	char path[VFG_PIN_PATH_MAX];

	path_of(pins, name, path);
	return unlink(path) < 0 ? -errno : 0;
}

static void link_name(enum vfg_pin_link kind, unsigned int ifindex, char ret_name[24])
{
	snprintf(ret_name, 24, "%s%u", link_prefixes[kind], ifindex);
}

int vfg_pin_get_link(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex)
{
	char name[24];

	link_name(kind, ifindex, name);
	return vfg_pin_get(pins, name);
}

int vfg_pin_put_link(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex,
		     int fd)
{
	char name[24];

	link_name(kind, ifindex, name);
	return vfg_pin_put(pins, name, fd);
}

int vfg_pin_drop_link(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex)
{
	char name[24];

	link_name(kind, ifindex, name);
	return vfg_pin_drop(pins, name);
}

int vfg_pins_links(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int *ret_ifindex,
		   size_t room)
{
	autodir DIR *dir = opendir(pins->dir);
	const size_t prefix = strlen(link_prefixes[kind]);
	const struct dirent *entry;
	size_t count = 0;

	if (!dir)
		return -errno;
	while (count < room && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, link_prefixes[kind], prefix))
			ret_ifindex[count++] =
				(unsigned int)strtoul(entry->d_name + prefix, NULL, 10);
	}
	return (int)count;
}

static int read_names(DIR *dir, struct vfg_pin_names *ret_names)
{
	struct vfg_pin_names names = {};
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		void *more;

		if (entry->d_name[0] == '.')
			continue;
		more = reallocarray(names.name, names.count + 1, sizeof(*names.name));
		if (!more) {
			free(names.name);
			return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
		}
		names.name = more;
		unescape(entry->d_name, names.name[names.count++], sizeof(*names.name));
	}
	*ret_names = names;
	return 0;
}

int vfg_pins_masters(uint32_t abi, struct vfg_pin_names *ret_names)
{
	autodir DIR *dir = NULL;
	autofd int bpffs = -1;
	char path[VFG_PIN_DIR_MAX];
	int err = open_or_report(false, &bpffs);

	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/vfguard/%u", bpffs, abi);
	dir = opendir(path);
	if (!dir) {
		if (errno != ENOENT)
			return vfg_say(VFG_EXIT_SYSTEM, "/sys/fs/bpf/vfguard", "%s; run it as root",
				       strerror(errno));
		*ret_names = (struct vfg_pin_names){};
		return 0;
	}
	return read_names(dir, ret_names);
}

void vfg_pins_prune(void)
{
	enum { ROOM = 16 };
	uint32_t abi[1 + ROOM] = {VFG_ABI};
	autofd int bpffs = -1;
	char path[VFG_PIN_DIR_MAX];
	size_t count = 1 + vfg_pins_former_abis(abi + 1, ROOM);

	if (vfg_bpffs_open(false, &bpffs))
		return;
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d/vfguard/%u", bpffs, abi[i]);
		rmdir(path); /* fails, as it should, while there is something in it */
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d/vfguard", bpffs);
	rmdir(path);
}
