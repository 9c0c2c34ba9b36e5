/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens a session for each master that has pins here, and closes those that have none any more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log_set.h"
#include "say.h"

static bool has(const struct vfg_log_set *set, const char *master)
{
	for (size_t i = 0; i < set->count; i++) {
		if (!strcmp(set->session[i]->master, master))
			return true;
	}
	return false;
}

static void complain(struct vfg_log_set *set, const char *master, int err)
{
	if (err == -EBUSY && !set->said_busy) {
		vfg_warn(master, "another process keeps its flow log; stop that, continuing");
		set->said_busy = true;
	} else if (err != -EBUSY && err != set->said_error) {
		vfg_warn(master, "its flow log cannot be kept: %s, continuing", strerror(-err));
		set->said_error = err;
	}
}

static void add(struct vfg_log_set *set, const char *master)
{
	struct vfg_log_session **more =
		reallocarray(set->session, set->count + 1, sizeof(struct vfg_log_session *));
	int err = more ? 0 : -ENOMEM;

	if (more)
		set->session = more;
	if (!err)
		err = vfg_log_session_open(master, &set->how, &more[set->count]);
	if (!err)
		set->count++;
	else if (err != -ENOENT) /* of another namespace, or half loaded: nothing to say */
		complain(set, master, err);
}

void vfg_log_set_refresh(struct vfg_log_set *set)
{
	struct vfg_pin_names names = {};

	if (set->only) {
		if (!has(set, set->only))
			add(set, set->only);
		return;
	}
	if (vfg_pins_masters(VFG_ABI, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (!has(set, names.name[i]))
			add(set, names.name[i]);
	}
	free(names.name);
}

static void part(struct vfg_log_set *set, size_t i)
{
	struct vfg_log_session *session = set->session[i];

	if (set->part)
		set->part(session, set->how.data);
	vfg_log_session_close(session);
	set->session[i] = set->session[--set->count];
}

size_t vfg_log_set_look(struct vfg_log_set *set, int clock, uint32_t continue_s)
{
	size_t parted = 0;

	for (size_t i = set->count; i > 0; i--) {
		struct vfg_log_session *session = set->session[i - 1];
		int err = vfg_log_session_look(session, clock, continue_s);

		if (!err)
			continue;
		if (err == -ENOENT && set->how.keep)
			vfg_log_ledger_remove(session->master);
		else if (err != -ENOENT)
			complain(set, session->master, err);
		part(set, i - 1);
		parted++;
	}
	return parted;
}

void vfg_log_set_close(struct vfg_log_set *set)
{
	while (set->count)
		part(set, set->count - 1);
	free(set->session);
	set->session = NULL;
}
