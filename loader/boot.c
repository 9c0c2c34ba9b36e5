/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps one small state machine for each master of the settings. Loading itself is load.c's, and
 * what policy to load, boot_policy.c's.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "active.h"
#include "boot.h"
#include "boot_policy.h"
#include "cleanup.h"
#include "load.h"
#include "loaded.h"
#include "lock.h"
#include "netlink.h"
#include "notify.h"
#include "origin.h"
#include "publish.h"
#include "save.h"
#include "say.h"
#include "teardown.h"

enum {
	DELAY_FIRST_MS = 1000,
	DELAY_MAX_MS = 60000,
	FIRST_GENERATION = 1, /* of the policy that a load has put in force */
};

enum stage {
	ABSENT,	  /* no such device */
	WAITING,  /* to be loaded, or tried again */
	IN_FORCE, /* what was to be done is done, or was by others */
	STAND_IN, /* loaded, with what stands in for its policy */
	LET_GO,	  /* somebody has unloaded it */
};

struct vfg_boot_master {
	enum stage stage;
	unsigned int ifindex;
	char name[IFNAMSIZ]; /* that its pins have, or will */
	int64_t try_at_ms;
	int delay_ms;
	char *said; /* by the last try, where it failed */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Devices on top of others have their address, and are not it. */
static bool is_stacked(const struct vfg_link *link)
{
	static const char *const kinds[] = {"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(link->kind, kinds[i]))
			return true;
	}
	return false;
}

/* By address it is the device above those that share it: the VF has that of its master. */
static const struct vfg_link *find(const struct vfg_links *links,
				   const struct vfg_config_master *master)
{
	if (!master->by_address)
		return vfg_links_by_name(links, master->title);
	for (size_t i = 0; i < links->count; i++) {
		const struct vfg_link *link = &links->link[i];

		if (!link->master && !is_stacked(link) &&
		    link->address_bytes == VFG_CONFIG_ADDRESS_BYTES &&
		    !memcmp(link->address, master->address, VFG_CONFIG_ADDRESS_BYTES))
			return link;
	}
	return NULL;
}

/* Pins without a device, or of half a load: whoever made them is no more. */
static void clear(const struct vfg_pins *pins, const struct vfg_state *state, const char *name)
{
	int err = vfg_teardown(pins, state);

	if (err)
		vfg_warn(name, "what an earlier load has left cannot be cleared up: %s",
			 strerror(-err));
	else
		vfg_note(name, "what an earlier load has left is cleared up");
}

/* Has somebody put another policy in force since it was loaded? */
static bool is_applied(const struct vfg_pins *pins)
{
	autoactive struct vfg_active active = {.fd = -1};

	return vfg_active_open(pins, &active) ||
	       active.tables.policy->generation != FIRST_GENERATION;
}

/* What is loaded, by whatever name: nothing else to do, or its policy is still to come. WAITING
 * where it is not; then what is in a load's way is cleared up. */
static enum stage look(struct vfg_boot_master *master, const struct vfg_link *link)
{
	autopins struct vfg_pins pins = {.bpffs = -1};
	char other[IFNAMSIZ];
	struct vfg_state state;
	int err;

