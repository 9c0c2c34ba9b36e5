/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet is allowed or denied: which rules were tried, and what of each matched, against the
 * rules of the model themselves.
 */
#include <criterion/criterion.h>
#include <json-c/json.h>
#include <linux/in.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "../policy-compiler/explain.h"
#include "fixture.h"
#include "generate.h"
#include "sample.h"

enum {
	FIRST_SEED = 7001,
	POLICIES = 150,
	PACKETS = 60,
};

/* ---- the five questions, asked of the model ---- */

static bool set_has(const struct vfg_set *set, const uint8_t *bytes, enum vfg_family family)
{
	vfg_u128 address = 0;
	bool found = set->any;

	for (int i = 0; i < (family == VFG_IPV4 ? 4 : 16); i++)
		address = address << 8 | bytes[i];
	for (size_t i = 0; i < set->count[family]; i++)
		found |= address >= set->range[family][i].first &&
			 address <= set->range[family][i].last;
	return found;
}

static bool ports_have(const struct vfg_ports *ports, uint16_t port)
{
	bool found = false;

	for (size_t i = 0; i < ports->count; i++)
		found |= port >= ports->range[i].first && port <= ports->range[i].last;
	return found;
}

static bool all_ports(const struct vfg_ports *ports)
{
	return ports->count == 1 && ports->range[0].first == 0 && ports->range[0].last == 65535;
}

