/* SPDX-License-Identifier: GPL-2.0-only */
/* The status command: which masters to show. Gathering and printing are in files of their own. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "say.h"
#include "status.h"

/* One master, printed or put into @masters. */
static int show(const struct vfg_loaded *loaded, const struct vfg_links *links,
		struct json_object *masters)
{
	autofree struct vfg_status *status = calloc(1, sizeof(*status));
	int err;

	if (!status)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	err = vfg_status_gather(loaded, links, status);
	if (!err && masters)
		json_object_array_add(masters, vfg_status_json(status));
	else if (!err)
		vfg_status_print(status);
	vfg_status_free(status);
	return err;
}

static int show_named(const char *name, const struct vfg_links *links, struct json_object *masters)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	int err = vfg_loaded_open(name, VFG_LOADED_READ, &loaded);

	return err ? err : show(&loaded, links, masters);
}

/* @ret_shown: false for what is not of this network namespace. */
static int show_if_here(const char *name, const struct vfg_links *links,
			struct json_object *masters, bool *ret_shown)
{
	struct vfg_loaded loaded __attribute__((cleanup(vfg_loaded_close))) = {
		.lock = -1, .pins.bpffs = -1, .has_state = true};
	int err = vfg_pins_open(name, false, &loaded.pins);

	if (err || vfg_state_read(&loaded.pins, &loaded.state) ||
	    vfg_loaded_elsewhere(&loaded.state))
		return err;
	*ret_shown = true;
	if (!(loaded.state.flags & VFG_STATE_COMPLETE)) {
		vfg_note(name, "is half loaded; `%s unload %s` clears that up", vfg_say_program(),
			 name);
		return 0;
	}
	return show(&loaded, links, masters);
}

static int show_all(const struct vfg_links *links, struct json_object *masters)
{
	struct vfg_pin_names names = {};
	bool shown = false;
	int err = vfg_pins_masters(&names);

	for (size_t i = 0; !err && i < names.count; i++)
		err = show_if_here(names.name[i], links, masters, &shown);
	free(names.name);
	if (!err && !shown && !masters)
		printf("nothing is loaded in this network namespace; `%s load DEV -p POLICY` does "
		       "that\n",
		       vfg_say_program());
	return err;
}

static int run(const char *name, bool json)
{
	autolinks struct vfg_links links = {};
	struct json_object *root, *masters;
	int err = vfg_links_read(&links);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	if (!json)
		return name ? show_named(name, &links, NULL) : show_all(&links, NULL);
	root = json_object_new_object();
	masters = json_object_new_array();
	json_object_object_add(root, "masters", masters);
	err = name ? show_named(name, &links, masters) : show_all(&links, masters);
	if (!err)
		puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return err;
}

int vfg_command_status(int argc, char **argv)
{
	const char *name = NULL;
	bool json = false;
	int err;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (argv[i][0] == '-' || name)
			return vfg_say(VFG_EXIT_USAGE, argv[i],
				       "not an argument of status; see --help");
		else
			name = argv[i];
	}
	err = vfg_capability_check("status");
	return err ? err : run(name, json);
}