	if (vfg_loaded_as(link->ifindex, other))
		memcpy(master->name, other, sizeof(master->name));
	if (vfg_pins_open(master->name, false, &pins) || pins.bpffs < 0 || !vfg_pins_exist(&pins))
		return WAITING;
	err = vfg_state_read(&pins, &state);
	if (err == -ENOENT)
		clear(&pins, NULL, link->name);
	if (err || vfg_loaded_elsewhere(&state))
		return WAITING;
	if (state.ifindex != link->ifindex && if_indextoname(state.ifindex, other))
		return WAITING; /* a name that has passed on: load tells what to do */
	if (state.ifindex != link->ifindex || !(state.flags & VFG_STATE_COMPLETE)) {
		clear(&pins, &state, link->name);
		return WAITING;
	}
	return state.flags & VFG_STATE_STAND_IN && !is_applied(&pins) ? STAND_IN : IN_FORCE;
}

static int load(struct vfg_boot_master *master, const struct vfg_config_master *settings)
{
	autopolicy struct vfg_policy_request request = {};
	struct vfg_load job = {.name = master->name, .tuning = settings->tuning};
	struct vfg_policy_file policy;
	int err = vfg_boot_policy(settings, master->name, &request, &policy, &job.stand_in);

	if (!err)
		err = vfg_load(&job, &policy);
	if (err)
		return err;
	master->stage = job.stand_in ? STAND_IN : IN_FORCE;
	vfg_note(master->name, "loaded%s", job.stand_in ? ", without its policy" : "");
	return 0;
}

static int replace(struct vfg_loaded *loaded, const char *name,
		   const struct vfg_policy_file *policy)
{
	uint32_t generation;
	int err = vfg_publish(&loaded->pins, name, &policy->tables, false, &generation);

	if (err)
		return err;
	loaded->state.flags &= ~(uint32_t)VFG_STATE_STAND_IN;
	vfg_origin_record(policy, generation, &loaded->state.policy);
	if (vfg_state_write(&loaded->pins, &loaded->state))
		vfg_warn(name, "its state cannot be written, continuing");
	vfg_save_image(name, policy);
	vfg_note(name, "its policy can be had again, and is in force");
	return 0;
}

/* The policy itself, in the place of what stands in for it. */
static int mend(struct vfg_boot_master *master, const struct vfg_config_master *settings)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	autopolicy struct vfg_policy_request request = {};
	struct vfg_policy_file policy;
	int err = vfg_boot_policy_named(settings, &request, &policy);

	if (!err)
		err = vfg_loaded_open(master->name, VFG_LOADED_CHANGE, &loaded);
	if (!err && !is_applied(&loaded.pins))
		err = replace(&loaded, master->name, &policy);
	if (!err)
		master->stage = IN_FORCE;
	return err;
}

/* What a try has said is printed, unless the last one began with the same. */
static void print_news(struct vfg_boot_master *master, char *said)
{
	if (master->said && !strncmp(master->said, said, strlen(said))) {
		free(said);
		return;
	}
	fputs(said, stderr);
	free(master->said);
	master->said = said;
}

static void attempt(struct vfg_boot_master *master, const struct vfg_config_master *settings)
{
	char *said = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&said, &bytes);
	int err;

	if (!stream)
		return;
	vfg_say_divert(stream);
	err = master->stage == STAND_IN ? mend(master, settings) : load(master, settings);
	vfg_say_divert(NULL);
	fclose(stream);
	print_news(master, said);
	if (!err)
		master->delay_ms = DELAY_FIRST_MS;
	else if (master->delay_ms < DELAY_MAX_MS / 2)
		master->delay_ms *= 2;
	else
		master->delay_ms = DELAY_MAX_MS;
	master->try_at_ms = now_ms() + master->delay_ms;
	vfg_notify_alive(); /* a load takes its time, and there may be many */
}

/* A device that was not there in the last pass, or another one of its name. */
static void meet(struct vfg_boot_master *master, const struct vfg_link *link)
{
	master->stage = WAITING;
	master->ifindex = link->ifindex;
	master->try_at_ms = 0;
	master->delay_ms = DELAY_FIRST_MS / 2;
	memcpy(master->name, link->name, sizeof(master->name));
	free(master->said);
	master->said = NULL;
}

static bool has_pins(const struct vfg_boot_master *master)
{
	autopins struct vfg_pins pins = {.bpffs = -1};

	return !vfg_pins_open(master->name, false, &pins) && pins.bpffs >= 0 &&
	       vfg_pins_exist(&pins);
}

/* Unloaded by hand, or loaded again so. */
static void watch(struct vfg_boot_master *master)
{
	const bool there = has_pins(master);

	if (master->stage == LET_GO && there)
		master->stage = IN_FORCE;
	if (master->stage == LET_GO || there)
		return;
	master->stage = LET_GO;
	vfg_warn(master->name, "somebody has unloaded it; it stays so until it is loaded, or the "
			       "daemon starts anew");
}

