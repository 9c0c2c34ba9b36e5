/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network security group as its JSON says it: texts, not yet checked. Made by nsg.c from either
 * shape, turned into rules by check.c.
 */
#ifndef VFG_POLICY_COMPILER_NSG_H
#define VFG_POLICY_COMPILER_NSG_H

#include "json.h"

/* The four properties of a rule that come singular or plural. */
enum vfg_nsg_property {
	VFG_NSG_SOURCE_ADDRESS = 0,
	VFG_NSG_DESTINATION_ADDRESS = 1,
	VFG_NSG_SOURCE_PORT = 2,
	VFG_NSG_DESTINATION_PORT = 3,
	VFG_NSG_PROPERTY_MAX = 4,
};

/* Their names: "sourceAddressPrefix", "sourceAddressPrefixes", and as messages spell them. */
struct vfg_nsg_property_name {
	const char *single;
	const char *list;
	const char *message;
	const char *messages;
};

extern const struct vfg_nsg_property_name vfg_nsg_property_name[VFG_NSG_PROPERTY_MAX];

/* single: NULL where absent, null or "". malformed: neither text nor texts, said in the messages.
 */
struct vfg_nsg_value {
	const char *single;
	const char **list;
	size_t count;
	bool malformed;
};

/* Application security groups of one side: their ids, NULL where one has none. */
struct vfg_nsg_groups {
	size_t count;
	const char **id;
};

/* Texts are NULL where the JSON has none, "" where it has something else (said in the messages). */
struct vfg_nsg_rule {
	const char *name;
	const char *id;
	const char *protocol;
	const char *access;
	const char *direction;
	const char *priority;
	struct vfg_nsg_value value[VFG_NSG_PROPERTY_MAX];
	struct vfg_nsg_groups groups[2]; /* source, destination */
};

struct vfg_nsg {
	const char *file;
	const char *name; /* never NULL */
	const char *id;	  /* never NULL */
	bool flush_connection;
	bool effective; /* what the platform made of it: its limits on texts are not ours to check
			 */
	size_t rule_count;
	struct vfg_nsg_rule *rule;
	size_t default_count;
	struct vfg_nsg_rule *default_rule;
};

/**
 * vfg_nsg_choose - the one NSG that is meant of those that a file holds
 * @select: which of several, by name or id; NULL where the user did not say
 * @array: objects as vfg_nsg_read() takes them
 *
 * Return: 0, or -EINVAL with one message: none, or several without @select (their names).
 */
int vfg_nsg_choose(struct vfg_diag *diag, const char *file, const char *select,
		   struct json_object *array, struct json_object **ret_nsg);

/**
 * vfg_nsg_read - read an NSG that vfg_nsg_choose() has found
 *
 * Return: 0, also where @diag got errors about single fields; -EINVAL where there are no rules to
 * check; -ENOMEM.
 */
int vfg_nsg_read(struct vfg_diag *diag, const char *file, struct json_object *tree,
		 struct vfg_nsg **ret_nsg);

#endif
