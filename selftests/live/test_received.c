/* SPDX-License-Identifier: GPL-2.0-only */
/* What drivers count, in the same terms. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/received.h"

struct row {
	const char *driver;
	struct vfg_link_counts counts;
	uint64_t xdp_dropped;
	struct vfg_received received;
};

/* 100 packets came, XDP dropped 30 of them, and the kernel 2 after that. */
static const struct row rows[] = {
	{"veth", {100, 2, 0}, 30, {100, 2, 0}},	    {"virtio_net", {100, 32, 0}, 30, {100, 2, 0}},
	{"mlx5_core", {70, 2, 0}, 30, {100, 2, 0}}, {"mana", {70, 32, 0}, 30, {100, 2, 0}},
	{"hv_netvsc", {70, 2, 0}, 30, {100, 2, 0}}, {"another", {100, 32, 1}, 30, {100, 2, 1}},
	{"another", {100, 2, 0}, 30, {100, 0, 0}},
};

Test(received, drivers_are_put_into_the_same_terms)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vfg_link link = {.counts = rows[i].counts};
		struct vfg_received received;

		vfg_received_as(rows[i].driver, &link, rows[i].xdp_dropped, &received);
		cr_expect(eq(u64, received.packets, rows[i].received.packets), "%s, %zu",
			  rows[i].driver, i);
		cr_expect(eq(u64, received.dropped, rows[i].received.dropped), "%s, %zu",
			  rows[i].driver, i);
		cr_expect(eq(u64, received.nohandler, rows[i].received.nohandler), "%s, %zu",
			  rows[i].driver, i);
	}
}

struct place {
	const char *name;
	struct vfg_device master;
	struct vfg_link link;
	bool is_path;
};

static const struct place places[] = {
	{"the synthetic",
	 {.link = {.ifindex = 2}, .driver = "hv_netvsc", .xdp_on_self = true},
	 {.ifindex = 2},
	 true},
	{"a bond",
	 {.link = {.ifindex = 2, .kind = "bond"}, .xdp_on_self = true},
	 {.ifindex = 2},
	 false},
	{"a bridge", {.link = {.ifindex = 2, .kind = "bridge"}}, {.ifindex = 2}, false},
	{"a plain device", {.link = {.ifindex = 2}, .xdp_on_self = true}, {.ifindex = 2}, true},
	{"a device below", {.link = {.ifindex = 2}}, {.ifindex = 3, .master = 2}, true},
	{"a device elsewhere", {.link = {.ifindex = 2}}, {.ifindex = 3, .master = 4}, false},
};

Test(received, only_what_brings_packets_of_its_own_is_a_path)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		cr_expect(eq(int, vfg_received_is_path(&places[i].master, &places[i].link),
			     places[i].is_path),
			  "%s", places[i].name);
}
