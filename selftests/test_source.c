/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file may hold, which of several NSGs is meant, and what is refused by its name; at the
 * end, real exports where they are at hand.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../policy-compiler/json.h"
#include "fixture.h"

#define DATA "../shared/data/"

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

TestSuite(source, .init = set_up, .fini = tear_down);

static void read_again(void)
{
	memset(&fixture.diag, 0, sizeof(fixture.diag));
	fixture.diag.arena = fixture.arena;
	fixture_read(&fixture);
}

#define NSG(name) "{'id':'/rg/" name "','name':'" name "','properties':{'securityRules':[]}}"
#define TWINS                                                                                      \
	"[{'id':'/a/x','name':'x','securityRules':[]},{'id':'/b/"                                  \
	"x','name':'X','securityRules':[]}]"

/* code NULL: taken, and says is the label; else says is part of the message. */
static const struct {
	const char *name;
	const char *text;
	const char *select;
	const char *code;
	const char *says;
} rows[] = {
	{"one NSG", NSG("a"), NULL, NULL, "a"},
	{"one NSG by its name", NSG("a"), "A", NULL, "a"},
	{"one NSG by another name", NSG("a"), "b", "MissingNetworkSecurityGroup", "there is: a"},
	{"a list of one", "{'value':[" NSG("a") "],'nextLink':null}", NULL, NULL, "a"},
	{"a list of two", "{'value':[" NSG("a") "," NSG("b") "]}", NULL,
	 "AmbiguousNetworkSecurityGroup", "2 NSGs, choose one with FILE#NAME: a, b"},
	{"one of a list", "{'value':[" NSG("a") "," NSG("b") "]}", "B", NULL, "b"},
	{"none of a list", "{'value':[" NSG("a") "," NSG("b") "]}", "c",
	 "MissingNetworkSecurityGroup", "no NSG is named c; there are: a, b"},
	{"an empty list", "{'value':[]}", NULL, "MissingNetworkSecurityGroup", "empty"},
	{"an array", "[" NSG("a") "," NSG("b") "]", "a", NULL, "a"},
	{"two of one name", TWINS, "x", "AmbiguousNetworkSecurityGroup", "FILE#ID: /a/x, /b/x"},
	{"one of them by its id", TWINS, "/B/X", NULL, "X"},
	{"what az network nsg create prints", "{'NewNSG':{'name':'a','securityRules':[]}}", NULL,
	 NULL, "a"},
	{"PascalCase", "{'Name':'a','SecurityRules':[]}", NULL, NULL, "a"},
	{"a name from the id", "{'id':'/x/networkSecurityGroups/a','securityRules':[]}", NULL, NULL,
	 "a"},
	{"no rules", "{'name':'a','type':'Microsoft.Network/networkSecurityGroups'}", NULL,
	 "MissingSecurityRules", "[]"},
	{"rules that are no list", "{'name':'a','securityRules':'[variables(1)]'}", NULL,
	 "InvalidFieldType", "string"},
	{"a NIC", "{'type':'Microsoft.Network/networkInterfaces','properties':{}}", NULL,
	 "UnsupportedSource", "Microsoft.Network/networkInterfaces"},
	{"an ARM template",
	 "{'$schema':'https://x/2019-04-01/deploymentTemplate.json#','resources':[]}", NULL,
	 "UnsupportedSource", "an ARM template"},
	{"effective rules", "{'value':[{'effectiveSecurityRules':[]}]}", NULL, "UnsupportedSource",
	 "effective security rules"},
	{"a Terraform plan", "{'format_version':'0.1','planned_values':{}}", NULL,
	 "UnsupportedSource", "Terraform"},
	{"service tags", "{'changeNumber':1,'values':[]}", NULL, "UnsupportedSource",
	 "--service-tags"},
	{"a rule", "{'name':'a','properties':{'direction':'Inbound'}}", NULL, "UnsupportedSource",
	 "a single security rule"},
	{"rules", "[{'name':'a','direction':'Inbound'}]", NULL, "UnsupportedSource",
	 "a list of security rules"},
	{"something else", "{'a':1}", NULL, "UnsupportedSource", "unknown"},
	{"an error of the platform", "{'error':{'code':'X'}}", NULL, "UnsupportedSource",
	 "an error message"},
	{"an image", "VFGIMAGE........", NULL, "UnsupportedSource", "image"},
};

