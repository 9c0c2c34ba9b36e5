/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins: /sys/fs/bpf/vfguard/<abi>/<master>/, and in it the maps by their names, `state`, the
 * programs prog_xdp, prog_tc_in, prog_tc_out, prog_tc_below, the XDP links as link_<ifindex>, and
 * the tcx links as tcin_<ifindex> and tcout_<ifindex>; `arena` and `retired` (active.h, retired.h).
 */
#ifndef VFG_LOADER_PIN_H
#define VFG_LOADER_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VFG_PIN_XDP	 "prog_xdp"
#define VFG_PIN_TC_IN	 "prog_tc_in"
#define VFG_PIN_TC_OUT	 "prog_tc_out"
#define VFG_PIN_TC_BELOW "prog_tc_below"

enum {
	VFG_PIN_DIR_MAX = 128,
	VFG_PIN_PATH_MAX = 192,
};

/* A master's directory, as the system calls take it and as people know it. */
struct vfg_pins {
	int bpffs;		   /* keeps `dir` valid, released by vfg_pins_close() */
	char dir[VFG_PIN_DIR_MAX]; /* /proc/self/fd/N/vfguard/... */
	char shown[VFG_PIN_DIR_MAX];
};

/**
 * vfg_pins_open - where the pins of a master are, whether or not there are any
 * @mount: mount the BPF file system where there is none
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_pins_open(const char *master, bool mount, struct vfg_pins *ret_pins);

/**
 * vfg_pins_open_abi - the same for what another version has loaded; see vfg_formers_find()
 *
 * Return: 0 or -errno.
 */
int vfg_pins_open_abi(const char *master, uint32_t abi, struct vfg_pins *ret_pins);

/* The other versions (VFG_ABI) that have directories here. Return: how many, at most @room. */
size_t vfg_pins_former_abis(uint32_t *ret_abi, size_t room);

void vfg_pins_close(struct vfg_pins *pins);
#define autopins __attribute__((cleanup(vfg_pins_close)))

bool vfg_pins_exist(const struct vfg_pins *pins);

/**
 * vfg_pins_create - make the master's directory
 *
 * Return: 0, -EEXIST where it is there already, or -errno.
 */
int vfg_pins_create(const struct vfg_pins *pins);

/**
 * vfg_pins_remove - remove every pin of the master, and its directory
 *
 * Return: 0 (also where there was nothing) or -errno.
 */
int vfg_pins_remove(const struct vfg_pins *pins);

/**
 * vfg_pin_get - open a pinned object
 *
 * Return: a file descriptor, or -errno.
 */
int vfg_pin_get(const struct vfg_pins *pins, const char *name);
int vfg_pin_put(const struct vfg_pins *pins, const char *name, int fd);
int vfg_pin_drop(const struct vfg_pins *pins, const char *name);

/* What a pinned link attaches. */
enum vfg_pin_link {
	VFG_PIN_LINK_XDP = 0,
	VFG_PIN_LINK_TC_IN = 1,
	VFG_PIN_LINK_TC_OUT = 2,
	VFG_PIN_LINK_MAX = 3,
};

int vfg_pin_get_link(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex);
int vfg_pin_put_link(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex,
		     int fd);
int vfg_pin_drop_link(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int ifindex);

/**
 * vfg_pins_links - the interface indices that have a link pin of this kind
 * @room: places in @ret_ifindex
 *
 * Return: how many there are, at most @room, or -errno.
 */
int vfg_pins_links(const struct vfg_pins *pins, enum vfg_pin_link kind, unsigned int *ret_ifindex,
		   size_t room);

enum { VFG_PIN_NAME_MAX = 16 };

struct vfg_pin_names {
	size_t count;
	char (*name)[VFG_PIN_NAME_MAX];
};

/**
 * vfg_pins_masters - the names of all masters that have a directory
 * @abi: VFG_ABI, or one of vfg_pins_former_abis()
 * @ret_names: names[].name to be freed by the caller
 *
 * Return: 0, or an exit status, reported.
 */
int vfg_pins_masters(uint32_t abi, struct vfg_pin_names *ret_names);

/* Remove the directories above the masters' where they are empty. */
void vfg_pins_prune(void);

#endif
