/* SPDX-License-Identifier: GPL-2.0-only */
/* One table of drivers. */
#include <stddef.h>
#include <string.h>

#include "role.h"

const char *const vfg_role_names[] = {
	[VFG_ROLE_OTHER] = "device",
	[VFG_ROLE_VF] = "VF",
	[VFG_ROLE_SYNTHETIC] = "synthetic",
	[VFG_ROLE_UPPER] = "master",
};

/* As ethtool -i names them: mlx4 says mlx4_en. */
static const char *const vf_drivers[] = {
	"mlx4_core", "mlx4_en", "mlx5_core", "mana", "ixgbevf", "iavf",	  "igbvf",
	"i40evf",    "fm10kvf", "bnxt_en",   "ena",  "gve",	"nicvf",  "rvu_nicvf",
	"hinic",     "hns3",	"qede",	     "enic", "cxgb4vf", "be2net",
};

/* What the hypervisor makes up. */
static const char *const synthetic_drivers[] = {"hv_netvsc", "virtio_net", "vmxnet3", "vif"};

static bool is_among(const char *driver, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(driver, list[i]))
			return true;
	}
	return false;
}

enum vfg_role_kind vfg_role_of(const char *driver, const char *kind, bool is_master,
			       const char *above)
{
	if (!is_master && !strcmp(above, "hv_netvsc"))
		return VFG_ROLE_VF;
	if (is_among(driver, synthetic_drivers,
		     sizeof(synthetic_drivers) / sizeof(synthetic_drivers[0])))
		return VFG_ROLE_SYNTHETIC;
	if (is_among(driver, vf_drivers, sizeof(vf_drivers) / sizeof(vf_drivers[0])))
		return VFG_ROLE_VF;
	if (is_master && (!strcmp(kind, "bridge") || !strcmp(kind, "bond") ||
			  !strcmp(kind, "team") || !strcmp(driver, "net_failover")))
		return VFG_ROLE_UPPER;
	return VFG_ROLE_OTHER;
}

bool vfg_role_takes_vf(const char *driver, const char *kind)
{
	return vfg_role_of(driver, kind, true, "") != VFG_ROLE_OTHER && strcmp(kind, "bridge") != 0;
}
