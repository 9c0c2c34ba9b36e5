/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real exports and the examples of the API's description, where they are at hand: what each file
 * compiles to or is refused for, and that none is left out.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "../policy-compiler/kind.h"
#include "fixture.h"

#define DATA "../shared/data/"

enum {
	CODES_MAX = 8, /* distinct codes in one file */
};

static struct fixture fixture;

static void set_up(void)
{
	fixture_open(&fixture);
	fixture_tag(&fixture, FIX_NETWORK);
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

TestSuite(export, .init = set_up, .fini = tear_down);

/*
 * A file and what its documents come to: how many are taken, and how many are refused by which
 * first code, in the order of the codes. "" where a file holds no document at all.
 */
static const struct {
	const char *file;
	const char *outcome;
} rows[] = {
	{"azure-exports/batfish-cloud-azure__VM1-nsg.json", "1 taken"},
	{"azure-exports/batfish-cloud-azure__VM-vnet.json", "1 UnsupportedSource"},
	{"azure-exports/batfish-cloud-azure__VM1.json", "1 UnsupportedSource"},
	{"azure-exports/batfish-cloud-azure__vm1346.json", "1 taken"},
	{"azure-exports/batfish-test-nsg__nsg-subnet2.json", "1 SecurityRuleInvalidPriority"},
	{"azure-exports/batfish-test-nsg__nsg-vm2.json", "1 SecurityRuleInvalidPriority"},
	{"azure-exports/batfish-test-nsg__vm1346.json", "1 taken"},
	{"azure-exports/batfish-test-nsg__vm235.json", "1 taken"},
	{"azure-exports/batfish-test-nsg__vm345.json", "1 taken"},
	{"azure-exports/batfish-test-nsg__vnet.json", "1 UnsupportedSource"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_allow_multiple_ports.json", "2 taken"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_allow_ports_range_any.json", "2 taken"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_allow_single_port.json", "2 taken"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_cidr_and_ingress_match.json", "1 taken"},
	/* six rely on groups whose NICs are not in the file, five on tags that no tags file has */
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_cidr_and_ingress_no_match.json",
	 "32 taken, 6 UnresolvedApplicationSecurityGroup, 5 UnresolvedServiceTag"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_cidr_only_no_match.json", "1 taken"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_deny_port.json", "2 taken"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_egress_policy_protocols.json",
	 "4 taken"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_find_by_name.json", "2 taken"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_no_cidr_no_ports.json", ""},
	/* two NSGs and the rule that a PUT of one answers */
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_open_ports.json", "3 taken"},
	{"rest-examples/2021-02-01__ApplicationSecurityGroupCreate.json", "2 taken"},
	{"rest-examples/2021-02-01__ApplicationSecurityGroupList.json", "1 taken"},
	{"rest-examples/2021-02-01__ApplicationSecurityGroupUpdateTags.json", "1 taken"},
	{"rest-examples/2021-02-01__DefaultSecurityRuleList.json", "1 MissingSecurityRules"},
	{"rest-examples/2021-02-01__InboundSecurityRulePut.json", "2 UnsupportedSource"},
	{"rest-examples/2021-02-01__NetworkInterfaceEffectiveNSGList.json", "1 taken"},
	{"rest-examples/2021-02-01__NetworkInterfaceGet.json", "1 taken"},
	{"rest-examples/2021-02-01__NetworkSecurityGroupCreate.json", "2 taken"},
	{"rest-examples/2021-02-01__NetworkSecurityGroupGet.json", "1 taken"},
	{"rest-examples/2021-02-01__NetworkSecurityGroupList.json", "2 taken"},
	{"rest-examples/2021-02-01__NetworkSecurityGroupRuleCreate.json", "2 taken"},
	{"rest-examples/2021-02-01__NetworkWatcherFlowLogConfigure.json", "2 UnsupportedSource"},
	{"rest-examples/2021-02-01__NetworkWatcherFlowLogGet.json", "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__NetworkWatcherFlowLogStatusQuery.json", "2 UnsupportedSource"},
	{"rest-examples/2021-02-01__NetworkWatcherFlowLogUpdateTags.json", "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__NetworkWatcherIpFlowVerify.json", "2 UnsupportedSource"},
	{"rest-examples/2021-02-01__NetworkWatcherNetworkConfigurationDiagnostic.json",
	 "2 UnsupportedSource"},
	{"rest-examples/2021-02-01__ServiceTagsList.json", "1 taken"},
	{"rest-examples/2021-02-01__SubnetGet.json", "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__SubnetGetWithDelegation.json", "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__VirtualNetworkGet.json", "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__VirtualNetworkGetResourceNavigationLinks.json",
	 "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__VirtualNetworkGetServiceAssociationLinks.json",
	 "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__VirtualNetworkGetWithServiceAssociationLink.json",
	 "1 UnsupportedSource"},
	{"rest-examples/2021-02-01__VirtualNetworkGetWithSubnetDelegation.json",
	 "1 UnsupportedSource"},
	/* lists of several kinds are no list of rules; collections are listed without their rules,
	 * and some lists name a next page */
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerActiveConfigurationList.json",
	 "1 UnsupportedSource"},
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerAdminRuleCollectionGet.json",
	 "1 MissingSecurityAdminRules"},
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerAdminRuleCollectionList.json",
	 "1 IncompleteList"},
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerAdminRuleCollectionPut.json",
	 "2 MissingSecurityAdminRules"},
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerAdminRuleGet.json", "1 taken"},
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerDefaultAdminRulePut.json",
	 "2 taken"},
	{"rest-examples-avnm/"
	 "2021-02-01-preview__NetworkManagerEffectiveConfigurationsListBySubnet.json",
	 "1 UnsupportedSource"},
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerSecurityAdminConfigurationList.json",
	 "1 IncompleteList"},
	{"rest-examples-avnm/2021-02-01-preview__NetworkManagerSecurityAdminConfigurationPut.json",
	 "2 MissingSecurityAdminRules"},
	{"rest-examples-avnm/2024-05-01__NetworkManagerAdminRuleGet.json", "1 taken"},
	{"effective/docs__effective-rules-cli-fragments.json", "1 taken"},
	{"diagnostics/docs__run-configuration-diagnostic.cli.json", "1 UnsupportedSource"},
	{"flow-logs/docs__nsg-flow-log-v2.json", "1 UnsupportedSource"},
	{"flow-logs/docs__vnet-flow-log-v4.json", "1 UnsupportedSource"},
	/* one of the four NSGs has rules with * among their prefixes */
	{"terraform/regula__security_group_no_inbound_22_infra.plan.json",
	 "3 taken, 1 SecurityRuleParameterContainsUnsupportedValue"},
};

