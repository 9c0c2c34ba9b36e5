/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads devices and counters in the right order and has the account brought up to them. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "audit.h"
#include "cleanup.h"
#include "lives.h"
#include "say.h"
#include "share.h"
#include "watch.h"

enum {
	POLL_MS = 10,	/* a driver has counted what it has passed on */
	FLIGHT_MS = 5,	/* a packet that a device has counted has come to TC */
	WEIGH_MS = 200, /* two samples are apart at least */
	LOOK_TRIES = 50,
};

static void pause_ms(long milliseconds)
{
	const struct timespec time = {.tv_nsec = milliseconds * 1000000};

	nanosleep(&time, NULL);
}

static uint64_t sum_hook(const struct vfg_count *reasons, enum vfg_hook hook, uint32_t first)
{
	uint64_t packets = 0;

	for (uint32_t reason = first; reason < VFG_REASON_MAX; reason++)
		packets += reasons[(uint32_t)hook * VFG_COUNTER_REASONS + reason].packets;
	return packets;
}

/* LACP, LLDP and the like that XDP passed and the master never got. */
static uint64_t kept_below(const struct vfg_count *reasons)
{
	const uint32_t reason = VFG_REASON_LINK_CONTROL;
	uint64_t xdp = reasons[VFG_HOOK_XDP * VFG_COUNTER_REASONS + reason].packets;
	uint64_t tc = reasons[VFG_HOOK_TC_INGRESS * VFG_COUNTER_REASONS + reason].packets;

	return xdp > tc ? xdp - tc : 0;
}

/* The reasons are read XDP's first, TC's last. */
static int read_sums(const struct vfg_pins *pins, const struct vfg_coverage *coverage,
		     struct vfg_balance_sums *ret_sums)
{
	struct vfg_count reasons[VFG_COUNTER_REASON_ENTRIES];
	struct vfg_coverage_sum total = vfg_coverage_total(coverage);
	int err = vfg_count_reasons(pins, reasons);
	uint64_t below;

	if (err)
		return err;
	below = kept_below(reasons);
	ret_sums->let_through = (int64_t)vfg_lives_received(coverage) -
				(int64_t)sum_hook(reasons, VFG_HOOK_XDP, VFG_REASON_DEFER + 1);
	ret_sums->tc_only = total.tc_only;
	ret_sums->aside = total.aside + (below > total.dropped ? below : total.dropped);
	ret_sums->tc_judged = sum_hook(reasons, VFG_HOOK_TC_INGRESS, 0);
	ret_sums->passed_up =
		coverage->is_bridge ? (int64_t)coverage->passed_up : ret_sums->let_through;
	return 0;
}

/* As read_sums(); where something is missing, with what was in flight. */
static int read_landed(const struct vfg_pins *pins, const struct vfg_coverage *coverage,
		       struct vfg_balance_sums *ret_sums)
{
	struct vfg_balance_sums later;
	int err = read_sums(pins, coverage, ret_sums);

	if (err || !vfg_balance_missing(&coverage->balance, ret_sums))
		return err;
	pause_ms(FLIGHT_MS);
	err = read_sums(pins, coverage, &later);
	if (!err)
		ret_sums->tc_judged = later.tc_judged;
	return err;
}

static int begin(const struct vfg_pins *pins, const struct vfg_state *state,
		 struct vfg_coverage *coverage)
{
	autofree struct vfg_path_counts *counts = calloc(1, sizeof(*counts));
	autolinks struct vfg_links links = {};
	const struct vfg_link *link;
	struct vfg_watch_found found;
	struct vfg_device device;
	int err = counts ? vfg_coverage_create(pins) : -ENOMEM;

	if (!err)
		err = read_sums(pins, coverage, &coverage->balance.settled);
	if (!err)
		err = vfg_count_paths(pins, counts);
	pause_ms(POLL_MS);
	if (!err)
		err = vfg_links_read(&links);
	if (err)
		return err;
	link = vfg_links_by_index(&links, state->ifindex);
	if (!link)
		return -ENODEV;
	vfg_device_fill(&links, link, state->driver[0] ? state->driver : NULL, &device);
	vfg_lives_begin(coverage, &(struct vfg_lives_view){&device, &links, NULL, counts});
	if (coverage->is_bridge)
		coverage->balance.settled.passed_up = (int64_t)coverage->passed_up;
	vfg_watch_find(pins, &device, &links, &found);
	vfg_watch_paths(coverage, &device, &found, 0, true);
	coverage->audited_ns = vfg_coverage_now_ns();
	vfg_share_mark(coverage, coverage->audited_ns);
	return vfg_coverage_write(pins, coverage);
}

int vfg_audit_begin(const struct vfg_pins *pins, const struct vfg_state *state)
{
	autofree struct vfg_coverage *coverage = calloc(1, sizeof(*coverage));

	return coverage ? begin(pins, state, coverage) : -ENOMEM;
}

/* @ret_unjudged: those that have become certain */
static int weigh(const struct vfg_pins *pins, struct vfg_coverage *coverage, uint64_t *ret_unjudged)
{
	uint64_t now = vfg_coverage_now_ns();
	struct vfg_balance_sums sums;
	int err;

	*ret_unjudged = 0;
	coverage->audited_ns = now;
	if (now - coverage->weighed_ns < WEIGH_MS * 1000000ULL)
		return 0;
	err = read_landed(pins, coverage, &sums);
	if (err)
		return err;
	coverage->weighed_ns = now;
	*ret_unjudged = vfg_balance_step(&coverage->balance, &sums);
	coverage->unjudged += *ret_unjudged;
	return 0;
}