Test(source, each_kind_is_taken_or_named)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fixture.request.source_count = 0;
		fixture_add(&fixture, VFG_SOURCE_ANY, rows[i].text);
		fixture.source[0].select = rows[i].select;
		read_again();
		cr_expect_eq(fixture.err != 0, rows[i].code != NULL, "%s:%s", rows[i].name,
			     fixture_messages(&fixture));
		if (!rows[i].code && fixture.model) {
			cr_expect_str_eq(fixture.model->label, rows[i].says, "%s", rows[i].name);
		} else if (rows[i].code && fixture.diag.first) {
			cr_expect_eq(fixture.diag.errors, 1, "%s", rows[i].name);
			cr_expect_str_eq(fixture.diag.first->code, rows[i].code, "%s",
					 rows[i].name);
			cr_expect(strstr(fixture.diag.first->text, rows[i].says), "%s: %s",
				  rows[i].name, fixture.diag.first->text);
		}
	}
}

static const enum vfg_source_kind later[] = {VFG_SOURCE_ADMIN_RULES, VFG_SOURCE_NIC,
					     VFG_SOURCE_PARAMETERS};

Test(source, what_comes_later_is_refused_not_ignored)
{
	static const char *const params[] = {"a=b"};

	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
		fixture.request.source_count = 0;
		fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
		fixture_add(&fixture, later[i], "{}");
		read_again();
		cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnsupportedSource"), 1);
	}
	fixture.request.source_count = 1;
	fixture.request.params = params;
	fixture.request.param_count = 1;
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnsupportedSource"), 1);
}

Test(source, one_nsg_a_place_and_at_least_one)
{
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "MissingNetworkSecurityGroup"), 1);
	fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, NSG("b"));
	read_again();
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "AmbiguousNetworkSecurityGroup"), 1);
	fixture.source[1].kind = VFG_SOURCE_SUBNET_NSG;
	read_again();
	cr_expect_eq(fixture.err, 0);
	cr_expect_str_eq(fixture.model->label, "b + a");
}

Test(source, a_missing_network_is_said_once_for_the_default_rules)
{
	fixture.request.tag_count = 0;
	fixture_add(&fixture, VFG_SOURCE_SUBNET_NSG, NSG("a"));
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG, NSG("b"));
	read_again();
	cr_expect_eq(fixture.diag.errors, 1, "%s", fixture_messages(&fixture));
	cr_expect_str_eq(fixture.diag.first->code, "UnresolvedServiceTag");
	cr_expect_str_eq(fixture.diag.first->rule, "AllowVnetInBound");
	cr_expect(strstr(fixture.diag.first->text, "--tag VirtualNetwork="));
}

Test(source, flush_and_digest_follow_the_input)
{
	uint64_t digest;

	fixture_add(&fixture, VFG_SOURCE_ANY, NSG("a"));
	read_again();
	digest = fixture.model->source_digest;
	cr_expect(!fixture.model->flush_connection);
	fixture.source[0].file = "elsewhere.json";
	read_again();
	cr_expect_eq(fixture.model->source_digest, digest);
	fixture_tag(&fixture, "X=192.0.2.1");
	read_again();
	cr_expect_neq(fixture.model->source_digest, digest);
	fixture.request.source_count = 0;
	fixture_add(&fixture, VFG_SOURCE_ANY,
		    "{'name':'a','properties':{'flushConnection':true,'securityRules':[]}}");
	read_again();
	cr_expect(fixture.model->flush_connection);
}

