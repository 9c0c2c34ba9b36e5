/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what the settings say of flow logs. Pure. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "log_config.h"

enum {
	INTERVAL_S = 60,
	CONTINUE_S = 300,
	SECONDS_MAX = 3600,
	MIB_MAX = 1 << 20,
};

static const char no_memory[] = "no memory left";

const struct vfg_log_config vfg_log_config_default = {
	.format = VFG_LOG_OFF,
	.directory = "/var/log/vfguard",
	.interval_s = INTERVAL_S,
	.continue_s = CONTINUE_S,
	.size_bytes = 1024ULL << 20,
};

/* Keys that are a text of the identity. */
static const struct {
	const char *name;
	size_t offset;
	bool is_guid;
} texts[] = {
	{"log-flow-log-id", offsetof(struct vfg_log_identity, flow_log_id), false},
	{"log-flow-log-guid", offsetof(struct vfg_log_identity, flow_log_guid), true},
	{"log-target-id", offsetof(struct vfg_log_identity, target_id), false},
	{"log-system-id", offsetof(struct vfg_log_identity, system_id), true},
};

static bool is_guid(const char *text)
{
	if (strlen(text) != VFG_LOG_GUID_BYTES - 1)
		return false;
	for (size_t i = 0; text[i]; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

static bool is_id(const char *text)
{
	return text[0] == '/' && strlen(text) < VFG_LOG_ID_MAX;
}

static bool take_number(const char *value, unsigned long last, unsigned long *ret_number)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (!isdigit((unsigned char)value[0]) || *end || number < 1 || number > last)
		return false;
	*ret_number = number;
	return true;
}

static const char *take_format(struct vfg_log_config *config, const char *value)
{
	static const char *const words[] = {
		[VFG_LOG_OFF] = "off", [VFG_LOG_VNET] = "vnet", [VFG_LOG_NSG] = "nsg"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], value)) {
			config->format = (enum vfg_log_format)i;
			return NULL;
		}
	}
	return "log takes off, vnet or nsg";
}

static const char *take_seconds(const char *name, const char *value, uint32_t *ret_seconds)
{
	unsigned long number;

	if (!take_number(value, SECONDS_MAX, &number))
		return strcmp(name, "log-interval") ? "log-continue takes seconds, 1 to 3600"
						    : "log-interval takes seconds, 1 to 3600";
	*ret_seconds = (uint32_t)number;
	return NULL;
}

static const char *take_size(struct vfg_log_config *config, const char *value)
{
	unsigned long number;

	if (!take_number(value, MIB_MAX, &number))
		return "log-size takes MiB, 1 to 1048576";
	config->size_bytes = (uint64_t)number << 20;
	return NULL;
}

static const char *take_directory(struct vfg_log_config *config, struct vfg_arena *arena,
				  const char *value)
{
	if (value[0] != '/' || strlen(value) > 255)
		return "log-directory takes a folder with a leading /, 255 characters at most";
	config->directory = vfg_arena_strndup(arena, value, strlen(value));
	return config->directory ? NULL : no_memory;
}

static const char *take_journal(struct vfg_log_config *config, const char *value)
{
	config->journal = !strcmp(value, "yes");
	return config->journal || !strcmp(value, "no") ? NULL : "log-journal takes yes or no";
}

/* Lines of the settings are short: what does not begin an id goes on with the one before. */
static const char *go_on(const char **text, struct vfg_arena *arena, const char *value)
{
	const char *whole = vfg_arena_format(arena, "%s%s", *text, value);

	if (!whole)
		return no_memory;
	if (strlen(whole) >= VFG_LOG_ID_MAX)
		return "a resource id has 511 characters at most";
	*text = whole;
	return NULL;
}

/* LIST=VALUE */
static const char *take_alias(struct vfg_log_alias *alias, size_t *count, struct vfg_arena *arena,
			      const char *value, bool guid)
{
	const char *equals = strchr(value, '=');

	if (!guid && !equals && *count)
		return go_on(&alias[*count - 1].value, arena, value);

	if (!equals || equals == value || !(guid ? is_guid(equals + 1) : is_id(equals + 1)))
		return guid ? "log-acl-id takes NSG=GUID" : "log-nsg-id takes NSG=/RESOURCE/ID";
	if (*count == VFG_LOG_ALIASES_MAX)
		return guid ? "log-acl-id is given more than 64 times"
			    : "log-nsg-id is given more than 64 times";
	alias[*count].list = vfg_arena_strndup(arena, value, (size_t)(equals - value));
	alias[*count].value = vfg_arena_strndup(arena, equals + 1, strlen(equals + 1));
	if (!alias[*count].list || !alias[*count].value)
		return no_memory;
	(*count)++;
	return NULL;
}

static const char *take_text(struct vfg_log_config *config, struct vfg_arena *arena,
			     const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char **text = (const char **)((char *)&config->identity + texts[i].offset);

		if (strcmp(texts[i].name, name) != 0)
			continue;
		if (!texts[i].is_guid && *text && value[0] && value[0] != '/')
			return go_on(text, arena, value);
		if (!(texts[i].is_guid ? is_guid(value) : is_id(value)))
			return vfg_arena_format(arena, "%s takes a %s", name,
						texts[i].is_guid ? "GUID"
								 : "resource id with a leading /");
		*text = vfg_arena_strndup(arena, value, strlen(value));
		return *text ? NULL : no_memory;
	}
	return vfg_arena_format(arena, "no key %s in [daemon]; vfguard.conf(5) lists them", name);
}

const char *vfg_log_config_take(struct vfg_log_config *config, struct vfg_arena *arena,
				const char *name, const char *value)
{
	if (!strcmp(name, "log"))
		return take_format(config, value);
	if (!strcmp(name, "log-directory"))
		return take_directory(config, arena, value);
	if (!strcmp(name, "log-interval"))
		return take_seconds(name, value, &config->interval_s);
	if (!strcmp(name, "log-continue"))
		return take_seconds(name, value, &config->continue_s);
	if (!strcmp(name, "log-size"))
		return take_size(config, value);
	if (!strcmp(name, "log-journal"))
		return take_journal(config, value);
	if (!strcmp(name, "log-acl-id"))
		return take_alias(config->acl, &config->acls, arena, value, true);
	if (!strcmp(name, "log-nsg-id"))
		return take_alias(config->nsg, &config->nsgs, arena, value, false);
	return take_text(config, arena, name, value);
}

bool vfg_log_config_wants(const struct vfg_log_config *config)
{
	return config->format != VFG_LOG_OFF || config->journal;
}

struct vfg_log_identity vfg_log_config_identity(const struct vfg_log_config *config,
						const char *device, const char *mac)
{
	struct vfg_log_identity identity = config->identity;

	identity.acl = config->acl;
	identity.acls = config->acls;
	identity.nsg = config->nsg;
	identity.nsgs = config->nsgs;
	identity.device = device;
	memcpy(identity.mac, mac, sizeof(identity.mac));
	return identity;
}
