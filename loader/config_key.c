/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table of the keys that are load's arguments too; what they say is judged by the takers of
 * those arguments, so that both spell and refuse the same.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "config_key.h"

enum {
	WORDS_FIRST = 16,
	SOURCE_KEYS = 4, /* the first ones of the table name where rules come from */
};

enum key_kind {
	KEY_FILE,   /* a file of the policy */
	KEY_TEXT,   /* a text of the policy */
	KEY_SWITCH, /* yes or no */
	KEY_TUNING,
};

/* Keys of a master section that are load's arguments. */
static const struct key {
	const char *name;
	const char *flag;
	enum key_kind kind;
	bool repeats;
} keys[] = {
	{"policy", "--policy", KEY_FILE, false},
	{"subnet-nsg", "--subnet-nsg", KEY_FILE, false},
	{"nic-nsg", "--nic-nsg", KEY_FILE, false},
	{"admin-rules", "--admin-rules", KEY_FILE, false},
	{"service-tags", "--service-tags", KEY_FILE, true},
	{"nic", "--nic", KEY_FILE, true},
	{"parameters", "--parameters", KEY_FILE, true},
	{"tag", "--tag", KEY_TEXT, true},
	{"param", "--param", KEY_TEXT, true},
	{"platform", "--platform", KEY_TEXT, false},
	{"lenient", "--lenient", KEY_SWITCH, false},
	{"azure-compat-empty-asg", "--azure-compat-empty-asg", KEY_SWITCH, false},
	{"mode", "--mode", KEY_TUNING, false},
	{"tc", "--tc", KEY_TUNING, false},
	{"flows", "--flows", KEY_TUNING, false},
	{"fix-lro", "--fix-lro", KEY_SWITCH, false},
};

static const char no_memory[] = "no memory left";

static bool push(struct vfg_config_section *section, const char *text)
{
	struct vfg_config_master *master = section->master;

	if (master->argc == section->room) {
		int room = section->room ? section->room * 2 : WORDS_FIRST;
		char **more = vfg_arena_array(section->arena, (size_t)room, sizeof(*more));

		if (!more)
			return false;
		if (master->argc)
			memcpy(more, master->argv, (size_t)master->argc * sizeof(*more));
		master->argv = more;
		section->room = room;
	}
	master->argv[master->argc] = vfg_arena_strndup(section->arena, text, strlen(text));
	return master->argv[master->argc++] != NULL;
}

/* Files are read when the master is loaded, not here. */
static int read_nothing(struct vfg_arena *arena, const char *file, const char **ret_text,
			size_t *ret_bytes)
{
	(void)arena;
	(void)file;
	*ret_text = "";
	*ret_bytes = 0;
	return 0;
}

/* What the compiler would say of it; --policy is the loader's own. */
static const char *check_argument(struct vfg_config_section *section, const struct key *key,
				  const char *value)
{
	struct vfg_options options = {.arena = section->arena, .read = read_nothing};
	char *argv[] = {(char *)key->flag, (char *)value};
	const char *problem = NULL;
	int index = 0;

	if (!value[0])
		return vfg_arena_format(section->arena, "%s needs a value", key->name);
	if (!strcmp(key->flag, "--policy") ||
	    vfg_options_take(&options, 2, argv, &index, &problem) == 1)
		return NULL;
	return problem ? problem + strspn(problem, "-") : no_memory;
}

static const char *take_argument(struct vfg_config_section *section, const struct key *key,
				 const char *value)
{
	const char *slash = strrchr(section->file, '/');
	const char *problem = check_argument(section, key, value);
	const char *text = value;

	if (problem)
		return problem;
	if (key->kind == KEY_FILE && value[0] != '/' && slash)
		text = vfg_arena_format(section->arena, "%.*s/%s", (int)(slash - section->file),
					section->file, value);
	return text && push(section, key->flag) && push(section, text) ? NULL : no_memory;
}

static const char *take_switch(struct vfg_config_section *section, const struct key *key,
			       const char *value)
{
	const char *problem;

	if (!strcmp(value, "no"))
		return NULL;
	if (strcmp(value, "yes") != 0)
		return vfg_arena_format(section->arena, "%s takes yes or no", key->name);
	if (vfg_tuning_take(&section->master->tuning, key->flag, NULL, &problem) == 1)
		return NULL;
	return push(section, key->flag) ? NULL : no_memory;
}

static const char *take_tuning(struct vfg_config_section *section, const struct key *key,
			       const char *value)
{
	const char *problem = NULL;

	if (vfg_tuning_take(&section->master->tuning, key->flag, value, &problem) > 0)
		return NULL;
	return vfg_arena_format(section->arena, "%s %s", key->name, problem);
}

/* timeout.NAME = SECONDS */
static const char *take_timeout(struct vfg_config_section *section, const char *name,
				const char *value)
{
	char text[128];
	const char *problem;

	snprintf(text, sizeof(text), "%s=%s", strchr(name, '.') + 1, value);
	if (!strchr(text, ',') &&
	    vfg_tuning_take(&section->master->tuning, "--timeout", text, &problem) > 0)
		return NULL;
	return vfg_arena_format(section->arena, "%s is refused; --timeout %s", name,
				vfg_timeouts_usage);
}

static const char *take_missing(struct vfg_config_section *section, const char *value)
{
	section->master->closed = !strcmp(value, "closed");
	if (section->master->closed || !strcmp(value, "open"))
		return NULL;
	return "on-missing-policy takes open or closed";
}

static const char *take_key(struct vfg_config_section *section, const struct key *key,
			    const char *value)
{
	const uint64_t bit = 1ULL << (key - keys);

	if (section->seen & bit && !key->repeats)
		return vfg_arena_format(section->arena, "%s is given twice", key->name);
	section->seen |= bit;
	switch (key->kind) {
	case KEY_FILE:
	case KEY_TEXT:
		return take_argument(section, key, value);
	case KEY_SWITCH:
		return take_switch(section, key, value);
	case KEY_TUNING:
		return take_tuning(section, key, value);
	}
	return no_memory;
}

const char *vfg_config_key_take(struct vfg_config_section *section, const char *name,
				const char *value)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(keys[i].name, name))
			return take_key(section, &keys[i], value);
	}
	if (!strncmp(name, "timeout.", strlen("timeout.")))
		return take_timeout(section, name, value);
	if (!strcmp(name, "on-missing-policy"))
		return take_missing(section, value);
	return vfg_arena_format(section->arena, "no key %s in [master]; vfguard.conf(5) lists them",
				name);
}

bool vfg_config_key_has_policy(const struct vfg_config_section *section)
{
	return section->seen & ((1U << SOURCE_KEYS) - 1);
}
