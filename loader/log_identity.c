/* SPDX-License-Identifier: GPL-2.0-only */
/* Resource ids and GUIDs: those of the settings, of the policy, or what stands in for them. Pure.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "log_identity.h"

#define NO_GUID "00000000-0000-0000-0000-000000000000"

const char vfg_log_no_guid[VFG_LOG_GUID_BYTES] = NO_GUID;

static const char *find(const struct vfg_log_alias *alias, size_t count, const char *list)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(alias[i].list, list))
			return alias[i].value;
	}
	return NULL;
}

static void raise(char *text)
{
	for (; *text; text++)
		*text = (char)toupper((unsigned char)*text);
}

const char *vfg_log_identity_acl(const struct vfg_log_identity *identity,
				 const struct vfg_log_list *list)
{
	const char *guid = list && list->stage != VFG_STAGE_PLATFORM
				   ? find(identity->acl, identity->acls, list->name)
				   : NULL;

	return guid ? guid : vfg_log_no_guid;
}

void vfg_log_identity_nsg(const struct vfg_log_identity *identity, const struct vfg_log_list *list,
			  char ret_id[VFG_LOG_ID_MAX])
{
	const char *set = find(identity->nsg, identity->nsgs, list->name);

	if (!set && list->id[0])
		set = list->id;
	if (set)
		snprintf(ret_id, VFG_LOG_ID_MAX, "%s", set);
	else
		snprintf(ret_id, VFG_LOG_ID_MAX,
			 "/SUBSCRIPTIONS/" NO_GUID "/RESOURCEGROUPS/VFGUARD/PROVIDERS/"
			 "MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/%s",
			 list->name);
	raise(ret_id);
}

void vfg_log_identity_flow_log(const struct vfg_log_identity *identity, char ret_id[VFG_LOG_ID_MAX])
{
	if (identity->flow_log_id)
		snprintf(ret_id, VFG_LOG_ID_MAX, "%s", identity->flow_log_id);
	else
		snprintf(ret_id, VFG_LOG_ID_MAX,
			 "/SUBSCRIPTIONS/" NO_GUID "/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/"
			 "MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_GUEST/FLOWLOGS/VFGUARD");
	raise(ret_id);
}

void vfg_log_identity_target(const struct vfg_log_identity *identity, char ret_id[VFG_LOG_ID_MAX])
{
	if (identity->target_id)
		snprintf(ret_id, VFG_LOG_ID_MAX, "%s", identity->target_id);
	else
		snprintf(ret_id, VFG_LOG_ID_MAX,
			 "/subscriptions/" NO_GUID "/resourceGroups/vfguard/providers/"
			 "Microsoft.Network/networkInterfaces/%s",
			 identity->device);
}