static bool has_ports(uint16_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

static bool port_matches(const struct vfg_model_rule *rule, const struct vfg_ports *ports,
			 const struct vfg_tuple *tuple, uint16_t port)
{
	if (rule->protocol != VFG_PROTOCOL_ANY && !has_ports(rule->protocol))
		return true;
	return has_ports(tuple->protocol) ? ports_have(ports, port) : all_ports(ports);
}

static void ask_model(const struct vfg_model_rule *rule, const struct vfg_tuple *tuple,
		      bool ret_matched[VFG_MARK_MAX])
{
	bool inbound = tuple->direction == VFG_INBOUND;
	bool icmp = rule->protocol == IPPROTO_ICMP, ipv6 = tuple->family == VFG_IPV6;
	bool foreign = icmp && ipv6;

	ret_matched[VFG_MARK_PROTOCOL] = rule->protocol == VFG_PROTOCOL_ANY ||
					 (rule->protocol == tuple->protocol && !foreign);
	ret_matched[VFG_MARK_SOURCE] =
		!foreign &&
		set_has(rule->source, inbound ? tuple->remote : tuple->local, tuple->family);
	ret_matched[VFG_MARK_DESTINATION] =
		!foreign &&
		set_has(rule->destination, inbound ? tuple->local : tuple->remote, tuple->family);
	ret_matched[VFG_MARK_SOURCE_PORT] = port_matches(
		rule, &rule->source_ports, tuple, inbound ? tuple->remote_port : tuple->local_port);
	ret_matched[VFG_MARK_DESTINATION_PORT] =
		port_matches(rule, &rule->destination_ports, tuple,
			     inbound ? tuple->local_port : tuple->remote_port);
}

/* Every rule up to the match is there, in order, with the model's own answers. */
static void compare_list(const struct vfg_list *list, const struct vfg_explained_list *explained,
			 const struct vfg_tuple *tuple, const char *where)
{
	cr_assert_str_eq(explained->name, list->name, "%s", where);
	cr_assert_eq(explained->stage, list->stage, "%s", where);
	for (size_t i = 0; i < explained->count; i++) {
		bool wanted[VFG_MARK_MAX], all = true;

		ask_model(&list->rule[i], tuple, wanted);
		for (int mark = 0; mark < VFG_MARK_MAX; mark++) {
			all &= wanted[mark];
			cr_assert_eq(explained->trial[i].matched[mark], wanted[mark],
				     "%s: %s: mark %d, not %d", where, list->rule[i].name, mark,
				     wanted[mark]);
		}
		cr_assert_eq(all, i + 1 == explained->count && explained->match != VFG_RULE_NONE,
			     "%s: %s", where, list->rule[i].name);
	}
	cr_assert(explained->match != VFG_RULE_NONE || explained->count == list->count, "%s",
		  where);
}

static void compare(const struct vfg_model *model, const struct vfg_tuple *tuple,
		    const struct vfg_explanation *explanation, const char *where)
{
	const struct vfg_pipeline *pipeline = &model->pipeline[tuple->direction];
	struct vfg_verdict oracle = vfg_model_judge(model, tuple);
	const struct vfg_explained_list *last = NULL;
	uint32_t match = VFG_RULE_NONE;

	cr_assert_eq(explanation->verdict.allow, oracle.allow, "%s", where);
	cr_assert_str_eq(explanation->verdict.rule, oracle.rule, "%s", where);
	for (size_t i = 0; i < explanation->count; i++) {
		last = &explanation->list[i];
		compare_list(pipeline->list[i], last, tuple, where);
		match = last->match == VFG_RULE_NONE && last->stage < VFG_STAGE_SUBNET
				? match
				: last->match;
	}
	cr_assert_eq(explanation->verdict.number, match, "%s", where);
}

static void explain_policy(uint64_t seed)
{
	struct vfg_arena *arena = vfg_arena_new((size_t)1 << 30);
	struct vfg_diag diag = {.arena = arena};
	struct vfg_random random = {.state = seed};
	struct vfg_model *model = vfg_generate_model(arena, &random, 1 + seed % 90);
	struct vfg_tables tables;
	char where[64];
	size_t bytes;
	void *image;

	cr_assert(model);
	cr_assert_eq(vfg_image_write(arena, model, &diag, &image, &bytes), 0);
	cr_assert_eq(vfg_image_open(image, bytes, &diag, &tables), 0);
	for (int i = 0; i < PACKETS; i++) {
		struct vfg_tuple tuple = vfg_generate_tuple(&random, model);
		struct vfg_explanation explanation;

		snprintf(where, sizeof(where), "seed %llu, packet %d", (unsigned long long)seed, i);
		cr_assert_eq(vfg_explain(arena, &tables, &tuple, &explanation), 0, "%s", where);
		compare(model, &tuple, &explanation, where);
	}
	vfg_arena_free(arena);
}

Test(explain, every_mark_is_the_rules_own_on_random_policies)
{
	for (uint64_t i = 0; i < POLICIES; i++)
		explain_policy(FIRST_SEED + i);
}

/* ---- what is printed ---- */

#define FRONT_ID                                                                                   \
	"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/"     \
	"front"
#define RULE(name, what, priority, ports)                                                          \
	FIX_RULE(name, what, "'priority':" priority ",'direction':'Inbound'", FIX_FROM, FIX_TO,    \
		 FIX_SPORTS, "'destinationPortRange':'" ports "'")

static struct vfg_tables compile(struct fixture *fixture)
{
	struct vfg_tables tables;
	size_t bytes;
	void *image;

	fixture_tag(fixture, FIX_NETWORK);
	fixture->request.platform = VFG_PLATFORM_NONE;
	fixture_read(fixture);
	cr_assert(fixture->model, "%s", fixture_messages(fixture));
	cr_assert_eq(
		vfg_image_write(fixture->arena, fixture->model, &fixture->diag, &image, &bytes), 0);
	cr_assert_eq(vfg_image_open(image, bytes, &fixture->diag, &tables), 0);
	return tables;
}

static void add_front_and_back(struct fixture *fixture)
{
	fixture_add(fixture, VFG_SOURCE_SUBNET_NSG,
		    "{'name':'front','id':'" FRONT_ID "','properties':{'securityRules':[" RULE(
			    "Web", "'protocol':'Tcp','access':'Allow'", "100",
			    "443") "," RULE("Ssh", "'protocol':'Tcp','access':'Allow'", "110",
					    "22") "]}}");
	fixture_add(fixture, VFG_SOURCE_NIC_NSG,
		    FIX_NSG("back",
			    RULE("NoUdp", "'protocol':'Udp','access':'Deny'", "100", "22") "," RULE(
				    "NoSsh", "'protocol':'*','access':'Deny'", "110", "20-30")));
}

static const char *explain(struct fixture *fixture, const struct vfg_tables *tables,
			   const char *line, bool json)
{
	struct vfg_explanation explanation;
	struct vfg_question question = {.protocol = "TCP"};
	const char *problem, *text;

	cr_assert_eq(vfg_question_line(line, &question.tuple, &problem), 0, "%s", problem);
	cr_assert_eq(vfg_explain(fixture->arena, tables, &question.tuple, &explanation), 0);
	cr_assert_eq(vfg_report_explanation(fixture->arena, tables, &question, &explanation, json,
					    &text),
		     0);
	return text;
}

Test(explain, people_read_every_rule_and_the_verdict_last)
{
	static const char wanted[] =
		"\nsubnet NSG front\n"
		"  priority  protocol  source  port  destination  port  rule\n"
		"       100       yes     yes   yes          yes     -  Allow securityRules/Web\n"
		"       110       yes     yes   yes          yes   yes  Allow securityRules/Ssh\n"
		"  allowed, the next list is asked\n"
		"\n"
		"NIC NSG back\n"
		"  priority  protocol  source  port  destination  port  rule\n"
		"       100         -     yes   yes          yes   yes  Deny securityRules/NoUdp\n"
		"       110       yes     yes   yes          yes   yes  Deny securityRules/NoSsh\n"
		"  denied\n"
		"\n"
		"Deny securityRules/NoSsh\n";
	static const char flow[] = "Inbound TCP, from 198.51.100.7:50000 to 10.0.0.4:22\n"
				   "\nplatform\n";
	struct fixture fixture;
	struct vfg_tables tables;
	const char *text;

	fixture_open(&fixture);
	add_front_and_back(&fixture);
	tables = compile(&fixture);
	text = explain(&fixture, &tables, "Inbound,tcp,10.0.0.4,22,198.51.100.7,50000", false);
	cr_expect_eq(strncmp(text, flow, strlen(flow)), 0, "%s", text);
	cr_assert(strstr(text, "\nsubnet"), "%s", text);
	cr_expect_str_eq(strstr(text, "\nsubnet"), wanted);
	fixture_close(&fixture);
}

static struct json_object *walk(struct json_object *object, const char *const *keys)
{
	for (; *keys; keys++) {
		object = json_object_is_type(object, json_type_array)
				 ? json_object_array_get_idx(object, (size_t)(**keys - '0'))
				 : json_object_object_get(object, *keys);
		cr_assert(object, "%s", *keys);
	}
	return object;
}

#define WALK(object, ...)                                                                          \
	json_object_get_string(walk(object, (const char *const[]){__VA_ARGS__, NULL}))
#define NSGS "results", "0", "networkSecurityGroupResult", "evaluatedNetworkSecurityGroups"

Test(explain, scripts_read_what_the_platforms_diagnostics_answers)
{
	struct fixture fixture;
	struct vfg_tables tables;
	struct json_object *tree;

	fixture_open(&fixture);
	add_front_and_back(&fixture);
	tables = compile(&fixture);
	tree = json_tokener_parse(
		explain(&fixture, &tables, "Inbound,tcp,10.0.0.4,22,198.51.100.7,50000", true));
	cr_assert(tree);
	cr_expect_str_eq(WALK(tree, "results", "0", "profile", "direction"), "Inbound");
	cr_expect_str_eq(WALK(tree, "results", "0", "profile", "protocol"), "TCP");
	cr_expect_str_eq(WALK(tree, "results", "0", "profile", "source"), "198.51.100.7");
	cr_expect_str_eq(WALK(tree, "results", "0", "profile", "destination"), "10.0.0.4");
	cr_expect_str_eq(WALK(tree, "results", "0", "profile", "destinationPort"), "22");
	cr_expect_str_eq(WALK(tree, "results", "0", "networkSecurityGroupResult",
			      "securityRuleAccessResult"),
			 "Deny");
	cr_expect_str_eq(WALK(tree, NSGS, "0", "networkSecurityGroupId"), "platform");
	cr_expect_str_eq(WALK(tree, NSGS, "0", "rulesEvaluationResult", "0", "name"),
			 "PlatformRule_Dhcp");
	cr_expect_str_eq(WALK(tree, NSGS, "1", "networkSecurityGroupId"), FRONT_ID);
	cr_expect_str_eq(WALK(tree, NSGS, "1", "appliedTo"), "subnet");
	cr_expect_str_eq(WALK(tree, NSGS, "1", "matchedRule", "ruleName"), "UserRule_Ssh");
	cr_expect_str_eq(WALK(tree, NSGS, "1", "matchedRule", "action"), "Allow");
	cr_expect_str_eq(WALK(tree, NSGS, "1", "rulesEvaluationResult", "0", "name"),
			 "UserRule_Web");
	cr_expect_str_eq(WALK(tree, NSGS, "1", "rulesEvaluationResult", "0", "protocolMatched"),
			 "true");
	cr_expect_str_eq(
		WALK(tree, NSGS, "1", "rulesEvaluationResult", "0", "destinationPortMatched"),
		"false");
	cr_expect_str_eq(WALK(tree, NSGS, "2", "networkSecurityGroupId"), "back");
	cr_expect_str_eq(WALK(tree, NSGS, "2", "appliedTo"), "networkInterface");
	cr_expect_str_eq(WALK(tree, NSGS, "2", "matchedRule", "action"), "Deny");
	json_object_put(tree);
	fixture_close(&fixture);
}

Test(explain, default_rules_are_spelled_as_the_platform_does)
{
	struct fixture fixture;
	struct vfg_tables tables;
	struct json_object *tree;

	fixture_open(&fixture);
	add_front_and_back(&fixture);
	tables = compile(&fixture);
	tree = json_tokener_parse(
		explain(&fixture, &tables, "Inbound,icmp,10.0.0.4,0,198.51.100.7,0", true));
	cr_expect_str_eq(WALK(tree, NSGS, "1", "matchedRule", "ruleName"),
			 "DefaultRule_DenyAllInBound");
	cr_expect_str_eq(WALK(tree, "results", "0", "profile", "destinationPort"), "*");
	cr_expect_eq(json_object_array_length(walk(tree, (const char *const[]){NSGS, NULL})), 2);
	json_object_put(tree);
	fixture_close(&fixture);
}

Test(explain, a_list_is_named_by_the_last_part_of_its_id)
{
	struct fixture fixture;
	struct vfg_tuple tuple;
	struct vfg_verdict verdict;
	struct vfg_tables tables;
	const char *problem;

	fixture_open(&fixture);
	fixture_add(&fixture, VFG_SOURCE_NIC_NSG,
		    "{'name':'front','id':'" FRONT_ID "','properties':{'securityRules':[]}}");
	tables = compile(&fixture);
	cr_assert_eq(vfg_question_line("Inbound,tcp,10.0.0.4,22,10.0.0.5,1", &tuple, &problem), 0);
	verdict = vfg_tables_judge(&tables, &tuple);
	cr_expect_str_eq(verdict.list, "front");
	cr_expect_str_eq(verdict.rule, "defaultSecurityRules/AllowVnetInBound");
	fixture_close(&fixture);
}

Test(explain, a_list_without_a_match_says_so_and_goes_on_or_denies)
{
	static const struct vfg_sample_packet packet = {VFG_INBOUND, IPPROTO_TCP, "10.0.0.1",
							80,	     "192.0.2.1", 9};
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_list *admin = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_ADMIN, "admin");
	struct vfg_list *nic = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	struct vfg_question question = {.tuple = vfg_sample_tuple(&packet), .protocol = "tcp"};
	struct vfg_explanation explanation;
	struct json_object *tree;
	const char *text;

	vfg_sample_rule(admin, "adminRules/Esp", VFG_ACTION_DENY)->protocol = IPPROTO_ESP;
	vfg_sample_rule(nic, "securityRules/Udp", VFG_ACTION_ALLOW)->protocol = IPPROTO_UDP;
	cr_assert_eq(vfg_sample_compile(&sample), 0);
	cr_assert_eq(vfg_explain(sample.arena, &sample.tables, &question.tuple, &explanation), 0);
	cr_assert_eq(explanation.count, 2);
	cr_expect_eq(explanation.list[1].match, VFG_RULE_NONE);
	cr_assert_eq(vfg_report_explanation(sample.arena, &sample.tables, &question, &explanation,
					    false, &text),
		     0);
	cr_expect(strstr(text, "  no rule matches, the next list is asked\n"), "%s", text);
	cr_expect(strstr(text, "  no rule matches: denied\n\nDeny\n"), "%s", text);
	cr_assert_eq(vfg_report_explanation(sample.arena, &sample.tables, &question, &explanation,
					    true, &text),
		     0);
	tree = json_tokener_parse(text);
	cr_expect_str_eq(WALK(tree, NSGS, "0", "rulesEvaluationResult", "0", "name"), "Esp");
	cr_expect(strstr(text, "\"matchedRule\":null"), "%s", text);
	json_object_put(tree);
	vfg_arena_free(sample.arena);
}