/* A file of real exports: how many of its NSGs compile, and what the others lack. */
static const struct {
	const char *file;
	size_t taken;
	size_t groups; /* application security groups */
	size_t tags;   /* tags that no file has */
	size_t priorities;
	size_t foreign; /* documents that are no NSG */
} exports[] = {
	{"azure-exports/batfish-cloud-azure__VM1-nsg.json", .taken = 1},
	{"azure-exports/batfish-cloud-azure__VM-vnet.json", .foreign = 1},
	{"azure-exports/batfish-cloud-azure__VM1.json", .foreign = 1},
	{"azure-exports/batfish-cloud-azure__vm1346.json", .foreign = 1},
	{"azure-exports/batfish-test-nsg__nsg-subnet2.json", .priorities = 1},
	{"azure-exports/batfish-test-nsg__nsg-vm2.json", .priorities = 1},
	{"azure-exports/batfish-test-nsg__vm235.json", .foreign = 1},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_allow_multiple_ports.json", .taken = 2},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_allow_ports_range_any.json", .taken = 2},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_allow_single_port.json", .taken = 2},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_cidr_and_ingress_match.json",
	 .taken = 1},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_cidr_and_ingress_no_match.json",
	 .taken = 32, .groups = 6, .tags = 5},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_cidr_only_no_match.json", .taken = 1},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_deny_port.json", .taken = 2},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_egress_policy_protocols.json",
	 .taken = 4},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_find_by_name.json", .taken = 2},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_no_cidr_no_ports.json"},
	{"azure-exports/c7n__NetworkSecurityGroupTest.test_open_ports.json", .taken = 2,
	 .foreign = 1},
	{"rest-examples/2021-02-01__NetworkSecurityGroupGet.json", .taken = 1},
	{"rest-examples/2021-02-01__NetworkSecurityGroupCreate.json", .taken = 2},
	{"rest-examples/2021-02-01__NetworkSecurityGroupList.json", .taken = 2},
	{"rest-examples/2021-02-01__DefaultSecurityRuleList.json", .foreign = 1},
	{"rest-examples/2021-02-01__NetworkSecurityGroupRuleCreate.json", .foreign = 2},
	{"rest-examples/2021-02-01__NetworkInterfaceEffectiveNSGList.json", .foreign = 1},
	{"rest-examples/2021-02-01__ServiceTagsList.json", .foreign = 1},
	{"rest-examples/2021-02-01__SubnetGet.json", .foreign = 1},
};

struct outcome {
	size_t taken, groups, tags, priorities, foreign, other;
};

static void read_document(struct json_object *document, struct outcome *outcome)
{
	const char *text = json_object_to_json_string(document);
	const char *code;

	fixture.request.source_count = 1;
	fixture_add_bytes(&fixture, VFG_SOURCE_ANY, "export", text, strlen(text));
	read_again();
	code = fixture.diag.first ? fixture.diag.first->code : "";
	for (struct vfg_message *message = fixture.diag.first; message; message = message->next)
		code = message->severity == VFG_ERROR ? message->code : code;
	if (!fixture.err)
		outcome->taken++;
	else if (!strcmp(code, "UnresolvedApplicationSecurityGroup"))
		outcome->groups++;
	else if (!strcmp(code, "UnresolvedServiceTag"))
		outcome->tags++;
	else if (fixture_count(&fixture, VFG_ERROR, "SecurityRuleInvalidPriority"))
		outcome->priorities++;
	else if (!strcmp(code, "UnsupportedSource"))
		outcome->foreign++;
	else
		outcome->other++;
}

/* The wrappings of test data: recorded exchanges, and the examples of the API's description. */
static void unwrap(struct json_object *tree, struct outcome *outcome)
{
	struct json_object *exchanges = vfg_json_array(tree, "interactions");
	struct json_object *responses = vfg_json_member(tree, "responses");
	struct json_object *values = vfg_json_array(tree, "value");

	for (size_t i = 0; exchanges && i < json_object_array_length(exchanges); i++) {
		struct json_object *exchange = json_object_array_get_idx(exchanges, i);
		struct json_object *body =
			vfg_json_member(vfg_json_member(exchange, "response"), "body");

		unwrap(vfg_json_member(body, "data"), outcome);
	}
	if (responses) {
		json_object_object_foreach(responses, status, response)
		{
			(void)status;
			if (vfg_json_member(response, "body"))
				unwrap(vfg_json_member(response, "body"), outcome);
		}
	}
	if (exchanges || responses)
		return;
	if (!values || strstr(json_object_to_json_string(tree), "effectiveSecurityRules") ||
	    !strstr(json_object_to_json_string(tree), "securityRules\"")) {
		if (!values || json_object_array_length(values))
			read_document(tree, outcome);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(values); i++)
		read_document(json_object_array_get_idx(values, i), outcome);
}

