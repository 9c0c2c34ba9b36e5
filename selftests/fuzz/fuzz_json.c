/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a file of any sort: alone, under each flag, and beside an NSG that has use for it.
 */
#include <string.h>

#include "probe.h"

enum {
	PACKETS = 8,
};

static const char nsg[] =
	"{\"name\":\"nsg\",\"properties\":{\"securityRules\":[{\"name\":\"Use\",\"properties\":{"
	"\"protocol\":\"Tcp\",\"access\":\"Allow\",\"priority\":200,\"direction\":\"Inbound\","
	"\"sourceAddressPrefix\":\"Storage\",\"destinationApplicationSecurityGroups\":[{\"id\":"
	"\"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationSecurityGroups/"
	"web\"}],\"sourcePortRange\":\"*\",\"destinationPortRange\":\"443\"}}]}}";

static const char template[] =
	"{\"$schema\":\"https://schema.management.azure.com/schemas/2019-04-01/"
	"deploymentTemplate.json#\",\"contentVersion\":\"1.0.0.0\",\"parameters\":{\"p\":{"
	"\"type\":\"string\",\"defaultValue\":\"192.0.2.1\"}},\"resources\":[{\"type\":"
	"\"Microsoft.Network/networkSecurityGroups\",\"apiVersion\":\"2023-04-01\",\"name\":\"nsg\""
	",\"properties\":{\"securityRules\":[{\"name\":\"Use\",\"properties\":{\"protocol\":\"Tcp\""
	",\"access\":\"Allow\",\"priority\":200,\"direction\":\"Inbound\",\"sourceAddressPrefix\":"
	"\"[parameters('p')]\",\"destinationAddressPrefix\":\"*\",\"sourcePortRange\":\"*\","
	"\"destinationPortRange\":\"443\"}}]}}]}";

static const struct company {
	enum vfg_source_kind kind;
	const char *other; /* what goes with it, NULL where it stands alone */
} companies[] = {
	{VFG_SOURCE_ANY, NULL},
	{VFG_SOURCE_SUBNET_NSG, nsg},
	{VFG_SOURCE_NIC_NSG, NULL},
	{VFG_SOURCE_ADMIN_RULES, nsg},
	{VFG_SOURCE_NIC, nsg},
	{VFG_SOURCE_ANY, nsg},
	{VFG_SOURCE_PARAMETERS, template},
	{VFG_SOURCE_SERVICE_TAGS, nsg},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(companies) / sizeof(*companies); i++) {
		const char *other = companies[i].other;
		struct probe probe;

		probe_open(&probe);
		probe_tag(&probe, "VirtualNetwork=10.0.0.0/16,2001:db8::/32");
		probe.request.lenient = i == 0;
		probe.request.ssh_connection = "198.51.100.7 50000 10.0.0.4 22";
		probe_add(&probe, companies[i].kind, (const char *)data, size);
		if (other)
			probe_add(&probe, VFG_SOURCE_ANY, other, strlen(other));
		probe_run(&probe, i == 0 || other == template ? PACKETS : 0);
		probe_close(&probe);
	}
	return 0;
}