struct tally {
	size_t taken;
	size_t codes;
	struct code {
		const char *code;
		size_t count;
	} code[CODES_MAX];
};

static int code_order(const void *one, const void *two)
{
	return strcmp(((const struct code *)one)->code, ((const struct code *)two)->code);
}

static const char *tally_print(struct tally *tally)
{
	const char *text =
		tally->taken ? vfg_arena_format(fixture.arena, "%zu taken", tally->taken) : "";

	qsort(tally->code, tally->codes, sizeof(*tally->code), code_order);
	for (size_t i = 0; i < tally->codes; i++)
		text = vfg_arena_format(fixture.arena, "%s%s%zu %s", text, *text ? ", " : "",
					tally->code[i].count, tally->code[i].code);
	return text;
}

static void tally_add(struct tally *tally, const char *code)
{
	size_t i = 0;

	while (i < tally->codes && strcmp(tally->code[i].code, code))
		i++;
	cr_assert(i < CODES_MAX);
	tally->codes += i == tally->codes;
	tally->code[i].code = code;
	tally->code[i].count++;
}

static const char *first_error(void)
{
	const struct vfg_message *message = fixture.diag.first;

	while (message && message->severity != VFG_ERROR)
		message = message->next;
	return message ? message->code : "";
}

/* What goes with an NSG and is none gets an empty one. */
static void read_document(struct json_object *document, const char *select, struct tally *tally)
{
	const char *text = json_object_to_json_string(document);
	enum vfg_kind kind = vfg_kind_of(document);

	fixture.request.source_count = 1;
	fixture_add_bytes(&fixture, VFG_SOURCE_ANY, "export", text, strlen(text));
	fixture.source[1].select = select;
	if (kind == VFG_KIND_NIC || kind == VFG_KIND_GROUP || kind == VFG_KIND_SERVICE_TAGS)
		fixture_add(&fixture, VFG_SOURCE_NIC_NSG, "{'name':'empty','securityRules':[]}");
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_read(&fixture);
	if (fixture.err)
		tally_add(tally, first_error());
	else
		tally->taken++;
}