Test(source, real_exports_compile_or_say_why, .timeout = 60)
{
	size_t bytes = 0, tags_bytes = 0;
	const char *tags = fixture_load(
		&fixture, DATA "service-tags/ServiceTags_Public_20240429.json", &tags_bytes);

	if (!tags) {
		cr_log_warn("no real exports at hand (%s): only the project's samples are read",
			    DATA);
		return;
	}
	fixture_add_bytes(&fixture, VFG_SOURCE_SERVICE_TAGS, "tags", tags, tags_bytes);
	for (size_t i = 0; i < sizeof(exports) / sizeof(*exports); i++) {
		const char *path = vfg_arena_format(fixture.arena, DATA "%s", exports[i].file);
		const char *text = fixture_load(&fixture, path, &bytes);
		struct outcome outcome = {0};
		struct json_object *tree;

		cr_assert(text, "%s", path);
		cr_assert_eq(vfg_json_parse(&fixture.diag, path, text, bytes, &tree), 0);
		unwrap(tree, &outcome);
		cr_expect(outcome.taken == exports[i].taken &&
				  outcome.groups == exports[i].groups &&
				  outcome.tags == exports[i].tags &&
				  outcome.priorities == exports[i].priorities &&
				  outcome.foreign == exports[i].foreign && !outcome.other,
			  "%s: taken %zu, groups %zu, tags %zu, priorities %zu, foreign %zu, other "
			  "%zu:%s",
			  path, outcome.taken, outcome.groups, outcome.tags, outcome.priorities,
			  outcome.foreign, outcome.other, fixture_messages(&fixture));
		json_object_put(tree);
	}
}

static bool is_listed(const char *file)
{
	for (size_t i = 0; i < sizeof(exports) / sizeof(*exports); i++) {
		if (!strcmp(exports[i].file, file))
			return true;
	}
	return false;
}

/* An NSG anywhere in the tree: an object with a list of rules. */
static bool holds_nsg(struct json_object *tree)
{
	if (vfg_json_array(tree, "securityRules"))
		return true;
	if (json_object_is_type(tree, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(tree); i++) {
			if (holds_nsg(json_object_array_get_idx(tree, i)))
				return true;
		}
	} else if (json_object_is_type(tree, json_type_object)) {
		json_object_object_foreach(tree, name, value)
		{
			(void)name;
			if (holds_nsg(value))
				return true;
		}
	}
	return false;
}

/* Return: files seen. */
static size_t expect_listed(const char *folder)
{
	DIR *stream = opendir(vfg_arena_format(fixture.arena, DATA "%s", folder));
	struct dirent *entry;
	size_t count = 0;

	while (stream && (entry = readdir(stream))) {
		const char *file = vfg_arena_format(fixture.arena, "%s/%s", folder, entry->d_name);
		const char *path = vfg_arena_format(fixture.arena, DATA "%s", file);
		struct json_object *tree = NULL;
		size_t bytes = 0;
		const char *text;

		if (!strstr(entry->d_name, ".json"))
			continue;
		count++;
		if (is_listed(file))
			continue;
		text = fixture_load(&fixture, path, &bytes);
		cr_assert(text, "%s", path);
		cr_expect_eq(vfg_json_parse(&fixture.diag, path, text, bytes, &tree), 0, "%s",
			     path);
		cr_expect(!holds_nsg(tree), "%s holds an NSG and is missing from the table", path);
		json_object_put(tree);
	}
	if (stream)
		closedir(stream);
	return count;
}

Test(source, no_real_export_is_left_out)
{
	size_t count = expect_listed("azure-exports") + expect_listed("rest-examples");

	if (!count)
		cr_log_warn("no real exports at hand (%s): only the project's samples are read",
			    DATA);
}
