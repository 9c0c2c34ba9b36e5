/* SPDX-License-Identifier: GPL-2.0-only */
/* The status command: which masters to show, once or again and again. Gathering and printing are in
 * files of their own. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "loaded_all.h"
#include "repeat.h"
#include "say.h"
#include "status.h"

enum { LOOKS_MAX = 64 };

/* An earlier look at each master. */
struct looks {
	size_t count;
	char master[LOOKS_MAX][IFNAMSIZ];
	struct vfg_share_base base[LOOKS_MAX];
};

struct request {
	const char *name;
	bool json;
	bool watch;
	bool sample;
	uint64_t interval_ns;
	struct looks *looks; /* NULL: the daemon's do */
};

struct showing {
	const struct request *request;
	const struct vfg_screen *screen; /* NULL: only look */
	struct vfg_links links;
	struct json_object *masters; /* NULL to print text */
	bool any;
};

static struct vfg_share_base *find_look(struct looks *looks, const char *master)
{
	for (size_t i = 0; i < looks->count; i++) {
		if (!strcmp(looks->master[i], master))
			return &looks->base[i];
	}
	return NULL;
}

/* Remember this look for the next one. */
static void keep_look(struct looks *looks, const struct vfg_status *status)
{
	struct vfg_share_base *base = find_look(looks, status->master);

	if (!status->has_coverage || (!base && looks->count == LOOKS_MAX))
		return;
	if (!base) {
		memcpy(looks->master[looks->count], status->master, IFNAMSIZ);
		base = &looks->base[looks->count++];
	}
	vfg_share_note(&status->coverage, status->looked_ns, base);
}

static int show(const struct vfg_loaded *loaded, void *data)
{
	autofree struct vfg_status *status = calloc(1, sizeof(*status));
	struct showing *showing = data;
	struct looks *looks = showing->request->looks;
	int err;

	if (!status)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	err = vfg_status_gather(loaded, &showing->links,
				looks ? find_look(looks, loaded->state.master) : NULL, status);
	if (!err && showing->masters)
		json_object_array_add(showing->masters, vfg_status_json(status));
	else if (!err && showing->screen)
		vfg_status_print(showing->screen, status);
	if (!err && looks)
		keep_look(looks, status);
	vfg_status_free(status);
	return err;
}

static int show_text(struct showing *showing)
{
	int err = vfg_loaded_all(showing->request->name, show, showing, &showing->any);

	if (!err && !showing->any && showing->screen)
		vfg_screen_line(showing->screen, VFG_STYLE_PLAIN,
				"nothing is loaded in this network namespace; `%s load DEV -p "
				"POLICY` does that",
				vfg_say_program());
	return err;
}

/* Pictures that follow each other are a line each. */
static int show_json(struct showing *showing)
{
	struct json_object *root = json_object_new_object();
	int how = JSON_C_TO_STRING_NOSLASHESCAPE |
		  (showing->request->watch ? JSON_C_TO_STRING_PLAIN : JSON_C_TO_STRING_PRETTY);
	int err;

	showing->masters = json_object_new_array();
	json_object_object_add(root, "masters", showing->masters);
	err = vfg_loaded_all(showing->request->name, show, showing, &showing->any);
	if (!err)
		fprintf(showing->screen->to, "%s\n", json_object_to_json_string_ext(root, how));
	json_object_put(root);
	return err;
}

static int look(const struct request *request, const struct vfg_screen *screen)
{
	struct showing showing = {.request = request, .screen = screen};
	int err = vfg_links_read(&showing.links);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	err = request->json && screen ? show_json(&showing) : show_text(&showing);
	vfg_links_free(&showing.links);
	return err;
}

static int draw(const struct vfg_screen *screen, void *data)
{
	return look(data, screen);
}

static int run_once(const struct request *request)
{
	const struct vfg_screen screen = vfg_screen_of_output();
	const struct timespec pause = {.tv_sec = (time_t)(request->interval_ns / 1000000000),
				       .tv_nsec = (long)(request->interval_ns % 1000000000)};
	int err = request->sample ? look(request, NULL) : 0;

	if (err)
		return err;
	if (request->sample)
		nanosleep(&pause, NULL);
	return look(request, &screen);
}

static int run(struct request *request)
{
	autofree struct looks *looks = calloc(1, sizeof(*looks));
	struct vfg_repeat repeat = {.interval_ns = request->interval_ns,
				    .draw = draw,
				    .data = request,
				    .is_stream = request->json};

	if (!looks)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	request->looks = request->sample || request->watch ? looks : NULL;
	return request->watch ? vfg_repeat_run(&repeat) : run_once(request);
}

/* --NAME or --NAME=SECONDS. Return: 1 where it is that, 0 where not, -EINVAL, reported. */
static int take_seconds(const char *argument, const char *name, struct request *request)
{
	size_t length = strlen(name);

	if (strncmp(argument, name, length) != 0 || (argument[length] && argument[length] != '='))
		return 0;
	if (!argument[length] || vfg_repeat_seconds(argument + length + 1, &request->interval_ns))
		return 1;
	vfg_say(VFG_EXIT_USAGE, argument, "takes seconds, 0.1 to 3600");
	return -1;
}

static int take(const char *argument, struct request *request)
{
	int watch = take_seconds(argument, "--watch", request);
	int sample = watch ? 0 : take_seconds(argument, "--sample", request);

	if (watch < 0 || sample < 0)
		return VFG_EXIT_USAGE;
	request->watch |= watch;
	request->sample |= sample;
	if (watch || sample)
		return 0;
	if (!strcmp(argument, "--json")) {
		request->json = true;
		return 0;
	}
	if (argument[0] == '-' || request->name)
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of status; see --help");
	request->name = argument;
	return 0;
}

int vfg_command_status(int argc, char **argv)
{
	struct request request = {.interval_ns = 1000000000};
	int err = 0;

	for (int i = 1; !err && i < argc; i++)
		err = take(argv[i], &request);
	if (!err && request.watch && request.sample)
		err = vfg_say(VFG_EXIT_USAGE, "--sample",
			      "goes without --watch, which takes one look after the other");
	if (!err)
		err = vfg_capability_check_look("status");
	return err ? err : run(&request);
}
