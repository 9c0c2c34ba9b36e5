/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection, segment by segment.
 */
#include "connection.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

void connection_play(struct scene *scene, enum vfg_family family, const struct segment *segment,
		     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct segment *one = &segment[i];
		bool in = one->direction == VFG_INBOUND;
		struct packet packet =
			in ? scene_tcp_in(family, OUTSIDE_PORT, GUEST_PORT, one->flags)
			   : scene_tcp_out(family, GUEST_PORT, OUTSIDE_PORT, one->flags);

		if (in)
			scene_expect(scene, BENCH_XDP, &packet, one->reason, one->what);
		scene_expect(scene, in ? BENCH_INGRESS : BENCH_EGRESS, &packet, one->reason,
			     one->what);
		cr_assert(eq(int, (int)bench_state(&scene->bench), (int)one->state), "%s",
			  one->what);
	}
}
