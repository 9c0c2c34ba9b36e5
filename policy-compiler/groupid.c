/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ids of application security groups. "/subscriptions/S/resourceGroups/G/providers/..." is compared
 * part by part: letters' case does not count, and a template's placeholder may be anything.
 */
#include "groupid.h"

#include <string.h>
#include <strings.h>

#include "template.h"

/* One part of an id. */
struct part {
	const char *text;
	size_t length;
};

/* Parts that a template may leave open, by the name of the part before. */
static const struct {
	const char *level;
	const char *placeholder;
} open_parts[] = {
	{"subscriptions", VFG_TEMPLATE_SUBSCRIPTION},
	{"resourceGroups", VFG_TEMPLATE_GROUP},
};

/* Empty at the end. Slashes at both ends do not count. */
static struct part next_part(const char **at)
{
	struct part part;

	*at += strspn(*at, "/");
	part.text = *at;
	part.length = strcspn(*at, "/");
	*at += part.length;
	return part;
}

static bool is(struct part part, const char *text)
{
	return part.length == strlen(text) && !strncasecmp(part.text, text, part.length);
}

static bool is_open(struct part level, struct part part)
{
	for (size_t i = 0; i < sizeof(open_parts) / sizeof(*open_parts); i++) {
		if (is(level, open_parts[i].level) && is(part, open_parts[i].placeholder))
			return true;
	}
	return false;
}

enum vfg_group_match vfg_group_id_match(const char *one, const char *two)
{
	enum vfg_group_match match = VFG_GROUP_IS;
	struct part level = {"", 0}, a, b;

	for (;;) {
		a = next_part(&one);
		b = next_part(&two);
		if (!a.length || !b.length)
			return a.length == b.length ? match : VFG_GROUP_DIFFERS;
		if (a.length != b.length || strncasecmp(a.text, b.text, a.length)) {
			if (!is_open(level, a) && !is_open(level, b))
				return VFG_GROUP_DIFFERS;
			match = VFG_GROUP_MAY_BE;
		}
		level = a;
	}
}

const char *vfg_group_id_name(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash && slash[1] ? slash + 1 : id;
}