/* Return: as vfg_boot_pass(). */
static bool pass(struct vfg_boot_master *master, const struct vfg_config_master *settings,
		 const struct vfg_links *links)
{
	const struct vfg_link *link = find(links, settings);
	autofd int lock = -1;

	if (!link) {
		master->stage = ABSENT;
		return true;
	}
	if (master->stage == ABSENT || master->ifindex != link->ifindex)
		meet(master, link);
	if (master->stage != WAITING)
		watch(master);
	if (master->stage == IN_FORCE || master->stage == LET_GO || now_ms() < master->try_at_ms)
		return false;
	if (vfg_lock_master(link->name, 0, &lock) == -EBUSY)
		return true;
	if (master->stage == WAITING) {
		master->stage = look(master, link);
		if (master->stage != WAITING)
			vfg_note(link->name, "is loaded already");
	}
	if (master->stage == IN_FORCE)
		return false;
	vfg_close_fd(&lock); /* load and apply take it themselves */
	lock = -1;
	attempt(master, settings);
	return false;
}

bool vfg_boot_pass(struct vfg_boot *boot)
{
	autolinks struct vfg_links links = {};
	bool pending = false;
	int err = boot->config.count ? vfg_links_read(&links) : 0;

	if (err) {
		vfg_warn("devices", "cannot be listed: %s, continuing", strerror(-err));
		return true;
	}
	for (size_t i = 0; i < boot->config.count; i++)
		pending |= pass(&boot->master[i], &boot->config.master[i], &links);
	return pending;
}

static int open_settings(const char *file, struct vfg_boot *ret_boot)
{
	struct vfg_boot boot = {};
	int err =
		vfg_config_read(file ? file : vfg_config_default_file, file != NULL, &boot.config);

	if (err)
		return err;
	boot.master = calloc(boot.config.count + 1, sizeof(*boot.master));
	if (!boot.master) {
		vfg_config_free(&boot.config);
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	}
	*ret_boot = boot;
	return 0;
}

int vfg_boot_open(const char *file, struct vfg_boot *ret_boot)
{
	return open_settings(file, ret_boot);
}

void vfg_boot_close(struct vfg_boot *boot)
{
	for (size_t i = 0; i < boot->config.count; i++)
		free(boot->master[i].said);
	free(boot->master);
	vfg_config_free(&boot->config);
	boot->master = NULL;
}

void vfg_boot_reload(struct vfg_boot *boot)
{
	const char *file = boot->config.file;
	struct vfg_boot fresh;

	if (open_settings(file == vfg_config_default_file ? NULL : file, &fresh)) {
		vfg_warn(file, "the settings before it stay");
		return;
	}
	vfg_boot_close(boot);
	*boot = fresh;
	vfg_note(file, "read again: %zu master(s)", boot->config.count);
}

static void append(char *text, const char *title, const char *what)
{
	size_t used = strlen(text);

	snprintf(text + used, VFG_BOOT_STATUS_BYTES - used, "%s%s %s", used ? ", " : "", title,
		 what);
}

void vfg_boot_status(const struct vfg_boot *boot, char ret_text[VFG_BOOT_STATUS_BYTES])
{
	static const char *const words[] = {
		[ABSENT] = "not there",	       [WAITING] = "NOT ENFORCED",
		[IN_FORCE] = "enforced",       [STAND_IN] = "enforced, not by its policy",
		[LET_GO] = "unloaded by hand",
	};
	char list[VFG_BOOT_STATUS_BYTES] = "";
	bool degraded = false;

	for (size_t i = 0; i < boot->config.count; i++) {
		enum stage stage = boot->master[i].stage;

		append(list, boot->config.master[i].title, words[stage]);
		degraded |= stage != ABSENT && stage != IN_FORCE;
	}
	if (!list[0])
		append(list, "settings", "name no masters");
	snprintf(ret_text, VFG_BOOT_STATUS_BYTES, "%s%.500s", degraded ? "degraded: " : "", list);
}