/* Every NSG of a plan is read for itself. */
static void read_plan(struct json_object *tree, struct tally *tally)
{
	struct json_object *module =
		vfg_json_member(vfg_json_member(tree, "planned_values"), "root_module");
	struct json_object *list = vfg_json_array(module, "resources");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *resource = json_object_array_get_idx(list, i);
		struct json_object *type = vfg_json_member(resource, "type");
		struct json_object *name =
			vfg_json_member(vfg_json_member(resource, "values"), "name");

		if (!strcmp(json_object_get_string(type), "azurerm_network_security_group"))
			read_document(tree, json_object_get_string(name), tally);
	}
}

/* Every NSG of a list is one document, any other file is one. */
static void read_all(struct json_object *tree, struct tally *tally)
{
	struct json_object *list = vfg_json_array(tree, "value");

	if (vfg_kind_of(tree) == VFG_KIND_TERRAFORM) {
		read_plan(tree, tally);
		return;
	}
	if (vfg_kind_of(tree) != VFG_KIND_NSG || !list) {
		read_document(tree, NULL, tally);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(list); i++)
		read_document(json_object_array_get_idx(list, i), NULL, tally);
}

/* The wrappings of test data: recorded exchanges, and the examples of the API's description. */
static void unwrap(struct json_object *tree, struct tally *tally)
{
	struct json_object *exchanges = vfg_json_array(tree, "interactions");
	struct json_object *responses = vfg_json_member(tree, "responses");

	if (!exchanges && !responses)
		read_all(tree, tally);
	for (size_t i = 0; exchanges && i < json_object_array_length(exchanges); i++) {
		struct json_object *exchange = json_object_array_get_idx(exchanges, i);
		struct json_object *body =
			vfg_json_member(vfg_json_member(exchange, "response"), "body");

		if (vfg_json_member(body, "data"))
			read_all(vfg_json_member(body, "data"), tally);
	}
	if (!responses)
		return;
	json_object_object_foreach(responses, status, response)
	{
		(void)status;
		if (vfg_json_member(response, "body"))
			read_all(vfg_json_member(response, "body"), tally);
	}
}

/* Return: is the folder of real files here? */
static bool add_tags(void)
{
	size_t bytes = 0;
	const char *tags = fixture_load(
		&fixture, DATA "service-tags/ServiceTags_Public_20240429.json", &bytes);

	if (!tags) {
		cr_log_warn("no real exports at hand (%s): only the project's samples are read",
			    DATA);
		return false;
	}
	fixture_add_bytes(&fixture, VFG_SOURCE_SERVICE_TAGS, "tags", tags, bytes);
	return true;
}

Test(export, real_files_compile_or_say_why, .timeout = 120)
{
	if (!add_tags())
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *path = vfg_arena_format(fixture.arena, DATA "%s", rows[i].file);
		struct tally tally = {0};
		struct json_object *tree;
		size_t bytes = 0;
		const char *text = fixture_load(&fixture, path, &bytes);

		cr_assert(text, "%s", path);
		cr_assert_eq(vfg_json_parse(&fixture.diag, path, text, bytes, &tree), 0);
		unwrap(tree, &tally);
		cr_expect_str_eq(tally_print(&tally), rows[i].outcome, "%s:%s", path,
				 fixture_messages(&fixture));
		json_object_put(tree);
	}
}

static bool is_listed(const char *file)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!strcmp(rows[i].file, file))
			return true;
	}
	return false;
}

static size_t expect_listed(const char *folder)
{
	DIR *stream = opendir(vfg_arena_format(fixture.arena, DATA "%s", folder));
	struct dirent *entry;
	size_t count = 0;

	while (stream && (entry = readdir(stream))) {
		const char *file = vfg_arena_format(fixture.arena, "%s/%s", folder, entry->d_name);

		if (!strstr(entry->d_name, ".json"))
			continue;
		count++;
		cr_expect(is_listed(file), "%s is missing from the table", file);
	}
	if (stream)
		closedir(stream);
	return count;
}

Test(export, no_real_file_is_left_out)
{
	static const char *const folders[] = {
		"azure-exports", "rest-examples", "rest-examples-avnm", "effective",
		"diagnostics",	 "flow-logs",	  "terraform"};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		count += expect_listed(folders[i]);
	if (!count)
		cr_log_warn("no real exports at hand (%s)", DATA);
}
