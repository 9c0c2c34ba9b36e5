/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads rules of udev, .network files, NetworkManager's settings and interfaces(5), as far as they
 * say which devices are left alone. */
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "doctor_judge_manager.h"

enum { LINE_MAX_BYTES = 4096 };

/*
 * The next line, blanks around it taken off, and joined with what follows a backslash at its end.
 * Return: false at the end.
 */
static bool next_line(const char **at, char line[LINE_MAX_BYTES])
{
	size_t used = 0;

	if (!**at)
		return false;
	for (;;) {
		size_t length = strcspn(*at, "\n");
		bool goes_on = length && (*at)[length - 1] == '\\';
		size_t taken = goes_on ? length - 1 : length;

		if (taken > LINE_MAX_BYTES - 1 - used)
			taken = LINE_MAX_BYTES - 1 - used;
		memcpy(line + used, *at, taken);
		used += taken;
		*at += length + ((*at)[length] == '\n');
		if (!goes_on || !**at)
			break;
	}
	while (used && isspace((unsigned char)line[used - 1]))
		used--;
	line[used] = '\0';
	memmove(line, line + strspn(line, " \t"), used + 1 - strspn(line, " \t"));
	return true;
}

/* ---- udev ---- */

/* Is @word one of "a|b|c*", @length long? */
static bool is_one_of(const char *patterns, size_t length, const char *word)
{
	while (length) {
		char pattern[128];
		const char *bar = memchr(patterns, '|', length);
		size_t part = bar ? (size_t)(bar - patterns) : length;

		snprintf(pattern, sizeof(pattern), "%.*s", (int)part, patterns);
		if (!fnmatch(pattern, word, 0))
			return true;
		if (!bar)
			return false;
		length -= part + 1;
		patterns = bar + 1;
	}
	return false;
}

/* The pairs of a rule: KEY SIGN "VALUE", commas between. */
struct pair {
	const char *key, *sign, *value;
	size_t key_length, sign_length, value_length;
};

static bool next_pair(const char **at, struct pair *ret_pair)
{
	const char *key = *at + strspn(*at, ", \t");
	size_t key_length = strcspn(key, "=!+-:\" \t");
	const char *sign = key + key_length + strspn(key + key_length, " \t");
	size_t sign_length = strspn(sign, "=!+-:");
	const char *value = sign + sign_length;
	const char *end;

	value += strspn(value, " \t");
	if (!key_length || !sign_length || *value != '"')
		return false;
	value++;
	end = strchr(value, '"');
	if (!end)
		return false;
	*ret_pair = (struct pair){key, sign, value, key_length, sign_length, (size_t)(end - value)};
	*at = end + 1;
	return true;
}

static bool is_key(const struct pair *pair, const char *key)
{
	return strlen(key) == pair->key_length && !strncmp(pair->key, key, pair->key_length);
}

static bool is_sign(const struct pair *pair, const char *text)
{
	return strlen(text) == pair->sign_length && !strncmp(pair->sign, text, pair->sign_length);
}

static bool rule_sets(const char *rule, const char *driver, const char *property, const char *value)
{
	bool sets = false, applies = true;
	char key[128];
	struct pair pair;

	snprintf(key, sizeof(key), "ENV{%s}", property);
	while (next_pair(&rule, &pair)) {
		if ((is_key(&pair, "DRIVERS") || is_key(&pair, "ENV{ID_NET_DRIVER}")) &&
		    is_sign(&pair, "=="))
			applies &= is_one_of(pair.value, pair.value_length, driver);
		else if (is_key(&pair, key) && (is_sign(&pair, "=") || is_sign(&pair, ":=")))
			sets = strlen(value) == pair.value_length &&
			       !strncmp(pair.value, value, pair.value_length);
	}
	return sets && applies;
}

bool vfg_udev_sets(const char *rules, const char *driver, const char *property, const char *value)
{
	char line[LINE_MAX_BYTES];

	while (next_line(&rules, line)) {
		if (line[0] != '#' && rule_sets(line, driver, property, value))
			return true;
	}
	return false;
}

/* ---- files of sections ---- */

/* The value of KEY=VALUE, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length) != 0)
		return NULL;
	line += length + strspn(line + length, " \t");
	return *line == '=' ? line + 1 + strspn(line + 1, " \t") : NULL;
}

/* One of "a b c", each a pattern. */
static bool lists(const char *value, const char *word)
{
	while (*value) {
		size_t length = strcspn(value, " \t");

		if (is_one_of(value, length, word))
			return true;
		value += length + strspn(value + length, " \t");
	}
	return false;
}

