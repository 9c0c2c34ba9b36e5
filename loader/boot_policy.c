/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens a policy for the daemon. A machine that was enforced is not left open by a slip in a file.
 */
#include <string.h>

#include "boot_policy.h"
#include "save.h"
#include "say.h"

/* Denies what the rules of the platform, which come first, have not let through. */
static const char deny_all[] =
	"{\"name\":\"on-missing-policy\",\"type\":\"Microsoft.Network/networkSecurityGroups\","
	"\"properties\":{\"securityRules\":["
	"{\"name\":\"DenyIn\",\"properties\":{\"priority\":100,\"direction\":\"Inbound\","
	"\"protocol\":\"*\",\"access\":\"Deny\",\"sourceAddressPrefix\":\"*\","
	"\"sourcePortRange\":\"*\",\"destinationAddressPrefix\":\"*\","
	"\"destinationPortRange\":\"*\"}},"
	"{\"name\":\"DenyOut\",\"properties\":{\"priority\":100,\"direction\":\"Outbound\","
	"\"protocol\":\"*\",\"access\":\"Deny\",\"sourceAddressPrefix\":\"*\","
	"\"sourcePortRange\":\"*\",\"destinationAddressPrefix\":\"*\","
	"\"destinationPortRange\":\"*\"}}]}}";

int vfg_boot_policy_named(const struct vfg_config_master *master,
			  struct vfg_policy_request *request, struct vfg_policy_file *ret_policy)
{
	int err = vfg_policy_begin(request);

	for (int index = 0; !err && index < master->argc;) {
		bool taken = false;

		err = vfg_policy_take(request, master->argc, master->argv, &index, &taken);
	}
	return err ? err : vfg_policy_open(request, master->title, ret_policy);
}

static int open_last_good(const char *device, struct vfg_policy_request *request,
			  struct vfg_policy_file *ret_policy)
{
	char path[VFG_SAVE_PATH_MAX];
	int err;

	if (!vfg_save_find(device, path))
		return vfg_say(VFG_EXIT_REFUSED, device, "there is no last good image either");
	err = vfg_policy_begin(request);
	if (err)
		return err;
	request->file = path;
	err = vfg_policy_open(request, device, ret_policy);
	request->file = NULL; /* path is ours */
	if (!err)
		vfg_warn(device,
			 "its policy cannot be had; enforcing the last good image, %s, and "
			 "trying again",
			 path);
	return err;
}

static int open_deny_all(const char *device, struct vfg_policy_request *request,
			 struct vfg_policy_file *ret_policy)
{
	/* Named by the rules that the compiler adds; those stand behind ours. */
	static const char *const tags[] = {"VirtualNetwork=192.0.2.0/32"};
	static const struct vfg_source source = {.kind = VFG_SOURCE_NIC_NSG,
						 .file = "on-missing-policy",
						 .text = deny_all,
						 .bytes = sizeof(deny_all) - 1};
	int err = vfg_policy_begin(request);

	if (err)
		return err;
	request->options.request.sources = &source;
	request->options.request.source_count = 1;
	request->options.request.tags = tags;
	request->options.request.tag_count = 1;
	err = vfg_policy_open(request, device, ret_policy);
	if (!err)
		vfg_warn(device, "denying all but the platform (on-missing-policy = closed), and "
				 "trying again");
	return err;
}

int vfg_boot_policy(const struct vfg_config_master *master, const char *device,
		    struct vfg_policy_request *request, struct vfg_policy_file *ret_policy,
		    bool *ret_stand_in)
{
	int err = vfg_boot_policy_named(master, request, ret_policy);

	*ret_stand_in = err != 0;
	if (!err)
		return 0;
	vfg_policy_end(request);
	err = open_last_good(device, request, ret_policy);
	if (!err)
		return 0;
	vfg_policy_end(request);
	if (master->closed)
		return open_deny_all(device, request, ret_policy);
	return vfg_say(VFG_EXIT_REFUSED, device,
		       "has no policy, so it is not enforced; mend its section in the settings, or "
		       "the files that it names");
}
