/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens the two skeletons on one set of pinned maps and loads them. Attaches nothing. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/random.h>

#include <bpf/libbpf.h>

#include "bpf/vfg_tc.skel.h"
#include "bpf/vfg_xdp.skel.h"
#include "object.h"
#include "say.h"

static void close_xdp(struct vfg_xdp **object)
{
	vfg_xdp__destroy(*object);
}

static void close_tc(struct vfg_tc **object)
{
	vfg_tc__destroy(*object);
}

static int size_maps(struct bpf_object *object, uint32_t buckets)
{
	static const char *const tables[] = {"vfg_flow4", "vfg_flow6",	"vfg_tag4",
					     "vfg_tag6",  "vfg_tally4", "vfg_tally6"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, tables[i]);
		int err = map ? bpf_map__set_max_entries(map, buckets) : -ENOENT;

		if (err)
			return err;
	}
	return 0;
}

static int report_load(const char *where, const char *object, int err)
{
	switch (-err) {
	case ENOMEM:
		return vfg_say(VFG_EXIT_SYSTEM, where,
			       "not enough memory for the flow tables; give a smaller --flows");
	case EPERM:
		return vfg_say(VFG_EXIT_SYSTEM, where,
			       "the kernel does not permit loading %s; run it as root, not locked "
			       "down",
			       object);
	}
	return vfg_say(VFG_EXIT_SYSTEM, where,
		       "the kernel refused %s: %s; VFGUARD_DEBUG=1 shows its reasons", object,
		       strerror(-err));
}

static int load_xdp(const struct vfg_pins *pins, const char *where, uint32_t buckets)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pins->dir);
	struct vfg_xdp *object __attribute__((cleanup(close_xdp))) = vfg_xdp__open_opts(&options);
	int err;

	if (!object)
		return report_load(where, "vfg_xdp", -errno);
	err = size_maps(object->obj, buckets);
	if (!err)
		err = vfg_xdp__load(object);
	if (!err)
		err = vfg_pin_put(pins, VFG_PIN_XDP, bpf_program__fd(object->progs.vfg_xdp));
	return err ? report_load(where, "vfg_xdp", err) : 0;
}

/* Never 0, which every packet has. @otherwise: where there is no randomness */
static uint16_t draw_mark(uint16_t otherwise)
{
	uint16_t mark = 0;

	if (getrandom(&mark, sizeof(mark), 0) != sizeof(mark) || !mark)
		return otherwise;
	return mark;
}

static int load_tc(const struct vfg_pins *pins, const char *where, uint32_t buckets)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pins->dir);
	struct vfg_tc *object __attribute__((cleanup(close_tc))) = vfg_tc__open_opts(&options);
	int err;

	if (!object)
		return report_load(where, "vfg_tc", -errno);
	object->rodata->vfg_judged_mark = draw_mark(object->rodata->vfg_judged_mark);
	err = size_maps(object->obj, buckets);
	if (!err)
		err = vfg_tc__load(object);
	if (!err)
		err = vfg_pin_put(pins, VFG_PIN_TC_IN,
				  bpf_program__fd(object->progs.vfg_tc_ingress));
	if (!err)
		err = vfg_pin_put(pins, VFG_PIN_TC_OUT,
				  bpf_program__fd(object->progs.vfg_tc_egress));
	if (!err)
		err = vfg_pin_put(pins, VFG_PIN_TC_BELOW,
				  bpf_program__fd(object->progs.vfg_tc_below));
	return err ? report_load(where, "vfg_tc", err) : 0;
}

int vfg_object_load(const struct vfg_pins *pins, const char *where, uint32_t buckets)
{
	int err = load_xdp(pins, where, buckets);

	return err ? err : load_tc(pins, where, buckets);
}
