/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real templates, where they are at hand: how many NSGs each has, how many of them compile, and
 * what the others lack.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <string.h>

#include "../policy-compiler/document.h"
#include "fixture.h"

#define DATA "../shared/data/arm-templates/"
#define TAGS "../shared/data/service-tags/ServiceTags_Public_20240429.json"

enum {
	PARAMS_MAX = 2,
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

TestSuite(template, .init = set_up, .fini = tear_down, .timeout = 120);

/* taken and refused: NSGs that compile, and that end in an error of code. warning: a code that is
 * expected beside them. */
static const struct row {
	const char *file;
	size_t taken, refused;
	const char *code;
	const char *warning;
	const char *param[PARAMS_MAX];
	bool has_parameters; /* a file of them stands beside it */
} rows[] = {
	{"101-AAD-DomainServices__azuredeploy", .taken = 1},
	/* Its name is made of a parameter that has no default. */
	{"101-azure-bastion-nsg__azuredeploy", .taken = 1},
	{"101-hub-and-spoke-sandbox__azuredeploy", .taken = 1},
	{"101-security-group-create__azuredeploy", .taken = 1, .has_parameters = true},
	{"101-sql-managed-instance-azure-environment__azuredeploy", .taken = 1},
	{"201-api-management-create-with-external-vnet__azuredeploy", .taken = 1},
	/* The one NIC in its group gets its address when it is deployed. */
	{"201-application-security-group__azuredeploy", .refused = 1,
	 .code = "UnresolvedApplicationSecurityGroup"},
	{"201-nsg-add-to-existing-subnet__azuredeploy", .taken = 1,
	 .warning = "LinkedTemplateNotRead"},
	/* A network only, that the template above expects. */
	{"201-nsg-add-to-existing-subnet__prereqs__prereq.azuredeploy"},
	{"201-nsg-dmz-in-vnet__azuredeploy", .taken = 3, .has_parameters = true},
	{"301-dmz-nsg__azuredeploy", .taken = 1},
	/* Two loops of two; a comma too many. */
	{"301-multi-tier-loadbalancing__azuredeploy", .taken = 4},
	{"301-multi-tier-service-networking__azuredeploy", .taken = 3},
	{"application-gateway-logviewer-goaccess__azuredeploy", .taken = 1},
	{"c7n__networksecuritygroup-template", .taken = 1},
	/* The child rule's destination is a parameter without default; its condition is true by
	 * the default of another. */
	{"checkov__example_NSGRuleHTTPAccessRestricted__NSGRulePortAccessRestricted-RULE-1Pass-"
	 "1Fail",
	 .refused = 1, .code = "UnresolvedTemplateExpression"},
	{"checkov__example_NSGRuleHTTPAccessRestricted__NSGRulePortAccessRestricted-RULE-1Pass-"
	 "1Fail",
	 .taken = 1, .param = {"webServerSubnetAddressPrefix=10.0.1.0/24"}},
	/* The front end's rules are literals, the back end's name a subnet of the parameter. */
	{"chef-automate-ha__nested__networkSecurityGroupsResource", .taken = 1, .refused = 1,
	 .code = "UnresolvedTemplateExpression"},
	{"chef-automate-ha__nested__networkSecurityGroupsResource", .taken = 2,
	 .param = {"networkSettings={\"feNsg\":\"f\",\"beNsg\":\"b\",\"beSubnetPrefix\":"
		   "\"10.0.2.0/24\"}"}},
	{"cloudera-tableau__nested__shared-resources-new-vnet", .taken = 1},
	{"concourse-ci__azuredeploy", .taken = 3, .warning = "LinkedTemplateNotRead"},
	{"github-enterprise__azuredeploy", .taken = 1},
	{"iis-2vm-sql-1vm__azuredeploy", .taken = 2},
	{"ipv6-in-vnet__azuredeploy", .taken = 1, .has_parameters = true},
	/* Five of the six rules are resources of their own. */
	{"regula__arm_no_inbound_22", .taken = 1},
	/* securityRules is chosen by a parameter without default. */
	{"sap-3-tier-user-image-md__shared__newnsg", .refused = 1,
	 .code = "UnresolvedTemplateExpression"},
	{"sap-3-tier-user-image-md__shared__newnsg", .taken = 1, .param = {"osType=linux"}},
	/* Not among the allowed values. */
	{"sap-3-tier-user-image-md__shared__newnsg", .code = "InvalidTemplateParameter",
	 .param = {"osType=Plan9"}},
	{"service-fabric-secure-nsg-cluster-65-node-3-nodetype__azuredeploy", .taken = 3},
	{"solace-message-router__nestedtemplates__security-shared-resources", .taken = 1},
	/* Two sources are members of a parameter without default. */
	{"splunk-on-ubuntu__nested__clusterpeers-resources", .refused = 1,
	 .code = "UnresolvedTemplateExpression", .warning = "LinkedTemplateNotRead"},
	{"splunk-on-ubuntu__nested__clusterpeers-resources", .taken = 1,
	 .param = {"machineSettings={\"sshFrom\":\"192.0.2.0/24\",\"forwardedDataFrom\":\"*\"}",
		   "namespace=x"},
	 .warning = "LinkedTemplateNotRead"},
	/* securityRules is chosen by a parameter without default; a comment behind a value. */
	{"tableau-server-single-node__azuredeploy", .refused = 1,
	 .code = "UnresolvedTemplateExpression"},
	{"tableau-server-single-node__azuredeploy", .taken = 1,
	 .param = {"OS=RHEL 7.7", "source_CIDR=192.0.2.0/24"}},
};

static const char *path_of(const char *file, const char *end)
{
	return vfg_arena_format(fixture.arena, DATA "%s%s", file, end);
}

static void read_again(void)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_read(&fixture);
}