static bool is_property(const char *value,
			bool (*is_set)(const char *property, const char *value, void *data),
			void *data)
{
	char property[128];
	const char *equals = strchr(value, '=');

	if (!equals)
		return false;
	snprintf(property, sizeof(property), "%.*s", (int)(equals - value), value);
	return is_set(property, equals + 1, data);
}

bool vfg_network_leaves(const char *text, const char *driver,
			bool (*is_set)(const char *property, const char *value, void *data),
			void *data)
{
	char line[LINE_MAX_BYTES], section[16] = "";
	bool matches = false, asks = false, unmanaged = false;

	while (next_line(&text, line)) {
		const char *value = NULL;

		if (line[0] == '[') {
			snprintf(section, sizeof(section), "%.15s", line);
			continue;
		}
		if (!strcmp(section, "[Match]") && (value = value_of(line, "Property")))
			matches = (!asks || matches) && is_property(value, is_set, data);
		else if (!strcmp(section, "[Match]") && (value = value_of(line, "Driver")))
			matches = (!asks || matches) && lists(value, driver);
		else if (!strcmp(section, "[Link]") && (value = value_of(line, "Unmanaged")))
			unmanaged = !strcmp(value, "yes") || !strcmp(value, "true") ||
				    !strcmp(value, "1") || !strcmp(value, "on");
		asks |= value && !strcmp(section, "[Match]");
	}
	return asks && matches && unmanaged;
}

bool vfg_nm_leaves(const char *text, const char *driver)
{
	char line[LINE_MAX_BYTES];

	while (next_line(&text, line)) {
		const char *value = value_of(line, "unmanaged-devices");
		char spec[LINE_MAX_BYTES];

		if (!value)
			value = value_of(line, "unmanaged-devices+");
		while (value && *value) {
			size_t length = strcspn(value, ";,");

			snprintf(spec, sizeof(spec), "%.*s", (int)length, value);
			if (!strncmp(spec, "driver:", 7) && !fnmatch(spec + 7, driver, 0))
				return true;
			value += length + (value[length] != '\0');
		}
	}
	return false;
}

/* ---- interfaces(5) ---- */

bool vfg_ifupdown_takes(const char *text, const char *device)
{
	static const char *const heads[] = {"auto", "allow-auto", "allow-hotplug", "iface"};
	char line[LINE_MAX_BYTES];

	while (next_line(&text, line)) {
		char *rest = line, *word = strsep(&rest, " \t");
		bool is_head = false, once;

		for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
			is_head |= !strcmp(word, heads[i]);
		once = !strcmp(word, "iface");
		while (is_head && (word = strsep(&rest, " \t"))) {
			if (!*word)
				continue;
			if (!fnmatch(word[0] == '/' ? word + 1 : word, device, 0))
				return true;
			if (once)
				break;
		}
	}
	return false;
}

/* ---- findings ---- */

static void judge_one(struct vfg_findings *findings, const struct vfg_manager_facts *facts,
		      enum vfg_manager manager)
{
	static const char *const checks[] = {
		[VFG_MANAGER_NM] = "networkmanager", [VFG_MANAGER_NETWORKD] = "networkd"};
	static const char *const names[] = {
		[VFG_MANAGER_NM] = "NetworkManager", [VFG_MANAGER_NETWORKD] = "systemd-networkd"};
	struct vfg_finding *finding;

	if (!facts->is_there[manager])
		return;
	if (facts->leaves[manager]) {
		vfg_finding_fine(findings, checks[manager], NULL,
				 "%s leaves VFs of driver %s alone", names[manager], facts->driver);
		return;
	}
	finding = vfg_finding_add(findings, checks[manager], VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding, "nothing tells %s to leave VFs of driver %s alone",
			 names[manager], facts->driver);
	vfg_finding_means(finding, "it may give a VF an address and routes of its own, and "
				   "connections by it end when the host takes the VF away");
	if (facts->other_file[0])
		vfg_finding_mend(finding,
				 "%s is there with other content; move it away, then "
				 "vfguard doctor --fix",
				 facts->other_file);
	else
		vfg_finding_mend(finding, "vfguard doctor --fix");
}

void vfg_judge_managers(struct vfg_findings *findings, const struct vfg_manager_facts *facts)
{
	for (int manager = 0; manager < VFG_MANAGER_MAX; manager++)
		judge_one(findings, facts, (enum vfg_manager)manager);
}