/* What one pass works with. */
struct pass {
	struct vfg_lives_view view;
	const struct vfg_watch_found *found;
	struct vfg_path_counts *counts;
	struct vfg_coverage *coverage;
	uint32_t blind;
};

static bool is_followed(const struct vfg_coverage *coverage, uint32_t ifindex)
{
	for (int i = 0; i < VFG_COVERAGE_PATHS_MAX; i++) {
		if (coverage->path[i].ifindex == ifindex)
			return true;
	}
	return false;
}

/* A daemon that was killed may have left counters of a device that no state remembers. They are in
 * the account now. */
static void free_counters(const struct vfg_pins *pins, const struct pass *pass)
{
	char name[IFNAMSIZ];

	for (size_t i = 0; i < pass->counts->count; i++) {
		uint32_t ifindex = pass->counts->path[i].ifindex;

		if (ifindex && !is_followed(pass->coverage, ifindex) &&
		    !vfg_links_by_index(pass->view.links, ifindex) &&
		    !if_indextoname(ifindex, name))
			vfg_count_clear_path(pins, ifindex);
	}
}

static int run(const struct vfg_pins *pins, struct pass *pass)
{
	struct vfg_coverage *coverage = pass->coverage;
	uint64_t unjudged = 0;
	int err = vfg_coverage_read(pins, coverage);

	if (!err)
		err = vfg_count_paths(pins, pass->counts);
	if (err)
		return err;
	vfg_lives_follow(coverage, &pass->view);
	err = weigh(pins, coverage, &unjudged);
	if (err)
		return err;
	vfg_share_mark(coverage, coverage->audited_ns);
	pass->blind = vfg_watch_paths(coverage, pass->view.device, pass->found, unjudged, false);
	err = vfg_coverage_write(pins, coverage);
	if (!err)
		free_counters(pins, pass);
	return err;
}

uint32_t vfg_audit_pass(const struct vfg_pins *pins, const struct vfg_device *device,
			const struct vfg_links *links, const struct vfg_links *heard,
			const struct vfg_watch_found *found)
{
	autofree struct vfg_coverage *coverage = calloc(1, sizeof(*coverage));
	autofree struct vfg_path_counts *counts = calloc(1, sizeof(*counts));
	const struct vfg_state master = {.ifindex = device->link.ifindex};
	struct pass pass = {{device, links, heard, counts}, found, counts, coverage, 0};
	int err = coverage && counts ? run(pins, &pass) : -ENOMEM;

	if (err == -ENOENT || err == -EPROTO) /* loaded by a version without it, or with another */
		err = vfg_audit_begin(pins, &master);
	if (err)
		vfg_note(device->link.name, "its coverage cannot be audited: %s, continuing",
			 strerror(-err));
	return pass.blind;
}

/* The daemon clears counters once they are in its account: what was read before that and what was
 * read after it do not go together. */
static bool has_moved(const struct vfg_pins *pins, const struct vfg_coverage *coverage)
{
	autofree struct vfg_coverage *now = malloc(sizeof(*now));

	return now && !vfg_coverage_read(pins, now) && now->sequence != coverage->sequence;
}

/* Return: 0, -EAGAIN where the account was carried on meanwhile, or -errno. */
static int look(const struct vfg_pins *pins, const struct vfg_state *state,
		struct vfg_path_counts *counts, struct vfg_coverage *coverage)
{
	autolinks struct vfg_links links = {};
	const struct vfg_link *link;
	struct vfg_balance_sums sums;
	struct vfg_watch_found found;
	struct vfg_device device;
	uint64_t missing;
	int err = vfg_links_read(&links);

	if (err)
		return err;
	link = vfg_links_by_index(&links, state->ifindex);
	if (!link)
		return 0;
	vfg_device_fill(&links, link, state->driver[0] ? state->driver : NULL, &device);
	err = vfg_count_paths(pins, counts);
	if (!err && has_moved(pins, coverage))
		err = -EAGAIN;
	if (err)
		return err;
	vfg_lives_follow(coverage, &(struct vfg_lives_view){&device, &links, NULL, counts});
	err = read_landed(pins, coverage, &sums);
	if (err)
		return err;
	missing = vfg_balance_missing(&coverage->balance, &sums);
	coverage->unjudged += missing;
	vfg_watch_find(pins, &device, &links, &found);
	vfg_watch_paths(coverage, &device, &found, missing, true);
	return 0;
}

int vfg_audit_look(const struct vfg_pins *pins, const struct vfg_state *state,
		   struct vfg_coverage *ret_coverage)
{
	autofree struct vfg_path_counts *counts = calloc(1, sizeof(*counts));
	int err = counts ? -EAGAIN : -ENOMEM;

	for (int i = 0; i < LOOK_TRIES && err == -EAGAIN; i++) {
		err = vfg_coverage_read(pins, ret_coverage);
		if (!err)
			err = look(pins, state, counts, ret_coverage);
	}
	return err;
}
