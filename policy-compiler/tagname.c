/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How service tags are spelled: what may be one, and what they were called before.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tagname.h"

/* Spellings of the classic deployment model. */
static const struct {
	const char *classic;
	const char *name;
} classic_name[] = {
	{"VIRTUAL_NETWORK", "VirtualNetwork"},
	{"AZURE_LOADBALANCER", "AzureLoadBalancer"},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcasecmp(text + length - end_length, end);
}

const char *vfg_tag_canonical(const char *name)
{
	for (size_t i = 0; i < COUNT(classic_name); i++) {
		if (!strcasecmp(name, classic_name[i].classic))
			return classic_name[i].name;
	}
	return name;
}

bool vfg_tag_is_name(const char *text)
{
	static const char *const foreign[] = {"Subnet", ".com", ".net", ".org", ".io", ".local"};

	for (size_t i = 0; i < COUNT(foreign); i++) {
		if (ends_with(text, foreign[i]))
			return false;
	}
	if (vfg_tag_canonical(text) != text)
		return true;
	if (!isalpha((unsigned char)*text) || text[strlen(text) - 1] == '.')
		return false;
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && *text != '.')
			return false;
	}
	return true;
}
