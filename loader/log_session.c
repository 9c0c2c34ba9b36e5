/* SPDX-License-Identifier: GPL-2.0-only */
/* Joins maps, ledger and names of one master, and keeps the records until they are written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "active.h"
#include "cleanup.h"
#include "loaded.h"
#include "log_clock.h"
#include "log_session.h"
#include "netlink.h"

enum {
	RECORDS_FIRST = 1024,
	ALL_RULES_LOOKS = 16, /* so often every rule's counter is read */
};

static uint64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool make_room(struct vfg_log_session *session)
{
	size_t room = session->room ? session->room * 2 : RECORDS_FIRST;
	struct vfg_log_record *more;

	if (session->count < session->room)
		return true;
	if (session->room == VFG_LOG_PENDING_MAX) {
		if (session->spill)
			session->spill(session, session->data);
		return session->count < session->room;
	}
	more = reallocarray(session->record, room, sizeof(*more));
	if (!more)
		return false;
	session->record = more;
	session->room = room;
	return true;
}

static void take(void *data, const struct vfg_log_record *record)
{
	struct vfg_log_session *session = data;

	if (!make_room(session)) {
		session->ledger.losses->lost++;
		return;
	}
	session->record[session->count++] = *record;
	session->ledger.losses->pending = session->count;
}

static void take_denied(void *data, const struct vfg_log_record *record)
{
	struct vfg_log_session *session = data;

	if (record->rule < VFG_POLICY_RULES_MAX) {
		session->ledger.denied[record->rule].seen++;
		session->active[record->rule] = true;
	}
	take(session, record);
}

/* From the programs' clock to the time of day: both read together, so that an event has one time,
 * whoever looks and when. */
static uint64_t wall_offset_ns(void)
{
	return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}

/* Rules of a ledger that begins: what they have denied before is not told of. */
static void set_bases(struct vfg_log_session *session)
{
	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		uint64_t hits;

		if (session->names.rule[id].denies && !vfg_log_maps_hits(&session->maps, id, &hits))
			session->ledger.denied[id] = (struct vfg_log_denied){.base = hits};
	}
}

/* Flows and events may have rules of policies before. Where these cannot be read they have ids. */
static void learn_before(struct vfg_log_session *session)
{
	autoretired struct vfg_retired retired = {};

	if (!vfg_retired_open(&session->pins, &retired))
		vfg_log_names_learn_retired(&session->names, &retired);
}

/* The rules of a policy that has come into force. An id that means another rule counts from zero,
 * as its counter does. */
static int learn(struct vfg_log_session *session)
{
	autoactive struct vfg_active active = {.fd = -1};
	bool changed[VFG_POLICY_RULES_MAX] = {};
	const bool first = !session->generation;
	int err = vfg_active_open(&session->pins, &active);

	learn_before(session);
	if (!err)
		err = vfg_log_names_learn(&session->names, &active.tables, first ? NULL : changed);
	if (err)
		return err;
	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		if (changed[id])
			session->ledger.denied[id] = (struct vfg_log_denied){};
	}
	if (first && session->ledger.fresh)
		set_bases(session);
	/* Which may be the one before still: then there is another look. */
	session->generation = active.tables.policy->generation;
	return 0;
}

/* Hits are read before events: a packet in between is told of one by one, and not counted as one
 * of many. */
static void read_denied(struct vfg_log_session *session, uint64_t wall_ns, bool all)
{
	struct vfg_log_losses *losses = session->ledger.losses;
	uint64_t hits[VFG_POLICY_RULES_MAX];
	bool known[VFG_POLICY_RULES_MAX] = {};

	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		if (!(session->active[id] || (all && session->names.rule[id].denies)))
			continue;
		known[id] = !vfg_log_maps_hits(&session->maps, id, &hits[id]);
		session->active[id] = false;
	}
	losses->overwritten += vfg_log_events_read(&session->events, wall_ns, take_denied, session);
	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		uint64_t more =
			known[id] ? vfg_log_denied_more(&session->ledger.denied[id], hits[id]) : 0;

		session->more[id] += more;
		losses->more += more;
	}
}

static int prepare(struct vfg_log_session *session, int clock, struct vfg_control *ret_control,
		   struct vfg_log_look *ret_look)
{
	uint32_t ticks;
	int err = vfg_log_clock_read(clock, &ticks);

	if (!err)
		err = vfg_log_maps_control(&session->maps, ret_control);
	if (!err && ret_control->decided_by != session->generation)
		err = learn(session);
	if (err && err != -ENOENT)
		return err;
	session->looked_ns = clock_ns(CLOCK_REALTIME);
	*ret_look = (struct vfg_log_look){
		.control = ret_control,
		.ticks = ticks,
		.ahead_ticks = ret_control->tick_hz * VFG_LOG_LOOK_MS / 1000 + 1,
		.time_ms = session->looked_ns / 1000000,
	};
	return 0;
}