/* Sources and parameters of a row. Return: false where there is no such data. */
static bool arrange(const struct row *row)
{
	const enum vfg_source_kind kind[] = {VFG_SOURCE_ANY, VFG_SOURCE_SERVICE_TAGS,
					     VFG_SOURCE_PARAMETERS};
	const char *const path[] = {path_of(row->file, ".json"), TAGS,
				    path_of(row->file, ".parameters.json")};

	for (size_t i = 0; i < (row->has_parameters ? 3 : 2); i++) {
		size_t bytes = 0;
		const char *text = fixture_load(&fixture, path[i], &bytes);

		if (!text)
			return false;
		fixture_add_bytes(&fixture, kind[i], path[i], text, bytes);
	}
	fixture.request.params = row->param;
	while (fixture.request.param_count < PARAMS_MAX && row->param[fixture.request.param_count])
		fixture.request.param_count++;
	return true;
}

static struct json_object *parse(size_t index)
{
	const struct vfg_source *source = &fixture.source[index];
	struct json_object *tree = NULL;

	cr_assert_eq(
		vfg_json_parse(&fixture.diag, source->file, source->text, source->bytes, &tree), 0,
		"%s", fixture_messages(&fixture));
	return tree;
}

/* The ids of the template's NSGs, as the reader makes them. Return: how many, 0 also where it
 * refuses the template. */
static size_t names_of(const struct row *row, const char **ret_name, size_t room)
{
	struct json_object *tree = parse(0), *given = row->has_parameters ? parse(2) : NULL;
	const char *file = fixture.source[0].file;
	struct vfg_parameters parameters = {
		.file_count = given != NULL,
		.file = &file,
		.tree = &given,
		.define = row->param,
		.define_count = fixture.request.param_count,
	};
	struct vfg_document document = {0};
	size_t count = 0;

	if (!vfg_document_read(&fixture.diag, &parameters, file, tree, &document))
		count = json_object_array_length(document.nsgs);
	cr_assert(count <= room);
	for (size_t i = 0; i < count; i++)
		ret_name[i] = vfg_json_text(
			fixture.arena,
			vfg_json_member(json_object_array_get_idx(document.nsgs, i), "id"));
	vfg_document_put(&document);
	json_object_put(given);
	json_object_put(tree);
	return count;
}

static void expect_row(const struct row *row)
{
	const char *select[8] = {NULL};
	size_t count = names_of(row, select, 8);
	size_t taken = 0, refused = 0;

	for (size_t i = 0; i < count; i++) {
		fixture.source[0].select = select[i];
		read_again();
		taken += !fixture.err;
		refused += fixture.err && row->code &&
			   fixture_count(&fixture, VFG_ERROR, row->code) == fixture.diag.errors;
		if (row->warning)
			cr_expect(fixture_count(&fixture, VFG_WARNING, row->warning), "%s",
				  row->file);
	}
	cr_expect(taken == row->taken && refused == row->refused && count == taken + refused,
		  "%s: %zu taken, %zu refused of %zu:%s", row->file, taken, refused, count,
		  fixture_messages(&fixture));
	if (count)
		return;
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR,
				   row->code ? row->code : "MissingNetworkSecurityGroup"),
		     1, "%s:%s", row->file, fixture_messages(&fixture));
}

Test(template, real_templates_compile_or_say_why)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tear_down();
		memset(&fixture, 0, sizeof(fixture));
		set_up();
		if (!arrange(&rows[i])) {
			cr_expect_eq(i, 0, "%s is missing", rows[i].file);
			cr_log_warn("no real templates at hand (%s)", DATA);
			return;
		}
		expect_row(&rows[i]);
	}
}

static bool is_listed(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t length = strlen(rows[i].file);

		if (strncmp(rows[i].file, name, length))
			continue;
		if (!strcmp(name + length, ".json") ||
		    (rows[i].has_parameters && !strcmp(name + length, ".parameters.json")))
			return true;
	}
	return false;
}

Test(template, no_real_template_is_left_out)
{
	DIR *stream = opendir(DATA);
	struct dirent *entry;

	if (!stream) {
		cr_log_warn("no real templates at hand (%s)", DATA);
		return;
	}
	while ((entry = readdir(stream))) {
		if (*entry->d_name != '.')
			cr_expect(is_listed(entry->d_name), "%s is missing from the table",
				  entry->d_name);
	}
	closedir(stream);
}
