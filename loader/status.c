/* SPDX-License-Identifier: GPL-2.0-only */
/* The status command: which masters to show. Gathering and printing are in files of their own. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "loaded_all.h"
#include "say.h"
#include "status.h"

struct showing {
	struct vfg_links links;
	struct json_object *masters; /* NULL to print text */
	bool any;
};

static int show(const struct vfg_loaded *loaded, void *data)
{
	autofree struct vfg_status *status = calloc(1, sizeof(*status));
	struct showing *showing = data;
	int err;

	if (!status)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	err = vfg_status_gather(loaded, &showing->links, status);
	if (!err && showing->masters)
		json_object_array_add(showing->masters, vfg_status_json(status));
	else if (!err)
		vfg_status_print(status);
	vfg_status_free(status);
	return err;
}

static int show_text(const char *name, struct showing *showing)
{
	int err = vfg_loaded_all(name, show, showing, &showing->any);

	if (!err && !showing->any)
		printf("nothing is loaded in this network namespace; `%s load DEV -p POLICY` does "
		       "that\n",
		       vfg_say_program());
	return err;
}

static int show_json(const char *name, struct showing *showing)
{
	struct json_object *root = json_object_new_object();
	int err;

	showing->masters = json_object_new_array();
	json_object_object_add(root, "masters", showing->masters);
	err = vfg_loaded_all(name, show, showing, &showing->any);
	if (!err)
		puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return err;
}

static int run(const char *name, bool json)
{
	struct showing showing = {};
	int err = vfg_links_read(&showing.links);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	err = json ? show_json(name, &showing) : show_text(name, &showing);
	vfg_links_free(&showing.links);
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