int vfg_log_session_look(struct vfg_log_session *session, int clock, uint32_t continue_s)
{
	const struct vfg_log_to to = {take, session, &session->ledger.losses->missed};
	struct vfg_control control;
	struct vfg_log_look look;
	int err = vfg_log_maps_are_pinned(&session->maps, &session->pins) ? 0 : -ENOENT;

	if (!err)
		err = prepare(session, clock, &control, &look);
	if (err)
		return err;
	look.continue_s = continue_s;
	look.first = session->ledger.fresh;
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		vfg_log_track(&session->ledger.memory[family], &session->maps.table[family], &look,
			      &to);
	session->ledger.fresh = false;
	read_denied(session, wall_offset_ns(), session->looks++ % ALL_RULES_LOOKS == 0);
	return 0;
}

int vfg_log_session_list(struct vfg_log_session *session, int clock)
{
	struct vfg_control control;
	struct vfg_log_look look;
	int err = prepare(session, clock, &control, &look);

	if (err)
		return err;
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		vfg_log_list(&session->maps.table[family], &look, take, session);
	/* Every denied packet since the load counts, listed or not. */
	memset(session->ledger.denied, 0, VFG_POLICY_RULES_MAX * sizeof(*session->ledger.denied));
	vfg_log_events_rewind(&session->events);
	read_denied(session, wall_offset_ns(), true);
	return 0;
}

void vfg_log_session_written(struct vfg_log_session *session, size_t count)
{
	session->count -= count;
	memmove(session->record, session->record + count,
		session->count * sizeof(*session->record));
	session->told -= count < session->told ? count : session->told;
	session->ledger.losses->records += count;
	session->ledger.losses->pending = session->count;
	session->ledger.losses->written_ms = session->looked_ns / 1000000;
}

void vfg_log_session_lose(struct vfg_log_session *session, uint64_t records)
{
	session->ledger.losses->lost += records;
}

static void note_address(struct vfg_log_session *session)
{
	autolinks struct vfg_links links = {};
	const struct vfg_link *link = NULL;

	if (!vfg_links_read(&links))
		link = vfg_links_by_index(&links, session->ifindex);
	for (int i = 0; i < 6; i++)
		snprintf(session->mac + 2 * i, 3, "%02X",
			 link && link->address_bytes == 6 ? link->address[i] : 0);
}

/* What the process before could not write any more is lost. */
static int open_ledger(struct vfg_log_session *session, bool keep)
{
	struct vfg_log_ledger_of of = {.master = session->master, .keep = keep};
	struct vfg_control control;
	int err = vfg_log_maps_control(&session->maps, &control);

	if (err)
		return err;
	of.control = &control;
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		of.slots[family] = session->maps.table[family].slots;
	err = vfg_log_ledger_open(&of, &session->ledger);
	if (err)
		return err;
	session->events =
		(struct vfg_log_events){.ring = session->maps.ring, .next = session->ledger.next};
	if (session->ledger.fresh)
		vfg_log_events_skip(&session->events);
	session->ledger.losses->lost += session->ledger.losses->pending;
	session->ledger.losses->pending = 0;
	return 0;
}

static int open_master(struct vfg_log_session *session, const char *master)
{
	struct vfg_state state;
	int err;

	session->pins.bpffs = -1;
	if (vfg_pins_open(master, false, &session->pins) || session->pins.bpffs < 0 ||
	    !vfg_pins_exist(&session->pins))
		return -ENOENT;
	err = vfg_state_read(&session->pins, &state);
	if (err)
		return err;
	if (vfg_loaded_elsewhere(&state) || !(state.flags & VFG_STATE_COMPLETE))
		return -ENOENT;
	session->ifindex = state.ifindex;
	snprintf(session->master, sizeof(session->master), "%s", master);
	return vfg_log_maps_open(&session->pins, &session->maps);
}

int vfg_log_session_open(const char *master, const struct vfg_log_session_how *how,
			 struct vfg_log_session **ret_session)
{
	struct vfg_log_session *session = calloc(1, sizeof(*session));
	int err;

	if (!session)
		return -ENOMEM;
	session->maps = (struct vfg_log_maps){.control = -1, .rule = -1};
	session->ledger.fd = -1;
	session->spill = how->spill;
	session->data = how->data;
	err = open_master(session, master);
	if (!err)
		err = open_ledger(session, how->keep);
	if (err) {
		vfg_log_session_close(session);
		return err;
	}
	note_address(session);
	*ret_session = session;
	return 0;
}

void vfg_log_session_close(struct vfg_log_session *session)
{
	vfg_log_ledger_close(&session->ledger);
	vfg_log_maps_close(&session->maps);
	vfg_log_names_free(&session->names);
	vfg_pins_close(&session->pins);
	free(session->record);
	free(session);
}
