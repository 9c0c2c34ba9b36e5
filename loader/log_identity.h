/* SPDX-License-Identifier: GPL-2.0-only */
/* What flow logs say of who writes them: ids and GUIDs that a guest cannot find out by itself. */
#ifndef VFG_LOADER_LOG_IDENTITY_H
#define VFG_LOADER_LOG_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "log_name.h"

enum {
	VFG_LOG_ID_MAX = 512,	 /* of a resource id */
	VFG_LOG_GUID_BYTES = 37, /* text, with its NUL */
	VFG_LOG_MAC_BYTES = 13,	 /* "000D3AF87856", with its NUL */
};

extern const char vfg_log_no_guid[VFG_LOG_GUID_BYTES]; /* all zeroes */

/* NAME=VALUE of the settings: what a list is known by on the platform. */
struct vfg_log_alias {
	const char *list; /* the NSG's name */
	const char *value;
};

/* NULL: not set, the functions below know what stands in. */
struct vfg_log_identity {
	const char *flow_log_id;
	const char *flow_log_guid;
	const char *target_id;
	const char *system_id;
	const struct vfg_log_alias *acl; /* GUIDs */
	size_t acls;
	const struct vfg_log_alias *nsg; /* resource ids */
	size_t nsgs;
	const char *device; /* the master */
	char mac[VFG_LOG_MAC_BYTES];
};

/* The GUID of a list; that of no list where it is not set, and of the platform's own rules. */
const char *vfg_log_identity_acl(const struct vfg_log_identity *identity,
				 const struct vfg_log_list *list);

/* Upper case, as the platform writes them. */
void vfg_log_identity_nsg(const struct vfg_log_identity *identity, const struct vfg_log_list *list,
			  char ret_id[VFG_LOG_ID_MAX]);
void vfg_log_identity_flow_log(const struct vfg_log_identity *identity,
			       char ret_id[VFG_LOG_ID_MAX]);
/* As it is set. */
void vfg_log_identity_target(const struct vfg_log_identity *identity, char ret_id[VFG_LOG_ID_MAX]);

#endif
